//! Transforms of a few numbers, each a vector of lanes, in registers.

use super::Float;
use fearless_simd::{Simd, SimdFloat, SimdFrom};
use std::f64::consts::FRAC_1_SQRT_2;

/// A complex number in each lane.
#[derive(Clone, Copy)]
pub(in crate::fft) struct Wide<V> {
    pub(in crate::fft) re: V,
    pub(in crate::fft) im: V,
}

impl<V> Wide<V> {
    #[inline(always)]
    pub(in crate::fft) fn load<S: Simd>(simd: S, from: &[V::Element]) -> Self
    where
        V: SimdFloat<S>,
    {
        let (re, im) = from.split_at(V::LEN);
        Wide { re: V::from_slice(simd, re), im: V::from_slice(simd, im) }
    }

    #[inline(always)]
    pub(in crate::fft) fn store<S: Simd>(self, to: &mut [V::Element])
    where
        V: SimdFloat<S>,
    {
        let (re, im) = to.split_at_mut(V::LEN);
        self.re.store_slice(re);
        self.im.store_slice(im);
    }

    #[inline(always)]
    pub(in crate::fft) fn times<S: Simd>(self, w: Self) -> Self
    where
        V: SimdFloat<S>,
    {
        let (p, q) = (self.im * w.im, self.im * w.re);
        Wide { re: self.re.mul_sub(w.re, p), im: self.re.mul_add(w.im, q) }
    }

    #[inline(always)]
    pub(super) fn plus<S: Simd>(self, o: Self) -> Self
    where
        V: SimdFloat<S>,
    {
        Wide { re: self.re + o.re, im: self.im + o.im }
    }

    #[inline(always)]
    pub(super) fn minus<S: Simd>(self, o: Self) -> Self
    where
        V: SimdFloat<S>,
    {
        Wide { re: self.re - o.re, im: self.im - o.im }
    }

    /// `self − i·o`
    #[inline(always)]
    pub(super) fn minus_i<S: Simd>(self, o: Self) -> Self
    where
        V: SimdFloat<S>,
    {
        Wide { re: self.re + o.im, im: self.im - o.re }
    }

    /// `self + i·o`
    #[inline(always)]
    pub(super) fn plus_i<S: Simd>(self, o: Self) -> Self
    where
        V: SimdFloat<S>,
    {
        Wide { re: self.re - o.im, im: self.im + o.re }
    }
}

/// The forward transform of `R` numbers where they are.
#[inline(always)]
pub(super) fn dft<const R: usize, S: Simd, T: Float>(simd: S, z: &mut [Wide<T::Lanes<S>>; R]) {
    match R {
        2 => (z[0], z[1]) = (z[0].plus(z[1]), z[0].minus(z[1])),
        4 => [z[0], z[1], z[2], z[3]] = four([z[0], z[1], z[2], z[3]]),
        8 => {
            let r = T::Lanes::<S>::simd_from(simd, T::of(FRAC_1_SQRT_2));
            let minus = T::Lanes::<S>::simd_from(simd, T::of(-FRAC_1_SQRT_2));
            let [a, b, c, d] = four([z[0], z[2], z[4], z[6]]);
            let [e, f, g, h] = four([z[1], z[3], z[5], z[7]]);
            // f·(1 − i)/√2 and h·(−1 − i)/√2.
            let f = Wide { re: (f.re + f.im) * r, im: (f.im - f.re) * r };
            let h = Wide { re: (h.im - h.re) * r, im: (h.re + h.im) * minus };
            (z[0], z[4]) = (a.plus(e), a.minus(e));
            (z[1], z[5]) = (b.plus(f), b.minus(f));
            (z[2], z[6]) = (c.minus_i(g), c.plus_i(g));
            (z[3], z[7]) = (d.plus(h), d.minus(h));
        }
        _ => odd::<R, S, T>(simd, z),
    }
}

