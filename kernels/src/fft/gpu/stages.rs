//! The part of a transform that happens within a workgroup, as unrolled WGSL.
//!
//! A workgroup holds some columns of `r` numbers in the registers of its invocations, `v0`, `v1`, … A stage transforms
//! a butterfly's numbers in registers, turns them by the roots of unity and exchanges them through workgroup memory
//! (Stockham's order: nothing is ever bit-reversed).

use super::butterflies;
use super::recipe::Tile;
use std::fmt::Write as _;

/// Where a transform's numbers come from or go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `load(place, i)` and `store(place, i, value)`.
    Memory,
    /// Workgroup memory.
    Tile,
    /// The registers, as the first or last stage has them.
    Registers,
}

/// What an invocation does with some of its registers: under a condition, and each with a place in the tile.
#[derive(Debug, Clone)]
pub(super) struct Moves {
    pub(super) guard: Option<String>,
    pub(super) each: Vec<(u32, String)>,
}

/// One stage, or another step in which numbers are shared out over the invocations.
#[derive(Debug, Clone)]
struct Stage {
    name: usize,
    radix: u32,
    /// Distance of a butterfly's numbers.
    apart: u32,
    /// Butterflies of the workgroup.
    butterflies: u32,
}

/// The text so far.
#[derive(Debug)]
pub(super) struct Emit<'a> {
    pub(super) tile: &'a Tile,
    /// Whether the last stage's results are written as rows, number by number, although columns are neighbours.
    pub(super) writes_rows: bool,
    pub(super) text: String,
    /// Registers in use.
    pub(super) held: u32,
    names: usize,
    /// Whether the tile may still be read by others.
    read: bool,
}

impl<'a> Emit<'a> {
    pub(super) fn new(tile: &'a Tile, writes_rows: bool) -> Self {
        Emit { tile, writes_rows, text: String::new(), held: 0, names: 0, read: false }
    }

