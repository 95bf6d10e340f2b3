//! Powers of two: passes over the data, each a shader made for its radix.

use super::tables::{self, Table};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::{Caps, Error, Plan, Result};
use std::fmt::Write as _;

/// Complex numbers that an invocation holds in registers.
const HELD: u32 = 8;
/// Most complex numbers of a workgroup: 4096 take 32 KiB and 512 invocations. More of them would leave a
/// multiprocessor with too few workgroups to hide its latencies.
const LARGEST: u32 = 4096;
/// Fewest columns of a workgroup where there are several passes: four complex numbers are the 32 bytes that memory
/// is read in.
const COLUMNS_LOG: u32 = 2;

/// What a workgroup of this device can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tile {
    log: u32,
}

impl Tile {
    pub(super) fn of(caps: &Caps) -> Result<Tile> {
        let lanes = caps.invocations.min(caps.workgroup_x);
        let most = (caps.workgroup_bytes / 8).min(lanes.saturating_mul(HELD)).min(LARGEST);
        if most < 512 {
            return Err(Error::Limit {
                what: "a transform's workgroup memory".into(),
                need: 4096,
                have: u64::from(most) * 8,
            });
        }
        Ok(Tile { log: most.ilog2() })
    }

    /// log₂ of the radices of the passes of a transform of length 2^`n_log`: as few as possible, as even as possible.
    pub(super) fn passes(self, n_log: u32) -> Vec<u32> {
        if n_log <= self.log {
            return vec![n_log];
        }
        let count = n_log.div_ceil(self.log - COLUMNS_LOG);
        (0..count).map(|i| n_log / count + u32::from(i < n_log % count)).collect()
    }
}

/// Which buffers the passes go through: pass `i` reads the `i`-th and writes the one after.
pub(super) struct Chain;

impl Chain {
    /// From `input` to `output`, in between to and fro between `temp` and `output`; `input` is not written.
    pub(super) fn between(passes: usize, input: Slice, temp: Slice, output: Slice) -> Vec<Slice> {
        let mut all: Vec<_> =
            (0..=passes).map(|i| if (passes - i).is_multiple_of(2) { output } else { temp }).collect();
        all[0] = input;
        all
    }

    /// From `input` to `a`, `b`, `a`, …
    pub(super) fn to_and_fro(passes: usize, input: Slice, a: Slice, b: Slice) -> Vec<Slice> {
        let mut all: Vec<_> = (0..=passes).map(|i| if i.is_multiple_of(2) { b } else { a }).collect();
        all[0] = input;
        all
    }
}

/// What happens on reading before the first pass and on writing after the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) swap_in: bool,
    /// Rows of so many numbers are read, times this, and padded with zeros.
    pub(super) chirp_in: Option<(Slice, usize)>,
    pub(super) swap_mid: bool,
    /// Results are multiplied by this.
    pub(super) factor_out: Option<Slice>,
    /// The same, and so many numbers a row are written.
    pub(super) chirp_out: Option<(Slice, usize)>,
    pub(super) swap_out: bool,
    pub(super) scale: f64,
}

impl Default for Ends {
    fn default() -> Self {
        Ends {
            swap_in: false,
            chirp_in: None,
            swap_mid: false,
            factor_out: None,
            chirp_out: None,
            swap_out: false,
            scale: 1.0,
        }
    }
}

