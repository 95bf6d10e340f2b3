//! The command as a process.
#![allow(dead_code, reason = "each test uses some of it")]

use std::path::Path;
use std::process::{Command, Output};

/// How it ended and what it said.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the command in a folder, whatever processor the environment would choose.
pub(crate) fn gapwave(dir: &Path, args: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_gapwave"))
        .args(args)
        .current_dir(dir)
        .env_remove("GAPWAVE_DEVICE")
        .output()
        .expect("the command starts");
    let text = |b| String::from_utf8(b).expect("UTF-8");
    Ran { code: status.code().expect("an exit status"), out: text(stdout), err: text(stderr) }
}