    pub(super) fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "    {text}");
    }

    /// The condition under which the `nth` of `all` items of the workgroup is there, if there is one.
    pub(super) fn guard(&self, nth: u32, all: u32) -> Option<String> {
        ((nth + 1) * self.tile.lanes > all).then(|| format!("{} < {all}u", self.id(nth)))
    }

    /// The `nth` item of this invocation where neighbours have neighbours.
    pub(super) fn id(&self, nth: u32) -> String {
        if nth == 0 { "lane".to_owned() } else { format!("(lane + {}u)", nth * self.tile.lanes) }
    }

    /// Items of an invocation where the workgroup has so many.
    pub(super) fn share(&self, all: u32) -> u32 {
        all.div_ceil(self.tile.lanes)
    }

    pub(super) fn under(&mut self, guard: Option<&str>, f: impl FnOnce(&mut Self)) {
        self.line(&guard.map_or("{".to_owned(), |g| format!("if {g} {{")));
        f(self);
        self.line("}");
    }

    /// Registers to the tile, then from the tile to registers.
    pub(super) fn exchange(&mut self, put: &[Moves], get: &[Moves]) {
        let components: &[&str] = if self.tile.split { &[".x", ".y"] } else { &[""] };
        for component in components {
            if std::mem::take(&mut self.read) {
                self.line("workgroupBarrier();");
            }
            for moves in put {
                self.under(moves.guard.as_deref(), |e| {
                    moves.each.iter().for_each(|(v, at)| e.line(&format!("tile[{at}] = v{v}{component};")));
                });
            }
            self.line("workgroupBarrier();");
            for moves in get {
                self.under(moves.guard.as_deref(), |e| {
                    moves.each.iter().for_each(|(v, at)| e.line(&format!("v{v}{component} = tile[{at}];")));
                });
            }
            self.read = true;
        }
        let registers = put.iter().chain(get).flat_map(|m| &m.each).map(|(v, _)| v + 1).max().unwrap_or(0);
        self.held = self.held.max(registers);
    }

    /// Names the butterflies of a stage: column `c` and butterfly `b` in it of each of this invocation's.
    fn begin(&mut self, radix: u32, last: bool, from: Place) -> Stage {
        let Tile { r, columns, by_column, .. } = *self.tile;
        let stage = Stage { name: self.names, radix, apart: r / radix, butterflies: r / radix * columns };
        self.names += 1;
        let k = stage.name;
        let column_first = by_column && !(last && self.writes_rows && from == Place::Tile);
        for nth in 0..self.share(stage.butterflies) {
            let id = self.id(nth);
            let (c, b) = if column_first {
                (format!("{id} % {columns}u"), format!("{id} / {columns}u"))
            } else {
                (format!("{id} / {}u", stage.apart), format!("{id} % {}u", stage.apart))
            };
            self.line(&format!("let c{k}_{nth} = {c};"));
            self.line(&format!("let b{k}_{nth} = {b};"));
        }
        stage
    }

    /// Where a stage finds its numbers, or leaves them if it is the last.
    fn numbers(&self, s: &Stage) -> Vec<Moves> {
        let each = |nth: u32| {
            let at = |i: u32| format!("slot(c{0}_{nth}, b{0}_{nth} + {1}u)", s.name, i * s.apart);
            (0..s.radix).map(|i| (nth * s.radix + i, at(i))).collect()
        };
        (0..self.share(s.butterflies))
            .map(|nth| Moves { guard: self.guard(nth, s.butterflies), each: each(nth) })
            .collect()
    }

    /// Turns a stage's results and says where the next one finds them: with b = q + stride·p, number i of a butterfly
    /// goes to q + stride·(radix·p + i), turned by the root of stride·p·i.
    fn turned(&mut self, s: &Stage, stride: u32) -> Vec<Moves> {
        let k = s.name;
        let mut all = Vec::new();
        for nth in 0..self.share(s.butterflies) {
            let b = format!("b{k}_{nth}");
            self.line(&format!("let p{k}_{nth} = {b} / {stride}u;"));
            self.line(&format!("let o{k}_{nth} = {b} % {stride}u + p{k}_{nth} * {}u;", stride * s.radix));
            let guard = self.guard(nth, s.butterflies);
            self.under(guard.as_deref(), |e| {
                for i in 1..s.radix {
                    let v = nth * s.radix + i;
                    e.line(&format!("v{v} = cmul(v{v}, inner[p{k}_{nth} * {}u]);", i * stride));
                }
            });
            let at = |i: u32| format!("slot(c{k}_{nth}, o{k}_{nth} + {}u)", i * stride);
            let each = (0..s.radix).map(|i| (nth * s.radix + i, at(i))).collect();
            all.push(Moves { guard, each });
        }
        all
    }

    /// Calls `f` for the registers of a stage: register, place in memory, number.
    fn each(&mut self, s: &Stage, mut f: impl FnMut(&mut Self, u32, &str, &str)) {
        let k = s.name;
        for nth in 0..self.share(s.butterflies) {
            let guard = self.guard(nth, s.butterflies);
            self.under(guard.as_deref(), |e| {
                e.line(&format!("let a = place(first, c{k}_{nth});"));
                for i in 0..s.radix {
                    f(e, nth * s.radix + i, "a", &format!("b{k}_{nth} + {}u", i * s.apart));
                }
            });
        }
        self.held = self.held.max(self.share(s.butterflies) * s.radix);
    }

    /// A transform in stages of these radices. `finish` makes the text of a result from its register, its place and its
    /// number. Where the numbers stay in the tile or go into it, `arrive` and `leave` have the other side.
    pub(super) fn transform(
        &mut self,
        radices: &[u32],
        (from, arrive): (Place, &[Moves]),
        (to, leave): (Place, &[Moves]),
        finish: impl Fn(&str, &str, &str) -> String,
    ) {
        let mut stride = 1;
        let mut put = arrive.to_vec();
        for (nth, &radix) in radices.iter().enumerate() {
            let last = nth + 1 == radices.len();
            let from = if nth == 0 { from } else { Place::Tile };
            self.line(&format!("// Radix {radix}, stride {stride}."));
            let stage = self.begin(radix, last && to == Place::Memory, from);
            match from {
                Place::Memory => self.each(&stage, |e, v, a, i| e.line(&format!("v{v} = load({a}, {i});"))),
                Place::Tile => {
                    let get = self.numbers(&stage);
                    self.exchange(&put, &get);
                }
                Place::Registers => {}
            }
            for nth in 0..self.share(stage.butterflies) {
                let names: Vec<_> = (0..radix).map(|i| format!("v{}", nth * radix + i)).collect();
                self.line(&butterflies::call(&names));
            }
            if !last {
                put = self.turned(&stage, stride);
            } else {
                match to {
                    Place::Memory => self.each(&stage, |e, v, a, i| {
                        let value = finish(&format!("v{v}"), a, i);
                        e.line(&format!("store({a}, {i}, {value});"));
                    }),
                    Place::Registers => self.each(&stage, |e, v, a, i| {
                        let value = finish(&format!("v{v}"), a, i);
                        e.line(&format!("v{v} = {value};"));
                    }),
                    Place::Tile => {
                        let changed = finish("v", "a", "i") != "v";
                        if changed {
                            self.each(&stage, |e, v, a, i| {
                                let value = finish(&format!("v{v}"), a, i);
                                e.line(&format!("v{v} = {value};"));
                            });
                        }
                        let put = self.numbers(&stage);
                        self.exchange(&put, leave);
                    }
                }
            }
            stride *= radix;
        }
    }
}
