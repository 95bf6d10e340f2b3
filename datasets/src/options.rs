//! How files are read and written.

use crate::events::Polarity;
use crate::{Carried, Format};
use gapwave_columns::DType;

/// How [`open`](crate::open) reads a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadOptions {
    /// The columns of numbers wanted, in this order; every one of them must hold numbers. `None`: all that do.
    pub columns: Option<Vec<String>>,
    /// A number that stands for a missing value. Kept for the kernels: reading does not apply it.
    pub missing: Option<f64>,
    /// Cells of a text file that stand for a missing value, spaces around them aside.
    pub null_values: Vec<String>,
    /// The format; `None`: told by content and extension.
    pub format: Option<Format>,
    /// What separates the cells of a text file; `None`: a comma, a tab for TSV. One ASCII character.
    pub separator: Option<u8>,
    /// Whether the first line of a text file names the columns. If not, they are `column_1`, `column_2`, …
    pub header: bool,
    /// What to do with a column of a text file in which more than half of the cells, but not all, are numbers, where
    /// [`columns`](Self::columns) does not ask for it: `false` reports the first cell that is no number, `true` lets
    /// the column pass as text.
    pub mixed_as_text: bool,
    /// Whether files are mapped into memory. If not they are read, which costs a copy and bears files that are shortened
    /// meanwhile.
    pub mmap: bool,
    /// Bytes that reading may hold in memory; a format that cannot be streamed is refused beyond it. `None`: no limit.
    pub memory: Option<u64>,
    /// Of a recording of events, its external triggers (`t`, `id`, `value`) instead of the events.
    pub triggers: bool,
    /// How polarity is handed out; `None`: as the format's files have it.
    pub polarity: Option<Polarity>,
    /// What a file of [`Format::Raw`] holds.
    pub raw: Option<RawLayout>,
    /// The sheet of a workbook, by its name or its number from 1; `None`: the first.
    pub sheet: Option<String>,
}

/// The elements of a file without a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLayout {
    /// Type of the elements, little-endian.
    pub dtype: DType,
    /// Shape of a row: empty for a single column of numbers.
    pub row: Vec<usize>,
    /// Bytes before the first element.
    pub skip: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            columns: None,
            missing: None,
            null_values: ["", "NA", "NaN", "null"].map(String::from).into(),
            format: None,
            separator: None,
            header: true,
            mixed_as_text: false,
            mmap: true,
            memory: None,
            triggers: false,
            polarity: None,
            raw: None,
            sheet: None,
        }
    }
}

impl ReadOptions {
    /// The default options for these columns.
    pub fn columns<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        ReadOptions { columns: Some(names.into_iter().map(Into::into).collect()), ..Self::default() }
    }
}

/// How [`create`](crate::create) writes a file.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// The format; `None`: told by the extension.
    pub format: Option<Format>,
    /// What stands for a missing number in a text file; `None`: what stood for it in the text file the table came
    /// from, else nothing.
    pub null_value: Option<String>,
    /// What separates the cells of a text file; `None`: a comma, a tab for TSV. One ASCII character.
    pub separator: Option<u8>,
    /// The columns of the table that the chunks came from ([`Source::carried`](crate::Source::carried)), to write those
    /// beside the numbers too. Leave it out where rows of the output are not rows of the input (a spectrum, a resampled
    /// signal).
    pub carried: Option<Carried>,
}

impl WriteOptions {
    /// The default options with what `source` carries.
    pub fn carrying(source: &dyn crate::Source) -> Self {
        WriteOptions { carried: source.carried(), ..Self::default() }
    }
}