/// Adds the passes of `batch` transforms of length 2^`n_log`; `chain` has one slice more than there are passes.
pub(super) fn append(
    plan: &mut Plan,
    caps: &Caps,
    tile: Tile,
    chain: &[Slice],
    n_log: u32,
    batch: usize,
    ends: Ends,
) -> Result<()> {
    let radices = tile.passes(n_log);
    let several = radices.len() > 1;
    let bytes = super::room(1 << n_log, batch)?;
    let outer = several.then(|| tables::get(plan, Table::TwoLevel { n: 1 << n_log }));
    let mut s_log = 0;
    for (i, &r_log) in radices.iter().enumerate() {
        let (first, last) = (i == 0, i + 1 == radices.len());
        let shape = Shape { r_log, t_log: tile.log, several };
        let inner = (r_log > 3).then(|| tables::get(plan, Table::Roots { n: 1 << r_log }));
        let chirp_in = ends.chirp_in.filter(|_| first);
        let chirp_out = ends.chirp_out.filter(|_| last);
        let factor_out = ends.factor_out.filter(|_| last);
        let flags = [
            first && ends.swap_in,
            last && ends.swap_mid,
            last && ends.swap_out,
            !last,
            chirp_in.is_some(),
            factor_out.is_some(),
            chirp_out.is_some(),
        ];
        let flags = flags.iter().enumerate().map(|(bit, &on)| u32::from(on) << bit).sum();
        // What is not multiplied by is bound all the same: a pipeline's bindings are fixed.
        let nothing = plan.constant(&[0u32; 4]);
        let whole = |s: Slice, part: bool| if part { s } else { Slice { bytes: bytes.max(16), ..s } };
        let mut bind = vec![
            whole(chain[i], chirp_in.is_some()),
            chirp_in.map_or(nothing, |c| c.0),
            chirp_out.map(|c| c.0).or(factor_out).unwrap_or(nothing),
            whole(chain[i + 1], chirp_out.is_some()),
        ];
        bind.extend(inner);
        bind.extend(outer);
        let columns = (batch as u64) << (n_log - r_log);
        let uniform = [
            columns as u32,
            n_log,
            n_log - r_log,
            s_log,
            super::fine_log(1 << n_log),
            flags,
            chirp_in.map_or(0, |c| c.1 as u32),
            chirp_out.map_or(0, |c| c.1 as u32),
            if last { (ends.scale as f32).to_bits() } else { 1f32.to_bits() },
        ];
        let groups = Groups::linear(columns.div_ceil(1 << shape.columns_log()), caps)?;
        plan.run(shape.program(), &bind, &uniform, groups, 0);
        s_log += r_log;
    }
    Ok(())
}

/// What the text of a pass depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// log₂ of the radix.
    r_log: u32,
    /// log₂ of the complex numbers of a workgroup.
    t_log: u32,
    /// Whether there are several passes: columns are then neighbours in memory, else numbers of a column are.
    several: bool,
}

impl Shape {
    fn columns_log(self) -> u32 {
        self.t_log - self.r_log
    }

    fn lanes(self) -> u32 {
        (1 << self.t_log) / HELD
    }

    fn program(self) -> Program {
        let staged = self.r_log > 3;
        let tables = match (staged, self.several) {
            (false, _) => String::new(),
            (true, false) => binding(5, "inner"),
            (true, true) => binding(5, "inner") + "\n" + &binding(6, "outer"),
        };
        let turn = if self.several {
            "if (p.flags & TURN) != 0u {\n        let e = (turn * i) << p.s_log;\n        \
             z = cmul(z, cmul(outer[e >> p.fine_log], outer[(1u << (p.n_log - p.fine_log)) + (e & ((1u << p.fine_log) - 1u))]));\n    }"
        } else {
            ""
        };
        let shared = if staged { self.shared() } else { String::new() };
        let wgsl = gapwave_shaders::source(
            "fft/pass",
            &[
                ("NAME", if self.several { "one of several" } else { "the only one" }),
                ("R_LOG", &self.r_log.to_string()),
                ("C", &(1u32 << self.columns_log()).to_string()),
                ("LANES", &self.lanes().to_string()),
                ("TABLES", &tables),
                ("TURN", turn),
                ("SHARED", &shared),
                ("BODY", &self.body()),
            ],
        );
        Program {
            name: if self.several { "fft_pass" } else { "fft_single" },
            wgsl: wgsl.into(),
            workgroup: [self.lanes(), 1, 1],
            shared_bytes: if staged { 8 << self.t_log } else { 0 },
            needs: Needs::default(),
        }
    }

    /// Workgroup memory and where number `i` of column `c` lies in it.
    fn shared(self) -> String {
        let (t, r, c) = (1u32 << self.t_log, 1u32 << self.r_log, 1u32 << self.columns_log());
        let at = if self.several { format!("i * {c}u + c") } else { format!("c * {r}u + i") };
        format!(
            "\nvar<workgroup> tile: array<vec2<f32>, {t}>;\n\n\
             // Powers of two apart would all be in one bank of the memory: the low bits are mixed with higher ones.\n\
             fn slot(c: u32, i: u32) -> u32 {{\n    let at = {at};\n    return at ^ ((at >> 3u) & 15u);\n}}\n"
        )
    }

