//! Tables of ratios, from records.

use crate::measure::FAILED;
use gapwave_harness::{Entry, Exit, Label, Record, median, min};
use std::fmt::Write;

/// The sides of one comparison, gapwave's main one first.
pub struct Table<'a> {
    /// What was compared.
    pub label: &'a Label,
    sides: Vec<&'a Entry>,
}

const HEAD: [&str; 8] = ["side", "median", "spread", "M/s", "ratio", "round by round", "rounds", "result"];

fn label(e: &Entry) -> &Label {
    match e {
        Entry::Measured(r) => &r.label,
        Entry::Failed(l, _) => l,
    }
}

/// Entries by comparison, in their order; where a side was measured again, the later measurement counts.
pub fn group(entries: &[Entry]) -> Vec<Table<'_>> {
    let mut all: Vec<Table<'_>> = Vec::new();
    for entry in entries {
        let l = label(entry);
        let same = |t: &&mut Table<'_>| (&t.label.id, &t.label.shape, &t.label.place) == (&l.id, &l.shape, &l.place);
        match all.iter_mut().find(same) {
            None => all.push(Table { label: l, sides: vec![entry] }),
            Some(t) => match t.sides.iter_mut().find(|e| label(e).processor == l.processor) {
                Some(side) => *side = entry,
                None => t.sides.push(entry),
            },
        }
    }
    all
}

