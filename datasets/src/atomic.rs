//! Files that appear whole or not at all.

use crate::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// A file being written beside its final name; dropping it removes it.
#[derive(Debug)]
pub(crate) struct Pending {
    path: PathBuf,
    /// What the name stands for once links are followed.
    target: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Beside(NamedTempFile),
    /// The name stands for a device or a pipe, which cannot be replaced.
    Direct(File),
}

impl Pending {
    /// Begins a file that will be called `path`.
    pub(crate) fn create(path: &Path) -> Result<Pending> {
        let fail = |e| Error::io(path, e);
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let old = fs::metadata(&target).ok();
        if old.as_ref().is_some_and(|m| m.is_dir()) || target.file_name().is_none() {
            return Err(fail(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder, a file was expected")));
        }
        if old.as_ref().is_some_and(|m| !m.is_file()) {
            let file = OpenOptions::new().write(true).open(&target).map_err(fail)?;
            return Ok(Pending { path: path.into(), target, kind: Kind::Direct(file) });
        }
        let folder = match target.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            let why = format!("the folder {} does not exist", folder.display());
            return Err(fail(io::Error::new(io::ErrorKind::NotFound, why)));
        }
        let mut builder = Builder::new();
        builder.prefix(".gapwave-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any program creates files (the umask takes its part), not tempfile's 0600.
            let mode = old.map_or(0o666, |m| m.permissions().mode() & 0o777);
            builder.permissions(fs::Permissions::from_mode(mode));
        }
        let beside = builder.tempfile_in(folder).map_err(|e| {
            // tempfile's message names the temporary file, which tells the user nothing.
            let why = format!("cannot write in the folder {}: {}", folder.display(), e.kind());
            fail(io::Error::new(e.kind(), why))
        })?;
        Ok(Pending { path: path.into(), target, kind: Kind::Beside(beside) })
    }

    /// The file to write to.
    pub(crate) fn file(&self) -> &File {
        match &self.kind {
            Kind::Beside(f) => f.as_file(),
            Kind::Direct(f) => f,
        }
    }

    /// Another handle to the same file, sharing its position.
    pub(crate) fn handle(&self) -> Result<File> {
        self.file().try_clone().map_err(|e| Error::io(&self.path, e))
    }

    /// Gives the file its name. An older file of that name is replaced in one step.
    pub(crate) fn finish(self) -> Result<()> {
        match self.kind {
            Kind::Beside(f) => f.persist(&self.target).map(|_| ()).map_err(|e| Error::io(&self.path, e.error)),
            Kind::Direct(_) => Ok(()),
        }
    }
}

/// Writes a whole file: it appears under its name when it is complete, or not at all.
///
/// # Errors
/// [`Error::Io`] where the folder is missing or full.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = Pending::create(path)?;
    file.file().write_all(bytes).map_err(|e| Error::io(path, e))?;
    file.finish()
}
