//! Files as memory, a window at a time.

use crate::{Error, Result};
use memmap2::MmapOptions;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// How many bytes are mapped at a time: enough that a call per window costs nothing beside reading it, little enough
/// that resident memory stays bounded however large the file is.
pub const WINDOW: usize = 1 << 20;

/// A file whose ranges are lent as memory. No more than the range asked for is mapped, populated at once and unmapped
/// afterwards, so that resident memory does not grow with the file.
///
/// The length is looked up again before every range: a file that became shorter since is an error. A file that becomes
/// shorter *while* a range of it is lent kills the process (`SIGBUS`), as with every memory map; where files change under
/// the program, use [`Input`](crate::Input) without maps.
#[derive(Debug)]
pub struct MappedFile {
    path: PathBuf,
    file: File,
    len: u64,
}

impl MappedFile {
    /// Opens a file to read.
    ///
    /// # Errors
    /// [`Error::Io`] where it is missing or cannot be read.
    pub fn open(path: &Path) -> Result<MappedFile> {
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        Self::of(path, file)
    }

    /// Opens an existing file to read and write.
    ///
    /// # Errors
    /// [`Error::Io`] where it is missing or cannot be written.
    pub fn open_mut(path: &Path) -> Result<MappedFile> {
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(|e| Error::io(path, e))?;
        Self::of(path, file)
    }

    pub(crate) fn of(path: &Path, file: File) -> Result<MappedFile> {
        let meta = file.metadata().map_err(|e| Error::io(path, e))?;
        if !meta.is_file() {
            return Err(Error::unsupported(path, "this is no regular file and cannot be mapped into memory"));
        }
        Ok(MappedFile { path: path.into(), file, len: meta.len() })
    }

    /// Bytes when it was opened.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it had no bytes when it was opened.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// [`Error::Format`] where the file does not have bytes `start .. start + len` (any more).
    fn check(&self, start: u64, len: usize) -> Result<()> {
        let end = start.checked_add(len as u64).filter(|&e| e <= self.len);
        let Some(end) = end else {
            let why = format!("bytes {start}..{} of a file of {}", start.saturating_add(len as u64), self.len);
            return Err(Error::format(&self.path, why));
        };
        let now = self.file.metadata().map_err(|e| Error::io(&self.path, e))?.len();
        if now < end {
            let why = format!("the file became shorter while it was read: {now} bytes, {} before", self.len);
            return Err(Error::format(&self.path, why));
        }
        Ok(())
    }

    /// Lends bytes `start .. start + len` to `f`.
    ///
    /// # Errors
    /// [`Error::Format`] where the file does not have them, [`Error::Io`] where the system will not map them.
    pub fn read_range<R>(&self, start: u64, len: usize, f: impl FnOnce(&[u8]) -> R) -> Result<R> {
        self.check(start, len)?;
        if len == 0 {
            return Ok(f(&[]));
        }
        // SAFETY: the map is private to this call and read-only; that nobody shortens the file meanwhile cannot be
        // promised, which the type's documentation says, and its length was checked just now.
        let map = unsafe { MmapOptions::new().offset(start).len(len).populate().map(&self.file) };
        let map = map.map_err(|e| Error::io(&self.path, e))?;
        Ok(f(&map))
    }

    /// Writes `bytes` at `start`, within the file.
    ///
    /// # Errors
    /// [`Error::Format`] where they would not fit, [`Error::Io`] where the file was not opened for writing.
    pub fn write_range(&mut self, start: u64, bytes: &[u8]) -> Result<()> {
        self.check(start, bytes.len())?;
        if bytes.is_empty() {
            return Ok(());
        }
        // SAFETY: as in `read_range`; `&mut self` keeps other ranges of this value from being lent at the same time.
        let map = unsafe { MmapOptions::new().offset(start).len(bytes.len()).map_mut(&self.file) };
        let mut map = map.map_err(|e| Error::io(&self.path, e))?;
        map.copy_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_written_within_the_file_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let bytes: Vec<u8> = (0..10_000u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&path, &bytes).unwrap();
        let mut file = MappedFile::open_mut(&path).unwrap();
        assert_eq!(file.len(), 40_000);
        assert_eq!(file.read_range(4093, 8190, <[u8]>::to_vec).unwrap(), bytes[4093..4093 + 8190]);
        assert_eq!(file.read_range(40_000, 0, <[u8]>::len).unwrap(), 0);
        for (start, len) in [(39_999, 2), (40_001, 0), (u64::MAX, 1), (u64::MAX, usize::MAX), (0, 40_001)] {
            assert!(file.read_range(start, len, |_| ()).is_err(), "{start} {len}");
            if len < 100_000 {
                assert!(file.write_range(start, &vec![0; len]).is_err(), "{start} {len}");
            }
        }
        file.write_range(5000, &[7; 5000]).unwrap();
        assert_eq!(
            file.read_range(4999, 5002, |b| (b[0], b[1], b[5000], b[5001])).unwrap(),
            (bytes[4999], 7, 7, bytes[10_000])
        );
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(100).unwrap();
        let e = file.read_range(0, 200, |_| ()).unwrap_err().to_string();
        assert!(e.contains("became shorter"), "{e}");
        assert!(file.read_range(0, 100, |_| ()).is_ok());
        assert!(MappedFile::open(&path).unwrap().write_range(0, &[1]).is_err());
        assert!(MappedFile::open(dir.path()).is_err());
    }
}
