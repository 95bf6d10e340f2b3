//! Dates, times and truth values as text.

use polars::prelude::{
    BooleanChunked, Column, DataType, Int32Chunked, Int64Chunked, IntoColumn, NewChunkedArray, StringChunked, TimeUnit,
};

/// A set of the types that text can stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Types(u8);

impl Types {
    const DATE: u8 = 1;
    const DATETIME: u8 = 2;
    const TIME: u8 = 4;
    const TRUTH: u8 = 8;

    /// All of them: what no cells at all can be.
    pub(super) const ALL: Types = Types(15);
    pub(super) const NONE: Types = Types(0);

    /// Those of them that this text stands for too.
    pub(super) fn and_of(self, text: &str) -> Types {
        let is = |bit: u8, holds: bool| if holds { bit } else { 0 };
        let mut left = self.0;
        if left & Self::DATE != 0 {
            left = left & !Self::DATE | is(Self::DATE, date(text).is_some());
        }
        if left & Self::DATETIME != 0 {
            left = left & !Self::DATETIME | is(Self::DATETIME, datetime(text).is_some());
        }
        if left & Self::TIME != 0 {
            left = left & !Self::TIME | is(Self::TIME, time(text).is_some());
        }
        if left & Self::TRUTH != 0 {
            left = left & !Self::TRUTH | is(Self::TRUTH, truth(text).is_some());
        }
        Types(left)
    }

    pub(super) fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The type that cells have which are all of these types, text where there is none.
    pub(super) fn dtype(self) -> DataType {
        match self.0 {
            t if t & Self::DATE != 0 => DataType::Date,
            t if t & Self::DATETIME != 0 => DataType::Datetime(TimeUnit::Microseconds, None),
            t if t & Self::TIME != 0 => DataType::Time,
            t if t & Self::TRUTH != 0 => DataType::Boolean,
            _ => DataType::String,
        }
    }
}

/// Cells of a text file as values of a type that all those have which are there.
pub(super) fn typed(name: &str, cells: &StringChunked, is_null: impl Fn(&str) -> bool, dtype: &DataType) -> Column {
    let n = || name.into();
    let given = || cells.iter().map(|c| c.filter(|c| !is_null(c)));
    let trimmed = || given().map(|c| c.map(str::trim_ascii));
    match dtype {
        DataType::Int64 => Int64Chunked::from_iter_options(n(), trimmed().map(|c| c?.parse().ok())).into_column(),
        DataType::UInt64 => {
            polars::prelude::UInt64Chunked::from_iter_options(n(), trimmed().map(|c| c?.parse().ok())).into_column()
        }
        DataType::Float64 => {
            polars::prelude::Float64Chunked::from_iter_options(n(), trimmed().map(|c| c?.parse().ok())).into_column()
        }
        DataType::Date => Int32Chunked::from_iter_options(n(), given().map(|c| date(c?))).into_date().into_column(),
        DataType::Datetime(..) => Int64Chunked::from_iter_options(n(), given().map(|c| datetime(c?)))
            .into_datetime(TimeUnit::Microseconds, None)
            .into_column(),
        DataType::Time => {
            let ns = given().map(|c| time(c?).map(|us| us * 1000));
            Int64Chunked::from_iter_options(n(), ns).into_time().into_column()
        }
        DataType::Boolean => BooleanChunked::from_iter_options(n(), given().map(|c| truth(c?))).into_column(),
        _ => StringChunked::from_iter_options(n(), given()).into_column(),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
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

pub(super) fn datetime(text: &str) -> Option<i64> {
    let (days, rest) = date_part(text)?;
    Some(days * 86_400_000_000 + time(rest.strip_prefix([' ', 'T'])?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

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
