//! The `gapwave` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Mesa's device-select layer asks the X server which GPU draws the screen, by TCP if need be, and complains where
    // there is none. gapwave draws nothing and opens no network socket.
    if std::env::var_os("NODEVICE_SELECT").is_none() {
        // SAFETY: this is the first thing that the program does; no other thread runs that could read the environment.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
    gapwave::cli::main()
}
