//! What the cells of a text column are: numbers, dates, truth values or text.

use polars::prelude::{
    BooleanChunked, Column, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn, NewChunkedArray, PlSmallStr,
    StringChunked, TimeUnit, UInt64Chunked,
};

/// What all cells of a column have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Every cell is missing.
    Empty,
    /// `int64`.
    Int,
    /// `uint64`: some cell is beyond `int64`.
    UInt,
    /// `float64`.
    Float,
    /// Numbers, but as text they say more: `007`, or integers beyond 64 bits.
    Code,
    /// More numbers than other cells; the first that is none.
    Mixed(usize),
    /// Text; the first cell that is no number.
    Text(usize),
}

#[derive(Clone, Copy)]
enum Number {
    Int,
    UInt,
    Huge,
    Float,
}

/// Whether a cell stands for a missing value.
pub(super) fn is_null(cell: &str, nulls: &[String]) -> bool {
    let cell = cell.trim_ascii();
    nulls.iter().any(|n| n == cell)
}

fn number(cell: &str) -> Option<Number> {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(if cell.parse::<i64>().is_ok() {
            Number::Int
        } else if cell.parse::<u64>().is_ok() {
            Number::UInt
        } else {
            Number::Huge
        });
    }
    cell.parse::<f64>().ok().map(|_| Number::Float)
}

/// What the cells are.
pub(super) fn kind(cells: &StringChunked, nulls: &[String]) -> Kind {
    let (mut numbers, mut others, mut first_other) = (0usize, 0usize, 0);
    let (mut signed, mut unsigned, mut float, mut huge, mut zero_led) = (true, true, false, false, false);
    for (i, cell) in cells.iter().enumerate() {
        let Some(cell) = cell.filter(|c| !is_null(c, nulls)).map(str::trim_ascii) else { continue };
        match number(cell) {
            None => {
                if others == 0 {
                    first_other = i;
                }
                others += 1;
                continue;
            }
            Some(Number::Int) => {
                unsigned &= !cell.starts_with('-');
                zero_led |= cell.len() > 1 && cell.starts_with('0');
            }
            Some(Number::UInt) => signed = false,
            Some(Number::Huge) => huge = true,
            Some(Number::Float) => float = true,
        }
        numbers += 1;
    }
    match (numbers, others) {
        (0, 0) => Kind::Empty,
        (n, o) if o > 0 => {
            if n > o {
                Kind::Mixed(first_other)
            } else {
                Kind::Text(first_other)
            }
        }
        _ if float => Kind::Float,
        _ if huge || zero_led => Kind::Code,
        _ if signed => Kind::Int,
        _ if unsigned => Kind::UInt,
        _ => Kind::Code,
    }
}

/// The cells as numbers; those that are none are missing.
pub(super) fn numbers(name: &str, cells: &StringChunked, nulls: &[String], kind: Kind) -> Column {
    let given = cells.iter().map(|c| c.filter(|c| !is_null(c, nulls)).map(str::trim_ascii));
    let name: PlSmallStr = name.into();
    match kind {
        Kind::Int => Int64Chunked::from_iter_options(name, given.map(|c| c?.parse().ok())).into_column(),
        Kind::UInt => UInt64Chunked::from_iter_options(name, given.map(|c| c?.parse().ok())).into_column(),
        _ => Float64Chunked::from_iter_options(name, given.map(|c| c?.parse().ok())).into_column(),
    }
}

/// The column with the type that its cells have: numbers, `Date`, `Datetime` (µs), `Time`, `Boolean`, else text with the
/// missing values marked. A type is taken only where every cell that is there has it.
pub(super) fn typed(name: &str, cells: &StringChunked, nulls: &[String]) -> Column {
    if let k @ (Kind::Int | Kind::UInt | Kind::Float) = kind(cells, nulls) {
        return numbers(name, cells, nulls, k);
    }
    let n: PlSmallStr = name.into();
    let given = || cells.iter().map(|c| c.filter(|c| !is_null(c, nulls)));
    if let Some(days) = all(given(), date) {
        return Int32Chunked::from_slice_options(n, &days).into_date().into_column();
    }
    if let Some(us) = all(given(), datetime) {
        return Int64Chunked::from_slice_options(n, &us).into_datetime(TimeUnit::Microseconds, None).into_column();
    }
    if let Some(us) = all(given(), time) {
        let ns: Vec<Option<i64>> = us.iter().map(|t| t.map(|t| t * 1000)).collect();
        return Int64Chunked::from_slice_options(n, &ns).into_time().into_column();
    }
    if let Some(truth) = all(given(), |c| match c {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }) {
        return BooleanChunked::from_slice_options(n, &truth).into_column();
    }
    StringChunked::from_iter_options(n, given()).into_column()
}

