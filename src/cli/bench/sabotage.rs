//! Kernels made to misbehave, to see that it is noticed. Only `bench` can do this, and only when told to.

use gapwave_columns::{Array, Meta, Out, View};
use gapwave_kernels::plan::{Groups, Needs, Program};
use gapwave_kernels::{Caps, Cpu, Entry, Fit, Io, Kernel, Plan, Result, Tolerance};

/// What a kernel is made to do.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sabotage {
    /// A wrong result.
    Wrong,
    /// One dispatch more than needed.
    Dispatch,
    /// One copy on the device more than needed.
    Copy,
    /// One allocation on the host more than needed.
    Allocation,
}

/// A kernel that does what another one does, and something that it should not.
#[derive(Debug)]
pub(super) struct Sabotaged {
    pub(super) inner: Box<dyn Kernel>,
    pub(super) what: Sabotage,
}

impl Kernel for Sabotaged {
    fn entry(&self) -> &'static Entry {
        self.inner.entry()
    }

    fn params(&self) -> toml::Table {
        self.inner.params()
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        if self.what == Sabotage::Allocation {
            drop(std::hint::black_box(vec![0u8; 100]));
        }
        self.inner.infer(ins)
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        self.inner.oracle(ins)
    }

    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        self.inner.tolerance(ins)
    }

    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        self.inner.cpu(cx, ins, outs)?;
        if self.what == Sabotage::Wrong
            && let Some(byte) = outs.first_mut().and_then(|o| o.bytes_mut().first_chunk_mut::<4>())
        {
            // The sign and exponent of a small number, the value of any integer.
            byte.iter_mut().for_each(|b| *b ^= 0x55);
        }
        Ok(())
    }

    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let plan = self.inner.gpu(ins, caps)?;
        Some(plan.and_then(|mut plan| {
            match self.what {
                Sabotage::Wrong => {
                    let out = plan.output(0, &self.inner.infer(ins)?.outs[0]);
                    plan.zero(out);
                }
                Sabotage::Dispatch => {
                    let word = plan.temp(16);
                    let program = Program {
                        name: "sabotage",
                        wgsl: gapwave_shaders::source("primitives/bitmap_tail", &[]).into(),
                        workgroup: [1, 1, 1],
                        shared_bytes: 0,
                        needs: Needs::default(),
                    };
                    plan.run(program, &[word], &[1], Groups([1, 1, 1]), 1);
                }
                Sabotage::Copy => {
                    let (from, to) = (plan.temp(1024), plan.temp(1024));
                    plan.copy(from, to);
                }
                Sabotage::Allocation => {}
            }
            Ok(plan)
        }))
    }

    fn fit(&self, ins: &[Meta]) -> Option<Box<dyn Fit>> {
        self.inner.fit(ins)
    }
}
