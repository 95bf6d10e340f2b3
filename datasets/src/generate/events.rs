//! A scene before an event camera.

use super::chance::{below, bits, key};
use crate::events::{COLUMNS, metas};
use crate::{Result, Schema, Source};
use fearless_simd::{Level, Simd, dispatch};
use gapwave_columns::{Array, Attrs, Chunk, Sensor};
use std::path::Path;

/// Most edges that move through the scene.
const EDGES: usize = 8;

/// Events of edges that move across the sensor, a quarter of them noise, in order of time.
///
/// # Example
/// ```
/// use gapwave_datasets::{Source, generate::Events};
/// let mut scene = Events { seed: 1, events: 1000, width: 640, height: 480, rate: 1e6 }.source()?;
/// assert_eq!(scene.read(300)?.unwrap().rows(), 300);
/// # Ok::<(), gapwave_datasets::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Events {
    /// Another seed is another scene.
    pub seed: u64,
    /// How many.
    pub events: u64,
    /// Columns of the sensor, up to 32767.
    pub width: u16,
    /// Rows of the sensor, up to 32767.
    pub height: u16,
    /// Events per second.
    pub rate: f64,
}

/// A line that moves across the sensor and comes back on the other side: an upright one where its number is even, else a
/// lying one. Places are parts of the sensor's side in 2^-64, which wrap by themselves.
#[derive(Debug, Clone, Copy)]
struct Edge {
    /// Place at time 0.
    start: u64,
    /// Parts per µs.
    speed: i64,
}

/// Events that are made together.
const LANES: usize = 64;

/// Some events, as columns.
struct Part {
    t: [i64; LANES],
    x: [i16; LANES],
    y: [i16; LANES],
    polarity: [i8; LANES],
}

/// [`Events`] as a source.
#[derive(Debug, Clone)]
pub struct EventsSource {
    scene: Events,
    schema: Schema,
    key: u64,
    edges: [Edge; EDGES],
    at: u64,
}

impl Events {
    /// The events as a source.
    ///
    /// # Errors
    /// Where the sensor has no pixels or too many for `int16`, or the rate is not positive.
    pub fn source(self) -> Result<EventsSource> {
        let fits = |side: u16| (1..=i16::MAX as u16).contains(&side);
        if !(fits(self.width) && fits(self.height) && self.rate > 0.0 && self.rate.is_finite()) {
            let why = format!(
                "made-up events: {} x {} pixels at {} events/s; 1 to 32767 pixels a side and a rate above 0 were expected",
                self.width, self.height, self.rate
            );
            return Err(crate::Error::unsupported(Path::new("generate"), why));
        }
        let names = COLUMNS.map(String::from).into();
        let size = Some([self.width, self.height]);
        let schema = Schema { names, cols: metas(), attrs: Attrs { fs: None, sensor: Some(Sensor { size }) } };
        let edges = std::array::from_fn(|i| {
            let random = bits(key(self.seed, 1), i as u64);
            // From a twentieth of the side to all of it a second, either way.
            let speed = ((0.05 + f64::from(below(random, 1000)) * 0.001) * 1e-6 * 2f64.powi(64)) as i64;
            Edge { start: random, speed: if random >> 63 == 0 { speed } else { -speed } }
        });
        Ok(EventsSource { scene: self, schema, key: key(self.seed, 0), edges, at: 0 })
    }
}

impl EventsSource {
    /// Event `i`: time, place, polarity.
    #[inline(always)]
    fn event(&self, i: u64) -> (i64, i16, i16, i8) {
        let random = bits(self.key, i);
        let (width, height) = (u32::from(self.scene.width), u32::from(self.scene.height));
        // Anywhere within its share of the time: rounding keeps the order.
        let micros = 1e6 / self.scene.rate;
        let jitter = (random >> 48) as f64 * (1.0 / 65_536.0);
        let t = ((i as f64 + jitter) * micros) as i64;
        let number = (random >> 34) as usize % EDGES;
        let (edge, upright) = (self.edges[number], number % 2 == 0);
        let side = if upright { width } else { height };
        let phase = edge.start.wrapping_add((t as u64).wrapping_mul(edge.speed as u64));
        // Events lie up to two pixels before the edge (ON) or behind it (OFF).
        let before = (random >> 37 & 3) as i32 - 2;
        let place = (((phase >> 48) as u32 * side) >> 16) as i32 + before;
        let place = place.max(0).min(side as i32 - 1) as u32;
        let noise = random >> 32 & 3 == 0;
        let x = if upright && !noise { place } else { below(random, width) };
        let y = if upright || noise { below(random >> 16, height) } else { place };
        let on = if noise { random >> 40 & 1 == 1 } else { (before >= 0) == (edge.speed > 0) };
        (t, x as i16, y as i16, if on { 1 } else { -1 })
    }
}

