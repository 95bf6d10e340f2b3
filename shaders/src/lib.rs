//! The WGSL text of gapwave, by family, and the function that joins it.
//!
//! A shader is a file `wgsl/<family>/<name>.wgsl`. A line `#include "family/name"` is replaced by that file, once;
//! `{{KEY}}` is replaced by the value given for `KEY`. Nothing else happens to the text, so what naga and the
//! driver see can be read by printing it.

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The names of all shader files.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(n, _)| *n)
}

/// The text of one file as it is stored.
pub fn raw(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
}

/// The final text of a shader: includes joined, each `{{KEY}}` replaced.
///
/// # Panics
/// Where a file is missing or a key is left over: both are mistakes in gapwave itself, found by the test that plans
/// every case.
pub fn source(name: &str, keys: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut seen = Vec::new();
    join(name, &mut out, &mut seen);
    for (k, v) in keys {
        out = out.replace(&format!("{{{{{k}}}}}"), v);
    }
    if let Some(at) = out.find("{{") {
        let end = out[at..].find("}}").map_or(out.len(), |e| at + e + 2);
        panic!("shader {name}: no value for {}", &out[at..end]);
    }
    out
}

fn join(name: &str, out: &mut String, seen: &mut Vec<String>) {
    if seen.iter().any(|s| s == name) {
        return;
    }
    seen.push(name.to_owned());
    let text = raw(name).unwrap_or_else(|| panic!("no shader file {name}.wgsl"));
    for line in text.lines() {
        match line.trim().strip_prefix("#include \"").and_then(|r| r.strip_suffix('"')) {
            Some(inner) => join(inner, out, seen),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_include_is_joined_once() {
        let s = super::source(
            "primitives/scan_down",
            &[("T", "u32"), ("OP", "a + b"), ("ZERO", "0u"), ("INCLUSIVE", "true")],
        );
        assert_eq!(s.matches("fn group_index").count(), 1);
        assert!(!s.contains("#include"));
    }

    #[test]
    #[should_panic(expected = "{{T}}")]
    fn a_missing_key_is_found() {
        super::source("primitives/scan_down", &[]);
    }
}
