//! Notes the compiler and its settings for the fingerprint of measurements.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC")
        .and_then(|rustc| Command::new(rustc).arg("--version").output().ok())
        .filter(|out| out.status.success())
        .and_then(|out| String::from_utf8(out.stdout).ok());
    if let Some(version) = rustc {
        println!("cargo::rustc-env=HARNESS_RUSTC={}", version.trim());
    }
    // Cargo joins them with this character.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default().replace('\x1f', " ");
    if !flags.is_empty() {
        println!("cargo::rustc-env=HARNESS_FLAGS={flags}");
    }
    for (from, to) in [("TARGET", "HARNESS_TARGET"), ("OPT_LEVEL", "HARNESS_OPT_LEVEL")] {
        if let Ok(value) = env::var(from) {
            println!("cargo::rustc-env={to}={value}");
        }
    }
}
