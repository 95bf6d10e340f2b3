//! Tables for a terminal.

use super::out::outln;

/// Prints rows in columns as wide as their content; numbers to the right.
pub(super) fn print(header: &[&str], rows: &[Vec<String>]) {
    let width = |i: usize| {
        let cells = rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count());
        cells.chain([header[i].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(c, w)| {
            let pad = " ".repeat(w.saturating_sub(c.chars().count()));
            let number = c.starts_with(|ch: char| ch.is_ascii_digit() || ch == '-');
            if number { format!("{pad}{c}") } else { format!("{c}{pad}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    outln!("{}", line(header.to_vec()));
    for r in rows {
        outln!("{}", line(r.iter().map(String::as_str).collect()));
    }
}
