//! On the GPU: bins are packed on reading and half a complex transform made where n is even, a complex one where it is odd.

use super::{Irfft, Layout};
use crate::fft::axes::Line;
use crate::fft::c2c;
use crate::fft::gpu::{self, Job, Load, Store};
use crate::fft::rfft::bins;
use crate::plan::Slice;
use crate::{Caps, Plan, Result};
use gapwave_columns::{DType, Meta};

impl Irfft {
    pub(super) fn plan(&self, y: &Meta, caps: &Caps) -> Result<Plan> {
        let Layout { real, others, scale, .. } = self.layout(&y.shape)?;
        let mut plan = Plan::new();
        let x = Meta::new(DType::F32, self.shape(&y.shape)?);
        let (mut input, output) = (plan.input(0, y), plan.output(0, &x));
        let others: Vec<_> = others.into_iter().rev().filter(|l| l.n != 1).collect();
        if !others.is_empty() {
            let between = plan.temp(y.bytes());
            c2c::append_lines(&mut plan, caps, input, between, &others, (true, 1.0))?;
            input = between;
        }
        gpu::transform(&mut plan, caps, input, output, &real_again(real, scale))?;
        Ok(plan)
    }
}

fn real_again(line: Line, scale: f64) -> Job {
    let Line { outer, n, inner } = line;
    let job = Job { inner, inverse: true, scale, len: bins(n), ..Job::rows(n, outer) };
    match (n.is_multiple_of(2), inner) {
        (false, _) => Job { load: Load::Mirror, store: Store::Real, keep: n, ..job },
        (true, 1) => Job { n: n / 2, load: Load::Half, keep: n / 2, ..job },
        (true, _) => Job { n: n / 2, load: Load::Half, store: Store::Pairs, keep: n, ..job },
    }
}

/// Adds the real numbers of `batch` one-sided spectra of `n` numbers each to a plan. `input` is not written.
pub(in crate::fft) fn append(
    plan: &mut Plan,
    caps: &Caps,
    input: Slice,
    output: Slice,
    (n, batch): (usize, usize),
    scale: f64,
) -> Result<()> {
    gpu::transform(plan, caps, input, output, &real_again(Line { outer: batch, n, inner: 1 }, scale))
}
