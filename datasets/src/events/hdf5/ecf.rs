//! Prophesee's event compression format, HDF5 filter 0x8ECF. The layout is in `docs/events.md`.

/// Most events of a chunk: runs are counted in 16 bits.
pub const MOST: usize = 65_535;

/// Largest coordinate: 11 bits.
pub const LARGEST: u16 = 2047;

/// An event as its HDF5 type has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Event {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// 0 or 1.
    pub p: i16,
    /// µs.
    pub t: i64,
}

/// How x, y and polarity are written, the two lowest bits of a chunk.
const ALL_PACKED: u32 = 2;
const X_PACKED: u32 = 1;

/// Bytes from the front.
struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let found = self.all.get(self.at..).and_then(|b| b.first_chunk::<N>());
        self.at += N;
        found.copied().ok_or_else(|| format!("a chunk of {} bytes ends within its events", self.all.len()))
    }

    #[inline]
    fn u8(&mut self) -> Result<u8, String> {
        self.take::<1>().map(|b| b[0])
    }

    #[inline]
    fn u16(&mut self) -> Result<u16, String> {
        self.take().map(u16::from_le_bytes)
    }
}

/// The part of `out` that a run covers.
#[inline]
fn run<'a>(out: &'a mut [Event], at: &mut usize, count: usize, what: &str) -> Result<&'a mut [Event], String> {
    let events = out.len();
    let run = out.get_mut(*at..*at + count);
    let run = run.ok_or_else(|| format!("a run of {count} {what} at event {at} of {events}"))?;
    *at += count;
    Ok(run)
}

/// Appends the events of a chunk; gives their number. What is appended where that fails is of no use.
///
/// # Errors
/// Where the bytes are no such chunk. No more memory is taken than 65 535 events need.
pub fn decode(bytes: &[u8], out: &mut Vec<Event>) -> Result<usize, String> {
    let mut from = Bytes { all: bytes, at: 0 };
    let head = u32::from_le_bytes(from.take()?);
    let n = (head >> 2) as usize;
    if n > MOST {
        return Err(format!("a chunk of {n} events, more than {MOST}"));
    }
    if n == 0 {
        return Ok(0);
    }
    let start = out.len();
    out.resize(start + n, Event::default());
    let out = &mut out[start..];
    times(&mut from, out)?;
    if head & ALL_PACKED != 0 {
        all_packed(&mut from, out)?;
        return Ok(n);
    }
    rows(&mut from, out)?;
    if head & X_PACKED != 0 {
        x_packed(&mut from, out)?;
    } else {
        x_masked(&mut from, out)?;
        polarities(&mut from, out)?;
    }
    Ok(n)
}

fn times(from: &mut Bytes<'_>, out: &mut [Event]) -> Result<(), String> {
    let mut t = u64::from_le_bytes(from.take()?);
    let mut at = 0;
    while at < out.len() {
        let mut v = from.u8()?;
        // Longer steps: four bits at a time, the lowest first. Steps back are steps round the whole range.
        let (mut step, mut shift) = (0u64, 0);
        while v >> 4 == 15 {
            if shift == 64 {
                return Err(format!("a step of more than 64 bits at event {at}"));
            }
            step |= u64::from(v & 15) << shift;
            shift += 4;
            v = from.u8()?;
        }
        t = t.wrapping_add(step).wrapping_add(u64::from(v >> 4));
        let count = match v & 15 {
            15 => from.u16()?.into(),
            few => usize::from(few),
        };
        run(out, &mut at, count, "times")?.iter_mut().for_each(|e| e.t = t as i64);
    }
    Ok(())
}

fn rows(from: &mut Bytes<'_>, out: &mut [Event]) -> Result<(), String> {
    let mut at = 0;
    while at < out.len() {
        let v = from.u16()?;
        let count = match v & 31 {
            31 => from.u16()?,
            few => few,
        };
        run(out, &mut at, count.into(), "rows")?.iter_mut().for_each(|e| e.y = v >> 5);
    }
    Ok(())
}