#[inline(always)]
fn four<S: Simd, V: SimdFloat<S>>([a, b, c, d]: [Wide<V>; 4]) -> [Wide<V>; 4] {
    let (p, q, r, s) = (a.plus(c), a.minus(c), b.plus(d), b.minus(d));
    [p.plus(r), q.minus_i(s), p.minus(r), q.plus_i(s)]
}

/// An odd prime number of numbers: sums and differences of those that mirror each other go into the real and the
/// imaginary coefficients.
#[inline(always)]
fn odd<const R: usize, S: Simd, T: Float>(simd: S, z: &mut [Wide<T::Lanes<S>>; R]) {
    let half = R / 2;
    let splat = |x: f64| T::Lanes::<S>::simd_from(simd, T::of(x));
    let x = *z;
    for j in 1..=half {
        z[0] = z[0].plus(x[j]).plus(x[R - j]);
    }
    for k in 1..=half {
        let (c, s) = root(k, R);
        let (sum, difference) = (x[1].plus(x[R - 1]), x[1].minus(x[R - 1]));
        let c = splat(c);
        let mut u = Wide { re: sum.re.mul_add(c, x[0].re), im: sum.im.mul_add(c, x[0].im) };
        let mut v = Wide { re: difference.re * splat(s), im: difference.im * splat(s) };
        for j in 2..=half {
            let (c, s) = root(j * k, R);
            let (c, s) = (splat(c), splat(s));
            let (sum, difference) = (x[j].plus(x[R - j]), x[j].minus(x[R - j]));
            u = Wide { re: sum.re.mul_add(c, u.re), im: sum.im.mul_add(c, u.im) };
            v = Wide { re: difference.re.mul_add(s, v.re), im: difference.im.mul_add(s, v.im) };
        }
        z[k] = u.minus_i(v);
        z[R - k] = u.plus_i(v);
    }
}

/// Cosine and sine of `2π·k/n` of the radices that need them.
#[inline(always)]
fn root(k: usize, n: usize) -> (f64, f64) {
    let (k, sign) = if 2 * (k % n) > n { (n - k % n, -1.0) } else { (k % n, 1.0) };
    let (c, s) = match n {
        3 => THREE[k],
        5 => FIVE[k],
        7 => SEVEN[k],
        11 => ELEVEN[k],
        _ => THIRTEEN[k],
    };
    (c, sign * s)
}

const THREE: [(f64, f64); 2] = [(1.0, 0.0), (-0.5, 0.866_025_403_784_438_6)];
const FIVE: [(f64, f64); 3] = [
    (1.0, 0.0),
    (0.309_016_994_374_947_45, 0.951_056_516_295_153_5),
    (-0.809_016_994_374_947_5, 0.587_785_252_292_473_1),
];
const SEVEN: [(f64, f64); 4] = [
    (1.0, 0.0),
    (0.623_489_801_858_733_5, 0.781_831_482_468_029_8),
    (-0.222_520_933_956_314_4, 0.974_927_912_181_823_6),
    (-0.900_968_867_902_419_1, 0.433_883_739_117_558_1),
];
const ELEVEN: [(f64, f64); 6] = [
    (1.0, 0.0),
    (0.841_253_532_831_181_2, 0.540_640_817_455_597_6),
    (0.415_415_013_001_886_44, 0.909_631_995_354_518_3),
    (-0.142_314_838_273_285_14, 0.989_821_441_880_932_7),
    (-0.654_860_733_945_285_1, 0.755_749_574_354_258_3),
    (-0.959_492_973_614_497_4, 0.281_732_556_841_429_67),
];
const THIRTEEN: [(f64, f64); 7] = [
    (1.0, 0.0),
    (0.885_456_025_653_209_9, 0.464_723_172_043_768_56),
    (0.568_064_746_731_155_8, 0.822_983_865_893_656_4),
    (0.120_536_680_255_323_05, 0.992_708_874_098_054),
    (-0.354_604_887_042_535_6, 0.935_016_242_685_414_8),
    (-0.748_510_748_171_101_1, 0.663_122_658_240_795_2),
    (-0.970_941_817_426_052, 0.239_315_664_287_557_77),
];
