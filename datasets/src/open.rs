//! Opening and creating files of any format.

use crate::{Error, Format, NpySink, NpySource, ReadOptions, Result, Sink, Source, WriteOptions};
use std::path::Path;

/// Opens a table, its format told by content and extension unless `options` name it.
///
/// # Errors
/// Where the file is missing, of no known format, damaged, or does not have the columns asked for. Every message is
/// one line that begins with the path.
///
/// # Example
/// ```
/// use gapwave_datasets::{ReadOptions, open};
/// # if cfg!(feature = "tables") {
/// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/co2_weekly.csv");
/// let mut source = open(path.as_ref(), &ReadOptions::default())?;
/// assert_eq!(source.schema().names.as_ref(), ["co2"]);
/// assert_eq!(source.rows(), Some(2284));
/// let chunk = source.read(1000)?.unwrap();
/// assert_eq!(chunk.cols[0].as_slice::<f64>()?[0], 316.1);
/// # }
/// # Ok::<(), gapwave_datasets::Error>(())
/// ```
pub fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let format = match options.format {
        Some(f) => f,
        None => Format::of_file(path)?,
    };
    match format {
        Format::Npy => Ok(Box::new(NpySource::open(path, options)?)),
        Format::Raw => crate::raw::open(path, options),
        Format::Wav => crate::wav::open(path, options),
        f if f.is_events() => crate::events::open(path, f, options),
        #[cfg(feature = "tables")]
        _ => crate::tables::open(path, format, options),
        #[cfg(not(feature = "tables"))]
        _ => Err(without_tables(path, format)),
    }
}

/// Creates a file, its format told by the extension unless `options` name it. Nothing is there under that name before
/// [`Sink::finish`]; an older file of that name stays until then.
///
/// # Errors
/// Where the folder is missing or cannot be written to, or the format is not known.
pub fn create(path: &Path, options: &WriteOptions) -> Result<Box<dyn Sink>> {
    let format = match options.format {
        Some(f) => f,
        None => Format::to_write(path)?,
    };
    match format {
        Format::Npy => Ok(Box::new(NpySink::create(path)?)),
        Format::Raw => crate::raw::create(path, options),
        Format::Wav => crate::wav::create(path, options),
        f if f.is_events() => crate::events::create(path, f, options),
        #[cfg(feature = "tables")]
        _ => crate::tables::create(path, format, options),
        #[cfg(not(feature = "tables"))]
        _ => Err(without_tables(path, format)),
    }
}

#[cfg(not(feature = "tables"))]
fn without_tables(path: &Path, format: Format) -> Error {
    Error::unsupported(path, format!("this build of gapwave lacks {format} (feature `tables`); it has NumPy .npy"))
}

/// The columns of `known` that were asked for, in the order asked for.
pub(crate) fn choose(path: &Path, known: &[String], asked: &[String]) -> Result<Vec<usize>> {
    let mut chosen = Vec::new();
    for name in asked {
        match known.iter().position(|k| k == name) {
            Some(i) if !chosen.contains(&i) => chosen.push(i),
            Some(_) => {}
            None => return Err(Error::no_column(path, name, known.iter().cloned())),
        }
    }
    Ok(chosen)
}
