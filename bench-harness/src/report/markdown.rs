//! A Markdown table, for pull requests and pages.

use super::Report;
use super::format::{amount, result, spread, time};
use crate::{Fingerprint, Label, Record, Result, Summary};
use std::io::Write;

/// A Markdown table, a row per case, under a line that says what it was measured on.
#[derive(Debug)]
pub struct Markdown<W>(W);

impl<W: Write> Markdown<W> {
    /// Rows into `out`.
    pub fn new(out: W) -> Self {
        Markdown(out)
    }
}

/// Text that does not end its cell.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

impl<W: Write> Report for Markdown<W> {
    fn begin(&mut self, _: &[Label], f: &Fingerprint) -> Result<()> {
        let cpu = f.cpu.as_deref().unwrap_or("unknown processor");
        writeln!(self.0, "{} {} on {cpu}, {} cores, {}\n", f.program, f.version, f.cores, f.os)?;
        writeln!(self.0, "| benchmark | shape | processor | timing | median | spread | GB/s | of peak | result |")?;
        Ok(writeln!(self.0, "|---|---|---|---|--:|--:|--:|--:|---|")?)
    }

    fn record(&mut self, r: &Record) -> Result<()> {
        let l = &r.label;
        let share = r.share.map_or_else(|| "–".into(), |s| format!("{:.0} %", s * 100.0));
        writeln!(
            self.0,
            "| {} | {} | {} | {} | {} | {} | {} | {share} | {} |",
            cell(&l.id),
            cell(&l.shape),
            cell(&l.processor),
            l.timing,
            time(r.median_ns),
            spread(r.spread()),
            amount(r.gb_s),
            cell(&result(r))
        )?;
        Ok(self.0.flush()?)
    }

    fn failed(&mut self, l: &Label, why: &str) -> Result<()> {
        let [id, shape, processor, why] = [&l.id[..], &l.shape, &l.processor, why].map(cell);
        writeln!(self.0, "| {id} | {shape} | {processor} | {} | | | | | FAILED: {why} |", l.timing)?;
        Ok(self.0.flush()?)
    }

    fn finish(&mut self, summary: &Summary) -> Result<()> {
        writeln!(self.0, "\n{}", summary.line())?;
        Ok(self.0.flush()?)
    }
}
