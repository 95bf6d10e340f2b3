//! On the GPU: sums over tiles of the definition, or blocks gathered, transformed, multiplied, transformed back, joined.

use super::Convolve;
use super::shape::{Cut, Method, Shape};
use crate::fft::gpu::{self, Signal};
use crate::fft::rfft::bins;
use crate::fft::{irfft, rfft};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::{Caps, Error, Plan, Result};
use gapwave_columns::Meta;

/// Numbers that a workgroup of `fft/sums` makes.
const PART: u64 = 1024;
/// Terms of one dispatch of it: loops are limited, and a submission must not take long.
const TERMS: usize = 1 << 13;

impl Convolve {
    pub(super) fn plan(&self, x: &Meta, h: &Meta, shape: Shape, caps: &Caps) -> Result<Plan> {
        let mut plan = Plan::new();
        let mut kept = x.shape.clone();
        if let Some(last) = kept.last_mut() {
            *last = shape.kept().1;
        }
        let y = Meta::new(x.dtype, kept);
        let (from, with, to) = (plan.input(0, x), plan.input(1, h), plan.output(0, &y));
        if shape.batch == 0 {
            return Ok(plan);
        }
        counted(shape.batch as u128 * shape.n.max(shape.kept().1) as u128)?;
        counted(shape.n as u128 + shape.m as u128 + u128::from(PART) + 256)?;
        let method = self.method_of(&shape);
        let job = Job { shape, mirror: self.correlate, caps };
        match method {
            Method::Direct => job.sums(&mut plan, from, with, to)?,
            Method::Fft => job.blocks(&mut plan, shape.whole(), from, with, to)?,
            _ => job.blocks(&mut plan, shape.blocks(), from, with, to)?,
        }
        Ok(plan)
    }
}

/// Shaders count numbers in u32.
fn counted(numbers: u128) -> Result<()> {
    let have = u64::from(u32::MAX);
    if numbers > u128::from(have) {
        let need = u64::try_from(numbers).unwrap_or(u64::MAX);
        return Err(Error::Limit { what: "numbers of a convolution".into(), need, have });
    }
    Ok(())
}

struct Job<'a> {
    shape: Shape,
    mirror: bool,
    caps: &'a Caps,
}

impl Job<'_> {
    fn program(&self, name: &'static str, shader: &str) -> Program {
        let keys: &[(&str, &str)] = match self.shape.complex {
            false => &[("T", "f32"), ("CONJ", "1.0"), ("TERM", "return a * b;")],
            true => &[
                ("T", "vec2<f32>"),
                ("CONJ", "vec2<f32>(1.0, -1.0)"),
                ("TERM", "return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);"),
            ],
        };
        let wgsl = gapwave_shaders::source(shader, keys).into();
        Program { name, wgsl, workgroup: [gpu::WORKGROUP as u32, 1, 1], shared_bytes: 0, needs: Needs::default() }
    }

    /// Bytes of a number.
    fn size(&self) -> u64 {
        if self.shape.complex { 8 } else { 4 }
    }

    fn sums(&self, plan: &mut Plan, x: Slice, h: Slice, y: Slice) -> Result<()> {
        let Shape { batch, n, m, .. } = self.shape;
        let (start, len) = self.shape.kept();
        let parts = (len as u64).div_ceil(PART);
        let groups = Groups::linear(batch as u64 * parts, self.caps)?;
        let program =
            Program { shared_bytes: (1280 + 256) * self.size() as u32, ..self.program("fft_sums", "fft/sums") };
        // Terms that no number kept has are left out.
        let (from, to) = ((start + 1).saturating_sub(n), m.min(start + len));
        for first in (from..to).step_by(TERMS) {
            let terms = TERMS.min(to - first);
            let add = first > from;
            let uniform = [batch, parts as usize, n, m, len, start, first, terms, self.mirror.into(), add.into()];
            let max_loop = terms as u32 + terms.div_ceil(256) as u32 * 6 + 4;
            plan.run(program.clone(), &[x, h, y], &uniform.map(|u| u as u32), groups, max_loop);
        }
        Ok(())
    }

    fn blocks(&self, plan: &mut Plan, cut: Cut, x: Slice, h: Slice, y: Slice) -> Result<()> {
        let Shape { batch, n, m, complex, .. } = self.shape;
        let rows = batch as u128 * cut.blocks as u128;
        counted(rows * cut.size as u128)?;
        let rows = rows as usize;
        gpu::room(cut.size, rows)?;
        let filter = self.gathered(plan, h, Cut { origin: 0, step: 0, blocks: 1, ..cut }, m, 1, self.mirror)?;
        let blocks = self.gathered(plan, x, cut, n, batch, false)?;
        let width = if complex { cut.size } else { bins(cut.size) };
        let (spectrum, spectra) = (plan.temp(width as u64 * 8), plan.temp((rows * width) as u64 * 8));
        // The factor of the inverse transform goes with h.
        let scale = 1.0 / cut.size as f64;
        self.forward(plan, filter, spectrum, (cut.size, 1), scale)?;
        self.forward(plan, blocks, spectra, (cut.size, rows), 1.0)?;
        let all = (rows * width) as u64;
        let groups = Groups::linear(all.div_ceil(gpu::WORKGROUP), self.caps)?;
        let uniform = [all as u32, width as u32];
        plan.run(gpu::program("fft_times", "fft/times"), &[spectra, spectrum], &uniform, groups, 0);
        // Into what was gathered, which nobody needs any more.
        if complex {
            let signal = Signal { n: cut.size, batch: rows, inverse: true, scale: 1.0, keep: cut.size };
            gpu::append(plan, self.caps, spectra, blocks, signal)?;
        } else {
            irfft::append(plan, self.caps, spectra, blocks, (cut.size, rows), 1.0)?;
        }
        let len = self.shape.kept().1;
        let numbers = (batch * len) as u64;
        let groups = Groups::linear(numbers.div_ceil(gpu::WORKGROUP), self.caps)?;
        let uniform = [numbers as usize, len, cut.size, cut.blocks, cut.step, cut.skip].map(|u| u as u32);
        plan.run(self.program("fft_unblocks", "fft/unblocks"), &[blocks, y], &uniform, groups, 0);
        Ok(())
    }

    /// Rows of `n` numbers in blocks, in scratch memory.
    fn gathered(&self, plan: &mut Plan, x: Slice, cut: Cut, n: usize, batch: usize, mirror: bool) -> Result<Slice> {
        let numbers = (batch * cut.blocks * cut.size) as u64;
        let y = plan.temp(numbers * self.size());
        let groups = Groups::linear(numbers.div_ceil(gpu::WORKGROUP), self.caps)?;
        let before = cut.origin.unsigned_abs();
        let uniform = [numbers as usize, cut.size, cut.blocks, n, cut.step, before, mirror.into()].map(|u| u as u32);
        plan.run(self.program("fft_blocks", "fft/blocks"), &[x, y], &uniform, groups, 0);
        Ok(y)
    }

    fn forward(&self, plan: &mut Plan, x: Slice, y: Slice, (n, batch): (usize, usize), scale: f64) -> Result<()> {
        if self.shape.complex {
            return gpu::append(plan, self.caps, x, y, Signal { n, batch, inverse: false, scale, keep: n });
        }
        rfft::append(plan, self.caps, x, y, (n, batch), scale)
    }
}
