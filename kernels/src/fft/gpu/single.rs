//! Transforms that fit a workgroup: one pass over the data, whatever the length and whether real or complex.

use super::stages::{self, Emit, HELD, Place, mask};
use super::tables::{self, Table};
use super::{Signal, fine_log};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::{Caps, Plan, Result};

/// Longest rows, as log₂, for which numbers go through workgroup memory on their way in and out: read straight into
/// registers, neighbours' numbers would be a whole row apart and a row is shorter than what memory is read in.
const STAGED: u32 = 4;

/// What a shader's text depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Single {
    /// log₂ of the length that is transformed.
    r_log: u32,
    /// log₂ of the complex numbers of a workgroup.
    t_log: u32,
    /// Whether rows are shorter than that and go through Bluestein's algorithm.
    bluestein: bool,
    /// Whether rows are pairs of real numbers, of which the one-sided spectrum is made.
    real: bool,
}

impl Single {
    /// For rows of `n` numbers, if they fit.
    pub(super) fn of(n: usize, real: bool, caps: &Caps) -> Result<Option<Single>> {
        let t_log = stages::tile_log(caps)?;
        let r_log = super::transformed(n).ilog2();
        let bluestein = !n.is_power_of_two();
        Ok((n > 1 && r_log <= t_log).then_some(Single { r_log, t_log, bluestein, real }))
    }

    /// Adds the dispatch. Where real, `signal.n` counts the pairs and `signal.keep` the bins.
    pub(super) fn append(
        self,
        plan: &mut Plan,
        caps: &Caps,
        input: Slice,
        output: Slice,
        signal: Signal,
    ) -> Result<()> {
        let Signal { n, batch, inverse, scale, keep } = signal;
        super::room(n.max(keep), batch)?;
        let mut bind = vec![input, output];
        if self.has_inner() {
            bind.push(tables::get(plan, Table::Roots { n: 1 << self.r_log }));
        }
        if self.bluestein {
            bind.push(tables::get(plan, Table::Chirp { n }));
            bind.push(tables::get(plan, Table::Spectrum { n }));
        }
        if self.real {
            bind.push(super::roots(plan, 2 * n));
        }
        let fine = fine_log(2 * n);
        let uniform = [
            batch as u32,
            n as u32,
            keep as u32,
            u32::from(inverse),
            (scale as f32).to_bits(),
            fine,
            (2 * n).div_ceil(1 << fine) as u32,
        ];
        let groups = Groups::linear((batch as u64).div_ceil(1 << (self.t_log - self.r_log)), caps)?;
        plan.run(self.program(), &bind, &uniform, groups, 0);
        Ok(())
    }

    /// Whether there is more than one stage, with turns between.
    fn has_inner(self) -> bool {
        self.r_log > 3
    }

    fn program(self) -> Program {
        let emit = self.body();
        let names = [
            (self.has_inner(), "inner"),
            (self.bluestein, "chirp"),
            (self.bluestein, "spectrum"),
            (self.real, "roots"),
        ];
        let mut tables = String::new();
        for (i, (_, name)) in names.into_iter().filter(|(there, _)| *there).enumerate() {
            tables += &format!("@group(0) @binding({}) var<storage, read> {name}: array<vec2<f32>>;\n", 3 + i);
        }
        let load = "swapped(x[row * p.len + i])";
        let load = if self.bluestein { format!("cmul({load}, chirp[i])") } else { load.to_owned() };
        let (name, variant) = match (self.bluestein, self.real) {
            (false, false) => ("fft_single", "complex"),
            (true, false) => ("fft_bluestein", "complex, by Bluestein's algorithm"),
            (false, true) => ("rfft_single", "one-sided"),
            (true, true) => ("rfft_bluestein", "one-sided, by Bluestein's algorithm"),
        };
        let wgsl = gapwave_shaders::source(
            if self.real { "fft/single_real" } else { "fft/single" },
            &[
                ("NAME", variant),
                ("R_LOG", &self.r_log.to_string()),
                ("C", &(1u32 << emit.columns_log()).to_string()),
                ("T", &(1u32 << self.t_log).to_string()),
                ("LANES", &emit.lanes().to_string()),
                ("TABLES", &tables),
                ("LOAD", &load),
                ("BODY", &emit.text),
            ],
        );
        Program {
            name,
            wgsl: wgsl.into(),
            workgroup: [emit.lanes(), 1, 1],
            shared_bytes: 8 << self.t_log,
            needs: Needs::default(),
        }
    }

    fn body(self) -> Emit {
        let mut e = Emit::new(self.r_log, self.t_log, false);
        let staged = self.r_log <= STAGED;
        if staged {
            e.writes_tile();
            for nth in 0..HELD {
                let (c, i) = self.row_of(&e, nth);
                e.line(&format!("tile[slot({c}, {i})] = load(first + ({c}), {i});"));
            }
        }
        let from = if staged { Place::Tile } else { Place::Memory };
        let to = if staged || self.real { Place::Tile } else { Place::Memory };
        let mut radices = stages::radices(self.r_log);
        if self.bluestein {
            // The product with the kernel's spectrum, then an inverse transform: a forward one with real and imaginary
            // part exchanged before and after. Its stages run the other way, so that its first one finds its numbers
            // in the registers where the last one left them.
            e.transform(&radices, from, Place::Registers, |v, i| format!("cmul({v}, spectrum[{i}]).yx"));
            radices.reverse();
            e.transform(&radices, Place::Registers, to, |v, i| format!("cmul({v}.yx, chirp[{i}])"));
        } else {
            e.transform(&radices, from, to, |v, _| v.to_owned());
        }
        if self.real {
            e.reads_tile();
            let k_log = self.r_log - 1;
            for nth in 0..HELD / 2 {
                let id = e.id(nth);
                e.line(&format!("pair(first + ({id} >> {k_log}u), {id} >> {k_log}u, {id} & {}u);", mask(k_log)));
            }
        } else if staged {
            e.reads_tile();
            for nth in 0..HELD {
                let (c, i) = self.row_of(&e, nth);
                e.line(&format!("store(first + ({c}), {i}, tile[slot({c}, {i})]);"));
            }
        }
        e
    }

    /// Column and number of an invocation's `nth` number where neighbours hold neighbours.
    fn row_of(self, e: &Emit, nth: u32) -> (String, String) {
        let id = e.id(nth);
        (format!("{id} >> {}u", self.r_log), format!("{id} & {}u", mask(self.r_log)))
    }
}