/// Every cell parsed; `None` where one of them cannot be, or none is there.
fn all<'a, T>(
    cells: impl Iterator<Item = Option<&'a str>>,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<Vec<Option<T>>> {
    let parsed: Vec<Option<T>> = cells
        .map(|c| match c {
            None => Some(None),
            Some(c) => parse(c).map(Some),
        })
        .collect::<Option<_>>()?;
    parsed.iter().any(Option::is_some).then_some(parsed)
}

/// `n` digits at the beginning, and the rest.
fn digits(text: &str, n: usize) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(n)?;
    if !head.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((head.parse().ok()?, rest))
}

/// Days since 1970-01-01 of `YYYY-MM-DD`, and the rest.
fn date_part(text: &str) -> Option<(i64, &str)> {
    let (y, rest) = digits(text, 4)?;
    let (m, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (d, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let last = match m {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&d) {
        return None;
    }
    // Days from the civil calendar with years that begin in March (Howard Hinnant, "chrono-compatible low-level date
    // algorithms").
    let y = if m <= 2 { y - 1 } else { y };
    let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let of_year = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    Some((era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468, rest))
}

/// Microseconds since midnight of `HH:MM[:SS[.ffffff]]`.
fn time(text: &str) -> Option<i64> {
    let (h, rest) = digits(text, 2)?;
    let (m, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (s, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2)?,
        None => (0, rest),
    };
    let us = match rest.strip_prefix('.') {
        Some(f) if (1..=6).contains(&f.len()) => digits(&format!("{f:0<6}"), 6)?.0,
        None if rest.is_empty() => 0,
        _ => return None,
    };
    (h < 24 && m < 60 && s < 60).then_some(((h * 60 + m) * 60 + s) * 1_000_000 + us)
}

fn date(text: &str) -> Option<i32> {
    let (days, rest) = date_part(text)?;
    rest.is_empty().then_some(days as i32)
}

fn datetime(text: &str) -> Option<i64> {
    let (days, rest) = date_part(text)?;
    Some(days * 86_400_000_000 + time(rest.strip_prefix([' ', 'T'])?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> Kind {
        let nulls: Vec<String> = ["", "NA"].map(String::from).into();
        kind(&StringChunked::from_slice("x".into(), cells), &nulls)
    }

    #[test]
    fn kinds_of_columns() {
        assert_eq!(of(&["1", " NA ", "-2"]), Kind::Int);
        assert_eq!(of(&["1", "18446744073709551615"]), Kind::UInt);
        assert_eq!(of(&["-1", "18446744073709551615"]), Kind::Code);
        assert_eq!(of(&["1", "99999999999999999999"]), Kind::Code);
        assert_eq!(of(&["1", "2.5", "", "1e-3"]), Kind::Float);
        assert_eq!(of(&["007", "12"]), Kind::Code);
        assert_eq!(of(&["0", "10"]), Kind::Int);
        assert_eq!(of(&["", "NA"]), Kind::Empty);
        assert_eq!(of(&["1", "2", "", "x"]), Kind::Mixed(3));
        assert_eq!(of(&["1", "NNW"]), Kind::Text(1));
        assert_eq!(of(&["2001-02-03", "2001-02-04"]), Kind::Text(0));
    }

    #[test]
    fn dates_and_times() {
        assert_eq!(date("1970-01-01"), Some(0));
        assert_eq!(date("1969-12-31"), Some(-1));
        assert_eq!(date("2000-02-29"), Some(11016));
        assert_eq!(date("2026-11-20"), Some(20777));
        assert_eq!(date("0000-03-01"), Some(-719_468));
        for bad in ["2001-02-29", "2001-13-01", "2001-00-01", "2001-1-1", "2001-01-01 ", "01-01-2001", "é001-01-01"] {
            assert_eq!(date(bad), None, "{bad}");
        }
        assert_eq!(datetime("1970-01-02T00:00:01.5"), Some(86_401_500_000));
        assert_eq!(datetime("1970-01-01 00:01"), Some(60_000_000));
        assert_eq!(time("24:00:00"), None);
        assert_eq!(time("23:59:59.1234567"), None);
    }
}
