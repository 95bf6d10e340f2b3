//! Comparisons in every form. What differs between the fingerprints comes first.

use super::csv::cell as csv_cell;
use super::format::{plain, spread, time, times};
use super::markdown::cell as md_cell;
use crate::{Comparison, Pair, Result, Verdict};
use std::io::Write;

fn word(p: &Pair) -> String {
    match p.verdict {
        Verdict::Same => "within the spread".into(),
        Verdict::Faster => format!("{} faster", times(p.speedup)),
        Verdict::Slower => format!("{} slower", times(1.0 / p.speedup)),
        Verdict::Wrong => {
            let why = p.a.error.as_ref().or(p.b.error.as_ref());
            format!("WRONG: {}", why.map_or("", String::as_str))
        }
    }
}

/// The row of a pair: case, A, its spread, B, its spread, verdict.
fn row(p: &Pair) -> [String; 6] {
    let l = &p.a.label;
    let place = if p.a.label.processor == p.b.label.processor { &l.processor } else { &l.place };
    [
        plain(&format!("{} {} on {place} ({})", l.id, l.shape, l.timing)),
        time(p.a.median_ns),
        spread(p.a.spread()),
        time(p.b.median_ns),
        spread(p.b.spread()),
        plain(&word(p)),
    ]
}

/// How many of each verdict, and what has no partner.
fn closing(c: &Comparison) -> String {
    let n = |v| c.pairs.iter().filter(|p| p.verdict == v).count();
    let counts = [
        (n(Verdict::Same), "within the spread"),
        (n(Verdict::Faster), "faster"),
        (n(Verdict::Slower), "slower"),
        (n(Verdict::Wrong), "wrong"),
        (c.only_a.len(), "only in A"),
        (c.only_b.len(), "only in B"),
    ];
    let parts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    parts.join(", ")
}

/// An aligned table for the terminal.
pub fn comparison_table(c: &Comparison, out: &mut dyn Write) -> Result<()> {
    if !c.fingerprints.is_empty() {
        writeln!(out, "What differs beside the times:")?;
        for (what, a, b) in &c.fingerprints {
            let [what, a, b] = [what, a, b].map(|t| plain(t));
            writeln!(out, "  {what:10}  A: {a}\n  {:10}  B: {b}", "")?;
        }
        writeln!(out)?;
    }
    let head = ["", "A", "spread", "B", "spread", "B is"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(c.pairs.iter().map(row)).collect();
    let width = |i: usize| rows.iter().map(|r| r[i].chars().count()).max().unwrap_or(0);
    let w: Vec<usize> = (0..6).map(width).collect();
    for [case, a, sa, b, sb, verdict] in &rows {
        let [w0, w1, w2, w3, w4] = [w[0], w[1], w[2], w[3], w[4]];
        writeln!(out, "{case:w0$}  {a:>w1$}  {sa:>w2$}  {b:>w3$}  {sb:>w4$}  {verdict}")?;
    }
    Ok(writeln!(out, "{}", closing(c))?)
}

/// A Markdown table.
pub fn comparison_markdown(c: &Comparison, out: &mut dyn Write) -> Result<()> {
    if !c.fingerprints.is_empty() {
        writeln!(out, "| what differs beside the times | A | B |\n|---|---|---|")?;
        for (what, a, b) in &c.fingerprints {
            writeln!(out, "| {} | {} | {} |", md_cell(what), md_cell(a), md_cell(b))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "| | A | spread | B | spread | B is |\n|---|--:|--:|--:|--:|---|")?;
    for p in &c.pairs {
        writeln!(out, "| {} |", row(p).map(|t| md_cell(&t)).join(" | "))?;
    }
    Ok(writeln!(out, "\n{}", closing(c))?)
}

/// Comma-separated values; times in ns.
pub fn comparison_csv(c: &Comparison, out: &mut dyn Write) -> Result<()> {
    writeln!(
        out,
        "id,shape,processor_a,processor_b,timing,a_ns,a_low_ns,a_high_ns,b_ns,b_low_ns,b_high_ns,speedup,b_is"
    )?;
    for p in &c.pairs {
        let (a, b) = (&p.a, &p.b);
        let texts =
            [&a.label.id, &a.label.shape, &a.label.processor, &b.label.processor].map(|t| csv_cell(t)).join(",");
        let numbers =
            [a.median_ns, a.spread_ns[0], a.spread_ns[1], b.median_ns, b.spread_ns[0], b.spread_ns[1], p.speedup];
        let numbers = numbers.map(|x| x.to_string()).join(",");
        writeln!(out, "{texts},{},{numbers},{}", a.label.timing, csv_cell(&word(p)))?;
    }
    Ok(())
}

/// One JSON document.
pub fn comparison_json(c: &Comparison, out: &mut dyn Write) -> Result<()> {
    Ok(writeln!(out, "{}", serde_json::to_string(c)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Entry, Fingerprint, Measurement, Record, Round, compare, work};

    fn comparison() -> Comparison {
        let f = Fingerprint::of_this_machine("t", "0");
        let entry = |ns: f64, f: &Fingerprint| {
            let case = Case::new("a|b", "10", "cpu", || Ok(work((), |()| Ok(()), |()| Ok(()))));
            let rounds = vec![Round { wall_ns: vec![ns], ..Round::default() }];
            [Entry::Measured(Box::new(Record::new(&case, Measurement { rounds, ..Measurement::default() }, f)))]
        };
        compare(&entry(200.0, &f), &entry(100.0, &f.clone().with("adapter", "x")))
    }

    #[test]
    fn every_form_says_what_differs_first() {
        let c = comparison();
        let text = |f: fn(&Comparison, &mut dyn Write) -> Result<()>| {
            let mut out = Vec::new();
            f(&c, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let table = text(comparison_table);
        assert!(table.find("adapter").unwrap() < table.find("2.00 × faster").unwrap(), "{table}");
        assert!(text(comparison_markdown).contains("a\\|b 10"));
        assert_eq!(text(comparison_csv).lines().count(), 2);
        let json: serde_json::Value = serde_json::from_str(&text(comparison_json)).unwrap();
        assert_eq!(json["pairs"][0]["verdict"], "faster");
    }
}
