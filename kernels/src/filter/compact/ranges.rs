//! Ranges as they are written, and as the column they name sees them.

use super::refused;
use crate::Result;
use gapwave_columns::{DType, Meta};
use serde::{Deserialize, Serialize};

/// A range of one column.
///
/// A missing bound leaves that side open. As a table: `{ column = 1, lower = 160, upper = 479 }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Number of the column among the inputs.
    pub column: usize,
    /// Least value in the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<Bound>,
    /// Greatest value in the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<Bound>,
    /// Whether values in the range are dropped instead of kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
}

/// A bound: whole numbers stay whole, so that 64-bit integers are exact.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// A whole number.
    Int(i64),
    /// A number, not NaN.
    Float(f64),
}

impl From<i64> for Bound {
    fn from(v: i64) -> Self {
        Bound::Int(v)
    }
}

impl From<f64> for Bound {
    fn from(v: f64) -> Self {
        Bound::Float(v)
    }
}

impl Range {
    /// Values from `lower` to `upper`, both included.
    pub fn new(column: usize, lower: impl Into<Bound>, upper: impl Into<Bound>) -> Self {
        Range { column, lower: Some(lower.into()), upper: Some(upper.into()), not: false }
    }

    /// Values of `lower` and more.
    pub fn at_least(column: usize, lower: impl Into<Bound>) -> Self {
        Range { column, lower: Some(lower.into()), upper: None, not: false }
    }

    /// Values of `upper` and less.
    pub fn at_most(column: usize, upper: impl Into<Bound>) -> Self {
        Range { column, lower: None, upper: Some(upper.into()), not: false }
    }

    /// The opposite: values outside. Missing values and NaN stay rejected.
    pub fn outside(mut self) -> Self {
        self.not = !self.not;
        self
    }
}

/// Both bounds in the column's own terms. No value lies in a range whose `lo` is above its `hi`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limits {
    Int {
        lo: i64,
        hi: i64,
    },
    UInt {
        lo: u64,
        hi: u64,
    },
    /// For `f32` columns both are numbers that `f32` has. A zero `lo` is −0 and a zero `hi` is +0, so that the
    /// order of the bits agrees with the order of the values.
    Float {
        lo: f64,
        hi: f64,
    },
}

/// A range with its bounds in the column's type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Test {
    pub(super) column: usize,
    pub(super) dtype: DType,
    pub(super) limits: Limits,
    pub(super) not: bool,
}

/// The ranges as the columns see them: bounds rounded inwards to values that the type has.
pub(super) fn tests(keep: &[Range], ins: &[Meta]) -> Result<Vec<Test>> {
    keep.iter()
        .map(|r| {
            let Some(m) = ins.get(r.column) else {
                return Err(refused(format!("a range of column {}, there are {} columns", r.column, ins.len())));
            };
            let limits = limits(r, m.dtype)?;
            Ok(Test { column: r.column, dtype: m.dtype, limits, not: r.not })
        })
        .collect()
}

