//! Reading on a thread of its own, ahead of what is asked for.

use crate::{Control, Error, Result};
use gapwave_columns::Chunk;
use gapwave_datasets::{Carried, Schema, Source};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;

/// Chunks that are asked for before they are wanted: one is read while the one before is worked on.
const AHEAD: usize = 1;

enum Ask {
    Read(usize),
    Rewind,
}

enum Answer {
    Chunk(Option<Chunk>, Option<f64>),
    Rewound,
    Failed(gapwave_datasets::Error),
}

/// A source whose chunks are read by a thread while the one before is worked on. What is asked for ahead is of the
/// size that was asked for last, so that the same calls give the same chunks.
pub(crate) struct Ahead<'a> {
    ask: Sender<Ask>,
    answers: Receiver<Answer>,
    /// Chunks asked for and not yet received.
    asked: usize,
    schema: Schema,
    rows: Option<u64>,
    carried: Option<Carried>,
    has_beside: bool,
    row_bytes: u64,
    held_bytes: u64,
    /// Rows handed out in this pass.
    given: u64,
    ended: bool,
    control: &'a Control,
}

impl<'a> Ahead<'a> {
    /// Starts the thread; `install` runs reading where its parallel parts should run.
    pub(crate) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        source: &'scope mut dyn Source,
        control: &'a Control,
        install: impl Fn(&mut (dyn FnMut() + Send)) + Send + 'scope,
    ) -> Result<Ahead<'a>> {
        let (ask, asks) = channel::<Ask>();
        let (give, answers) = channel();
        let ahead = Ahead {
            ask,
            answers,
            asked: 0,
            schema: source.schema().clone(),
            rows: source.rows(),
            carried: source.carried(),
            has_beside: source.has_beside(),
            row_bytes: source.row_bytes(),
            held_bytes: source.held_bytes(),
            given: 0,
            ended: false,
            control,
        };
        let run = move || {
            // Ends when the other side is dropped.
            for ask in asks {
                let mut answer = None;
                install(&mut || {
                    answer = Some(match ask {
                        Ask::Read(rows) => match source.read(rows) {
                            Ok(chunk) => Answer::Chunk(chunk, source.progress()),
                            Err(e) => Answer::Failed(e),
                        },
                        Ask::Rewind => match source.rewind() {
                            Ok(()) => Answer::Rewound,
                            Err(e) => Answer::Failed(e),
                        },
                    });
                });
                let failed = matches!(answer, Some(Answer::Failed(_)));
                if answer.is_none_or(|a| give.send(a).is_err()) || failed {
                    break;
                }
            }
        };
        std::thread::Builder::new()
            .name("gapwave-read".into())
            .spawn_scoped(scope, run)
            .map_err(|e| Error::Usage(format!("no thread to read on: {e}")))?;
        Ok(ahead)
    }

    fn gone() -> gapwave_datasets::Error {
        gapwave_columns::Error::Mismatch("the thread that reads has ended".into()).into()
    }
}

impl Source for Ahead<'_> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        self.rows
    }

    fn read(&mut self, rows: usize) -> gapwave_datasets::Result<Option<Chunk>> {
        if self.ended {
            return Ok(None);
        }
        // A thread that has ended left its reason among the answers.
        while self.asked < AHEAD + 1 && self.ask.send(Ask::Read(rows)).is_ok() {
            self.asked += 1;
        }
        let answer = self.answers.recv().map_err(|_| Self::gone())?;
        self.asked = self.asked.saturating_sub(1);
        match answer {
            Answer::Chunk(None, _) => {
                self.ended = true;
                Ok(None)
            }
            Answer::Chunk(Some(chunk), part) => {
                self.given += chunk.rows() as u64;
                let part = match self.rows {
                    Some(all) => Some(self.given as f64 / all.max(1) as f64),
                    None => part,
                };
                self.control.read(self.given, chunk.bytes(), part);
                Ok(Some(chunk))
            }
            Answer::Failed(e) => Err(e),
            Answer::Rewound => Err(Self::gone()),
        }
    }

    fn rewind(&mut self) -> gapwave_datasets::Result<()> {
        let _ = self.ask.send(Ask::Rewind);
        self.asked = 0;
        loop {
            match self.answers.recv().map_err(|_| Self::gone())? {
                // Asked for before; nobody wants it now.
                Answer::Chunk(..) => {}
                Answer::Rewound => break,
                Answer::Failed(e) => return Err(e),
            }
        }
        (self.given, self.ended) = (0, false);
        self.control.next_pass();
        Ok(())
    }

    fn carried(&self) -> Option<Carried> {
        self.carried.clone()
    }

    fn has_beside(&self) -> bool {
        self.has_beside
    }

    fn row_bytes(&self) -> u64 {
        self.row_bytes
    }

    fn held_bytes(&self) -> u64 {
        self.held_bytes
    }
}
