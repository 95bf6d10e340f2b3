//! Sessions for tests.
#![allow(dead_code, reason = "each test uses some of it")]

#[cfg(feature = "command")]
pub(crate) mod command;

use gapwave::kernels::SimdLevel;
use gapwave::{DeviceChoice, Precision, Session};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

type Key = (Option<SimdLevel>, usize, bool, bool);
static SESSIONS: LazyLock<Mutex<HashMap<Key, Session>>> = LazyLock::new(Default::default);

fn cached(key: Key, chunk_rows: Option<usize>, make: impl FnOnce() -> Session) -> Session {
    let base = SESSIONS.lock().expect("sessions").entry(key).or_insert_with(make).clone();
    chunk_rows.map_or(base.clone(), |rows| base.with_chunk_rows(rows))
}

/// The CPU at a level.
pub(crate) fn cpu(level: SimdLevel, threads: usize, chunk_rows: Option<usize>) -> Session {
    cached((Some(level), threads, false, false), chunk_rows, || {
        Session::builder().device(DeviceChoice::Cpu).simd(level).threads(threads).build().expect("a CPU session")
    })
}

/// The software adapter.
pub(crate) fn gpu(minimum_limits: bool, precision: Precision, chunk_rows: Option<usize>) -> Session {
    cached((None, 1, minimum_limits, precision == Precision::F32), chunk_rows, || {
        let b = Session::builder().device(DeviceChoice::Gpu(None)).software(true).threads(1);
        b.minimum_limits(minimum_limits).precision(precision).build().expect("a GPU session")
    })
}

/// Whether there is an adapter to test on; a missing one is a failure where `GAPWAVE_REQUIRE_GPU` is 1.
pub(crate) fn gpu_or_skip() -> bool {
    #[cfg(feature = "gpu")]
    {
        let found = Session::builder().device(DeviceChoice::Gpu(None)).software(true).build();
        let Err(e) = found else { return true };
        if std::env::var("GAPWAVE_REQUIRE_GPU").is_ok_and(|v| v == "1") {
            panic!("GAPWAVE_REQUIRE_GPU is 1 and there is no adapter: {e}");
        }
        eprintln!("SKIPPED: no GPU adapter ({e}); install mesa-vulkan-drivers and libvulkan1 for the software one");
    }
    #[cfg(not(feature = "gpu"))]
    eprintln!("SKIPPED: this build has no GPU support");
    false
}