fn polarities(from: &mut Bytes<'_>, out: &mut [Event]) -> Result<(), String> {
    let mut at = 0;
    while at < out.len() {
        let v = from.u8()?;
        let count = match v & 127 {
            127 => from.u16()?,
            few => few.into(),
        };
        run(out, &mut at, count.into(), "polarities")?.iter_mut().for_each(|e| e.p = (v >> 7).into());
    }
    Ok(())
}

fn x_masked(from: &mut Bytes<'_>, out: &mut [Event]) -> Result<(), String> {
    let mut at = 0;
    while at < out.len() {
        let v = from.u16()?;
        out[at].x = v >> 5;
        at += 1;
        for i in 0..5 {
            // Bits beyond the last event mean nothing: the published encoder leaves them as they come.
            if v & (16 >> i) != 0 && at < out.len() {
                let x = (v >> 5) + i + 1;
                if x > LARGEST {
                    return Err(format!("column {x} at event {at}, the last one is {LARGEST}"));
                }
                out[at].x = x;
                at += 1;
            }
        }
    }
    Ok(())
}

/// Four values of 12 bits in three words, the last one padded.
fn x_packed(from: &mut Bytes<'_>, out: &mut [Event]) -> Result<(), String> {
    for four in out.chunks_mut(4) {
        let [a, b, c] = [from.u16()?, from.u16()?, from.u16()?];
        let values = [a >> 4, (a & 0xf) | ((b >> 8) << 4), (b & 0xff) | ((c >> 12) << 8), c & 0xfff];
        for (e, v) in four.iter_mut().zip(values) {
            (e.x, e.p) = (v >> 1, (v & 1) as i16);
        }
    }
    Ok(())
}

/// Four values of 24 bits in three words, the last one padded.
fn all_packed(from: &mut Bytes<'_>, out: &mut [Event]) -> Result<(), String> {
    for four in out.chunks_mut(4) {
        let mut word = || from.take().map(u32::from_le_bytes);
        let [a, b, c] = [word()?, word()?, word()?];
        let values = [a >> 8, (a & 0xff) | ((b >> 16) << 8), (b & 0xffff) | ((c >> 24) << 16), c & 0xff_ffff];
        for (e, v) in four.iter_mut().zip(values) {
            (e.y, e.x, e.p) = ((v >> 12 & 0x7ff) as u16, (v >> 1 & 0x7ff) as u16, (v & 1) as i16);
        }
    }
    Ok(())
}

