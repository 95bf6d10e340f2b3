//! How far from the oracle a result may be.

use gapwave_columns::{Array, Complex32, Complex64, DType, for_dtype};

/// How far from the oracle a result may be. Validity must always agree; values under missing bits are not compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// The same bits.
    Exact,
    /// Each element `a` of an expected `b`: `|a − b| ≤ abs + rel·|b|`; NaN meets NaN, infinities their like.
    Near {
        /// Relative part.
        rel: f64,
        /// Absolute part.
        abs: f64,
    },
    /// Per row of the last axis: `‖a − b‖₂ ≤ l2·‖b‖₂` and `max|a − b| ≤ linf·max|b|`. Rows in which the expected
    /// values are not finite are skipped.
    Norm {
        /// Relative bound in the Euclidean norm.
        l2: f64,
        /// Relative bound in the maximum norm.
        linf: f64,
    },
    /// The same for blocks of the last `axes` axes, where results depend on all of a block.
    Block {
        /// Axes of a block.
        axes: usize,
        /// Relative bound in the Euclidean norm.
        l2: f64,
        /// Relative bound in the maximum norm.
        linf: f64,
    },
}

/// How far apart two arrays are, as [`Tolerance::Norm`] counts: the worst row's relative L2 and L∞.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Distance {
    /// Worst relative Euclidean distance of a row (or block).
    pub l2: f64,
    /// Worst relative maximum distance of a row.
    pub linf: f64,
}

impl Tolerance {
    /// Compares a result with the oracle's; the error names the first or worst element.
    pub fn compare(&self, got: &Array, want: &Array) -> Result<(), String> {
        if got.shape() != want.shape() {
            return Err(format!("shape {:?}, expected {:?}", got.shape(), want.shape()));
        }
        let valid = |a: &Array, i: usize| a.valid().is_none_or(|v| v.get(i));
        let differs = (got.valid().is_some() || want.valid().is_some())
            .then(|| (0..got.len()).find(|&i| valid(got, i) != valid(want, i)))
            .flatten();
        if let Some(i) = differs {
            return Err(format!(
                "element {i} is {}, expected the opposite",
                if valid(got, i) { "there" } else { "missing" }
            ));
        }
        match *self {
            Tolerance::Exact => {
                let want = cast(want, got.dtype())?;
                let size = got.dtype().size();
                let pairs = got.bytes().chunks_exact(size).zip(want.bytes().chunks_exact(size));
                for (i, (a, b)) in pairs.enumerate() {
                    if a != b && valid(got, i) {
                        return Err(format!(
                            "element {i} is {}, expected {} (to the bit)",
                            show(got, i),
                            show(&want, i)
                        ));
                    }
                }
                Ok(())
            }
            Tolerance::Near { rel, abs } => {
                let (a, b) = (complex(got), complex(want));
                for (i, (a, b)) in a.iter().zip(&b).enumerate() {
                    let near =
                        |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= abs + rel * b.abs();
                    if valid(got, i) && !(near(a.re, b.re) && near(a.im, b.im)) {
                        return Err(format!(
                            "element {i} is {}, expected {} ± {abs:e} ± {rel:e}·|expected|",
                            show(got, i),
                            show(want, i)
                        ));
                    }
                }
                Ok(())
            }
            Tolerance::Norm { l2, linf } | Tolerance::Block { l2, linf, .. } => {
                let axes = if let Tolerance::Block { axes, .. } = *self { axes } else { 1 };
                let d = Distance::over(got, want, axes);
                if d.l2 <= l2 && d.linf <= linf {
                    Ok(())
                } else {
                    Err(format!(
                        "relative L2 {:.3e} (allowed {l2:.3e}), relative L∞ {:.3e} (allowed {linf:.3e})",
                        d.l2, d.linf
                    ))
                }
            }
        }
    }
}

impl Distance {
    /// The distance between two arrays of one shape, row by row of the last axis.
    pub fn between(got: &Array, want: &Array) -> Distance {
        Distance::over(got, want, 1)
    }

