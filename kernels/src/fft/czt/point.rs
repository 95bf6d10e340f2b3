//! Complex numbers as parameters.

use super::super::double::{Cd, Dd};
use super::super::turns::Turns;
use super::spiral::Step;
use serde::{Deserialize, Serialize};

/// A complex number: its parts, or its direction and amplitude.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "a complex number is [re, im] or { turns = …, radius = … }")]
pub enum Point {
    /// Real and imaginary part.
    Complex([f64; 2]),
    /// Direction and amplitude.
    Polar {
        /// Angle, as a part of a whole turn.
        turns: f64,
        /// Amplitude.
        #[serde(default = "one")]
        radius: f64,
    },
}

fn one() -> f64 {
    1.0
}

/// How far the squared amplitude of a number on the unit circle may be from 1: twice what rounding its parts can do.
const CIRCLE: f64 = 4.0 * f64::EPSILON;

impl Point {
    /// A point on the unit circle.
    pub fn turned(turns: f64) -> Point {
        Point::Polar { turns, radius: 1.0 }
    }

    /// What is wrong with it.
    pub(super) fn fault(self) -> Option<String> {
        let (finite, size) = match self {
            Point::Complex([re, im]) => (re.is_finite() && im.is_finite(), re.hypot(im)),
            Point::Polar { turns, radius } => (turns.is_finite() && radius.is_finite(), radius),
        };
        if !finite {
            return Some("must be finite".into());
        }
        (!(1e-100..=1e100).contains(&size)).then(|| format!("must have an amplitude of 1e-100 to 1e100, not {size:e}"))
    }

    /// Its angle, and the logarithm of its amplitude.
    pub(super) fn step(self) -> Step {
        match self {
            Point::Polar { turns, radius } => Step { turns: Turns::of(Dd(turns, 0.0)), log: radius.ln() },
            Point::Complex([re, im]) => {
                let (turns, square) = Cd::new(re, im).polar();
                let off = (square - Dd(1.0, 0.0)).0;
                let log = match off.abs() {
                    off if off <= CIRCLE => 0.0,
                    off if off < 0.5 => f64::ln_1p((square - Dd(1.0, 0.0)).0) / 2.0,
                    _ => square.0.ln() / 2.0,
                };
                Step { turns: Turns::of(turns), log }
            }
        }
    }

    /// Itself in double-double arithmetic.
    pub(super) fn double(self) -> Cd {
        match self {
            Point::Polar { turns, radius } => Cd::turned(Dd(turns, 0.0)).times(radius),
            Point::Complex([re, im]) => {
                let z = Cd::new(re, im);
                let circle = (z.polar().1 - Dd(1.0, 0.0)).0.abs() <= CIRCLE;
                if circle { z.on_circle() } else { z }
            }
        }
    }
}
