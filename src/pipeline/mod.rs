//! Several steps over one table.

pub mod many;
mod spec;

pub use spec::Spec;

use crate::session::step::{Columns, KernelRef, Step, What};
use crate::{Control, Error, Plan, Provenance, Result, Session, Work};
use gapwave_columns::Chunk;
use gapwave_datasets::{MemorySink, MemorySource, ReadOptions, Sink, Source, WriteOptions};
use gapwave_kernels::Kernel;
use gapwave_kernels::filter::predicate;
use std::path::Path;
use std::sync::Arc;

/// Steps over a table, from a source to a sink: a value that a session runs, now or as a job.
///
/// Every chunk goes through all steps before the next one is read, so that a file of any size is worked through in the
/// memory that the session was given.
pub struct Pipeline {
    source: Box<dyn Source>,
    steps: Vec<Step<'static>>,
    sink: Option<Box<dyn Sink>>,
}

impl Pipeline {
    /// Steps over what a source reads.
    pub fn from_source(source: impl Source + 'static) -> Self {
        Pipeline { source: Box::new(source), steps: Vec::new(), sink: None }
    }

    /// Steps over a file's columns of numbers, its format told by content and extension.
    ///
    /// # Errors
    /// Where the file is missing or damaged.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_with(path, &ReadOptions::default())
    }

    /// [`Pipeline::read`] with options of one's own.
    ///
    /// # Errors
    /// Where the file is missing or damaged.
    pub fn read_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let source = gapwave_datasets::open(path.as_ref(), options)?;
        Ok(Pipeline { source, steps: Vec::new(), sink: None })
    }

    /// Steps over a table in memory.
    pub fn from_table(table: Chunk) -> Self {
        Self::from_source(MemorySource::new(table))
    }

    /// Steps over a polars data frame: its columns of numbers, with the others beside them.
    ///
    /// # Errors
    /// Where it has no column of numbers.
    #[cfg(feature = "tables")]
    pub fn from_frame(frame: gapwave_datasets::polars::prelude::DataFrame) -> Result<Self> {
        let source = gapwave_datasets::tables::FrameSource::new(frame, &ReadOptions::default())?;
        Ok(Self::from_source(source))
    }

    /// The names of the columns that the first step is given.
    pub fn columns(&self) -> &[String] {
        &self.source.schema().names
    }

    /// Adds a kernel over all columns.
    pub fn then(self, kernel: impl Kernel + 'static) -> Self {
        self.step(What::Kernel(KernelRef::Own(Arc::new(kernel))), Columns::All)
    }

    /// Adds a kernel over the columns of these names.
    pub fn then_on<S: Into<String>>(self, columns: impl IntoIterator<Item = S>, kernel: impl Kernel + 'static) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        self.step(What::Kernel(KernelRef::Own(Arc::new(kernel))), Columns::Named(columns))
    }

    /// Adds a kernel that fills gaps, over the columns that can have any. Integers come out as f64 where the kernel makes
    /// floats.
    pub fn fill(self, kernel: impl Kernel + 'static) -> Self {
        self.step(What::Kernel(KernelRef::Own(Arc::new(kernel))), Columns::Gaps(None))
    }

    /// Keeps the rows for which a condition holds: `x >= 160 and x < 480 and polarity = 1`. What is beside the numbers
    /// goes along.
    ///
    /// # Errors
    /// Where the condition was not understood; names are looked up when it runs.
    pub fn keep(self, condition: &str) -> Result<Self> {
        let comparisons = predicate::parse(condition)?;
        Ok(self.step(What::Where(comparisons), Columns::All))
    }

    fn step(mut self, what: What<'static>, columns: Columns) -> Self {
        self.steps.push(Step { what, columns });
        self
    }

    /// Writes the result to a file, together with the columns that were not numbers. The file appears when it is
    /// complete.
    ///
    /// # Errors
    /// Where the folder is missing or the format not known.
    pub fn write(self, path: impl AsRef<Path>) -> Result<Self> {
        let options = WriteOptions::carrying(self.source.as_ref());
        self.write_with(path, &options)
    }

    /// [`Pipeline::write`] with options of one's own.
    ///
    /// # Errors
    /// Where the folder is missing or the format not known.
    pub fn write_with(mut self, path: impl AsRef<Path>, options: &WriteOptions) -> Result<Self> {
        self.sink = Some(gapwave_datasets::create(path.as_ref(), options)?);
        Ok(self)
    }

    /// Writes the result to a sink instead of giving it back.
    pub fn into_sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = Some(Box::new(sink));
        self
    }

    /// Runs it; where there is no sink the table is given back.
    ///
    /// # Errors
    /// Where reading, a step or writing fails; the sink is then not finished and a file not written.
    pub fn run(self, session: &Session) -> Result<(Option<Chunk>, Vec<Provenance>)> {
        Work::run(self, session, &Control::new())
    }

    /// Runs it with a control of one's own: to be told of progress, and to stop it.
    ///
    /// # Errors
    /// As [`Pipeline::run`], and [`Error::Cancelled`].
    pub fn run_with(self, session: &Session, control: &Control) -> Result<(Option<Chunk>, Vec<Provenance>)> {
        Work::run(self, session, control)
    }

    /// Runs it and gives the table back.
    ///
    /// # Errors
    /// As [`Pipeline::run`].
    pub fn collect(mut self, session: &Session) -> Result<Chunk> {
        self.sink = None;
        let (table, _) = self.run(session)?;
        table.ok_or_else(|| Error::Internal("a pipeline without a sink gave no table".into()))
    }

    /// Runs it and gives a polars data frame, with the columns that were not numbers.
    ///
    /// # Errors
    /// As [`Pipeline::run`], and where a column is complex.
    #[cfg(feature = "tables")]
    pub fn collect_frame(mut self, session: &Session) -> Result<gapwave_datasets::polars::prelude::DataFrame> {
        let mut sink = gapwave_datasets::tables::FrameSink::new(self.source.carried().as_ref());
        session.inner.flow(&self.steps, self.source.as_mut(), &mut sink, &Control::new())?;
        Ok(sink.into_frame())
    }

    /// What a run would do: chunks, memory, and each step's processor and reach. Reads no rows.
    ///
    /// # Errors
    /// Where a step does not admit its columns, or the memory limit is too small.
    pub fn plan(&mut self, session: &Session) -> Result<Plan> {
        let sink_bytes = self.sink.as_ref().map_or(0, |s| s.held_bytes());
        session.inner.plan(&self.steps, self.source.as_mut(), sink_bytes)
    }
}

impl Work for Pipeline {
    type Output = (Option<Chunk>, Vec<Provenance>);

    fn run(self, session: &Session, control: &Control) -> Result<Self::Output> {
        let Pipeline { mut source, steps, sink } = self;
        match sink {
            Some(mut sink) => {
                let made = session.inner.flow(&steps, source.as_mut(), sink.as_mut(), control)?;
                Ok((None, made))
            }
            None => {
                let mut sink = MemorySink::new();
                let made = session.inner.flow(&steps, source.as_mut(), &mut sink, control)?;
                Ok((Some(sink.into_table()?), made))
            }
        }
    }
}
