//! Bytes of a file, mapped or read.

use crate::{Error, MappedFile, ReadOptions, Result};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A file as a source of bytes: mapped by windows, or read with positioned reads where the options say so.
///
/// Without maps, a file that is shortened while it is read gives an error, whenever that happens.
#[derive(Debug)]
pub struct Input {
    file: MappedFile,
    mmap: bool,
    /// Memory for positioned reads, kept between them.
    room: Vec<u8>,
}

impl Input {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Io`] where it is missing or cannot be read, [`Error::Unsupported`] where it is no regular file.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Input> {
        Ok(Input { file: MappedFile::open(path)?, mmap: options.mmap, room: Vec::new() })
    }

    /// The file's name.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Bytes when it was opened.
    pub fn len(&self) -> u64 {
        self.file.len()
    }

    /// Whether it had no bytes when it was opened.
    pub fn is_empty(&self) -> bool {
        self.file.is_empty()
    }

    /// The file itself, for positioned reads.
    #[cfg(feature = "hdf5")]
    pub(crate) fn file(&self) -> Result<File> {
        self.file.file().try_clone().map_err(|e| Error::io(self.path(), e))
    }

    /// Another reader of the same file, with memory of its own.
    pub fn again(&self) -> Result<Input> {
        let file = self.file.file().try_clone().map_err(|e| Error::io(self.path(), e))?;
        let path: PathBuf = self.path().into();
        Ok(Input { file: MappedFile::of(&path, file)?, mmap: self.mmap, room: Vec::new() })
    }

    /// Lends bytes `start .. start + len` to `f`.
    ///
    /// # Errors
    /// [`Error::Format`] where the file does not have them (any more), [`Error::Io`].
    pub fn lend<R>(&mut self, start: u64, len: usize, f: impl FnOnce(&[u8]) -> R) -> Result<R> {
        if self.mmap {
            return self.file.read_range(start, len, f);
        }
        if start.checked_add(len as u64).is_none_or(|e| e > self.file.len()) {
            let why = format!("bytes {start}..{} of a file of {}", start.saturating_add(len as u64), self.file.len());
            return Err(Error::format(self.path(), why));
        }
        if self.room.len() < len {
            self.room.resize(len, 0);
        }
        read_at(self.file.file(), start, &mut self.room[..len]).map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                let why = format!("the file became shorter while it was read: it had {} bytes", self.file.len());
                Error::format(self.path(), why)
            }
            _ => Error::io(self.path(), e),
        })?;
        Ok(f(&self.room[..len]))
    }

    /// The first bytes, at most `len`.
    pub fn head(&mut self, len: usize) -> Result<Vec<u8>> {
        let n = usize::try_from(self.len()).unwrap_or(usize::MAX).min(len);
        self.lend(0, n, <[u8]>::to_vec)
    }
}

#[cfg(unix)]
pub(crate) fn read_at(file: &File, start: u64, room: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, room, start)
}

#[cfg(windows)]
pub(crate) fn read_at(file: &File, mut start: u64, mut room: &mut [u8]) -> std::io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !room.is_empty() {
        match file.seek_read(room, start)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            n => {
                start += n as u64;
                room = &mut room[n..];
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_and_read_give_the_same_and_a_shorter_file_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let bytes: Vec<u8> = (0..100_000u32).map(|i| (i * 7) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        for mmap in [true, false] {
            std::fs::write(&path, &bytes).unwrap();
            let mut input = Input::open(&path, &ReadOptions { mmap, ..Default::default() }).unwrap();
            assert_eq!(input.lend(12_345, 54_321, <[u8]>::to_vec).unwrap(), bytes[12_345..12_345 + 54_321]);
            assert_eq!(input.head(5).unwrap(), bytes[..5]);
            assert_eq!(input.again().unwrap().head(1 << 20).unwrap(), bytes);
            assert!(input.lend(99_999, 2, |_| ()).is_err());
            assert!(input.lend(u64::MAX, usize::MAX, |_| ()).is_err());
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(50_000).unwrap();
            let e = input.lend(40_000, 20_000, |_| ()).unwrap_err().to_string();
            assert!(e.contains("became shorter"), "{e}");
        }
    }
}
