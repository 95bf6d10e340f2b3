//! Standard output that may be closed early.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line. Where nobody reads any more (`gapwave kernels | head -1`) the program is done.
pub(super) fn line(text: Arguments<'_>) {
    if let Err(e) = writeln!(std::io::stdout(), "{text}") {
        std::process::exit(if e.kind() == ErrorKind::BrokenPipe { 0 } else { 1 });
    }
}

/// `println!` that ends the program quietly where standard output is closed.
macro_rules! outln {
    ($($arg:tt)*) => { $crate::cli::out::line(format_args!($($arg)*)) };
}
pub(super) use outln;
