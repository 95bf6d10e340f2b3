//! Data frames as sources and sinks.

use super::join::{Join, mismatch};
use super::layout::{Chosen, Known};
use crate::{Carried, ReadOptions, Result, Schema, Sink, Source};
use gapwave_columns::Chunk;
use polars::prelude::DataFrame;
use std::path::{Path, PathBuf};

/// A data frame as a source of its columns of numbers, with the others beside them.
#[derive(Debug)]
pub struct FrameSource {
    path: PathBuf,
    frame: DataFrame,
    chosen: Chosen,
    at: usize,
}

impl FrameSource {
    /// A source of this data frame's columns of numbers.
    ///
    /// # Errors
    /// Where a column asked for is not there or holds something else than numbers.
    pub fn new(frame: DataFrame, options: &ReadOptions) -> Result<FrameSource> {
        Self::of_file(Path::new("data frame"), frame, options)
    }

    /// The same of a file that was read whole.
    pub(super) fn of_file(path: &Path, mut frame: DataFrame, options: &ReadOptions) -> Result<FrameSource> {
        frame.rechunk_mut();
        let known = frame.columns().iter().map(|c| Known {
            name: c.name().to_string(),
            dtype: c.dtype().clone(),
            nullable: c.null_count() > 0,
        });
        let chosen = Chosen::new(path, &known.collect::<Vec<_>>(), options)?;
        Ok(FrameSource { path: path.into(), frame, chosen, at: 0 })
    }
}

impl Source for FrameSource {
    fn schema(&self) -> &Schema {
        &self.chosen.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.frame.height() as u64)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let n = rows.max(1).min(self.frame.height() - self.at);
        if n == 0 {
            return Ok(None);
        }
        let chunk = self.chosen.chunk(&self.path, self.frame.slice(self.at as i64, n), self.at as u64)?;
        self.at += n;
        Ok(Some(chunk))
    }

    fn rewind(&mut self) -> Result<()> {
        self.at = 0;
        Ok(())
    }

    fn carried(&self) -> Option<Carried> {
        Some(self.chosen.layout.clone().into())
    }

    fn row_bytes(&self) -> u64 {
        self.chosen.row_bytes()
    }

    fn held_bytes(&self) -> u64 {
        self.frame.estimated_size() as u64
    }
}

/// Reads a whole table, with a type for every column.
///
/// # Errors
/// As [`open`](crate::open), and where the table is damaged further on.
pub fn read_frame(path: &Path, options: &ReadOptions) -> Result<DataFrame> {
    let mut source = crate::open(path, options)?;
    let mut sink = FrameSink::new(source.carried().as_ref());
    while let Some(chunk) = source.read(1 << 20)? {
        sink.write(chunk)?;
    }
    sink.finish()?;
    Ok(sink.into_frame())
}

/// A sink that makes a data frame.
#[derive(Debug)]
pub struct FrameSink {
    join: Join,
    frame: Option<DataFrame>,
}

impl FrameSink {
    /// An empty sink; the frame will have the columns beside the numbers too, where the table they are from is given.
    pub fn new(carried: Option<&Carried>) -> Self {
        FrameSink { join: Join::new(carried), frame: None }
    }

    /// The frame.
    pub fn into_frame(self) -> DataFrame {
        self.frame.unwrap_or_default()
    }
}

impl Sink for FrameSink {
    fn write(&mut self, chunk: Chunk) -> Result<()> {
        let more = self.join.frame(chunk)?;
        match &mut self.frame {
            None => self.frame = Some(more),
            Some(all) => {
                all.vstack_mut(&more).map_err(|e| mismatch(e.to_string()))?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        if self.frame.is_none() {
            self.frame = self.join.empty();
        }
        if let Some(all) = &mut self.frame {
            all.rechunk_mut();
        }
        Ok(())
    }
}
