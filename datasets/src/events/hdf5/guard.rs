//! What keeps hostile files from doing harm in `hdf5-pure`: a bound on what it reads, and on what a panic there does.

use crate::input::read_at;
use crate::{Error, Input, Result};
use hdf5_pure::{FormatError, Source};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bytes that describe a file of any size, and how often the bytes of a file may be read to learn of its datasets.
const ANY: u64 = 16 << 20;
const TIMES: u64 = 8;

/// What a read counts at least.
const READ: u64 = 64;

/// Most of the sizes that an extensible array's header gives for what follows it; HDF5 writes 4.
const DIRECT: u8 = 32;

/// A file of which no more is read than any description takes. The trees of HDF5 are walked without a look at whether a
/// node was seen before: a few nodes that name each other may be a tree of billions, all of them kept in memory.
pub(super) struct Guarded {
    file: File,
    len: u64,
    left: AtomicU64,
}

impl Guarded {
    pub(super) fn new(input: &Input) -> Result<Guarded> {
        let len = input.len();
        Ok(Guarded { file: input.file()?, len, left: AtomicU64::new(ANY.saturating_add(len.saturating_mul(TIMES))) })
    }
}

impl Source for Guarded {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), FormatError> {
        let bytes = (buf.len() as u64).max(READ);
        let fits = self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes));
        if fits.is_err() {
            return Err(FormatError::Source("what describes the file leads in circles".into()));
        }
        read_at(&self.file, offset, buf).map_err(|e| FormatError::Source(e.to_string()))?;
        // The number of blocks that the header of an extensible array names is taken as it is: up to 2^127.
        if buf.starts_with(b"EAHD") && buf.get(10).is_some_and(|&n| n > DIRECT) {
            return Err(FormatError::Source(format!("an extensible array of {} kinds of blocks", buf[10])));
        }
        Ok(())
    }
}

/// Runs what reads a file's description. A panic there is an error: the bytes of the file are its cause.
pub(super) fn contained<R>(path: &Path, f: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let why = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
        let why = why.unwrap_or_default().lines().next().unwrap_or_default();
        Err(Error::format(path, format!("HDF5: what describes the file cannot be understood: {why}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReadOptions;

    #[test]
    fn what_is_read_is_bounded_and_panics_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.h5");
        std::fs::write(&path, b"EAHD\0\0\x08\x20\x04\x10\x04\x0aEAHD\0\0\x08\x20\x04\x10\xff\x0a").unwrap();
        let file = Guarded::new(&Input::open(&path, &ReadOptions::default()).unwrap()).unwrap();
        let mut room = [0; 12];
        assert!(file.read_at(0, &mut room).is_ok());
        assert!(file.read_at(12, &mut room).unwrap_err().to_string().contains("255 kinds of blocks"));
        assert!(file.read_at(13, &mut room).is_err(), "beyond the end");
        let reads = (0..).take_while(|_| file.read_at(0, &mut room).is_ok()).count() as u64;
        assert_eq!(reads + 3, (ANY + TIMES * 24) / READ);
        assert!(file.read_at(0, &mut room).unwrap_err().to_string().contains("circles"));
        let e = contained::<()>(&path, || panic!("twice\nover")).unwrap_err().to_string();
        assert!(e.ends_with("a.h5: HDF5: what describes the file cannot be understood: twice"), "{e}");
    }
}
