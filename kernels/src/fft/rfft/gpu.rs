//! On the GPU: neighbours are taken as one complex number where n is even; an odd n is transformed as complex numbers.

use super::{Layout, Rfft, bins};
use crate::fft::axes::Line;
use crate::fft::c2c;
use crate::fft::gpu::{self, Job, Load, Store, Values};
use crate::plan::Slice;
use crate::{Caps, Plan, Result};
use gapwave_columns::{DType, Meta};

impl Rfft {
    pub(super) fn plan(&self, x: &Meta, caps: &Caps) -> Result<Plan> {
        let Layout { real, others, bins, scale } = self.layout(&x.shape)?;
        let mut plan = Plan::new();
        let y = Meta::new(DType::Complex64, bins);
        let (input, output) = (plan.input(0, x), plan.output(0, &y));
        let others: Vec<_> = others.into_iter().filter(|l| l.n != 1).collect();
        if others.is_empty() {
            gpu::transform(&mut plan, caps, input, output, &one_sided(real, scale, Values::Complex))?;
            return Ok(plan);
        }
        let between = plan.temp(y.bytes());
        gpu::transform(&mut plan, caps, input, between, &one_sided(real, scale, Values::Complex))?;
        c2c::append_lines(&mut plan, caps, between, output, &others, (false, 1.0))?;
        Ok(plan)
    }
}

/// Transforms of real numbers along an axis to their one-sided spectra.
pub(in crate::fft) fn one_sided(line: Line, scale: f64, values: Values) -> Job {
    let Line { outer, n, inner } = line;
    let job = Job { inner, scale, len: n, keep: bins(n), ..Job::rows(n, outer) };
    match (n.is_multiple_of(2), inner) {
        (false, _) => Job { load: Load::Real, store: Store::Bins(values), ..job },
        (true, 1) => Job { n: n / 2, len: n / 2, store: Store::OneSided(values), ..job },
        (true, _) => Job { n: n / 2, load: Load::Pairs, store: Store::OneSided(values), ..job },
    }
}

/// Adds the one-sided spectra of `batch` rows of `n` real numbers to a plan. `input` is not written.
pub(in crate::fft) fn append(
    plan: &mut Plan,
    caps: &Caps,
    input: Slice,
    output: Slice,
    (n, batch): (usize, usize),
    scale: f64,
) -> Result<()> {
    let line = Line { outer: batch, n, inner: 1 };
    gpu::transform(plan, caps, input, output, &one_sided(line, scale, Values::Complex))
}
