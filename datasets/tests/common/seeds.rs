//! The first inputs of fuzzing, in the repository.

use std::path::{Path, PathBuf};

pub(crate) fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus-seeds").join(target)
}

/// The contents of a target's seeds; none, with a word, where the repository is not there.
pub(crate) fn files(target: &str) -> Vec<Vec<u8>> {
    let folder = folder(target);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: {} is absent (it is part of the repository, not of the package)", folder.display());
        return Vec::new();
    };
    entries.map(|e| std::fs::read(e.unwrap().path()).unwrap()).collect()
}

/// Writes a seed.
pub(crate) fn put(target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(folder(target)).unwrap();
    std::fs::write(folder(target).join(name), bytes).unwrap();
}