    /// The distance between two arrays of one shape, block by block of the last `axes` axes.
    pub fn over(got: &Array, want: &Array, axes: usize) -> Distance {
        let row = want.shape().iter().rev().take(axes.max(1)).product::<usize>().max(1);
        let (a, b) = (complex(got), complex(want));
        let mut worst = Distance::default();
        for (a, b) in a.chunks(row).zip(b.chunks(row)) {
            if b.iter().any(|z| !z.is_finite()) {
                continue;
            }
            let (mut d2, mut b2, mut dm, mut bm) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
            for (x, y) in a.iter().zip(b) {
                let d = (x - y).norm_sqr();
                // A NaN where a number was expected is as far away as can be.
                let d = if d.is_nan() { f64::INFINITY } else { d };
                d2 += d;
                b2 += y.norm_sqr();
                dm = dm.max(d.sqrt());
                bm = bm.max(y.norm());
            }
            let ratio = |d: f64, b: f64| if d == 0.0 { 0.0 } else { d / b };
            worst.l2 = worst.l2.max(ratio(d2.sqrt(), b2.sqrt()));
            worst.linf = worst.linf.max(ratio(dm, bm));
        }
        worst
    }
}

fn complex(a: &Array) -> Vec<Complex64> {
    let b = a.bytes();
    match a.dtype() {
        DType::Complex64 => {
            bytemuck::cast_slice::<u8, Complex32>(b).iter().map(|z| Complex64::new(z.re.into(), z.im.into())).collect()
        }
        DType::Complex128 => bytemuck::cast_slice::<u8, Complex64>(b).to_vec(),
        _ => real(a).into_iter().map(|x| Complex64::new(x, 0.0)).collect(),
    }
}

/// The elements as f64; 64-bit integers beyond 2⁵³ are rounded. Panics on complex numbers.
pub fn real(a: &Array) -> Vec<f64> {
    macro_rules! go {
        ($($d:ident $t:ty),*) => {
            match a.dtype() {
                $(DType::$d => bytemuck::cast_slice::<u8, $t>(a.bytes()).iter().map(|&x| x as f64).collect(),)*
                d => panic!("{d} is not real"),
            }
        };
    }
    go!(I8 i8, U8 u8, I16 i16, U16 u16, I32 i32, U32 u32, I64 i64, U64 u64, F32 f32, F64 f64)
}

fn cast(a: &Array, to: DType) -> Result<Array, String> {
    if a.dtype() == to {
        return Ok(a.clone());
    }
    let out = match (a.dtype(), to) {
        (DType::F64, DType::F32) => Array::from(real(a).into_iter().map(|x| x as f32).collect::<Vec<_>>()),
        (DType::Complex128, DType::Complex64) => {
            Array::from(complex(a).into_iter().map(|z| Complex32::new(z.re as f32, z.im as f32)).collect::<Vec<_>>())
        }
        (have, _) => return Err(format!("type {to}, expected {have}")),
    };
    out.reshape(a.shape().to_vec()).map_err(|e| e.to_string())
}

fn show(a: &Array, i: usize) -> String {
    for_dtype!(a.dtype(), T => format!("{:?}", bytemuck::cast_slice::<u8, T>(a.bytes())[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gapwave_columns::Bitmap;

    #[test]
    fn what_is_wrong_is_found() {
        let a = Array::from(vec![1.0f32, 2.0, f32::NAN]);
        let b = Array::from(vec![1.0f64, 2.0 + 1e-7, f64::NAN]);
        assert!(Tolerance::Exact.compare(&a, &a).is_ok());
        assert!(Tolerance::Near { rel: 1e-6, abs: 0.0 }.compare(&a, &b).is_ok());
        assert!(Tolerance::Near { rel: 1e-9, abs: 0.0 }.compare(&a, &b).is_err());
        let m = a.clone().with_valid(Bitmap::from_fn(3, |i| i != 0)).unwrap();
        assert!(Tolerance::Exact.compare(&m, &a).is_err(), "validity counts");
        let c = Array::from(vec![0.0f32, f32::NAN]);
        let d = Array::from(vec![0.0f64, 1.0]);
        assert!(Tolerance::Norm { l2: 1.0, linf: 1.0 }.compare(&c, &d).is_err(), "NaN is no number");
    }
}
