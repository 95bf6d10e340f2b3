//! One kernel over a source, as the source of the next.

use super::feed::{Fed, Feed, Want};
use super::rows::{self, Layout};
use super::{Cuts, Piece, Recovery, Runner, State, Ticket};
use crate::session::step::KernelRef;
use crate::{Control, Error, Result};
use gapwave_columns::{Array, Chunk, Meta};
use gapwave_datasets::{Carried, Schema, Source};
use gapwave_kernels::{Fit, Reach};
use std::collections::VecDeque;

/// A kernel over the chosen columns of a source.
pub(crate) struct Stage<'a> {
    kernel: KernelRef<'a>,
    runner: Box<dyn Runner + 'a>,
    feed: Feed<'a>,
    layout: Layout,
    control: &'a Control,
    /// Bytes that a kernel may be given which needs all rows at once.
    limit: u64,
    /// Rows of a chunk at most: the executor said so.
    most: usize,
    /// Rows of each chunk that was cut, in this pass or one before; later passes cut there too.
    known: Vec<usize>,
    /// Chunks handed on in all passes; not handed on again when the work begins anew.
    emitted: usize,
    at: Pass,
    /// Rows that were read from this stage.
    given: u64,
    /// A chunk without rows, for when there are none at all.
    empty: Option<Chunk>,
}

/// Where a pass over the source is.
#[derive(Default)]
struct Pass {
    cuts: Cuts,
    finished: usize,
    extras: Option<Vec<Option<Vec<Array>>>>,
    carry: Option<State>,
    flying: VecDeque<Flying>,
    /// The outputs of a fold so far.
    last: Option<Vec<Array>>,
    reach: Option<Reach>,
    ended: bool,
    /// Rows of the chunk that the first pass is at; 0 where that cannot be cut.
    passing: usize,
}

/// A chunk that was submitted.
struct Flying {
    ticket: Ticket,
    fed: Fed,
    ins: Vec<Array>,
    extra: Option<Vec<Array>>,
    outs: usize,
    carries: bool,
    /// Its rows; 0 where it cannot be cut.
    cut: usize,
}

