//! Several steps over one table.

use super::{Provenance, Session, Work};
use crate::{Control, Error, Result};
use gapwave_columns::Chunk;
use gapwave_datasets::{MemorySink, MemorySource, ReadOptions, Sink, Source, WriteOptions};
use gapwave_kernels::Kernel;
use std::path::Path;

/// Steps over a table, from a source to a sink: a value that a session runs, now or as a job.
///
/// The table between two steps is held in memory.
pub struct Pipeline {
    source: Box<dyn Source>,
    steps: Vec<Step>,
    sink: Option<Box<dyn Sink>>,
}

struct Step {
    kernel: Box<dyn Kernel>,
    columns: Option<Vec<String>>,
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
        let source = gapwave_datasets::open(path.as_ref(), &ReadOptions::default())?;
        Ok(Pipeline { source, steps: Vec::new(), sink: None })
    }

    /// Writes the result to a file, together with the columns that were not numbers. The file appears when it is
    /// complete.
    ///
    /// # Errors
    /// Where the folder is missing or the format not known.
    pub fn write(mut self, path: impl AsRef<Path>) -> Result<Self> {
        let options = WriteOptions::carrying(self.source.as_ref());
        self.sink = Some(gapwave_datasets::create(path.as_ref(), &options)?);
        Ok(self)
    }

    /// Steps over a table in memory.
    pub fn from_table(table: Chunk) -> Self {
        Self::from_source(MemorySource::new(table))
    }

    /// Adds a kernel over all columns.
    pub fn then(mut self, kernel: impl Kernel + 'static) -> Self {
        self.steps.push(Step { kernel: Box::new(kernel), columns: None });
        self
    }

    /// Adds a kernel over the columns of these names.
    pub fn then_on<S: Into<String>>(
        mut self,
        columns: impl IntoIterator<Item = S>,
        kernel: impl Kernel + 'static,
    ) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        self.steps.push(Step { kernel: Box::new(kernel), columns: Some(columns) });
        self
    }

    /// Writes the result to a sink instead of giving it back.
    pub fn into_sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = Some(Box::new(sink));
        self
    }

    /// Runs it; where there is no sink the table is given back.
    pub fn run(self, session: &Session) -> Result<(Option<Chunk>, Vec<Provenance>)> {
        Work::run(self, session, &Control::new())
    }

    /// Runs it and gives the table back.
    pub fn collect(mut self, session: &Session) -> Result<Chunk> {
        self.sink = None;
        let (table, _) = self.run(session)?;
        table.ok_or_else(|| Error::Internal("a pipeline without a sink gave no table".into()))
    }
}

impl Work for Pipeline {
    type Output = (Option<Chunk>, Vec<Provenance>);

    fn run(self, session: &Session, control: &Control) -> Result<Self::Output> {
        let Pipeline { mut source, steps, mut sink } = self;
        let mut provenances = Vec::new();
        let last = steps.len().checked_sub(1).ok_or_else(|| Error::Usage("a pipeline without steps".into()))?;
        for (i, step) in steps.into_iter().enumerate() {
            let names = source.schema().names.clone();
            let select: Vec<usize> = match &step.columns {
                None => (0..names.len()).collect(),
                Some(columns) => columns
                    .iter()
                    .map(|c| {
                        names.iter().position(|n| n == c).ok_or_else(|| {
                            Error::Usage(format!("no column is called {c:?}; there are {}", names.join(", ")))
                        })
                    })
                    .collect::<Result<_>>()?,
            };
            let kernel = step.kernel.as_ref();
            if i == last
                && let Some(sink) = &mut sink
            {
                provenances.push(session.drive(kernel, source.as_mut(), &select, sink.as_mut(), control)?);
                return Ok((None, provenances));
            }
            let mut table = MemorySink::new();
            provenances.push(session.drive(kernel, source.as_mut(), &select, &mut table, control)?);
            let table = table.into_table()?;
            if i == last {
                return Ok((Some(table), provenances));
            }
            source = Box::new(MemorySource::new(table));
        }
        unreachable!("a pipeline has a last step")
    }
}
