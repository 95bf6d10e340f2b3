//! Transforms of one length, planned once: what is left of a call is the transform.
//!
//! A [`Kernel`](crate::Kernel) takes arrays of any shape and type and finds its plan on each call, which costs some hundred
//! nanoseconds: more than a short transform does. What is made here knows length and type, owns its plan and, unless the
//! row is long, its scratch memory, and takes slices.

use super::c2c::{C2c, Direction};
use super::engine::{self, Float, Key};
use super::irfft::{self, Irfft};
use super::large::{self, Long, LongReal};
use super::rfft::packed::Tables;
use super::rfft::{self, Rfft, bins};
use crate::{Cpu, Error, Result};
use fearless_simd::Level;
use gapwave_columns::Complex;
use rustfft::Fft;
use std::fmt;
use std::sync::Arc;

/// Precisions that transforms are planned for: `f32` and `f64`.
#[allow(private_bounds, reason = "nobody else's types")]
pub trait Real: Float + Tables {}

impl Real for f32 {}
impl Real for f64 {}

/// Who transforms, and in what memory.
struct Engine<T: Float, L> {
    key: Key,
    token: Level,
    /// What a long length has: [`large`].
    long: Option<L>,
    fft: Arc<dyn Fft<T>>,
    scratch: Vec<Complex<T>>,
}

impl<T: Float, L> Engine<T, L> {
    fn new(key: Key, extra: usize, long: Option<L>) -> Self {
        // A long length does not use rustfft's plan: there is none to make.
        let fft = engine::plan(if long.is_some() { Key { n: 1, ..key } } else { key });
        let extra = if long.is_some() { 0 } else { extra };
        let need = fft.get_immutable_scratch_len().max(fft.get_inplace_scratch_len()) + extra;
        Engine { key, token: key.level.token(), long, fft, scratch: vec![Complex::new(T::zero(), T::zero()); need] }
    }
}

fn checked(kernel: &'static str, what: &str, n: usize, rows: usize, len: usize, of: usize) -> Result<()> {
    if rows.checked_mul(of) == Some(len) {
        return Ok(());
    }
    let why = format!("{what} has {len} numbers: {rows} rows of length {n} have {of} each");
    Err(Error::Refused { kernel, why })
}

/// Rows of `of` numbers in `len`, which is a multiple.
fn rows_of(kernel: &'static str, n: usize, len: usize, of: usize) -> Result<usize> {
    let rows = len.checked_div(of).unwrap_or(0);
    checked(kernel, "the input", n, rows, len, of)?;
    Ok(rows)
}

macro_rules! debug {
    ($name:ident) => {
        impl<T: Real> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (n, key) = (self.n, self.engine.key);
                f.debug_struct(stringify!($name)).field("n", &n).field("level", &key.level).finish_non_exhaustive()
            }
        }
    };
}

/// [`C2c`] of one length.
pub struct PlannedC2c<T: Real> {
    n: usize,
    scale: f64,
    /// Whether a row is one call of the plan, and nothing else.
    plain: bool,
    engine: Engine<T, Arc<Long<T>>>,
}
debug!(PlannedC2c);

impl C2c {
    /// The transform of rows of `n` numbers, planned; `axes` do not matter.
    ///
    /// ```
    /// use gapwave_columns::Complex32;
    /// use gapwave_kernels::{Cpu, fft::C2c};
    /// let mut plan = C2c::forward().planned::<f32>(&Cpu::best(), 4);
    /// let x = [1.0, 0.0, 0.0, 0.0].map(|re| Complex32::new(re, 0.0));
    /// let mut y = [Complex32::new(0.0, 0.0); 4];
    /// plan.run(&x, &mut y)?;
    /// assert_eq!(y, [Complex32::new(1.0, 0.0); 4]);
    /// # Ok::<(), gapwave_kernels::Error>(())
    /// ```
    pub fn planned<T: Real>(&self, cx: &Cpu, n: usize) -> PlannedC2c<T> {
        let inverse = self.direction == Direction::Inverse;
        let key = Key { n, inverse, level: cx.level };
        let engine = Engine::new(key, engine::extra::<T>(key), large::plan(n, cx.level));
        let scale = self.norm.scale(n, inverse);
        let plain = n > 0 && scale == 1.0 && engine.long.is_none() && engine::extra::<T>(key) == 0;
        PlannedC2c { n, scale, plain, engine }
    }
}

impl<T: Real> PlannedC2c<T> {
    /// Transforms whole rows of `x` into as many of `y`, to the bits that the kernel gives. Many rows, and long ones, are
    /// shared out over the threads of the pool that this is called in.
    ///
    /// # Errors
    /// `x` has no whole rows, or `y` another number of them.
    #[inline]
    pub fn run(&mut self, x: &[Complex<T>], y: &mut [Complex<T>]) -> Result<()> {
        if self.plain && x.len() == self.n && y.len() == self.n {
            self.engine.fft.process_immutable_with_scratch(x, y, &mut self.engine.scratch);
            return Ok(());
        }
        self.run_rows(x, y)
    }

