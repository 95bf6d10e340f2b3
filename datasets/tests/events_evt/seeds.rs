//! The first inputs of fuzzing, replayed.

#[path = "../common/seeds.rs"]
mod kept;

use super::common::{Chance, headed};
use gapwave_datasets::Format;
use gapwave_datasets::events::check_bytes;
use kept::files;

const TARGETS: [(&str, Format); 4] =
    [("evt2", Format::Evt2), ("evt21", Format::Evt21), ("evt3", Format::Evt3), ("dat", Format::Dat)];

#[test]
fn every_way_to_decode_a_seed_gives_the_same() {
    for (target, format) in TARGETS {
        for bytes in files(target) {
            check_bytes(format, &bytes);
        }
    }
    for bytes in files("heads") {
        for (_, format) in TARGETS {
            check_bytes(format, &bytes);
        }
    }
}

/// Writes the seeds anew: `cargo test … -- --ignored write_seeds`.
#[test]
#[ignore = "writes files into the repository"]
fn write_seeds() {
    let mut chance = Chance(1);
    for (target, format) in TARGETS {
        let put = |name: &str, body: &[u8]| kept::put(target, name, headed(format, body));
        put("empty", &[]);
        for (name, n) in [("few", 12), ("some", 100), ("many", 700)] {
            let mut body = Vec::new();
            for i in 0..n {
                let bits = chance.next();
                let fields = bits as u32 & 0x0fff_ffff;
                let kind = [0u32, 1, 1, 8, 0xa][if i == 0 { 3 } else { chance.below(5) as usize }];
                match format {
                    Format::Evt2 => body.extend((kind << 28 | fields).to_le_bytes()),
                    Format::Evt21 => {
                        let upper = kind << 28 | fields & !(1 << 21);
                        body.extend((u64::from(upper) << 32 | bits >> 32).to_le_bytes());
                    }
                    Format::Evt3 => {
                        let kind = [8u16, 0, 6, 2, 2, 3, 4, 5, 0xa][if i < 4 { i } else { chance.below(9) as usize }];
                        body.extend((kind << 12 | bits as u16 & 0xbff).to_le_bytes());
                    }
                    _ => body.extend((bits & 0x1fff_ffff_ffff_ffff).to_le_bytes()),
                }
            }
            put(name, &body);
            put(&format!("{name}_cut"), &body[..body.len() - 1]);
        }
    }
    let texts = [
        ("old", "% Date 2020-09-14 09:03:25\n% evt 2.0\n% geometry 640x480\n"),
        ("new", "% format EVT3;height=720;width=1280\n% end\n"),
        ("legacy", "% evt 2.1\n% format EVT21;endianness=legacy;width=1280;height=720\n% end\n"),
        ("dat", "% Data file containing CD events.\n% Version 2\n% Height 240\n% Width 304\n\x0c\x08"),
        ("wrong", "% evt 3.0\n% geometry 0x99999\n"),
        ("open", "% evt 3.0\n% Date"),
    ];
    for (name, text) in texts {
        kept::put("heads", name, text);
    }
}
