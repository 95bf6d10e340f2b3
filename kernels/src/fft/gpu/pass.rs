//! One pass as a shader and a dispatch.

use super::butterflies;
use super::ends::{Job, Load, Store};
use super::fine_log;
use super::recipe::Tile;
use super::stages::{Emit, Moves, Place};
use super::tables::{self, Table};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::{Caps, Plan, Result};

/// Fewest neighbouring numbers that are read or written at once: below, they go through the tile on the way.
const RUN: u32 = 8;

/// What a pass does beside its transforms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pass<'a> {
    pub(super) job: &'a Job,
    pub(super) tile: &'a Tile,
    /// Length of the whole transform.
    pub(super) m: usize,
    /// Product of the lengths of the passes before, of those that the results' places go by.
    pub(super) stride: usize,
    /// Whether it reads the input.
    pub(super) first: bool,
    /// Whether it writes the output.
    pub(super) last: bool,
    /// Whether rows are shorter than `m`: products with the chirp before and after all.
    pub(super) bluestein: bool,
    /// Whether a product with the kernel's spectrum and a second transform follow within the pass.
    pub(super) turns_back: bool,
}

impl Pass<'_> {
    /// Transforms of a row of the outermost axis.
    fn columns(&self) -> u64 {
        self.m as u64 / u64::from(self.tile.r) * self.job.inner as u64
    }

    /// Whether bins that mirror each other are in different columns.
    fn mirrored(&self) -> bool {
        self.last && self.job.one_sided() && self.m > self.tile.r as usize
    }

    /// Pairs of columns that have each other's mirror images, those that have their own among them.
    fn pairs(&self) -> u64 {
        let t = self.job.n % self.stride;
        ((t / 2 + 1) + (self.stride + t) / 2 - t) as u64 * self.job.inner as u64
    }

    /// Adds the dispatch.
    pub(super) fn append(&self, plan: &mut Plan, caps: &Caps, input: Slice, output: Slice) -> Result<()> {
        let (job, tile) = (self.job, self.tile);
        let r = tile.r as usize;
        let mut named: Vec<(&str, &str, Slice)> = Vec::new();
        let complex = "vec2<f32>";
        if tile.radices.len() > 1 {
            named.push(("inner", complex, tables::get(plan, Table::Roots { n: r })));
        }
        if !self.last {
            named.push(("outer", complex, tables::get(plan, Table::TwoLevel { n: self.m })));
        }
        if self.bluestein && (self.first || self.last) {
            named.push(("chirp", complex, tables::get(plan, Table::Chirp { n: job.n })));
        }
        if self.turns_back {
            named.push(("spectrum", complex, tables::get(plan, Table::Spectrum { n: job.n, m: self.m })));
        }
        if self.first {
            named.extend(job.load_tables(plan));
        }
        if self.last {
            for table in job.store_tables(plan) {
                if !named.contains(&table) {
                    named.push(table);
                }
            }
        }
        let [len, keep, scale, alone, pair, last] = job.uniform();
        let fine = fine_log(2 * job.n);
        let (rows, n, coarse) = (job.outer as u32, job.n as u32, (2 * job.n).div_ceil(1 << fine) as u32);
        let pairs = if self.mirrored() { self.pairs() as u32 } else { 1 };
        let uniform = [rows, n, len, keep, scale, alone, pair, last, pairs, fine, coarse];
        let work = if self.mirrored() { self.pairs() } else { self.columns() };
        let together = if self.mirrored() { tile.columns / 2 } else { tile.columns };
        let groups = Groups::linear((job.outer as u64 * work).div_ceil(together.into()), caps)?;
        // In place, a workgroup has read its numbers before it writes to where they were, and nobody else's are there.
        let in_place = input == output;
        debug_assert!(!in_place || (self.first && self.last && job.input_type() == job.output_type()));
        let mut bind = if in_place { vec![output] } else { vec![input, output] };
        bind.extend(named.iter().map(|t| t.2));
        plan.run(self.program(&named, in_place), &bind, &uniform, groups, 0);
        Ok(())
    }

    fn name(&self) -> &'static str {
        match (self.m == self.tile.r as usize, self.bluestein) {
            (true, false) => "fft_single",
            (true, true) => "fft_bluestein",
            (false, false) => "fft_pass",
            (false, true) => "fft_bluestein_pass",
        }
    }

    fn program(&self, named: &[(&str, &str, Slice)], in_place: bool) -> Program {
        let (job, tile) = (self.job, self.tile);
        let emit = self.body();
        let mut tables = String::new();
        let complex = "vec2<f32>";
        let input = if self.first { job.input_type() } else { complex };
        let output = if self.last { job.output_type() } else { complex };
        let mut at = 1;
        let mut binding = |access: &str, name: &str, kind: &str| {
            tables += &format!("@group(0) @binding({at}) var<storage, {access}> {name}: array<{kind}>;\n");
            at += 1;
        };
        if !in_place {
            binding("read", "x", input);
        }
        binding("read_write", "y", output);
        named.iter().for_each(|(name, kind, _)| binding("read", name, kind));
        let registers: String = (0..emit.held).map(|i| format!("    var v{i}: vec2<f32>;\n")).collect();
        let slot = if tile.by_column { "i * C + c" } else { "c * R + i" };
        let element = if tile.split { "f32" } else { complex };
        let fine = if !self.last { fine_log(self.m) } else { 0 };
        let numbers = [
            ("M", self.m.to_string()),
            ("R", tile.r.to_string()),
            ("C", tile.columns.to_string()),
            ("COLS", self.columns().to_string()),
            ("INNER", job.inner.to_string()),
            ("STRIDE", self.stride.to_string()),
            ("FINE", fine.to_string()),
            ("COARSE", self.m.div_ceil(1 << fine).to_string()),
            ("TILE", tile.numbers().next_multiple_of(16).to_string()),
            ("LANES", tile.lanes.to_string()),
        ];
        let texts = [
            ("ELEMENT", element.to_owned()),
            ("SLOT", slot.to_owned()),
            ("TABLES", tables),
            ("HALVES", self.halves()),
            ("LOAD", if in_place { self.load().replace("x[", "y[") } else { self.load() }),
            ("STORE", self.store()),
            ("PLACE", gapwave_shaders::source(if self.mirrored() { "fft/place_mirrored" } else { "fft/place" }, &[])),
            ("TOGETHER", if self.mirrored() { tile.columns / 2 } else { tile.columns }.to_string()),
            ("BUTTERFLIES", butterflies::functions(&tile.radices)),
            ("REGISTERS", registers),
            ("BODY", emit.text),
        ];
        let keys: Vec<_> = numbers.iter().chain(&texts).map(|(k, v)| (*k, v.as_str())).collect();
        Program {
            name: self.name(),
            wgsl: gapwave_shaders::source("fft/pass", &keys).into(),
            workgroup: [tile.lanes, 1, 1],
            shared_bytes: tile.shared_bytes(),
            needs: Needs::default(),
        }
    }

    /// What real numbers are told apart or put together with.
    fn halves(&self) -> String {
        let packs = self.first && self.job.load == Load::Half;
        let unpacks = self.last && self.job.one_sided();
        let mirrors = self.first && self.job.load == Load::Mirror;
        let parts = [
            (packs || unpacks, "fft/halves"),
            (packs, "fft/packed"),
            (unpacks, "fft/one_sided"),
            (mirrors, "fft/mirrored"),
        ];
        parts.iter().filter(|(there, _)| *there).map(|(_, name)| gapwave_shaders::source(name, &[])).collect()
    }

    fn load(&self) -> String {
        let row = "    if a.x >= p.outer { return vec2<f32>(0.0, 0.0); }\n";
        let head = "fn load(a: vec2<u32>, i: u32) -> vec2<f32> {\n";
        if !self.first {
            return format!("{head}{row}    return x[a.x * (M * INNER) + a.y + COLS * i];\n}}");
        }
        let source = self.job.source();
        let padded = if self.bluestein { "    if at >= p.n { return vec2<f32>(0.0, 0.0); }\n" } else { "" };
        let swapped = if self.job.inverse { ".yx" } else { "" };
        let turned = if self.bluestein { "cmul(z, chirp[at])" } else { "z" };
        format!(
            "fn source(o: u32, q: u32, at: u32) -> vec2<f32> {{ {source} }}\n\n{head}{row}    \
             let at = a.y / INNER + COLS / INNER * i;\n{padded}    \
             let z = source(a.x, a.y % INNER, at){swapped};\n    return {turned};\n}}"
        )
    }

    fn store(&self) -> String {
        let head = "fn store(a: vec2<u32>, i: u32, value: vec2<f32>) {\n    if a.x >= p.outer { return; }\n";
        if !self.last {
            return format!(
                "fn outer_root(e: u32) -> vec2<f32> {{\n    \
                 return cmul(outer[e >> FINE], outer[COARSE + (e & ((1u << FINE) - 1u))]);\n}}\n\n{head}    \
                 let q = a.y % (STRIDE * INNER);\n    let turn = a.y / (STRIDE * INNER);\n    \
                 let at = a.x * (M * INNER) + q + (turn * R + i) * (STRIDE * INNER);\n    \
                 y[at] = cmul(value, outer_root(turn * i * STRIDE));\n}}"
            );
        }
        let sink = format!("fn sink(o: u32, q: u32, k: u32, z: vec2<f32>) {{ {} }}\n\n", self.job.sink());
        if self.job.one_sided() {
            let name = if self.mirrored() { "fft/pairs_apart" } else { "fft/pairs_together" };
            return sink + &gapwave_shaders::source(name, &[]);
        }
        let keep = match self.job.store {
            Store::Pairs if self.bluestein => "    if k >= p.n { return; }\n",
            Store::Pairs => "",
            _ if self.bluestein || self.job.keep != self.job.n => "    if k >= p.keep { return; }\n",
            _ => "",
        };
        let swapped = if self.job.inverse { ".yx" } else { "" };
        format!(
            "{sink}{head}    let k = a.y / INNER + STRIDE * i;\n{keep}    \
             sink(a.x, a.y % INNER, k, (p.scale * value){swapped});\n}}"
        )
    }

    fn body(&self) -> Emit<'_> {
        let tile = self.tile;
        let writes_rows = !self.last && self.stride * self.job.inner == 1;
        let mut e = Emit::new(tile, writes_rows);
        let (r, numbers) = (tile.r, tile.numbers());
        let run = |radix: u32| r / radix < RUN && !tile.by_column && !tile.split;
        let (head, tail) = (tile.radices[0], *tile.radices.last().expect("a radix"));
        // The second of two transforms has the radices of the first the other way round.
        let tail = if self.turns_back { head } else { tail };
        let by_number = |e: &Emit<'_>, all: u32, per: u32| -> Vec<(Option<String>, String, String)> {
            let item = |nth: u32| {
                let id = e.id(nth);
                let (c, i) = if tile.by_column {
                    (format!("{id} % {}u", all / per), format!("{id} / {}u", all / per))
                } else {
                    (format!("{id} / {per}u"), format!("{id} % {per}u"))
                };
                (e.guard(nth, all), c, i)
            };
            (0..e.share(all)).map(item).collect()
        };
        let mut arrive = Vec::new();
        let from = if run(head) {
            for (nth, (guard, c, i)) in by_number(&e, numbers, r).into_iter().enumerate() {
                e.under(guard.as_deref(), |e| e.line(&format!("v{nth} = load(place(first, {c}), {i});")));
                arrive.push(Moves { guard, each: vec![(nth as u32, format!("slot({c}, {i})"))] });
            }
            Place::Tile
        } else {
            Place::Memory
        };
        let one_sided = self.last && self.job.one_sided();
        let (mut leave, mut after): (Vec<Moves>, Vec<(Option<String>, String)>) = (Vec::new(), Vec::new());
        let to = if one_sided {
            let (all, per) = match self.mirrored() {
                true => (tile.columns / 2 * r, r),
                false => (tile.columns * (r / 2 + 1), r / 2 + 1),
            };
            for (nth, (guard, c, i)) in by_number(&e, all, per).into_iter().enumerate() {
                let (a, b) = (2 * nth as u32, 2 * nth as u32 + 1);
                let partner = match self.mirrored() {
                    true => format!("slot({c} + C / 2u, partner(first, {c}, {i}))"),
                    false => format!("slot({c}, partner({i}))"),
                };
                leave.push(Moves { guard: guard.clone(), each: vec![(a, format!("slot({c}, {i})")), (b, partner)] });
                after.push((guard, format!("pair(first, {c}, {i}, v{a}, v{b});")));
            }
            Place::Tile
        } else if run(tail) {
            for (nth, (guard, c, i)) in by_number(&e, numbers, r).into_iter().enumerate() {
                leave.push(Moves { guard: guard.clone(), each: vec![(nth as u32, format!("slot({c}, {i})"))] });
                after.push((guard, format!("store(place(first, {c}), {i}, v{nth});")));
            }
            Place::Tile
        } else {
            Place::Memory
        };
        let end = |v: &str, _: &str, i: &str| match self.bluestein && self.last {
            // Within one workgroup the number is the bin.
            true if self.m == r as usize => format!("cmul({v}.yx, chirp[min({i}, p.n - 1u)])"),
            true => format!("cmul({v}.yx, chirp[min(a.y / INNER + STRIDE * ({i}), p.n - 1u)])"),
            false => v.to_owned(),
        };
        if self.turns_back {
            // The product with the kernel's spectrum, then an inverse transform: a forward one with real and imaginary
            // part exchanged before and after. Its stages run the other way, so that its first one finds its numbers
            // in the registers where the last one left them.
            let product =
                |v: &str, a: &str, i: &str| format!("cmul({v}, spectrum[{a}.y / INNER + COLS / INNER * ({i})]).yx");
            e.transform(&tile.radices, (from, &arrive), (Place::Registers, &[]), product);
            let back: Vec<_> = tile.radices.iter().rev().copied().collect();
            e.transform(&back, (Place::Registers, &[]), (to, &leave), end);
        } else {
            e.transform(&tile.radices, (from, &arrive), (to, &leave), end);
        }
        for (guard, what) in after {
            e.under(guard.as_deref(), |e| e.line(&what));
        }
        e
    }
}
