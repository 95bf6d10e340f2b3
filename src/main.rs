//! The `gapwave` command.

use std::process::ExitCode;

// `bench` counts allocations and the most memory in use; otherwise the counter costs one load per allocation.
#[cfg(all(feature = "bench", not(feature = "mimalloc")))]
#[global_allocator]
static ALLOCATOR: gapwave_harness::CountingAllocator = gapwave_harness::CountingAllocator::system();

#[cfg(all(feature = "bench", feature = "mimalloc"))]
#[global_allocator]
static ALLOCATOR: gapwave_harness::CountingAllocator<mimalloc::MiMalloc> =
    gapwave_harness::CountingAllocator::over(mimalloc::MiMalloc);

#[cfg(all(feature = "mimalloc", not(feature = "bench")))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Mesa's device-select layer asks the X server which GPU draws the screen, by TCP if need be, and complains where
    // there is none. gapwave draws nothing and opens no network socket.
    if std::env::var_os("NODEVICE_SELECT").is_none() {
        // SAFETY: this is the first thing that the program does; no other thread runs that could read the environment.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
    gapwave::cli::main()
}