    /// log₂ of the radices of the stages within a workgroup: eights, then what is left in one or two.
    fn stages(self) -> Vec<u32> {
        match (self.r_log, self.r_log % 3) {
            (r @ 1..=3, _) => vec![r],
            (r, 0) => vec![3; r as usize / 3],
            // 8 · 2 would be one stage as good as idle: 4 · 4.
            (r, 1) => [vec![3; r as usize / 3 - 1], vec![2, 2]].concat(),
            (r, _) => [vec![3; r as usize / 3], vec![2]].concat(),
        }
    }

    /// Column `c` and butterfly `b` in it of this invocation's `nth` butterfly: neighbours are neighbours in memory.
    fn split(self, nth: u32, part_log: u32, last: bool) -> String {
        let (c_log, lanes) = (self.columns_log(), self.lanes());
        let id = if nth == 0 { "lane".to_owned() } else { format!("(lane + {}u)", nth * lanes) };
        let column_first = [format!("{id} & {}u", (1u32 << c_log) - 1), format!("{id} >> {c_log}u")];
        let number_first = [format!("{id} >> {part_log}u"), format!("{id} & {}u", (1u32 << part_log) - 1)];
        let [c, b] = match (self.several, last) {
            (false, _) => number_first,
            (true, false) => column_first,
            // The first pass writes whole columns one after the other, the others rows of neighbouring columns.
            (true, true) => [0, 1].map(|i| format!("select({}, {}, p.s_log == 0u)", column_first[i], number_first[i])),
        };
        format!("    let c{nth} = {c};\n    let b{nth} = {b};\n")
    }

    /// The stages, unrolled: read, transform in registers, turn, exchange through workgroup memory.
    fn body(self) -> String {
        let stages = self.stages();
        let mut out = String::new();
        let mut s_log = 0;
        for (k, &radix_log) in stages.iter().enumerate() {
            let (first, last) = (k == 0, k + 1 == stages.len());
            let radix = 1u32 << radix_log;
            let part_log = self.r_log - radix_log;
            let _ = writeln!(out, "    // Stage {} of {}: radix {radix}.", k + 1, stages.len());
            out.push_str(if first { "    {\n" } else { "    workgroupBarrier();\n    {\n" });
            let held = HELD / radix;
            // All are read before any is written.
            for b in 0..held {
                out.push_str(&self.split(b, part_log, last));
                for i in 0..radix {
                    let (v, at) = (b * radix + i, i << part_log);
                    let from = if first {
                        format!("load(first + c{b}, b{b} + {at}u)")
                    } else {
                        format!("tile[slot(c{b}, b{b} + {at}u)]")
                    };
                    let _ = writeln!(out, "    v{v} = {from};");
                }
            }
            for b in 0..held {
                let args: Vec<_> = (0..radix).map(|i| format!("&v{}", b * radix + i)).collect();
                let _ = writeln!(out, "    dft{radix}({});", args.join(", "));
            }
            if last {
                for b in 0..held {
                    for i in 0..radix {
                        let _ =
                            writeln!(out, "    store(first + c{b}, b{b} + {}u, v{});", i << part_log, b * radix + i);
                    }
                }
            } else {
                if !first {
                    out.push_str("    workgroupBarrier();\n");
                }
                for b in 0..held {
                    // b = q + s·p: numbers go to q + s·(radix·p + i), turned by the root of p·i·s.
                    let _ = writeln!(out, "    let p{b} = b{b} >> {s_log}u;");
                    let _ = writeln!(
                        out,
                        "    let o{b} = (b{b} & {}u) + (p{b} << {}u);",
                        (1u32 << s_log) - 1,
                        s_log + radix_log
                    );
                    for i in 0..radix {
                        let v = b * radix + i;
                        let value =
                            if i == 0 { format!("v{v}") } else { format!("cmul(v{v}, inner[p{b} * {}u])", i << s_log) };
                        let _ = writeln!(out, "    tile[slot(c{b}, o{b} + {}u)] = {value};", i << s_log);
                    }
                }
            }
            out.push_str("    }\n");
            s_log += radix_log;
        }
        out
    }
}

fn binding(number: u32, name: &str) -> String {
    format!("@group(0) @binding({number}) var<storage, read> {name}: array<vec2<f32>>;")
}
