//! An aligned table for the terminal.

use super::Report;
use super::format::{amount, plain, result, spread, time};
use crate::{Fingerprint, Label, Record, Result, Summary};
use std::io::Write;

/// An aligned table for the terminal, a row per case as soon as it is measured. Times are medians of the rounds'
/// shortest sub-samples, spreads half of the range of those.
#[derive(Debug)]
pub struct Table<W> {
    out: W,
    /// Widths of the label's columns: name, shape, processor.
    widths: [usize; 3],
    cached: bool,
    arithmetic: bool,
    peaks: Vec<String>,
}

impl<W: Write> Table<W> {
    /// A table into `out`.
    pub fn new(out: W) -> Self {
        Table { out, widths: [9, 5, 9], cached: false, arithmetic: false, peaks: Vec::new() }
    }

    fn label(&mut self, id: &str, shape: &str, processor: &str) -> Result<()> {
        let [a, b, c] = self.widths;
        let [id, shape, processor] = [id, shape, processor].map(plain);
        Ok(write!(self.out, "{id:a$}  {shape:b$}  {processor:c$}")?)
    }
}

impl<W: Write> Report for Table<W> {
    fn begin(&mut self, labels: &[Label], f: &Fingerprint) -> Result<()> {
        for l in labels {
            for (width, text) in self.widths.iter_mut().zip([&l.id, &l.shape, &l.processor]) {
                *width = (*width).max(plain(text).chars().count());
            }
        }
        let cpu = f.cpu.as_deref().unwrap_or("unknown processor");
        writeln!(self.out, "{} {} · {cpu}, {} cores · {}", f.program, f.version, f.cores, f.os)?;
        if let Some(load) = f.load.filter(|&l| l > f.cores as f64 * 0.5) {
            writeln!(self.out, "The machine is busy: load {load:.1} on {} cores.", f.cores)?;
        }
        self.label("benchmark", "shape", "processor")?;
        let [t, c, m, s, g, e, p] = ["timing", "cold", "median", "spread", "GB/s", "Melem/s", "of peak"];
        Ok(writeln!(self.out, "  {t:6}  {c:>9}  {m:>9}  {s:>8}  {g:>8}  {e:>9}  {p:>8}  result")?)
    }

    fn record(&mut self, r: &Record) -> Result<()> {
        self.label(&r.label.id, &r.label.shape, &r.label.processor)?;
        let in_cache = r.peak.as_ref().is_some_and(|p| !p.bounds(r.bytes.max(r.rotation_bytes)));
        // The edge of the roof that is nearer.
        let by_flops = r.flop_share.filter(|f| r.share.is_none_or(|s| *f > s));
        let share = match (r.share, by_flops) {
            (_, Some(f)) => format!("{:.0} %†", f * 100.0),
            (Some(s), None) => format!("{:.0} %{}", s * 100.0, if in_cache { "*" } else { " " }),
            (None, None) => "–".into(),
        };
        self.cached |= in_cache && r.share.is_some() && by_flops.is_none();
        self.arithmetic |= by_flops.is_some();
        let memory = r.peak.as_ref().filter(|_| r.share.is_some()).map(|p| format!("{} {:.1} GB/s", p.name, p.gb_s));
        let flops = r.flop_peak.as_ref().filter(|_| r.flop_share.is_some());
        for text in memory.into_iter().chain(flops.map(|p| format!("{} {:.0} Gflop/s", p.name, p.gflop_s))) {
            if !self.peaks.contains(&text) {
                self.peaks.push(text);
            }
        }
        writeln!(
            self.out,
            "  {:6}  {:>9}  {:>9}  {:>8}  {:>8}  {:>9}  {share:>8}  {}",
            r.label.timing,
            time(r.cold_ns),
            time(r.median_ns),
            spread(r.spread()),
            amount(r.gb_s),
            amount(r.melem_s),
            result(r)
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
        if self.arithmetic {
            writeln!(self.out, "† of the peak of arithmetic, which is nearer than that of memory")?;
        }
        if self.cached {
            writeln!(self.out, "* small enough for a cache, so the peak of memory does not bound it")?;
        }
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Measurement, Peak, Peaks, Round, work};

    #[test]
    fn columns_are_aligned() {
        let case = |id: &str, bytes| {
            Case::new(id, "2²⁰ × f32", "cpu", || Ok(work((), |()| Ok(()), |()| Ok(()))))
                .bytes(bytes)
                .elements(1 << 20)
                .peaks(Peaks {
                    memory: Some(Peak { name: "copy".into(), gb_s: 10.0, from_bytes: 1000 }),
                    arithmetic: None,
                })
        };
        let m = |ns: f64| {
            let rounds = vec![Round { wall_ns: vec![ns], ..Round::default() }];
            Measurement { cold_ns: ns, plateau: true, iterations: 1, rounds, ..Measurement::default() }
        };
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
