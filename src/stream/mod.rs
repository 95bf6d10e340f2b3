//! The chunk driver: the only place that cuts work.
//!
//! A [`Stage`](stage::Stage) runs one kernel over a source, chunk by chunk, with the state of the chunk before and the
//! results of a first pass, and is itself the source of the next stage. Where an executor says that a chunk is too
//! large, the stage goes on with smaller ones. Results do not depend on where it cuts.
//!
//! [`pump`] pulls chunks through a chain of stages within a memory limit ([`sizing`]), while one thread reads ahead and
//! another writes behind.

mod ahead;
mod behind;
mod feed;
mod kept;
pub(crate) mod memory;
mod rows;
mod sizing;
mod stage;
#[cfg(test)]
mod tests;

pub(crate) use ahead::Ahead;
pub(crate) use behind::Behind;
pub(crate) use kept::{Kept, Switch};
pub(crate) use sizing::{INPUTS, Need, OUTPUTS, Sizing};
pub(crate) use stage::{Stage, inward};

use crate::{Control, Error, Result};
use gapwave_columns::{Array, Chunk};
use gapwave_datasets::Source;
use gapwave_kernels::Kernel;
use memory::show_bytes;
use std::time::Instant;

/// What runs a kernel on chunks.
pub(crate) trait Runner: Send {
    /// Chunks that may be submitted before the first of them is finished.
    fn depth(&self) -> usize {
        1
    }

    /// Begins a chunk. `extra` and `carry` of `None` are zeros. Gives the state for the next chunk, which can be handed
    /// to the next call at once; `None` where the kernel has none.
    fn submit(
        &mut self,
        kernel: &dyn Kernel,
        ins: &[Array],
        extra: Option<&[Array]>,
        carry: Option<State>,
    ) -> Result<(Ticket, Option<State>)>;

    /// Waits for a chunk and gives its outputs. Chunks are finished in the order in which they were submitted.
    fn finish(&mut self, kernel: &dyn Kernel, ticket: Ticket, ins: &[Array]) -> Result<Vec<Array>>;

    /// Whether what failed can be done again elsewhere. `uncut`: smaller chunks are no way out.
    fn recover(&mut self, error: &Error, uncut: bool) -> Recovery;

    /// The work is over: says where it was done.
    fn ended(&mut self, kernel: &dyn Kernel, cuts: Cuts);
}

/// What to do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Do it again: the runner uses another device now.
    Again,
    /// Nothing helps.
    None,
}

/// A chunk under way.
pub(crate) enum Ticket {
    /// It is done already.
    Done(Vec<Array>),
    /// It is on the device.
    #[cfg(feature = "gpu")]
    Flying(Box<crate::gpu::Flight>),
    /// It was handed in.
    Taken,
}

/// State between chunks.
pub(crate) enum State {
    /// In host memory.
    Host(Vec<Array>),
    /// On the device.
    #[cfg(feature = "gpu")]
    Device(Vec<crate::gpu::GpuArray>),
}

/// What came of one chunk.
pub(crate) struct Piece {
    /// The chunk itself, all columns of the source.
    pub(crate) input: Chunk,
    /// The kernel's outputs for it. Of a fold, only the last piece has any.
    pub(crate) outs: Vec<Array>,
}

/// How the work was cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cuts {
    pub(crate) chunks: usize,
    pub(crate) rows: u64,
}

/// A kernel that needs all rows at once does not fit.
fn too_large(bytes: u64, limit: u64, rows: Option<u64>) -> Error {
    let rows = rows.map_or("the rows".into(), |r| format!("{r} rows"));
    Error::Memory(format!(
        "this step needs all rows at once: {rows} take {} or more, and {} may be used; raise --memory, or use a \
         method that works in chunks (`gapwave kernels` shows each one's reach)",
        show_bytes(bytes),
        show_bytes(limit)
    ))
}

/// Pulls chunks of what `top` makes, of sizes that fit, and hands them on.
pub(crate) fn pump(
    top: &mut dyn Source,
    sizing: &mut Sizing,
    control: &Control,
    mut emit: impl FnMut(Chunk) -> Result<()>,
) -> Result<()> {
    let mut any = false;
    loop {
        control.check()?;
        let begin = Instant::now();
        let Some(chunk) = top.read(sizing.next()).map_err(inward)? else {
            // A table without rows has columns still.
            return if any { Ok(()) } else { emit(feed::no_rows(top.schema())?) };
        };
        any = true;
        let rows = chunk.rows();
        emit(chunk)?;
        sizing.took(rows, begin.elapsed());
    }
}