fn time(ns: f64) -> String {
    match ns {
        ns if ns < 999.95 => format!("{ns:.1} ns"),
        ns if ns < 999.95e3 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 999.95e6 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

fn digits(x: f64) -> String {
    if x < 99.5 { format!("{x:.3}").chars().take(4).collect() } else { format!("{x:.0}") }
}

/// The times of two sides in the rounds that count for both.
fn paired(a: &Record, b: &Record) -> Vec<[f64; 2]> {
    let kept = |r: &Record, i: usize| r.kept.get(i).copied().unwrap_or(true);
    let pairs = a.samples_ns.iter().zip(&b.samples_ns).enumerate();
    pairs.filter(|(i, _)| kept(a, *i) && kept(b, *i)).map(|(_, (a, b))| [min(a), min(b)]).collect()
}

fn row(side: &Entry, main: Option<&Record>) -> [String; 8] {
    let none = || "–".to_owned();
    let r = match side {
        Entry::Failed(l, why) => {
            return [l.processor.clone(), none(), none(), none(), none(), none(), none(), why.clone()];
        }
        Entry::Measured(r) => r,
    };
    if let Some(why) = &r.error {
        return [r.label.processor.clone(), none(), none(), none(), none(), none(), none(), format!("WRONG: {why}")];
    }
    let pairs = main.map(|m| paired(r, m)).unwrap_or_default();
    let ratios: Vec<f64> = pairs.iter().map(|[a, b]| a / b).collect();
    let middle = |k: usize| median(&pairs.iter().map(|p| p[k]).collect::<Vec<_>>());
    let ratio = if pairs.is_empty() { none() } else { digits(middle(0) / middle(1)) };
    let most = ratios.iter().copied().fold(0.0, f64::max);
    let rounds = r.kept.iter().filter(|&&k| k).count();
    // The spread of one round says nothing.
    let spread = if rounds < 2 { none() } else { format!("±{:.1} %", r.spread() * 100.0) };
    let range = if ratios.len() < 2 { none() } else { format!("{}–{}", digits(min(&ratios)), digits(most)) };
    [
        r.label.processor.clone(),
        time(r.median_ns),
        spread,
        digits(r.melem_s),
        ratio,
        range,
        rounds.to_string(),
        if r.verified { "verified".into() } else { "not verified".into() },
    ]
}

impl Table<'_> {
    /// The first side that was measured: the one that the others are compared with.
    fn main(&self) -> Option<&Record> {
        match self.sides.first()? {
            Entry::Measured(r) if r.error.is_none() => Some(r),
            _ => None,
        }
    }

    /// Any record of the comparison.
    pub fn record(&self) -> Option<&Record> {
        self.sides.iter().find_map(|e| if let Entry::Measured(r) = e { Some(&**r) } else { None })
    }

    /// Threads of each side.
    pub fn threads(&self) -> &str {
        self.label.place.strip_prefix("cpu-").unwrap_or("?")
    }

    /// A heading and a Markdown table whose columns line up, so that it is read as text too.
    pub fn render(&self) -> String {
        let rows: Vec<_> = self.sides.iter().map(|s| row(s, self.main()).map(|c| c.replace('|', "\\|"))).collect();
        let mut widths = HEAD.map(|h| h.chars().count());
        for row in &rows {
            for (w, cell) in widths.iter_mut().zip(row) {
                *w = (*w).max(cell.chars().count());
            }
        }
        let line = |cells: &[String; 8]| {
            let mut text = String::from("|");
            for (i, (cell, &w)) in cells.iter().zip(&widths).enumerate() {
                // Names and results to the left, numbers to the right.
                let _ = if i == 0 || i == 7 { write!(text, " {cell:<w$} |") } else { write!(text, " {cell:>w$} |") };
            }
            text + "\n"
        };
        let rule: String = widths
            .iter()
            .enumerate()
            .map(|(i, &w)| if i == 0 || i == 7 { "-".repeat(w + 2) + "|" } else { "-".repeat(w + 1) + ":|" })
            .collect();
        let s = if self.threads() == "1" { "" } else { "s" };
        let mut text = format!("### {}: {}, {} thread{s}\n\n", self.label.id, self.label.shape, self.threads());
        text += &line(&HEAD.map(str::to_owned));
        text += &format!("|{rule}\n");
        rows.iter().for_each(|row| text += &line(row));
        text
    }
}

fn what_went_wrong(side: &Entry) -> String {
    match side {
        Entry::Measured(r) if r.error.is_some() => "WRONG".into(),
        Entry::Measured(_) => "–".into(),
        Entry::Failed(_, why) => why.clone(),
    }
}

/// One table for all comparisons of a name and number of threads, a line each: how long the first side takes, and how
/// many times as long the others do; then the geometric mean and the least of that.
pub fn lines(tables: &[&Table<'_>]) -> String {
    let mut groups: Vec<(&str, &str, Vec<&Table<'_>>)> = Vec::new();
    for t in tables {
        let key = (t.label.id.as_str(), t.threads());
        match groups.iter_mut().find(|g| (g.0, g.1) == key) {
            Some(group) => group.2.push(t),
            None => groups.push((key.0, key.1, vec![t])),
        }
    }
    let mut text = String::new();
    for (id, threads, tables) in groups {
        let mut sides: Vec<&str> = Vec::new();
        for side in tables.iter().flat_map(|t| t.sides.iter().skip(1)) {
            if !sides.contains(&label(side).processor.as_str()) {
                sides.push(&label(side).processor);
            }
        }
        let s = if threads == "1" { "" } else { "s" };
        let _ = write!(text, "### {id}, {threads} thread{s}\n\n| | gapwave |");
        sides.iter().for_each(|side| text += &format!(" {side} |"));
        text += &format!("\n|---|---:|{}\n", "---:|".repeat(sides.len()));
        let mut ratios = vec![Vec::new(); sides.len()];
        for t in tables {
            let _ = write!(text, "| {} |", t.label.shape);
            let own = t
                .main()
                .map_or_else(|| t.sides.first().map_or("–".into(), |e| what_went_wrong(e)), |r| time(r.median_ns));
            let _ = write!(text, " {own} |");
            for (side, ratios) in sides.iter().zip(&mut ratios) {
                let found = t.sides.iter().find(|e| label(e).processor == *side);
                let ratio = match (found, t.main()) {
                    (Some(Entry::Measured(r)), Some(main)) if r.error.is_none() => {
                        let pairs = paired(r, main);
                        let middle = |k: usize| median(&pairs.iter().map(|p| p[k]).collect::<Vec<_>>());
                        (!pairs.is_empty()).then(|| middle(0) / middle(1))
                    }
                    _ => None,
                };
                ratios.extend(ratio);
                let cell = match found {
                    Some(e) if ratio.is_none() => what_went_wrong(e),
                    _ => ratio.map_or("–".into(), digits),
                };
                let _ = write!(text, " {cell} |");
            }
            text.push('\n');
        }
        let mut summary = |name: &str, of: &dyn Fn(&[f64]) -> f64| {
            let cells = ratios.iter().map(|r| if r.is_empty() { "–".into() } else { digits(of(r)) });
            text += &format!("| {name} | | {} |\n", cells.collect::<Vec<String>>().join(" | "));
        };
        summary("geometric mean", &|r| (r.iter().map(|x| x.ln()).sum::<f64>() / r.len() as f64).exp());
        summary("least", &min);
        text.push('\n');
    }
    text
}

/// How a run of these results ends.
pub fn exit(entries: &[Entry]) -> Exit {
    let wrong = |e: &Entry| matches!(e, Entry::Measured(r) if r.error.is_some());
    let failed = |e: &Entry| matches!(e, Entry::Failed(_, why) if why.starts_with(FAILED));
    let measured = entries.iter().any(|e| matches!(e, Entry::Measured(_)));
    match () {
        () if entries.iter().any(wrong) => Exit::WrongResult,
        () if !measured || entries.iter().any(failed) => Exit::Error,
        () => Exit::Pass,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::ABSENT;
    use gapwave_harness::{Case, Fingerprint, Measurement, Round};

    #[test]
    fn many_comparisons_fit_one_table() {
        let record = |shape: &str, side: &str, ns: f64| {
            let case = Case::new("planned/c2c", shape, side, || Err("no".into())).place("cpu-1");
            let mut r = Record::new(&case, Measurement::default(), &Fingerprint::of_this_machine("t", "0"));
            (r.samples_ns, r.median_ns, r.kept) = (vec![vec![ns]], ns, vec![true]);
            Entry::Measured(Box::new(r))
        };
        let entries =
            [("64", "gapwave", 10.0), ("64", "rustfft", 20.0), ("128", "gapwave", 30.0), ("128", "rustfft", 15.0)];
        let entries = entries.map(|(shape, side, ns)| record(shape, side, ns));
        let tables = group(&entries);
        let text = lines(&tables.iter().collect::<Vec<_>>());
        assert!(text.contains("| 64 | 10.0 ns | 2.00 |\n| 128 | 30.0 ns | 0.50 |"), "{text}");
        assert!(text.contains("| geometric mean | | 1.00 |\n| least | | 0.50 |"), "{text}");
    }

    fn entry(side: &str, ns: &[f64], wrong: Option<&str>) -> Entry {
        let rounds = ns.iter().map(|&ns| Round { wall_ns: vec![ns], ..Round::default() }).collect();
        let m = Measurement { rounds, wrong: wrong.map(str::to_owned), ..Measurement::default() };
        let case = Case::new("a/b", "10", side, || Err("no".into())).place("cpu-1").elements(10);
        Entry::Measured(Box::new(Record::new(&case, m, &Fingerprint::of_this_machine("t", "0"))))
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let all = [entry("gapwave", &[1e6, 2e6, 1e6], None), entry("peer", &[2e6, 4e6, 3e6], None)];
        let tables = group(&all);
        assert_eq!(tables.len(), 1);
        let text = tables[0].render();
        let peer = text.lines().last().unwrap();
        assert!(peer.contains(" 3.00 |"), "{text}");
        assert!(peer.contains("2.00–3.00") && peer.contains("verified"), "{text}");
        assert_eq!(exit(&all), Exit::Pass);
    }

    #[test]
    fn wrong_and_missing_sides_are_shown_and_told() {
        let label = label(&entry("x", &[1.0], None)).clone();
        let mut all = vec![entry("gapwave", &[1e6], None), Entry::Failed(label.clone(), format!("{ABSENT}no numpy"))];
        assert_eq!(exit(&all), Exit::Pass);
        assert!(group(&all)[0].render().contains("no numpy"));
        all.push(Entry::Failed(Label { processor: "y".into(), ..label }, format!("{FAILED}died")));
        assert_eq!(exit(&all), Exit::Error);
        all.push(entry("peer", &[1e6], Some("element 3")));
        assert_eq!(exit(&all), Exit::WrongResult);
        assert!(group(&all)[0].render().contains("WRONG: element 3"));
        assert_eq!(exit(&[]), Exit::Error, "nothing ran");
    }
}
