//! Zeros, poles and gain: analog prototypes of cut-off 1, what makes other filters of them, and the way to digital ones.

use super::elliptic;
use super::{Band, Shape};
use gapwave_columns::Complex64;
use std::f64::consts::PI;

/// A filter by the roots of its transfer function `gain · Π(s − zero) / Π(s − pole)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Zpk {
    /// Where it is zero.
    pub zeros: Vec<Complex64>,
    /// Where it is infinite.
    pub poles: Vec<Complex64>,
    /// The factor.
    pub gain: f64,
}

fn real(x: f64) -> Complex64 {
    Complex64::new(x, 0.0)
}

fn imaginary(x: f64) -> Complex64 {
    Complex64::new(0.0, x)
}

/// `Π(at − root)`
fn product(roots: &[Complex64], at: f64) -> Complex64 {
    roots.iter().map(|r| at - r).product()
}

/// `10^(db/10) − 1`, of small ripples too.
fn excess(db: f64) -> f64 {
    (db * 0.1 * std::f64::consts::LN_10).exp_m1()
}

/// `−n + 1, −n + 3, …, n − 1`, in units of π/2n.
fn angles(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| (2.0 * i as f64 + 1.0 - n as f64) * PI / (2 * n) as f64)
}

impl Zpk {
    /// The low-pass of cut-off 1 rad/s.
    pub(super) fn prototype(order: usize, shape: Shape) -> Zpk {
        match shape {
            Shape::Butterworth => {
                let poles = angles(order).map(|angle| -Complex64::cis(angle)).collect();
                Zpk { zeros: Vec::new(), poles, gain: 1.0 }
            }
            Shape::Chebyshev1 { ripple } => {
                let square = excess(ripple);
                let mu = (1.0 / square.sqrt()).asinh() / order as f64;
                let poles: Vec<_> = angles(order).map(|angle| -Complex64::new(mu, angle).sinh()).collect();
                let top = if order.is_multiple_of(2) { (1.0 + square).sqrt() } else { 1.0 };
                Zpk { gain: product(&poles, 0.0).re / top, zeros: Vec::new(), poles }
            }
            Shape::Chebyshev2 { attenuation } => {
                let mu = excess(attenuation).sqrt().asinh() / order as f64;
                let middle = |i: &usize| 2 * i + 1 == order;
                let all: Vec<_> = angles(order).collect();
                let zeros: Vec<_> = (0..order).filter(|i| !middle(i)).map(|i| imaginary(1.0 / all[i].sin())).collect();
                let pole = |angle: f64| 1.0 / -Complex64::new(mu.sinh() * angle.cos(), mu.cosh() * angle.sin());
                let poles: Vec<_> = all.iter().map(|&angle| pole(angle)).collect();
                Zpk { gain: (product(&poles, 0.0) / product(&zeros, 0.0)).re, zeros, poles }
            }
            Shape::Elliptic { ripple, attenuation } => Self::elliptic(order, ripple, attenuation),
        }
    }

    /// Orfanidis, *Lecture Notes on Elliptic Filter Design*, 2006; the poles are those of Lutovac, Tošić and Evans, *Filter
    /// Design for Signal Processing*, 2001, chapters 5 and 12.
    fn elliptic(order: usize, ripple: f64, attenuation: f64) -> Zpk {
        let square = excess(ripple);
        if order == 1 {
            let pole = -(1.0 / square).sqrt();
            return Zpk { zeros: Vec::new(), poles: vec![real(pole)], gain: -pole };
        }
        let m1 = square / excess(attenuation);
        let (m, complement) = elliptic::degree(order, m1);
        let quarter = elliptic::complete(complement);
        let n = order as f64;
        let from_edge = elliptic::inverse_sc(1.0 / square.sqrt(), m1);
        let v = quarter * from_edge / (n * elliptic::complete(1.0 - m1));
        let [sv, cv, dv] = elliptic::jacobi(v, complement, m);
        let (mut zeros, mut poles) = (Vec::new(), Vec::new());
        for j in ((1 - order % 2)..order).step_by(2) {
            let [s, c, d] =
                if j == 0 { [0.0, 1.0, 1.0] } else { elliptic::jacobi(j as f64 * quarter / n, m, complement) };
            let pole = -Complex64::new(c * d * sv * cv, s * dv) / (1.0 - (d * sv).powi(2));
            poles.push(pole);
            if j > 0 {
                let zero = imaginary(1.0 / (m.sqrt() * s));
                zeros.extend([zero, zero.conj()]);
                poles.push(pole.conj());
            }
        }
        let top = if order.is_multiple_of(2) { (1.0 + square).sqrt() } else { 1.0 };
        Zpk { gain: (product(&poles, 0.0) / product(&zeros, 0.0)).re / top, zeros, poles }
    }

