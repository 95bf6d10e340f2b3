//! What encoders share: the upper bits of times that wrap, written so that a decoder counts on correctly.

use super::Batch;

/// Most periods of the register between two events: beyond, the words that count them would be a file of their own.
const LEAPS: i64 = 1 << 20;

/// A register of `HIGH` bits as a decoder sees it, in which a fall by `FALL` or more is a wrap.
#[derive(Debug, Default)]
pub(super) struct Climb<const HIGH: u32, const FALL: u32> {
    /// The upper bits of the last time, with the wraps above them.
    at: Option<i64>,
}

impl<const HIGH: u32, const FALL: u32> Climb<HIGH, FALL> {
    const TOP: i64 = (1 << HIGH) - 1;

    /// Writes the values that take the register to `high`, which are the upper bits of `t`. Whether there were any.
    pub(super) fn to(&mut self, high: i64, t: i64, mut word: impl FnMut(u32)) -> Result<bool, String> {
        if t < 0 {
            return Err(format!("a time of {t} µs: times from 0 are written"));
        }
        let mut put = |v: i64| word((v & Self::TOP) as u32);
        if self.at == Some(high) {
            return Ok(false);
        }
        let (from, to) = (self.at.map_or(0, |a| a >> HIGH), high >> HIGH);
        if to < from {
            let why =
                "the time goes back over a wrap of its register, which cannot be written: sort the events by time";
            return Err(format!("{t} µs: {why}"));
        }
        if to - from > LEAPS {
            let why = format!("a leap over {} periods of its register: subtract an offset first", to - from);
            return Err(format!("{t} µs: {why}"));
        }
        let mut low = self.at.map(|a| a & Self::TOP);
        let goal = high & Self::TOP;
        for k in from..to {
            // The last wrap may lead to the goal itself.
            let landing = if k + 1 == to { goal } else { 0 };
            if low.is_none_or(|l| l - landing < i64::from(FALL)) {
                put(Self::TOP);
                low = Some(Self::TOP);
            }
            let landing = if Self::TOP - landing < i64::from(FALL) && low == Some(Self::TOP) { 0 } else { landing };
            put(landing);
            low = Some(landing);
        }
        // Down in steps that are no wraps.
        while let Some(l) = low.filter(|&l| l - goal >= i64::from(FALL)) {
            let step = l - i64::from(FALL) + 1;
            put(step);
            low = Some(step);
        }
        if low != Some(goal) {
            put(goal);
        }
        self.at = Some(high);
        Ok(true)
    }
}

/// x and y of event `i`, both below `side`.
pub(super) fn coordinates(events: &Batch, i: usize, side: u32) -> Result<(u32, u32), (usize, String)> {
    let get = |v: i16, name: &str| {
        let fits = u32::try_from(v).ok().filter(|&u| u < side);
        fits.ok_or_else(|| (i, format!("{name} is {v}: 0 to {} fit", side - 1)))
    };
    Ok((get(events.x[i], "x")?, get(events.y[i], "y")?))
}
