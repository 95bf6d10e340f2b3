//! The part of a transform that happens within a workgroup, as unrolled WGSL.
//!
//! A workgroup holds 2^`t_log` numbers, [`HELD`] in the registers of each invocation: some columns of R = 2^`r_log`
//! numbers. A stage reads a butterfly's numbers, transforms them in registers, turns them by the roots of unity and
//! exchanges them through workgroup memory (Stockham's order: nothing is ever bit-reversed).

use crate::{Caps, Error, Result};
use std::fmt::Write as _;

/// Complex numbers that an invocation holds in registers: `v0` to `v7` in the shaders.
pub(super) const HELD: u32 = 8;
/// Most complex numbers of a workgroup: 4096 take 32 KiB and 512 invocations. More of them would leave a
/// multiprocessor with too few workgroups to hide its latencies.
const LARGEST: u32 = 4096;

/// log₂ of the complex numbers that a workgroup of this device can hold.
pub(super) fn tile_log(caps: &Caps) -> Result<u32> {
    let lanes = caps.invocations.min(caps.workgroup_x);
    let most = (caps.workgroup_bytes / 8).min(lanes.saturating_mul(HELD)).min(LARGEST);
    // Below this the passes would have fewer than four columns.
    if most < 512 {
        let what = "a transform's workgroup memory".to_owned();
        return Err(Error::Limit { what, need: 512 * 8, have: u64::from(most) * 8 });
    }
    Ok(most.ilog2())
}

/// log₂ of the radices of the stages of a transform of 2^`r_log` numbers: eights, then what is left.
pub(super) fn radices(r_log: u32) -> Vec<u32> {
    match (r_log, r_log % 3) {
        (0..=3, _) => vec![r_log],
        (r, 0) => vec![3; r as usize / 3],
        // 8 · 2 would be a stage as good as idle: 4 · 4.
        (r, 1) => [vec![3; r as usize / 3 - 1], vec![2, 2]].concat(),
        (r, _) => [vec![3; r as usize / 3], vec![2]].concat(),
    }
}

/// Where a transform's numbers come from or go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `load(column, i)` and `store(column, i, value)`.
    Memory,
    /// `tile[slot(c, i)]`.
    Tile,
    /// The registers, as the first or last stage has them.
    Registers,
}

/// How numbers are shared out, and the text so far.
#[derive(Debug)]
pub(super) struct Emit {
    pub(super) r_log: u32,
    pub(super) t_log: u32,
    /// Whether columns are neighbours in memory, as between passes; else numbers of a column are.
    pub(super) by_column: bool,
    pub(super) text: String,
    tile_read: bool,
    tile_written: bool,
}

impl Emit {
    pub(super) fn new(r_log: u32, t_log: u32, by_column: bool) -> Self {
        Emit { r_log, t_log, by_column, text: String::new(), tile_read: false, tile_written: false }
    }

    pub(super) fn columns_log(&self) -> u32 {
        self.t_log - self.r_log
    }

    pub(super) fn lanes(&self) -> u32 {
        (1 << self.t_log) / HELD
    }