    /// Poles more than zeros: zeros at infinity.
    fn missing(&self) -> usize {
        self.poles.len() - self.zeros.len()
    }

    /// The filter of a band, of edges in rad/s, from the prototype.
    pub(super) fn of_band(self, band: Band) -> Zpk {
        match band {
            Band::Low(w) => self.scaled(w),
            Band::High(w) => {
                let missing = self.missing();
                let mut of = self.inverted(w);
                of.zeros.extend(std::iter::repeat_n(real(0.0), missing));
                of
            }
            Band::Pass(low, high) => self.shifted((low * high).sqrt(), high - low),
            Band::Stop(low, high) => {
                let middle = (low * high).sqrt();
                let missing = self.missing();
                let mut of = self.inverted(0.5 * (high - low)).pairs(middle);
                of.zeros.extend((0..missing).flat_map(|_| [imaginary(middle), imaginary(-middle)]));
                of
            }
        }
    }

    fn scaled(self, w: f64) -> Zpk {
        let gain = self.gain * w.powi(self.missing() as i32);
        let by = |roots: Vec<Complex64>| roots.into_iter().map(|r| r * w).collect();
        Zpk { zeros: by(self.zeros), poles: by(self.poles), gain }
    }

    /// `s → w/s`, without the zeros that were at infinity.
    fn inverted(self, w: f64) -> Zpk {
        let gain = self.gain * (product(&self.zeros, 0.0) / product(&self.poles, 0.0)).re;
        let by = |roots: Vec<Complex64>| roots.into_iter().map(|r| w / r).collect();
        Zpk { zeros: by(self.zeros), poles: by(self.poles), gain }
    }

    /// `s → (s² + w²)/(bandwidth·s)`
    fn shifted(self, w: f64, bandwidth: f64) -> Zpk {
        let missing = self.missing();
        let gain = self.gain * bandwidth.powi(missing as i32);
        let half = |roots: Vec<Complex64>| roots.into_iter().map(|r| r * (0.5 * bandwidth)).collect();
        let mut of = Zpk { zeros: half(self.zeros), poles: half(self.poles), gain }.pairs(w);
        of.zeros.extend(std::iter::repeat_n(real(0.0), missing));
        of
    }

    /// `r ± √(r² − w²)` of each root.
    fn pairs(self, w: f64) -> Zpk {
        let both = |roots: Vec<Complex64>| {
            let of = |r: Complex64| {
                let off = (r * r - w * w).sqrt();
                [r + off, r - off]
            };
            roots.into_iter().flat_map(of).collect()
        };
        Zpk { zeros: both(self.zeros), poles: both(self.poles), gain: self.gain }
    }

    /// The digital filter by the bilinear transform, of a sampling rate of 2: `s = 4·(z − 1)/(z + 1)`.
    pub(super) fn bilinear(self) -> Zpk {
        let gain = self.gain * (product(&self.zeros, 4.0) / product(&self.poles, 4.0)).re;
        let missing = self.missing();
        let by = |roots: Vec<Complex64>| roots.into_iter().map(|r| (4.0 + r) / (4.0 - r));
        let zeros = by(self.zeros).chain(std::iter::repeat_n(real(-1.0), missing)).collect();
        Zpk { zeros, poles: by(self.poles).collect(), gain }
    }
}