/// Appends a chunk of these events.
///
/// # Errors
/// Where there are more than 65 535, a coordinate is above 2047 or a polarity neither 0 nor 1.
pub fn encode(events: &[Event], out: &mut Vec<u8>) -> Result<(), String> {
    if events.len() > MOST {
        return Err(format!("{} events, a chunk holds {MOST}", events.len()));
    }
    if let Some(e) = events.iter().find(|e| e.x > LARGEST || e.y > LARGEST || e.p & !1 != 0) {
        return Err(format!("x {}, y {}, p {}: ECF holds coordinates up to {LARGEST} and p 0 or 1", e.x, e.y, e.p));
    }
    // Which way is the shortest is found by counting, not by looking at a part as the published encoder does: any
    // choice can be read.
    let rows = runs(events, |e| e.y).map(|(_, n)| if n >= 31 { 4 } else { 2 }).sum::<usize>();
    let fours = events.len().div_ceil(4);
    let masked =
        masks(events).count() * 2 + runs(events, |e| e.p).map(|(_, n)| if n >= 127 { 3 } else { 1 }).sum::<usize>();
    let (packed, x) = (fours * 12, (fours * 6).min(masked));
    let way = match () {
        () if packed <= rows + x => ALL_PACKED,
        () if fours * 6 <= masked => X_PACKED,
        () => 0,
    };
    out.extend(((events.len() as u32) << 2 | way).to_le_bytes());
    write_times(events, out);
    if way == ALL_PACKED {
        for four in events.chunks(4) {
            let v = |i: usize| four.get(i).map_or(0, |e| u32::from(e.y) << 12 | u32::from(e.x) << 1 | e.p as u32);
            let (a, b, c, d) = (v(0), v(1), v(2), v(3));
            for word in [a << 8 | b & 0xff, b >> 8 << 16 | c & 0xffff, c >> 16 << 24 | d] {
                out.extend(word.to_le_bytes());
            }
        }
        return Ok(());
    }
    for (y, n) in runs(events, |e| e.y) {
        out.extend((y << 5 | n.min(31) as u16).to_le_bytes());
        if n >= 31 {
            out.extend((n as u16).to_le_bytes());
        }
    }
    if way == X_PACKED {
        for four in events.chunks(4) {
            let v = |i: usize| four.get(i).map_or(0, |e| e.x << 1 | e.p as u16);
            let (a, b, c, d) = (v(0), v(1), v(2), v(3));
            for word in [a << 4 | b & 0xf, b >> 4 << 8 | c & 0xff, c >> 8 << 12 | d] {
                out.extend(word.to_le_bytes());
            }
        }
        return Ok(());
    }
    for mask in masks(events) {
        out.extend(mask.to_le_bytes());
    }
    for (p, n) in runs(events, |e| e.p) {
        out.push((p as u8) << 7 | n.min(127) as u8);
        if n >= 127 {
            out.extend((n as u16).to_le_bytes());
        }
    }
    Ok(())
}

fn write_times(events: &[Event], out: &mut Vec<u8>) {
    let mut now = events.first().map_or(0, |e| e.t as u64);
    out.extend(now.to_le_bytes());
    for (t, n) in runs(events, |e| e.t as u64) {
        let mut step = t.wrapping_sub(now);
        now = t;
        if step >= 15 {
            while step > 0 {
                out.push(0xf0 | (step & 15) as u8);
                step >>= 4;
            }
        }
        out.push((step as u8) << 4 | n.min(15) as u8);
        if n >= 15 {
            out.extend((n as u16).to_le_bytes());
        }
    }
}

/// Equal values one after the other, and how many.
fn runs<T: PartialEq + Copy>(events: &[Event], value: impl Fn(&Event) -> T + Copy) -> impl Iterator<Item = (T, usize)> {
    events.chunk_by(move |a, b| value(a) == value(b)).map(move |run| (value(&run[0]), run.len()))
}