fn limits(r: &Range, dtype: DType) -> Result<Limits> {
    let nan = |b: &Option<Bound>| matches!(b, Some(Bound::Float(f)) if f.is_nan());
    if nan(&r.lower) || nan(&r.upper) {
        return Err(refused(format!("a bound of the range of column {} is NaN", r.column)));
    }
    let int = |min: i128, max: i128| {
        // A float cast to an integer saturates, and every type's range lies far within i128.
        let lo = r.lower.map_or(min, |b| match b {
            Bound::Int(i) => i.into(),
            Bound::Float(f) => f.ceil() as i128,
        });
        let hi = r.upper.map_or(max, |b| match b {
            Bound::Int(i) => i.into(),
            Bound::Float(f) => f.floor() as i128,
        });
        if lo > hi || lo > max || hi < min { (max, min) } else { (lo.max(min), hi.min(max)) }
    };
    macro_rules! signed {
        ($t:ty) => {{
            let (lo, hi) = int(<$t>::MIN.into(), <$t>::MAX.into());
            Limits::Int { lo: lo as i64, hi: hi as i64 }
        }};
    }
    macro_rules! unsigned {
        ($t:ty) => {{
            let (lo, hi) = int(0, <$t>::MAX.into());
            Limits::UInt { lo: lo as u64, hi: hi as u64 }
        }};
    }
    macro_rules! float {
        ($t:ty) => {{
            let lo = r.lower.map_or(<$t>::NEG_INFINITY, |b| match b {
                Bound::Int(i) => Some(i as $t).filter(|&f| f as i128 >= i.into()).unwrap_or((i as $t).next_up()),
                Bound::Float(f) => Some(f as $t).filter(|&x| f64::from(x) >= f).unwrap_or((f as $t).next_up()),
            });
            let hi = r.upper.map_or(<$t>::INFINITY, |b| match b {
                Bound::Int(i) => Some(i as $t).filter(|&f| f as i128 <= i.into()).unwrap_or((i as $t).next_down()),
                Bound::Float(f) => Some(f as $t).filter(|&x| f64::from(x) <= f).unwrap_or((f as $t).next_down()),
            });
            let lo = if lo == 0.0 { -0.0 } else { lo };
            let hi = if hi == 0.0 { 0.0 } else { hi };
            Limits::Float { lo: lo.into(), hi: hi.into() }
        }};
    }
    Ok(match dtype {
        DType::I8 => signed!(i8),
        DType::I16 => signed!(i16),
        DType::I32 => signed!(i32),
        DType::I64 => signed!(i64),
        DType::U8 => unsigned!(u8),
        DType::U16 => unsigned!(u16),
        DType::U32 => unsigned!(u32),
        DType::U64 => unsigned!(u64),
        DType::F32 => float!(f32),
        DType::F64 => float!(f64),
        other => return Err(refused(format!("column {} is {other}, which has no order", r.column))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(r: Range, d: DType) -> Limits {
        limits(&r, d).unwrap()
    }

    #[test]
    fn bounds_are_rounded_inwards() {
        assert_eq!(seen(Range::new(0, 1.5, 3.5), DType::I16), Limits::Int { lo: 2, hi: 3 });
        assert_eq!(seen(Range::new(0, -1e30, 1e30), DType::I8), Limits::Int { lo: -128, hi: 127 });
        assert_eq!(seen(Range::at_least(0, 300), DType::U8), Limits::UInt { lo: 255, hi: 0 });
        assert_eq!(seen(Range::at_most(0, f64::NEG_INFINITY), DType::I64), Limits::Int { lo: i64::MAX, hi: i64::MIN });
        assert_eq!(seen(Range::at_least(0, -5), DType::U64), Limits::UInt { lo: 0, hi: u64::MAX });
        let i = (1i64 << 53) + 1;
        let two53 = (1i64 << 53) as f64;
        assert_eq!(seen(Range::new(0, i, i), DType::F64), Limits::Float { lo: two53 + 2.0, hi: two53 });
        assert_eq!(
            seen(Range::new(0, i64::MAX, i64::MIN), DType::F64),
            Limits::Float { lo: 2f64.powi(63), hi: -2f64.powi(63) }
        );
        let tenth = f64::from(0.1f32);
        assert_eq!(
            seen(Range::new(0, 0.1, 0.1), DType::F32),
            Limits::Float { lo: tenth, hi: f64::from(0.1f32.next_down()) }
        );
        assert_eq!(
            seen(Range::new(0, -1e300, 1e300), DType::F32),
            Limits::Float { lo: f32::MIN.into(), hi: f32::MAX.into() }
        );
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert!(limits(&Range::at_least(0, f64::NAN), DType::F64).is_err());
        assert!(limits(&Range::at_least(0, 1), DType::Complex64).is_err());
        assert!(tests(&[Range::at_least(1, 1)], &[Meta::new(DType::I8, [3])]).is_err());
    }
}
