//! One line that says what is being measured.

use super::Report;
use crate::{Label, Record, Result};
use std::io::Write;

/// A line on a terminal, written over again for each case, that says how far the run is. It is wiped when a record is
/// about to be shown, so it must be the first of the reports.
#[derive(Debug)]
pub struct Progress<W: Write> {
    out: W,
    width: usize,
}

impl<W: Write> Progress<W> {
    /// A line on `out`, which should be a terminal.
    pub fn new(out: W) -> Self {
        Progress { out, width: 0 }
    }

    fn wipe(&mut self) -> Result<()> {
        write!(self.out, "\r{:w$}\r", "", w = self.width)?;
        self.width = 0;
        Ok(self.out.flush()?)
    }
}

impl<W: Write> Report for Progress<W> {
    fn case(&mut self, label: &Label, at: usize, of: usize) -> Result<()> {
        self.wipe()?;
        // A line that wraps could not be written over.
        let text: String = format!("[{at}/{of}] {label}").chars().take(100).collect();
        write!(self.out, "{text}")?;
        self.width = text.chars().count();
        Ok(self.out.flush()?)
    }

    fn record(&mut self, _: &Record) -> Result<()> {
        self.wipe()
    }

    fn failed(&mut self, _: &Label, _: &str) -> Result<()> {
        self.wipe()
    }
}