    pub(super) fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "    {text}");
    }

    /// To be called before the tile is read: waits for what was written.
    pub(super) fn reads_tile(&mut self) {
        if std::mem::take(&mut self.tile_written) {
            self.line("workgroupBarrier();");
        }
        self.tile_read = true;
    }

    /// To be called before the tile is written: waits for those who still read it.
    pub(super) fn writes_tile(&mut self) {
        if std::mem::take(&mut self.tile_read) {
            self.line("workgroupBarrier();");
        }
        self.tile_written = true;
    }

    /// The `nth` number of this invocation where neighbours hold neighbours, as `id`.
    pub(super) fn id(&self, nth: u32) -> String {
        if nth == 0 { "lane".to_owned() } else { format!("(lane + {}u)", nth * self.lanes()) }
    }

    /// Column `c` and butterfly `b` in it of each of this invocation's butterflies.
    fn butterflies(&mut self, radix_log: u32, last: bool) {
        let (c_log, part_log) = (self.columns_log(), self.r_log - radix_log);
        for nth in 0..HELD >> radix_log {
            let id = self.id(nth);
            let column_first = [format!("{id} & {}u", mask(c_log)), format!("{id} >> {c_log}u")];
            let number_first = [format!("{id} >> {part_log}u"), format!("{id} & {}u", mask(part_log))];
            let [c, b] = match (self.by_column, last) {
                (false, _) => number_first,
                (true, false) => column_first,
                // The first pass writes whole columns one after the other, the others rows of neighbouring columns.
                (true, true) => {
                    [0, 1].map(|i| format!("select({}, {}, p.s_log == 0u)", column_first[i], number_first[i]))
                }
            };
            self.line(&format!("let c{nth} = {c};"));
            self.line(&format!("let b{nth} = {b};"));
        }
    }

    /// Calls `f` with register, column and number (as text) of all numbers of a stage of that radix.
    fn each(&mut self, radix_log: u32, mut f: impl FnMut(&mut Self, u32, String, String)) {
        for v in 0..HELD {
            let (nth, i) = (v >> radix_log, v & mask(radix_log));
            f(self, v, format!("c{nth}"), format!("b{nth} + {}u", i << (self.r_log - radix_log)));
        }
    }

    /// A transform in stages of these radices. `finish` makes the text of a result from its register and its number.
    pub(super) fn transform(&mut self, radices: &[u32], from: Place, to: Place, finish: impl Fn(&str, &str) -> String) {
        let mut s_log = 0;
        for (k, &radix_log) in radices.iter().enumerate() {
            let (last, radix) = (k + 1 == radices.len(), 1u32 << radix_log);
            let from = if k == 0 { from } else { Place::Tile };
            if from == Place::Tile {
                self.reads_tile();
            }
            self.line(&format!("{{ // radix {radix}, stride {}", 1u32 << s_log));
            self.butterflies(radix_log, last);
            self.each(radix_log, |e, v, c, i| match from {
                Place::Memory => e.line(&format!("v{v} = load(first + {c}, {i});")),
                Place::Tile => e.line(&format!("v{v} = tile[slot({c}, {i})];")),
                Place::Registers => {}
            });
            for nth in 0..HELD / radix {
                let args: Vec<_> = (0..radix).map(|i| format!("&v{}", nth * radix + i)).collect();
                self.line(&format!("dft{radix}({});", args.join(", ")));
            }
            if last {
                if to == Place::Tile {
                    self.writes_tile();
                }
                self.each(radix_log, |e, v, c, i| {
                    let value = finish(&format!("v{v}"), &i);
                    e.line(&match to {
                        Place::Memory => format!("store(first + {c}, {i}, {value});"),
                        Place::Tile => format!("tile[slot({c}, {i})] = {value};"),
                        Place::Registers => format!("v{v} = {value};"),
                    });
                });
            } else {
                self.exchange(radix_log, s_log);
            }
            self.line("}");
            s_log += radix_log;
        }
    }

    /// With b = q + s·p, number i of a butterfly goes to q + s·(radix·p + i), turned by the root of s·p·i.
    fn exchange(&mut self, radix_log: u32, s_log: u32) {
        self.writes_tile();
        let radix = 1u32 << radix_log;
        for nth in 0..HELD / radix {
            self.line(&format!("let p{nth} = b{nth} >> {s_log}u;"));
            self.line(&format!("let o{nth} = (b{nth} & {}u) + (p{nth} << {}u);", mask(s_log), s_log + radix_log));
            for i in 0..radix {
                let v = nth * radix + i;
                let turned = format!("cmul(v{v}, inner[p{nth} * {}u])", i << s_log);
                let value = if i == 0 { format!("v{v}") } else { turned };
                self.line(&format!("tile[slot(c{nth}, o{nth} + {}u)] = {value};", i << s_log));
            }
        }
    }
}

/// The lowest `bits` bits.
pub(super) fn mask(bits: u32) -> u32 {
    (1 << bits) - 1
}
