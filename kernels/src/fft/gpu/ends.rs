//! What the first pass reads and what the last one writes.

use super::tables::{self, Table};
use crate::Plan;
use crate::plan::Slice;

/// How numbers of a transform are found in the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Load {
    /// Complex numbers. Pairs of neighbouring real numbers are the same in memory.
    Complex,
    /// Real numbers.
    Real,
    /// Pairs of real numbers, real and imaginary part of one number of the transform, along an axis that is not the
    /// last.
    Pairs,
    /// Frames of real numbers, one every `hop`, times a window of `f32`.
    Frames {
        /// Numbers of the window.
        window: Slice,
        /// Numbers from one frame's start to the next.
        hop: u32,
        /// Whether frames are even and taken as pairs.
        pairs: bool,
    },
    /// The one-sided spectrum of an even number of real numbers, of which it makes the spectrum of their pairs, times 2.
    Half,
    /// The one-sided spectrum of an odd number of real numbers.
    Mirror,
}

/// What is written of the results.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Store {
    /// The first `keep` of each transform.
    Complex,
    /// The real parts.
    Real,
    /// Real and imaginary parts as neighbours along an axis that is not the last.
    Pairs,
    /// The one-sided spectrum of the real numbers whose pairs were transformed.
    OneSided(Values),
    /// The first `keep` of each transform of real numbers.
    Bins(Values),
}

/// Spectra or their powers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Values {
    /// Spectra.
    Complex,
    /// `alone · |y|²` for bin 0 and, where `last` is a bin, for that one; `pair · |y|²` for the others.
    Power {
        /// Factor of bins that stand for themselves.
        alone: f64,
        /// Factor of bins that stand for their mirror images too.
        pair: f64,
        /// The last bin, if it stands for itself.
        last: Option<u32>,
    },
}

/// Transforms of one length along one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Job {
    /// Complex numbers of a transform.
    pub(crate) n: usize,
    /// Transforms whose numbers are next to each other, times [`Job::inner`].
    pub(crate) outer: usize,
    /// Distance of neighbours of a transform: 1 along the last axis.
    pub(crate) inner: usize,
    /// The sign of the exponent.
    pub(crate) inverse: bool,
    /// What results are multiplied by.
    pub(crate) scale: f64,
    /// What is read.
    pub(crate) load: Load,
    /// What is written.
    pub(crate) store: Store,
    /// Numbers of the input, in its own units, from one row to the next.
    pub(crate) len: usize,
    /// Numbers written of each transform.
    pub(crate) keep: usize,
}

impl Job {
    /// `outer` rows of `n` complex numbers.
    pub(crate) fn rows(n: usize, outer: usize) -> Job {
        let (load, store) = (Load::Complex, Store::Complex);
        Job { n, outer, inner: 1, inverse: false, scale: 1.0, load, store, len: n, keep: n }
    }

    pub(super) fn one_sided(&self) -> bool {
        matches!(self.store, Store::OneSided(_))
    }

    fn values(&self) -> Values {
        match self.store {
            Store::OneSided(v) | Store::Bins(v) => v,
            _ => Values::Complex,
        }
    }

    /// The type of the input's elements.
    pub(super) fn input_type(&self) -> &'static str {
        match self.load {
            Load::Complex | Load::Half | Load::Mirror => "vec2<f32>",
            Load::Real | Load::Pairs | Load::Frames { .. } => "f32",
        }
    }

    /// The type of the output's elements.
    pub(super) fn output_type(&self) -> &'static str {
        match (self.store, self.values()) {
            (Store::Real | Store::Pairs, _) | (_, Values::Power { .. }) => "f32",
            _ => "vec2<f32>",
        }
    }

    /// Tables that reading needs: name and place.
    pub(super) fn load_tables(&self, plan: &mut Plan) -> Vec<(&'static str, &'static str, Slice)> {
        match self.load {
            Load::Frames { window, pairs, .. } => {
                vec![("window", if pairs { "vec2<f32>" } else { "f32" }, window)]
            }
            Load::Half => vec![("roots", "vec2<f32>", tables::get(plan, Table::TwoLevel { n: 2 * self.n }))],
            _ => Vec::new(),
        }
    }

    /// Tables that writing needs.
    pub(super) fn store_tables(&self, plan: &mut Plan) -> Vec<(&'static str, &'static str, Slice)> {
        match self.store {
            Store::OneSided(_) => vec![("roots", "vec2<f32>", tables::get(plan, Table::TwoLevel { n: 2 * self.n }))],
            _ => Vec::new(),
        }
    }

    /// The statements that make number `at` of transform `o`, column `q`.
    pub(super) fn source(&self) -> &'static str {
        match self.load {
            Load::Complex => "return x[(o * p.len + at) * INNER + q];",
            Load::Real => "return vec2<f32>(x[(o * p.len + at) * INNER + q], 0.0);",
            Load::Pairs => "let e = (o * p.len + 2u * at) * INNER + q; return vec2<f32>(x[e], x[e + INNER]);",
            Load::Frames { pairs: true, .. } => {
                "let e = o * p.len + 2u * at; return vec2<f32>(x[e], x[e + 1u]) * window[at];"
            }
            Load::Frames { pairs: false, .. } => "return vec2<f32>(x[o * p.len + at] * window[at], 0.0);",
            Load::Half => {
                "let e = o * p.len * INNER + q; return packed(x[e + at * INNER], x[e + (p.n - at) * INNER], at);"
            }
            Load::Mirror => "return mirrored(x[(o * p.len + min(at, p.n - at)) * INNER + q], at);",
        }
    }

    /// The statements that write number `k` of transform `o`, column `q`.
    pub(super) fn sink(&self) -> String {
        let at = "(o * p.keep + k) * INNER + q";
        match (self.store, self.values()) {
            (Store::Real, _) => format!("y[{at}] = z.x;"),
            (Store::Pairs, _) => {
                "let e = (o * p.keep + 2u * k) * INNER + q; y[e] = z.x; y[e + INNER] = z.y;".to_owned()
            }
            (_, Values::Power { .. }) => {
                format!("y[{at}] = select(p.pair, p.alone, k == 0u || k == p.last) * dot(z, z);")
            }
            (Store::Bins(_), _) => format!("y[{at}] = select(z, vec2<f32>(z.x, 0.0), k == 0u);"),
            _ => format!("y[{at}] = z;"),
        }
    }

    /// The words of the uniform block that come from here: `len`, `keep`, `scale`, `alone`, `pair`, `last`.
    pub(super) fn uniform(&self) -> [u32; 6] {
        let bits = |x: f64| (x as f32).to_bits();
        let (alone, pair, last) = match self.values() {
            Values::Power { alone, pair, last } => (alone, pair, last.unwrap_or(u32::MAX)),
            Values::Complex => (1.0, 1.0, u32::MAX),
        };
        let len = match self.load {
            Load::Frames { hop, .. } => hop,
            _ => self.len as u32,
        };
        [len, self.keep as u32, bits(self.scale), bits(alone), bits(pair), last]
    }
}
