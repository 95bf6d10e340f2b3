//! Writing on a thread of its own, behind what is made.

use crate::{Error, Result};
use gapwave_columns::Chunk;
use gapwave_datasets::Sink;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Chunks that wait to be written while one is being written.
const BEHIND: usize = 1;

/// A sink whose chunks are written by a thread while the next one is made.
pub(crate) struct Behind<'scope> {
    give: Option<SyncSender<Chunk>>,
    writer: Option<ScopedJoinHandle<'scope, gapwave_datasets::Result<()>>>,
}

impl<'scope> Behind<'scope> {
    /// Starts the thread.
    pub(crate) fn start(scope: &'scope Scope<'scope, '_>, sink: &'scope mut dyn Sink) -> Result<Self> {
        let (give, chunks) = sync_channel::<Chunk>(BEHIND);
        let run = move || {
            for chunk in chunks {
                sink.write(chunk)?;
            }
            Ok(())
        };
        let writer = std::thread::Builder::new()
            .name("gapwave-write".into())
            .spawn_scoped(scope, run)
            .map_err(|e| Error::Usage(format!("no thread to write on: {e}")))?;
        Ok(Behind { give: Some(give), writer: Some(writer) })
    }

    /// Hands a chunk over, waiting where the writer is behind.
    pub(crate) fn write(&mut self, chunk: Chunk) -> Result<()> {
        match self.give.as_ref().map(|g| g.send(chunk)) {
            Some(Ok(())) => Ok(()),
            // The writer ended early: it says why.
            _ => self.end().and_then(|()| Err(Error::Internal("the thread that writes has ended".into()))),
        }
    }

    /// Waits until everything is written.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.give = None;
        match self.writer.take().map(ScopedJoinHandle::join) {
            None => Ok(()),
            Some(Ok(written)) => Ok(written?),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}
