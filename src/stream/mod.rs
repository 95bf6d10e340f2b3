//! The chunk driver: the only place that cuts work.
//!
//! It reads a source chunk by chunk, gives each chunk to an executor together with the state of the chunk before and
//! the results of a first pass, and hands on what comes out. Where an executor says that a chunk is too large, the
//! driver goes on with smaller ones. Results do not depend on where it cuts.

mod feed;

use crate::{Control, Error, Result};
use feed::{Fed, Feed};
use gapwave_columns::{Array, Chunk, Meta};
use gapwave_datasets::Source;
use gapwave_kernels::{Fit, Io, Kernel, Reach};

/// What runs a kernel on one chunk.
pub(crate) trait Runner {
    /// `ins` are data, extras and carry, the first `data` of them data; gives outputs and carry.
    fn run(&mut self, kernel: &dyn Kernel, data: usize, ins: &[Array]) -> Result<Vec<Array>>;
}

/// A kernel over the chosen columns of a source.
pub(crate) struct Drive<'a> {
    pub(crate) kernel: &'a dyn Kernel,
    pub(crate) source: &'a mut dyn Source,
    /// The source's columns that are the kernel's data, in its order.
    pub(crate) select: &'a [usize],
    /// Rows of a chunk at most.
    pub(crate) chunk_rows: usize,
    pub(crate) control: &'a Control,
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

/// Sizes of chunks: those already handed on keep theirs, so that a second attempt meets the same boundaries.
#[derive(Clone)]
struct Sizes {
    done: Vec<usize>,
    next: usize,
}

impl Sizes {
    fn of(&self, chunk: usize) -> usize {
        self.done.get(chunk).copied().unwrap_or(self.next)
    }
}

impl Drive<'_> {
    /// Runs to the end, handing each piece to `emit` in order.
    pub(crate) fn run(mut self, runner: &mut dyn Runner, emit: &mut dyn FnMut(Piece) -> Result<()>) -> Result<Cuts> {
        let mut sizes = Sizes { done: Vec::new(), next: self.chunk_rows.max(1) };
        if let Some(total) = self.source.rows() {
            self.control.set_total(total);
            sizes.next = sizes.next.min(usize::try_from(total).unwrap_or(usize::MAX)).max(1);
        }
        loop {
            let mut largest = 0;
            match self.attempt(runner, &mut sizes, &mut largest, emit) {
                Err(e) if e.wants_smaller_chunks() && largest > 1 => {
                    tracing::debug!(rows = largest, error = %e, "chunks are halved");
                    sizes.next = largest.div_ceil(2);
                    self.source.rewind()?;
                }
                other => return other,
            }
        }
    }

    fn attempt(
        &mut self,
        runner: &mut dyn Runner,
        sizes: &mut Sizes,
        largest: &mut usize,
        emit: &mut dyn FnMut(Piece) -> Result<()>,
    ) -> Result<Cuts> {
        let schema = self.source.schema().clone();
        let data = self.select.len();
        let metas: Vec<Meta> = self.select.iter().map(|&i| schema.cols[i].clone()).collect();
        let reach = self.kernel.infer(&metas)?.reach;
        let mut extras = match self.kernel.fit(&metas) {
            Some(fit) => self.first_pass(runner, fit.as_ref(), sizes, largest)?,
            None => Vec::new(),
        };
        let mut carry: Option<Vec<Array>> = None;
        let mut cuts = Cuts::default();
        let emitted = sizes.done.len();
        let mut last = Vec::new();
        let mut feed = Feed::new(self.source, reach);
        loop {
            self.control.check()?;
            let fed = match feed.next(sizes.of(cuts.chunks))? {
                Some(fed) => fed,
                // An empty table has an answer too: the kernel's for no rows.
                None if cuts.chunks == 0 => Fed::empty(&schema)?,
                None => break,
            };
            let ins: Vec<Array> = self.select.iter().map(|&i| fed.chunk.cols[i].clone()).collect();
            let io = self.kernel.infer(&ins.iter().map(Array::meta).collect::<Vec<_>>())?;
            // What cannot be cut is not tried again with less.
            *largest = if io.reach == Reach::Whole { 0 } else { (*largest).max(fed.own) };
            let extra = extras.get_mut(cuts.chunks).and_then(Option::take);
            let all = with_state(ins, &io, extra, carry.take())?;
            let mut outs = runner.run(self.kernel, data, &all)?;
            carry = Some(outs.split_off(io.outs.len()));
            if let Reach::Window { .. } = io.reach {
                outs = outs.iter().map(|o| o.slice_rows(fed.lead, fed.own)).collect::<Result<_, _>>()?;
            }
            let (lead, own) = (fed.lead, fed.own);
            let input = fed.chunk.slice_rows(lead, own)?;
            cuts.rows += own as u64;
            if io.reach == Reach::Fold {
                last = outs;
                outs = Vec::new();
            }
            if cuts.chunks >= emitted {
                emit(Piece { input, outs })?;
                sizes.done.push(own.max(1));
            }
            cuts.chunks += 1;
            self.control.set_rows(cuts.rows);
            if own == 0 {
                break;
            }
        }
        if reach == Reach::Fold {
            emit(Piece { input: Fed::empty(&schema)?.chunk, outs: last })?;
        }
        Ok(cuts)
    }

    /// The extra inputs of each chunk, from a pass over all of them; the source is left at its first row.
    fn first_pass(
        &mut self,
        runner: &mut dyn Runner,
        fit: &dyn Fit,
        sizes: &Sizes,
        largest: &mut usize,
    ) -> Result<Vec<Option<Vec<Array>>>> {
        let whole = self.source.rows().is_some_and(|total| total <= sizes.of(0) as u64);
        if whole && !fit.needs(0, 1) {
            return Ok(Vec::new());
        }
        let kernel = fit.summary();
        let (mut summaries, mut rows) = (Vec::new(), Vec::new());
        let mut feed = Feed::new(self.source, Reach::Rows);
        while let Some(fed) = feed.next(sizes.of(rows.len()))? {
            self.control.check()?;
            // How many chunks there will be is not known while reading; `usize::MAX` asks for all that may matter.
            let summary = if fit.needs(rows.len(), usize::MAX) {
                let ins: Vec<Array> = self.select.iter().map(|&i| fed.chunk.cols[i].clone()).collect();
                let io = kernel.infer(&ins.iter().map(Array::meta).collect::<Vec<_>>())?;
                *largest = (*largest).max(fed.own);
                let mut outs = runner.run(kernel, ins.len(), &with_state(ins, &io, None, None)?)?;
                outs.truncate(io.outs.len());
                Some(outs)
            } else {
                None
            };
            summaries.push(summary);
            rows.push(fed.own);
        }
        self.source.rewind()?;
        Ok(fit.resolve(&summaries, &rows)?)
    }
}

/// Data, extras and carry in the kernel's order; what is not there yet is zeros.
fn with_state(
    mut ins: Vec<Array>,
    io: &Io,
    extra: Option<Vec<Array>>,
    carry: Option<Vec<Array>>,
) -> Result<Vec<Array>> {
    for (given, metas) in [(extra, &io.extra), (carry, &io.carry)] {
        match given {
            Some(arrays) if arrays.len() == metas.len() => ins.extend(arrays),
            Some(arrays) => {
                return Err(Error::Internal(format!("{} state arrays where {} belong", arrays.len(), metas.len())));
            }
            None => ins.extend(metas.iter().map(Array::zeros).collect::<Result<Vec<_>, _>>()?),
        }
    }
    Ok(ins)
}
