//! How records are shown: one file per form.

mod comparison;
mod csv;
pub(crate) mod format;
mod json_lines;
mod markdown;
mod progress;
mod table;

pub use comparison::{comparison_csv, comparison_json, comparison_markdown, comparison_table};
pub use csv::Csv;
pub use json_lines::JsonLines;
pub use markdown::Markdown;
pub use progress::Progress;
pub use table::Table;

use crate::{Fingerprint, Label, Record, Result, Summary};

/// A form in which records are shown. Each is handed over as soon as it is there.
pub trait Report {
    /// Before the first case, with what is going to be measured.
    fn begin(&mut self, labels: &[Label], fingerprint: &Fingerprint) -> Result<()> {
        let _ = (labels, fingerprint);
        Ok(())
    }

    /// A case begins: the `at`-th of `of`, counted from 1.
    fn case(&mut self, label: &Label, at: usize, of: usize) -> Result<()> {
        let _ = (label, at, of);
        Ok(())
    }

    /// A case was measured.
    fn record(&mut self, record: &Record) -> Result<()>;

    /// A case could not be run.
    fn failed(&mut self, label: &Label, why: &str) -> Result<()>;

    /// After the last case.
    fn finish(&mut self, summary: &Summary) -> Result<()> {
        let _ = summary;
        Ok(())
    }
}