    fn run_rows(&mut self, x: &[Complex<T>], y: &mut [Complex<T>]) -> Result<()> {
        if x.len() != y.len() || x.len() != self.n {
            checked("fft/c2c", "the output", self.n, rows_of("fft/c2c", self.n, x.len(), self.n)?, y.len(), self.n)?;
        }
        if self.n == 0 || y.is_empty() {
            return Ok(());
        }
        let Engine { key, long, fft, scratch, .. } = &mut self.engine;
        if let Some(long) = long {
            long.run_rows(key.inverse, self.scale, x, y, self.n);
        } else if y.len() > engine::SERIAL && y.len() > self.n {
            engine::transform(*key, self.scale, x, y);
        } else {
            engine::block(fft.as_ref(), *key, self.scale, scratch, x, y);
        }
        Ok(())
    }

    /// Transforms whole rows where they are. The last bit of a number may be another one than [`PlannedC2c::run`] gives.
    ///
    /// # Errors
    /// `data` has no whole rows.
    #[inline]
    pub fn run_in_place(&mut self, data: &mut [Complex<T>]) -> Result<()> {
        if self.plain && data.len() == self.n {
            self.engine.fft.process_with_scratch(data, &mut self.engine.scratch);
            return Ok(());
        }
        self.run_rows_in_place(data)
    }

    fn run_rows_in_place(&mut self, data: &mut [Complex<T>]) -> Result<()> {
        if data.len() != self.n {
            rows_of("fft/c2c", self.n, data.len(), self.n)?;
        }
        if self.n == 0 || data.is_empty() {
            return Ok(());
        }
        let Engine { key, long, fft, scratch, .. } = &mut self.engine;
        if let Some(long) = long {
            long.again_rows(key.inverse, self.scale, data, self.n);
            return Ok(());
        }
        if data.len() > engine::SERIAL && data.len() > self.n {
            engine::in_place(*key, self.scale, data);
            return Ok(());
        }
        fft.process_with_scratch(data, scratch);
        engine::multiply_all(self.scale, data);
        Ok(())
    }
}

/// [`Rfft`] of one length.
pub struct PlannedRfft<T: Real> {
    n: usize,
    scale: f64,
    table: Arc<[Complex<T>]>,
    engine: Engine<T, LongReal<T>>,
}
debug!(PlannedRfft);

impl Rfft {
    /// The transform of rows of `n` numbers, planned; `axes` do not matter.
    pub fn planned<T: Real>(&self, cx: &Cpu, n: usize) -> PlannedRfft<T> {
        let engine =
            Engine::new(rfft::packed::inner(n, cx.level), rfft::packed::extra(n), large::plan_real(n, cx.level));
        PlannedRfft { n, scale: self.norm.scale(n, false), table: rfft::packed::table(n), engine }
    }
}

impl<T: Real> PlannedRfft<T> {
    /// Transforms whole rows of `x` into as many of [`bins`]`(n)` numbers of `y`.
    ///
    /// # Errors
    /// `x` has no whole rows, or `y` another number of them.
    #[inline]
    pub fn run(&mut self, x: &[T], y: &mut [Complex<T>]) -> Result<()> {
        let rows = if x.len() == self.n { 1 } else { rows_of("fft/rfft", self.n, x.len(), self.n)? };
        checked("fft/rfft", "the output", self.n, rows, y.len(), bins(self.n))?;
        let Engine { key, token, long, fft, scratch } = &mut self.engine;
        if self.n == 0 || rows == 0 {
        } else if let Some(long) = long {
            rfft::packed::long_rows(long, self.n, *token, self.scale, &self.table, x, y);
        } else if rows > 1 && y.len() > engine::SERIAL {
            rfft::packed::transform(self.n, key.level, self.scale, x, y);
        } else {
            rfft::packed::block(fft.as_ref(), self.n, *token, self.scale, &self.table, scratch, x, y);
        }
        Ok(())
    }
}

/// [`Irfft`] to one length.
pub struct PlannedIrfft<T: Real> {
    n: usize,
    scale: f64,
    table: Arc<[Complex<T>]>,
    engine: Engine<T, LongReal<T>>,
}
debug!(PlannedIrfft);

impl Irfft {
    /// The transform to rows of `n` numbers, planned; `n` and `axes` of the kernel do not matter.
    pub fn planned<T: Real>(&self, cx: &Cpu, n: usize) -> PlannedIrfft<T> {
        let engine =
            Engine::new(irfft::packed::inner(n, cx.level), irfft::packed::extra(n), large::plan_real(n, cx.level));
        PlannedIrfft { n, scale: self.norm.scale(n, true), table: rfft::packed::table(n), engine }
    }
}

impl<T: Real> PlannedIrfft<T> {
    /// Transforms whole rows of [`bins`]`(n)` numbers of `y` into as many of `x`.
    ///
    /// # Errors
    /// `y` has no whole rows, or `x` another number of them.
    #[inline]
    pub fn run(&mut self, y: &[Complex<T>], x: &mut [T]) -> Result<()> {
        let rows = if y.len() == bins(self.n) { 1 } else { rows_of("fft/irfft", self.n, y.len(), bins(self.n))? };
        checked("fft/irfft", "the output", self.n, rows, x.len(), self.n)?;
        let Engine { key, token, long, fft, scratch } = &mut self.engine;
        if self.n == 0 || rows == 0 {
        } else if let Some(long) = long {
            irfft::packed::long_rows(long, self.n, *token, self.scale, &self.table, y, x);
        } else if rows > 1 && x.len() > engine::SERIAL {
            irfft::packed::transform(self.n, key.level, self.scale, y, x);
        } else {
            irfft::packed::block(fft.as_ref(), self.n, *token, self.scale, &self.table, scratch, y, x);
        }
        Ok(())
    }
}
