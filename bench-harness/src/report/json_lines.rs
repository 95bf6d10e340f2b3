//! One line of JSON per case.

use super::Report;
use crate::{Entry, Label, Record, Result};
use std::io::Write;

/// One line of JSON per case: a [`Record`], or `{"schema", "failed", …}` with the label for a case that could not be
/// run. Every line is flushed, so what was measured is kept even if the process dies later.
#[derive(Debug)]
pub struct JsonLines<W>(W);

impl<W: Write> JsonLines<W> {
    /// Lines into `out`.
    pub fn new(out: W) -> Self {
        JsonLines(out)
    }

    fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.0, "{text}")?;
        Ok(self.0.flush()?)
    }
}

impl<W: Write> Report for JsonLines<W> {
    fn record(&mut self, record: &Record) -> Result<()> {
        self.line(&record.to_json()?)
    }

    fn failed(&mut self, label: &Label, why: &str) -> Result<()> {
        self.line(&Entry::failed_line(label, why)?)
    }
}
