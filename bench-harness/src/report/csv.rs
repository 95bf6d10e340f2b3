//! Comma-separated values, for spreadsheets.

use super::Report;
use crate::{Fingerprint, Label, Record, Result};
use std::io::Write;

/// One row of comma-separated values per case, under a header; times in ns. Raw samples and the fingerprint are only
/// in the JSON form.
#[derive(Debug)]
pub struct Csv<W>(W);

const HEADER: &str = "id,shape,processor,place,timing,clock,median_ns,min_ns,low_ns,high_ns,cold_ns,elements,bytes,\
                      flops,gb_s,melem_s,gflop_s,share,flop_share,verified,error";

impl<W: Write> Csv<W> {
    /// Rows into `out`.
    pub fn new(out: W) -> Self {
        Csv(out)
    }
}

/// A cell, quoted where it must be.
pub(super) fn cell(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

impl<W: Write> Report for Csv<W> {
    fn begin(&mut self, _: &[Label], _: &Fingerprint) -> Result<()> {
        Ok(writeln!(self.0, "{HEADER}")?)
    }

    fn record(&mut self, r: &Record) -> Result<()> {
        let l = &r.label;
        let share = |s: Option<f64>| s.map(|s| s.to_string()).unwrap_or_default();
        let texts = [&l.id, &l.shape, &l.processor, &l.place, &l.timing.to_string(), &r.clock].map(|t| cell(t));
        let [low, high] = r.spread_ns;
        let times = [r.median_ns, r.min_ns, low, high, r.cold_ns].map(|x| x.to_string());
        let sizes = [r.elements, r.bytes, r.flops].map(|x| x.to_string());
        let rates = [r.gb_s, r.melem_s, r.gflop_s].map(|x| x.to_string());
        let rest = [share(r.share), share(r.flop_share), r.verified.to_string()];
        let error = cell(r.error.as_deref().unwrap_or(""));
        let all: Vec<String> = texts.into_iter().chain(times).chain(sizes).chain(rates).chain(rest).collect();
        writeln!(self.0, "{},{error}", all.join(","))?;
        Ok(self.0.flush()?)
    }

    fn failed(&mut self, l: &Label, why: &str) -> Result<()> {
        let texts = [&l.id, &l.shape, &l.processor, &l.place, &l.timing.to_string()].map(|t| cell(t));
        let empty = ",".repeat(HEADER.split(',').count() - texts.len() - 1);
        writeln!(self.0, "{}{empty},{}", texts.join(","), cell(why))?;
        Ok(self.0.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Measurement, work};

    #[test]
    fn every_row_has_the_header_s_columns() {
        let case = Case::new("a", "1,000 × \"f32\"", "cpu", || Ok(work((), |()| Ok(()), |()| Ok(()))));
        let f = Fingerprint::of_this_machine("t", "0");
        let mut out = Vec::new();
        let mut csv = Csv::new(&mut out);
        csv.begin(&[], &f).unwrap();
        csv.record(&Record::new(&case, Measurement::default(), &f)).unwrap();
        csv.failed(&case.label, "no room").unwrap();
        let text = String::from_utf8(out).unwrap();
        let plain = text.replace("\"1,000 × \"\"f32\"\"\"", "shape");
        let columns: Vec<usize> = plain.lines().map(|l| l.split(',').count()).collect();
        assert_eq!(columns, [columns[0]; 3], "{text}");
        assert!(plain.ends_with(",no room\n"));
    }
}
