//! Notes the version of wgpu for the fingerprint of measurements.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let lock = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("Cargo.lock");
    let version = fs::read_to_string(&lock).ok().and_then(|text| {
        println!("cargo::rerun-if-changed={}", lock.display());
        let (_, after) = text.split_once("name = \"wgpu\"\nversion = \"")?;
        Some(after.split('"').next()?.to_owned())
    });
    println!("cargo::rustc-env=GAPWAVE_WGPU={}", version.as_deref().unwrap_or("unknown"));
}