/// Events `from`, `from + 1`, …
#[inline(always)]
fn make<S: Simd>(_: S, source: &EventsSource, from: u64, part: &mut Part) {
    for i in 0..LANES {
        (part.t[i], part.x[i], part.y[i], part.polarity[i]) = source.event(from + i as u64);
    }
}

impl Source for EventsSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.scene.events)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let n = (self.scene.events - self.at).min(rows as u64) as usize;
        if n == 0 {
            return Ok(None);
        }
        let (mut t, mut x) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let (mut y, mut polarity) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let (mut at, end) = (self.at, self.at + n as u64);
        let place = [0; LANES];
        let mut part = Part { t: [0; LANES], x: place, y: place, polarity: [0; LANES] };
        while at < end {
            let k = (end - at).min(LANES as u64) as usize;
            dispatch!(Level::new(), simd => make(simd, self, at, &mut part));
            t.extend_from_slice(&part.t[..k]);
            x.extend_from_slice(&part.x[..k]);
            y.extend_from_slice(&part.y[..k]);
            polarity.extend_from_slice(&part.polarity[..k]);
            at += k as u64;
        }
        let cols = vec![Array::from(t), Array::from(x), Array::from(y), Array::from(polarity)];
        let chunk = Chunk::with_names(self.schema.names.clone(), cols, self.at, self.schema.attrs)?;
        self.at = end;
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.at = 0;
        Ok(())
    }

    fn held_bytes(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemorySink;
    use crate::Sink;

    fn all(events: u64, step: usize) -> Chunk {
        let mut source = Events { seed: 7, events, width: 1280, height: 720, rate: 3e6 }.source().unwrap();
        let mut sink = MemorySink::new();
        while let Some(chunk) = source.read(step).unwrap() {
            sink.write(chunk).unwrap();
        }
        sink.finish().unwrap();
        sink.into_table().unwrap()
    }

    #[test]
    fn events_are_in_order_on_the_sensor_at_the_rate_and_do_not_depend_on_chunks() {
        let whole = all(30_000, usize::MAX);
        for step in [1, 7, 64, 1000] {
            assert_eq!(all(30_000, step), whole, "{step}");
        }
        let t = whole.cols[0].as_slice::<i64>().unwrap();
        assert!(t.windows(2).all(|w| w[0] <= w[1]));
        assert!((9_990..=10_000).contains(&t[29_999]), "30000 events at 3 MHz end after 10 ms: {}", t[29_999]);
        let (x, y) = (whole.cols[1].as_slice::<i16>().unwrap(), whole.cols[2].as_slice::<i16>().unwrap());
        assert!(x.iter().all(|x| (0..1280).contains(x)) && y.iter().all(|y| (0..720).contains(y)));
        // Edges: some columns have many more events than noise and lying edges give them (15 each).
        let mut columns = vec![0; 1280];
        x.iter().for_each(|&x| columns[x as usize] += 1);
        let crowded = columns.iter().filter(|&&n| n > 100).count();
        assert!((8..100).contains(&crowded), "{crowded} columns");
        let on = whole.cols[3].as_slice::<i8>().unwrap().iter().filter(|&&p| p == 1).count();
        assert!((10_000..20_000).contains(&on), "{on}");
        let mut source = Events { seed: 7, events: 100, width: 9, height: 9, rate: 1.0 }.source().unwrap();
        let first = source.read(60).unwrap();
        source.rewind().unwrap();
        assert_eq!(source.read(60).unwrap(), first);
        assert!(Events { seed: 7, events: 100, width: 0, height: 9, rate: 1.0 }.source().is_err());
    }
}
