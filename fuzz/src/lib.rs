//! What the fuzz targets share: the bound on memory and the comparison of ways to decode.

#![warn(missing_docs)]

use gapwave_datasets::{Format, ReadOptions, events, open};
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts bytes that are allocated, and the most there were.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn taken(bytes: usize) {
    MOST.fetch_max(NOW.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        taken(size);
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// Runs `f` on these bytes and checks that memory stays a small multiple of them.
///
/// # Panics
/// Where more than 200 bytes per byte and 16 MiB were allocated at a time.
pub fn bounded(bytes: &[u8], f: impl FnOnce(&[u8])) {
    within(200 * bytes.len() + (16 << 20), bytes, f);
}

/// Runs `f` on these bytes.
///
/// # Panics
/// Where more than `limit` bytes were allocated at a time.
pub fn within(limit: usize, bytes: &[u8], f: impl FnOnce(&[u8])) {
    let before = NOW.load(Relaxed);
    MOST.store(before, Relaxed);
    f(bytes);
    let most = MOST.load(Relaxed).saturating_sub(before);
    assert!(most <= limit, "{most} bytes allocated for {} of input, {limit} allowed", bytes.len());
}

/// A file of events in this format: every way to decode it gives the same, within bounded memory.
pub fn file(format: Format, bytes: &[u8]) {
    bounded(bytes, |bytes| events::check_bytes(format, bytes));
}

/// A file of these bytes, read to its end or to an error, which is one line that begins with the path.
pub fn opened(format: Format, bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file is written");
    // Mapped and read by turns.
    let options = ReadOptions { format: Some(format), mmap: bytes.len() % 2 == 0, ..Default::default() };
    let read = || -> gapwave_datasets::Result<()> {
        let (mut source, mut rows) = (open(file.path(), &options)?, 0);
        while let Some(chunk) = source.read(1 << 16)? {
            assert!(chunk.first_row == rows && (1..=1 << 16).contains(&chunk.rows()), "rows {rows}");
            rows += chunk.rows() as u64;
        }
        assert!(source.rows().is_none_or(|n| n == rows), "{:?} rows promised, {rows} read", source.rows());
        Ok(())
    };
    if let Err(e) = read() {
        let text = e.to_string();
        let path = file.path().display().to_string();
        assert!(text.starts_with(&path) && text.len() > path.len() + 2 && !text.contains('\n'), "{text:?}");
    }
}
