//! The page of results. Sections of families that were not measured are kept from the page as it is.

use crate::facts::date;
use crate::{FAMILIES, tables};
use gapwave_harness::{Entry, Record};

const INTRO: &str = "# gapwave beside other libraries

This page is written by `ci/peers.sh`; what is changed by hand is lost. All sides of a table were measured in turn, in
one process (Python's in a second one that waits while others are timed), on the same data, and every result was
compared with the kernel's definition. [METHODOLOGY.md](METHODOLOGY.md) says how, [BIAS.md](BIAS.md) what is not
comparable and why; read it before quoting a figure.

`ratio` is the side's median time by that of the table's first side, gapwave, over the rounds that both have: above 1,
the side takes longer. `round by round` is the least and the largest of it within one round.
`M/s` is millions of what the shape counts (rows, samples, elements) per second. `spread` is half of the distance
between the fastest and the slowest round, by the median; `–` where the time allowed one round only.

Look at the load of the machine below: where others compute on its cores, figures of several threads say little.
";

fn marks(name: &str) -> [String; 2] {
    [format!("<!-- begin {name} -->"), format!("<!-- end {name} -->")]
}

fn section<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let [begin, end] = marks(name);
    Some(page.split_once(&begin)?.1.split_once(&end)?.0.trim())
}

fn versions(r: &Record, prefix: &str) -> String {
    let of = |(k, v): (&String, &String)| k.strip_prefix(prefix).map(|name| format!("{name} {v}"));
    r.fingerprint.extra.iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

fn about(r: &Record, command: &str) -> String {
    let f = &r.fingerprint;
    let text = |o: &Option<String>| o.clone().unwrap_or_else(|| "unknown".into());
    let simd = f.extra.get("simd").map_or("unknown", String::as_str);
    [
        "| the last run | |".to_owned(),
        "|---|---|".to_owned(),
        format!("| date | {} |", date(r.unix_s)),
        format!("| command | `{command}` |"),
        format!("| machine | {}, {} cores, load {:.1} when it began |", text(&f.cpu), f.cores, f.load.unwrap_or(0.0)),
        format!("| system | {} |", f.os),
        format!(
            "| compiler | {}, {}, flags: {} |",
            text(&f.rustc),
            text(&f.target),
            f.flags.as_deref().unwrap_or("none")
        ),
        format!("| gapwave | {} at commit {}, SIMD level {simd} |", versions(r, "gapwave").trim(), text(&f.commit)),
        format!("| crates | {} |", versions(r, "crate ")),
        format!("| Python | {} |", versions(r, "python ")),
    ]
    .join("\n")
}

/// The page after a run of `command` that gave `entries`, from the page before it.
pub fn page(old: &str, entries: &[Entry], command: &str) -> String {
    let tables = tables::group(entries);
    let mut text = INTRO.to_owned();
    let mut add = |name: &str, body: &str| {
        let [begin, end] = marks(name);
        text += &format!("\n{begin}\n\n{}\n\n{end}\n", body.trim());
    };
    let last = tables.iter().find_map(tables::Table::record);
    add("about", &last.map_or_else(|| section(old, "about").unwrap_or_default().to_owned(), |r| about(r, command)));
    for (family, _) in FAMILIES {
        let own: Vec<_> = tables.iter().filter(|t| t.label.id.starts_with(&format!("{family}/"))).collect();
        let body = match own.iter().find_map(|t| t.record()) {
            None => section(old, family).unwrap_or("Not measured yet.").to_owned(),
            Some(r) => {
                let commit = r.fingerprint.commit.as_deref().unwrap_or("unknown");
                let cpu = r.fingerprint.cpu.as_deref().unwrap_or("unknown processor");
                let head = format!("## {family}\n\n`{command}` on {cpu}, {}, commit {commit}.\n", date(r.unix_s));
                match family {
                    "planned" => format!("{head}\n{}", tables::lines(&own)),
                    _ => own.iter().fold(head, |text, t| format!("{text}\n{}", t.render())),
                }
            }
        };
        add(family, &body);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use gapwave_harness::{Case, Fingerprint, Measurement};

    #[test]
    fn families_that_were_not_measured_keep_their_sections() {
        let case = Case::new("fft/c2c", "10", "gapwave", || Err("no".into())).place("cpu-1");
        let record = Record::new(&case, Measurement::default(), &Fingerprint::of_this_machine("t", "0"));
        let one = page("", &[Entry::Measured(Box::new(record.clone()))], "ci/peers.sh fft");
        assert!(one.contains("### fft/c2c: 10, 1 thread") && one.contains("Not measured yet."));
        let mut other = record;
        other.label.id = "filter/compact".into();
        let two = page(&one, &[Entry::Measured(Box::new(other))], "ci/peers.sh filter");
        assert!(two.contains("`ci/peers.sh fft`") && two.contains("### filter/compact"), "{two}");
        assert_eq!(section(&two, "fft"), section(&one, "fft"));
        assert_eq!(page(&two, &[], "nothing").matches("Not measured yet.").count(), 2);
    }
}
