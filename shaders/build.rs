//! Lists every file under `wgsl/` so that a new shader needs no second entry anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir).expect("wgsl folder").map(|e| e.expect("entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "wgsl") {
            out.push(path);
        }
    }
}

fn main() {
    println!("cargo::rerun-if-changed=wgsl");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("wgsl");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut text = String::from("pub(crate) static FILES: &[(&str, &str)] = &[\n");
    for f in files {
        let name = f.strip_prefix(&root).expect("below wgsl").with_extension("");
        let name = name.to_str().expect("UTF-8 file name").replace('\\', "/");
        writeln!(text, "    ({name:?}, include_str!({:?})),", f.to_str().expect("UTF-8 path")).expect("write");
    }
    text.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").expect("set by cargo")).join("files.rs"), text).expect("write table");
}
