//! Times whose upper bits come in words of their own and wrap.

/// The upper bits of the time: a register of `HIGH` bits above `LOW` bits that events bring themselves. A new value that
/// lies `FALL` or more below the last one has wrapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Clock<const HIGH: u32, const LOW: u32, const FALL: u32> {
    high: Option<u32>,
    wraps: i64,
}

/// What the words of a block do to a clock, whichever it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Highs {
    first: Option<u32>,
    last: u32,
    wraps: i64,
}

/// More wraps than a time in 64 bits has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beyond;

impl From<Beyond> for String {
    fn from(_: Beyond) -> String {
        "the time wraps so often that it no longer fits in 64 bits".into()
    }
}

impl<const HIGH: u32, const LOW: u32, const FALL: u32> Clock<HIGH, LOW, FALL> {
    const MOST: i64 = i64::MAX >> (HIGH + LOW);

    /// Whether a time is known at all.
    pub(super) fn runs(&self) -> bool {
        self.high.is_some()
    }

    /// The last value of the register.
    pub(super) fn high(&self) -> Option<u32> {
        self.high
    }

    /// The time with lower bits of zero.
    pub(super) fn time(&self) -> i64 {
        (self.wraps << (HIGH + LOW)) | (i64::from(self.high.unwrap_or(0)) << LOW)
    }

    /// Takes a new value; whether it is another one than before.
    pub(super) fn see(&mut self, high: u32) -> Result<bool, Beyond> {
        let old = self.high.replace(high);
        if old.is_some_and(|o| o.saturating_sub(high) >= FALL) {
            self.wraps += 1;
            if self.wraps > Self::MOST {
                self.wraps = 0;
                return Err(Beyond);
            }
        }
        Ok(old != Some(high))
    }

    /// Takes the values of a whole block.
    pub(super) fn pass(&mut self, block: &Highs) -> Result<(), Beyond> {
        let Some(first) = block.first else { return Ok(()) };
        self.see(first)?;
        self.high = Some(block.last);
        self.wraps += block.wraps;
        if self.wraps > Self::MOST { Err(Beyond) } else { Ok(()) }
    }

    /// Adds a value to what a block does; whether it differs from the one before it in the block.
    pub(super) fn note(block: &mut Highs, high: u32) -> bool {
        let old = block.last;
        block.last = high;
        if block.first.is_none() {
            block.first = Some(high);
            return false;
        }
        block.wraps += i64::from(old.saturating_sub(high) >= FALL);
        old != high
    }
}

impl Highs {
    /// The first value.
    pub(super) fn first(&self) -> Option<u32> {
        self.first
    }
}