impl<'a> Stage<'a> {
    /// `select`: the source's columns that are the kernel's data, in its order.
    pub(crate) fn new(
        kernel: KernelRef<'a>,
        source: Box<dyn Source + 'a>,
        select: &[usize],
        runner: Box<dyn Runner + 'a>,
        limit: u64,
        control: &'a Control,
    ) -> Result<Stage<'a>> {
        let layout = Layout::new(&*kernel, source.as_ref(), select)?;
        Ok(Stage {
            kernel,
            runner,
            feed: Feed::new(source),
            layout,
            control,
            limit,
            most: usize::MAX,
            known: Vec::new(),
            emitted: 0,
            at: Pass::default(),
            given: 0,
            empty: None,
        })
    }

    /// Another kernel in place of this one, before anything is read.
    #[cfg(feature = "gpu")]
    pub(crate) fn replace(&mut self, kernel: KernelRef<'a>, select: &[usize]) -> Result<()> {
        self.layout = Layout::new(&*kernel, self.feed.source(), select)?;
        self.kernel = kernel;
        Ok(())
    }

    /// The columns of the source that it reads from.
    #[cfg(feature = "gpu")]
    pub(crate) fn below(&self) -> &Schema {
        self.feed.source().schema()
    }

    /// The next piece, of at most about `rows` rows of the source. Of a fold only the last piece has outputs.
    pub(crate) fn next(&mut self, rows: usize) -> Result<Option<Piece>> {
        loop {
            let mut error = match self.attempt(rows) {
                Ok(piece) => return Ok(piece),
                Err(e) => e,
            };
            loop {
                let cut = self.failed().div_ceil(2);
                let smaller = cut < self.failed() && cut < self.most;
                error = match self.runner.recover(&error, !smaller) {
                    Recovery::Again => match self.resume() {
                        Ok(()) => break,
                        Err(e) => e,
                    },
                    Recovery::None if error.wants_smaller_chunks() && smaller => {
                        tracing::debug!(rows = cut, error = %error, "chunks are halved");
                        self.most = cut;
                        self.known.truncate(self.emitted);
                        self.restart(false)?;
                        break;
                    }
                    Recovery::None => return Err(error),
                };
            }
        }
    }

    /// Rows of the chunk that failed, as far as it can be cut: none where it was handed on before, and is made again.
    fn failed(&self) -> usize {
        match self.at.flying.iter().position(|f| matches!(f.ticket, Ticket::Taken)) {
            Some(i) if self.at.finished + i < self.emitted => 0,
            Some(i) => self.at.flying[i].cut,
            None => self.at.passing,
        }
    }

    /// Goes on elsewhere: with what is in flight where there is no state, else from the beginning.
    fn resume(&mut self) -> Result<()> {
        let stateless = self.at.carry.is_none() && self.at.flying.iter().all(|f| !f.carries);
        if !stateless || self.at.reach.is_none() {
            return self.restart(true);
        }
        // What is on the device that failed makes room first.
        self.at.flying.iter_mut().for_each(|f| f.ticket = Ticket::Taken);
        (0..self.at.flying.len()).try_for_each(|i| self.send(i, None))
    }

    /// Begins again at the first row; what was handed on already is made again and dropped.
    fn restart(&mut self, keep_extras: bool) -> Result<()> {
        let extras = self.at.extras.take().filter(|_| keep_extras);
        self.at = Pass { extras, ..Pass::default() };
        self.feed.rewind()
    }

    fn attempt(&mut self, rows: usize) -> Result<Option<Piece>> {
        if self.at.reach.is_none() {
            self.prepare(rows)?;
        }
        loop {
            while !self.at.ended && self.at.flying.len() < self.runner.depth() {
                self.submit(rows)?;
            }
            if self.at.flying.is_empty() {
                return self.end();
            }
            if let Some(piece) = self.finish()? {
                return Ok(Some(piece));
            }
        }
    }

    /// What must be known before the first chunk.
    fn prepare(&mut self, rows: usize) -> Result<()> {
        let metas = self.layout.data(self.feed.source().schema());
        let reach = self.kernel.infer(&metas)?.reach;
        if reach == Reach::Whole
            && let Some(total) = self.feed.source().rows()
        {
            let need = total.saturating_mul(self.feed.source().row_bytes());
            if need > self.limit {
                return Err(super::too_large(need, self.limit, Some(total)));
            }
        }
        if self.at.extras.is_none() {
            self.at.extras = Some(match self.kernel.fit(&metas) {
                Some(fit) => self.first_pass(fit.as_ref(), rows)?,
                None => Vec::new(),
            });
        }
        self.at.reach = Some(reach);
        Ok(())
    }

    fn want(&self, chunk: usize, rows: usize) -> Want {
        match self.known.get(chunk) {
            Some(&n) => Want::Exactly(n),
            None => Want::UpTo(rows.min(self.most).max(1)),
        }
    }

    fn submit(&mut self, rows: usize) -> Result<()> {
        self.control.check()?;
        let Some(reach) = self.at.reach else { return Ok(()) };
        let chunk = self.at.cuts.chunks;
        let fed = match self.feed.next(reach, self.want(chunk, rows), self.limit)? {
            Some(fed) => fed,
            // An empty table has an answer too: the kernel's for no rows.
            None if chunk == 0 => Fed::empty(self.feed.source().schema())?,
            None => {
                // Those beyond the last frame count too.
                self.at.cuts.rows = self.feed.taken();
                self.at.ended = true;
                return Ok(());
            }
        };
        self.at.ended = fed.own == 0;
        let ins = self.layout.inputs(&fed.chunk);
        let io = self.kernel.infer(&ins.iter().map(Array::meta).collect::<Vec<_>>())?;
        if reach == Reach::Whole {
            // What comes out may be far more than what went in.
            let made = io.outs.iter().map(Meta::bytes).fold(0, u64::saturating_add);
            if made > self.limit {
                return Err(super::too_large(made, self.limit, Some(fed.own as u64)));
            }
        }
        let cut = match reach {
            Reach::Whole => 0,
            Reach::Frames { size, .. } if fed.chunk.rows() <= size => 0,
            _ => fed.own,
        };
        let extra = self.at.extras.as_ref().and_then(|e| e.get(chunk)).cloned().flatten();
        if chunk >= self.known.len() {
            self.known.push(fed.asked.max(1));
        }
        self.at.cuts.chunks += 1;
        self.at.cuts.rows += fed.own as u64;
        if fed.own == 0 {
            self.at.cuts.rows = self.feed.taken();
        }
        let carries = !io.carry.is_empty();
        // Noted before it is sent: were it to fail there, its rows would not be read again.
        self.at.flying.push_back(Flying { ticket: Ticket::Taken, fed, ins, extra, outs: io.outs.len(), carries, cut });
        let carry = self.at.carry.take();
        self.send(self.at.flying.len() - 1, carry)
    }

    /// Gives the executor chunk `i` of those in flight.
    fn send(&mut self, i: usize, carry: Option<State>) -> Result<()> {
        let Some(f) = self.at.flying.get_mut(i) else { return Ok(()) };
        let (ticket, carry) = self.runner.submit(&*self.kernel, &f.ins, f.extra.as_deref(), carry)?;
        f.ticket = ticket;
        self.at.carry = carry;
        Ok(())
    }

    /// Waits for the first of the chunks in flight; `None` where there is nothing to hand on of it.
    fn finish(&mut self) -> Result<Option<Piece>> {
        let Some(front) = self.at.flying.front_mut() else { return Ok(None) };
        // The inputs stay until it is done: they may be needed again elsewhere.
        let ticket = std::mem::replace(&mut front.ticket, Ticket::Taken);
        let outs = self.runner.finish(&*self.kernel, ticket, &front.ins)?;
        let Some(Flying { fed, outs: expected, .. }) = self.at.flying.pop_front() else { return Ok(None) };
        if outs.len() != expected {
            return Err(Error::Internal(format!("{} outputs where {expected} belong", outs.len())));
        }
        let number = self.at.finished;
        self.at.finished += 1;
        let outs = match self.at.reach {
            Some(Reach::Fold) => {
                self.at.last = Some(outs);
                return Ok(None);
            }
            Some(Reach::Window { .. }) => {
                outs.iter().map(|o| o.slice_rows(fed.lead, fed.own)).collect::<Result<_, _>>()?
            }
            _ => outs,
        };
        if number < self.emitted {
            return Ok(None);
        }
        self.emitted += 1;
        let input = fed.chunk.slice_rows(fed.lead, fed.own)?;
        Ok(Some(Piece { input, outs }))
    }

    fn end(&mut self) -> Result<Option<Piece>> {
        let Some(outs) = self.at.last.take() else { return Ok(None) };
        let input = Fed::empty(self.feed.source().schema())?.chunk;
        Ok(Some(Piece { input, outs }))
    }

    /// The extra inputs of each chunk, from a pass over all of them; the source is left at its first row.
    fn first_pass(&mut self, fit: &dyn Fit, rows: usize) -> Result<Vec<Option<Vec<Array>>>> {
        let first = self.want(0, rows).rows();
        if let Some(total) = self.feed.source().rows().and_then(|r| usize::try_from(r).ok())
            && total <= first
            && !fit.needs(0, 1)
        {
            // All rows are one chunk then, also where the source gives fewer at a time than it is asked for.
            self.known.resize(1, total);
            self.control.less_passes();
            return Ok(Vec::new());
        }
        let kernel = fit.summary();
        let (mut summaries, mut sizes) = (Vec::new(), Vec::new());
        while let Some(fed) = self.feed.next(Reach::Rows, self.want(sizes.len(), rows), u64::MAX)? {
            self.control.check()?;
            // How many chunks there will be is not known while reading; `usize::MAX` asks for all that may matter.
            let summary = if fit.needs(sizes.len(), usize::MAX) {
                let all = self.layout.inputs(&fed.chunk);
                let ins = match fit.columns() {
                    Some(some) => some.iter().filter_map(|&i| all.get(i)).cloned().collect(),
                    None => all,
                };
                self.at.passing = if sizes.len() < self.emitted { 0 } else { fed.own };
                let (ticket, _) = self.runner.submit(kernel, &ins, None, None)?;
                Some(self.runner.finish(kernel, ticket, &ins)?)
            } else {
                None
            };
            summaries.push(summary);
            if sizes.len() >= self.known.len() {
                self.known.push(fed.own);
            }
            sizes.push(fed.own);
        }
        self.feed.rewind()?;
        Ok(fit.resolve(&summaries, &sizes)?)
    }

    /// How the work was cut.
    pub(crate) fn cuts(&self) -> Cuts {
        self.at.cuts
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.runner.ended(&*self.kernel, self.at.cuts);
    }
}

