//! The CPU executor: a SIMD level and a pool of threads.

use crate::{Error, Result};
use gapwave_columns::{Array, ArrayMut, Meta, Out, View};
use gapwave_kernels::{Cpu, Kernel, SimdLevel};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Runs kernels on CPU cores.
pub(crate) struct CpuExecutor {
    cpu: Cpu,
    /// Own threads; the caller's own thread alone where it is one thread that is wanted.
    pool: ThreadPool,
}

impl CpuExecutor {
    /// `threads` of 0 means all.
    pub(crate) fn new(level: SimdLevel, threads: usize) -> Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("gapwave-{i}"))
            .build()
            .map_err(|e| Error::Usage(format!("no threads to run on: {e}")))?;
        Ok(CpuExecutor { cpu: Cpu::at(level), pool })
    }

    pub(crate) fn level(&self) -> SimdLevel {
        self.cpu.level
    }

    pub(crate) fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs something with its parallel parts on these threads.
    pub(crate) fn install(&self, run: &mut (dyn FnMut() + Send)) {
        self.pool.install(run);
    }

    /// Runs into the caller's memory.
    pub(crate) fn run_into(&self, kernel: &dyn Kernel, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        Ok(self.pool.install(|| kernel.cpu(&self.cpu, ins, outs))?)
    }

    /// Runs into fresh memory; `outs` are all outputs, carry included.
    pub(crate) fn run(&self, kernel: &dyn Kernel, ins: &[Array], outs: &[Meta]) -> Result<Vec<Array>> {
        let views: Vec<View<'_>> = ins.iter().map(Array::view).collect();
        collect(outs, |outs| self.run_into(kernel, &views, outs))
    }
}

/// Fresh memory for outputs, written by `run`, as arrays of the rows it says it wrote.
pub(crate) fn collect(metas: &[Meta], run: impl FnOnce(&mut [Out<'_>]) -> Result<()>) -> Result<Vec<Array>> {
    let mut rooms = metas.iter().map(ArrayMut::zeros).collect::<Result<Vec<_>, _>>()?;
    let mut outs: Vec<Out<'_>> = rooms.iter_mut().map(ArrayMut::out).collect();
    run(&mut outs)?;
    let rows: Vec<usize> = outs.iter().map(Out::rows).collect();
    drop(outs);
    Ok(rooms.into_iter().zip(rows).map(|(room, rows)| room.finish(rows)).collect::<Result<_, _>>()?)
}