/// Columns with the next five beside them.
fn masks(events: &[Event]) -> impl Iterator<Item = u16> {
    let mut rest = events;
    std::iter::from_fn(move || {
        let (first, mut tail) = rest.split_first()?;
        let mut word = first.x << 5;
        for i in 0..5 {
            if let Some((next, after)) = tail.split_first()
                && next.x == first.x + i + 1
                && next.x <= LARGEST
            {
                word |= 16 >> i;
                tail = after;
            }
        }
        rest = tail;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(x: u16, y: u16, p: i16, t: i64) -> Event {
        Event { x, y, p, t }
    }

    fn decoded(bytes: &[u8]) -> Result<Vec<Event>, String> {
        let mut out = vec![event(9, 9, 1, 9)];
        let n = decode(bytes, &mut out)?;
        assert_eq!(n + 1, out.len());
        Ok(out.split_off(1))
    }

    #[test]
    fn known_chunks() {
        // From the definition, by hand. One event: 1·4 + all packed; its time; step 0, run 1; y·4096 + x·2 + p, ·256.
        let mut one = vec![6, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0x01];
        one.extend((((2u32 << 12) | (1 << 1)) << 8).to_le_bytes());
        one.extend([0; 8]);
        assert_eq!(decoded(&one).unwrap(), [event(1, 2, 0, 4)]);
        // Three events in one row, x and polarity packed: times 1000, 1000, 1000 + 0x123.
        let mut three = vec![13, 0, 0, 0, 0xe8, 3, 0, 0, 0, 0, 0, 0, 0x02, 0xf3, 0xf2, 0xf1, 0x01];
        three.extend((23u16 << 5 | 3).to_le_bytes());
        let (a, b, c) = (10u16 << 1 | 1, 30 << 1, 2047 << 1 | 1);
        three.extend((a << 4 | b & 15).to_le_bytes());
        three.extend(((b >> 4) << 8 | c & 255).to_le_bytes());
        three.extend(((c >> 8) << 12).to_le_bytes());
        assert_eq!(
            decoded(&three).unwrap(),
            [event(10, 23, 1, 1000), event(30, 23, 0, 1000), event(2047, 23, 1, 1291)]
        );
        // Four events, columns 5, 6, 8 and 100 by masks (101 00… and a bit beyond the end), polarity 1 1 1 0.
        let mut masks = vec![16, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0x04];
        masks.extend((9u16 << 5 | 4).to_le_bytes());
        masks.extend((5u16 << 5 | 0b10100).to_le_bytes());
        masks.extend((100u16 << 5 | 0b01000).to_le_bytes());
        masks.extend([0x83, 0x01]);
        let want = [(5, 1), (6, 1), (8, 1), (100, 0)].map(|(x, p)| event(x, 9, p, 7));
        assert_eq!(decoded(&masks).unwrap(), want);
        masks[15..17].copy_from_slice(&(2046u16 << 5 | 0b01000).to_le_bytes());
        assert!(decoded(&masks).unwrap_err().contains("column 2048 at event 1"));
        assert_eq!(decoded(&[0; 4]).unwrap(), []);
    }

    #[test]
    fn long_runs_are_counted_in_two_bytes() {
        for n in [14, 15, 16, 30, 31, 32, 126, 127, 128, 255, 256, MOST] {
            let events = vec![event(3, 4, 1, -5); n];
            let mut bytes = Vec::new();
            encode(&events, &mut bytes).unwrap();
            assert_eq!(decoded(&bytes).unwrap(), events, "{n}");
        }
        assert!(encode(&vec![Event::default(); MOST + 1], &mut Vec::new()).is_err());
        assert!(encode(&[event(2048, 0, 0, 0)], &mut Vec::new()).is_err());
        assert!(encode(&[event(0, 0, 2, 0)], &mut Vec::new()).is_err());
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let step = prop_oneof![8 => 0..20i64, 2 => -5..5000i64, 1 => any::<i64>()];
        let dx = prop_oneof![Just(1u16), 0..7u16, 0..2048u16];
        let row = prop_oneof![6 => Just(None), 1 => (0..2048u16).prop_map(Some)];
        proptest::collection::vec((step, dx, row, 0..40u8), 0..400).prop_map(|v| {
            let (mut t, mut x, mut y, mut p) = (0i64, 0u16, 7u16, 0);
            v.into_iter()
                .map(|(step, dx, row, flip)| {
                    t = t.wrapping_add(step);
                    x = (x + dx) & 2047;
                    y = row.unwrap_or(y);
                    p ^= i16::from(flip == 0);
                    event(x, y, p, t)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn chunks_come_back(events in events()) {
            let mut bytes = Vec::new();
            encode(&events, &mut bytes).unwrap();
            prop_assert_eq!(decoded(&bytes).unwrap(), events.clone());
            for cut in (0..bytes.len()).step_by(1 + bytes.len() / 50) {
                prop_assert!(events.is_empty() || decoded(&bytes[..cut]).is_err());
            }
        }

        #[test]
        fn garbage_is_refused_or_read(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), n in 0..200u32) {
            if bytes.len() > 4 {
                bytes[..4].copy_from_slice(&(n << 2 | n & 3).to_le_bytes());
            }
            let mut out = Vec::new();
            let _ = decode(&bytes, &mut out);
            prop_assert!(out.len() <= MOST);
        }
    }
}