impl Source for Stage<'_> {
    fn schema(&self) -> &Schema {
        self.layout.schema()
    }

    fn rows(&self) -> Option<u64> {
        self.layout.keeps_rows().then(|| self.feed.source().rows()).flatten()
    }

    fn read(&mut self, rows: usize) -> gapwave_datasets::Result<Option<Chunk>> {
        while let Some(piece) = self.next(rows).map_err(outward)? {
            let Some(chunk) = rows::combine(&self.layout, piece, self.given).map_err(outward)? else { continue };
            if chunk.rows() > 0 {
                self.given += chunk.rows() as u64;
                self.empty = None;
                return Ok(Some(chunk));
            }
            // Handed on only where nothing else comes: it says what the columns are.
            if self.given == 0 {
                self.empty = Some(chunk);
            }
        }
        Ok(self.empty.take())
    }

    fn rewind(&mut self) -> gapwave_datasets::Result<()> {
        (self.emitted, self.given, self.empty) = (0, 0, None);
        // What a first pass found out stays true: the chunks will be the same.
        self.restart(true).map_err(outward)
    }

    fn carried(&self) -> Option<Carried> {
        self.layout.carried().cloned()
    }

    fn has_beside(&self) -> bool {
        self.layout.has_beside()
    }

    fn row_bytes(&self) -> u64 {
        self.layout.row_bytes()
    }
}

/// An error of a stage as a source's error, to be found again by [`inward`].
fn outward(e: Error) -> gapwave_datasets::Error {
    match e {
        Error::Data(e) => e,
        other => gapwave_datasets::Error::Other(Box::new(other)),
    }
}

/// The error that a chain of sources ended with.
pub(crate) fn inward(e: gapwave_datasets::Error) -> Error {
    match e {
        gapwave_datasets::Error::Other(inner) => match inner.downcast::<Error>() {
            Ok(own) => *own,
            Err(other) => Error::Data(gapwave_datasets::Error::Other(other)),
        },
        other => Error::Data(other),
    }
}
