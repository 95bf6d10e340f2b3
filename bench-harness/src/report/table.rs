//! An aligned table for the terminal.

use super::Report;
use crate::{Fingerprint, Label, Record, Result, Summary};
use std::io::Write;

/// An aligned table for the terminal, a row per case as soon as it is measured. Times are medians.
#[derive(Debug)]
pub struct Table<W> {
    out: W,
    /// Widths of the label's columns: name, shape, processor.
    widths: [usize; 3],
    cached: bool,
    peaks: Vec<String>,
}

impl<W: Write> Table<W> {
    /// A table into `out`.
    pub fn new(out: W) -> Self {
        Table { out, widths: [9, 5, 9], cached: false, peaks: Vec::new() }
    }

    fn label(&mut self, id: &str, shape: &str, processor: &str) -> Result<()> {
        let [a, b, c] = self.widths;
        Ok(write!(self.out, "{id:a$}  {shape:b$}  {processor:c$}")?)
    }
}

impl<W: Write> Report for Table<W> {
    fn begin(&mut self, labels: &[Label], f: &Fingerprint) -> Result<()> {
        for l in labels {
            for (width, text) in self.widths.iter_mut().zip([&l.id, &l.shape, &l.processor]) {
                *width = (*width).max(text.chars().count());
            }
        }
        let cpu = f.cpu.as_deref().unwrap_or("unknown processor");
        writeln!(self.out, "{} {} · {cpu}, {} cores · {}", f.program, f.version, f.cores, f.os)?;
        if let Some(load) = f.load.filter(|&l| l > f.cores as f64 * 0.5) {
            writeln!(self.out, "The machine is busy: load {load:.1} on {} cores.", f.cores)?;
        }
        self.label("benchmark", "shape", "processor")?;
        let head = ["timing", "cold", "median", "min", "GB/s", "Melem/s", "of peak"];
        let [t, c, m, n, g, e, p] = head;
        Ok(writeln!(self.out, "  {t:6}  {c:>9}  {m:>9}  {n:>9}  {g:>8}  {e:>9}  {p:>8}  result")?)
    }

    fn record(&mut self, r: &Record) -> Result<()> {
        self.label(&r.label.id, &r.label.shape, &r.label.processor)?;
        let in_cache = r.peak.as_ref().is_some_and(|p| !p.bounds(r.bytes));
        let share = match r.share {
            Some(s) => format!("{:.0} %{}", s * 100.0, if in_cache { "*" } else { " " }),
            None => "–".into(),
        };
        self.cached |= in_cache && r.share.is_some();
        if let Some(p) = r.peak.as_ref().filter(|_| r.share.is_some()) {
            let text = format!("{} {:.1} GB/s", p.name, p.gb_s);
            if !self.peaks.contains(&text) {
                self.peaks.push(text);
            }
        }
        let result = match (&r.error, r.verified) {
            (Some(why), false) => format!("WRONG: {why}"),
            (Some(why), true) => format!("IMPOSSIBLE: {why}"),
            (None, _) => "verified".into(),
        };
        writeln!(
            self.out,
            "  {:6}  {:>9}  {:>9}  {:>9}  {:>8}  {:>9}  {share:>8}  {result}{}",
            r.label.timing,
            time(r.cold_ns),
            time(r.median_ns),
            time(r.min_ns),
            amount(r.gb_s),
            amount(r.melem_s),
            if r.plateau { "" } else { " (no plateau)" }
        )?;
        Ok(self.out.flush()?)
    }

    fn failed(&mut self, label: &Label, why: &str) -> Result<()> {
        self.label(&label.id, &label.shape, &label.processor)?;
        writeln!(self.out, "  {:6}  FAILED: {why}", label.timing)?;
        Ok(self.out.flush()?)
    }

    fn finish(&mut self, summary: &Summary) -> Result<()> {
        writeln!(self.out, "{}", summary.line())?;
        if !self.peaks.is_empty() {
            writeln!(self.out, "Peaks, measured in this process, bytes read and written: {}", self.peaks.join("; "))?;
        }
        if self.cached {
            writeln!(self.out, "* small enough for a cache, so the peak of memory does not bound it")?;
        }
        Ok(self.out.flush()?)
    }
}

/// A time in the unit that leaves one to three digits before the point.
fn time(ns: f64) -> String {
    match ns {
        ns if ns < 999.95 => format!("{ns:.1} ns"),
        ns if ns < 999.95e3 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 999.95e6 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

/// An amount with about three digits; nothing where it means nothing.
fn amount(x: f64) -> String {
    match x {
        0.0 => "–".into(),
        x if x < 0.995 => format!("{x:.3}"),
        x if x < 99.5 => format!("{x:.2}"),
        x => format!("{x:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Measurement, Peak, work};

    #[test]
    fn times_and_amounts_keep_few_digits() {
        assert_eq!([0.5, 999.0, 999.96, 12_340.0].map(time), ["0.5 ns", "999.0 ns", "1.0 µs", "12.3 µs"]);
        assert_eq!([5e6, 1.5e9].map(time), ["5.0 ms", "1.50 s"]);
        assert_eq!([0.0, 0.1234, 12.345, 4321.9].map(amount), ["–", "0.123", "12.35", "4322"]);
    }

    #[test]
    fn columns_are_aligned() {
        let case = |id: &str, bytes| {
            Case::new(id, "2²⁰ × f32", "cpu", || Ok(work((), |()| Ok(()), |()| Ok(()))))
                .bytes(bytes)
                .elements(1 << 20)
                .peak(Some(Peak { name: "copy".into(), gb_s: 10.0, from_bytes: 1000 }))
        };
        let m =
            |ns: f64| Measurement { cold_ns: ns, plateau: true, iterations: 1, rounds: vec![vec![ns]], wrong: None };
        let cases = [case("fft/c2c", 100), case("impute/linear", 4 << 20)];
        let labels: Vec<_> = cases.iter().map(|c| c.label.clone()).collect();
        let f = Fingerprint::of_this_machine("test", "0");
        let mut out = Vec::new();
        let mut table = Table::new(&mut out);
        table.begin(&labels, &f).unwrap();
        for (case, ns) in cases.iter().zip([123.4, 1e6]) {
            table.record(&Record::new(case, m(ns), &f)).unwrap();
        }
        table.finish(&Summary { verified: 2, ..Summary::default() }).unwrap();
        let text = String::from_utf8(out).unwrap();
        let rows: Vec<&str> = text.lines().skip_while(|l| !l.starts_with("benchmark")).take(3).collect();
        let ends: Vec<usize> = rows
            .iter()
            .map(|r| {
                let at = r.find("result").or(r.find("verified")).unwrap();
                r[..at].chars().count()
            })
            .collect();
        assert_eq!(ends, vec![ends[0]; 3], "{text}");
        assert!(text.contains("8 %*") && text.contains("42 % ") && text.contains("small enough for a cache"), "{text}");
    }
}
