//! Elements that can be missing.

use fearless_simd::{Simd, SimdBase, SimdMask};
use gapwave_columns::{DType, Element};

/// `for_dtype!` over the types that are [`Cell`]s.
macro_rules! for_real {
    ($d:expr, $T:ident => $e:expr) => {
        match $d {
            gapwave_columns::DType::I8 => {
                type $T = i8;
                $e
            }
            gapwave_columns::DType::U8 => {
                type $T = u8;
                $e
            }
            gapwave_columns::DType::I16 => {
                type $T = i16;
                $e
            }
            gapwave_columns::DType::U16 => {
                type $T = u16;
                $e
            }
            gapwave_columns::DType::I32 => {
                type $T = i32;
                $e
            }
            gapwave_columns::DType::U32 => {
                type $T = u32;
                $e
            }
            gapwave_columns::DType::I64 => {
                type $T = i64;
                $e
            }
            gapwave_columns::DType::U64 => {
                type $T = u64;
                $e
            }
            gapwave_columns::DType::F32 => {
                type $T = f32;
                $e
            }
            gapwave_columns::DType::F64 => {
                type $T = f64;
                $e
            }
            d => unreachable!("{d} was refused by infer"),
        }
    };
}
pub(crate) use for_real;

/// An element of a series.
pub(crate) trait Cell: Element + Default + Copy {
    /// Its bits, in the low end.
    fn bits(self) -> u64;

    /// From bits as [`Cell::bits`] gives them.
    fn from_bits(bits: u64) -> Self;

    /// The sentinel in this type; `None` where there is none or it is NaN, which is missing anyway.
    fn sentinel(missing: Option<f64>) -> Option<Self>;

    /// Whether the value is neither NaN nor the sentinel.
    fn present(self, sentinel: Option<Self>) -> bool;

    /// [`Cell::present`] of 64 elements as bits, least significant first.
    fn present64<S: Simd>(simd: S, x: &[Self; 64], sentinel: Option<Self>) -> u64;
}

macro_rules! integers {
    ($($t:ident $u:ident),*) => {$(
        impl Cell for $t {
            #[inline(always)]
            fn bits(self) -> u64 {
                u64::from(self as $u)
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                bits as $u as $t
            }
            fn sentinel(missing: Option<f64>) -> Option<Self> {
                missing.map(|m| m as $t)
            }
            #[inline(always)]
            fn present(self, sentinel: Option<Self>) -> bool {
                sentinel != Some(self)
            }
            #[inline(always)]
            fn present64<S: Simd>(_: S, x: &[Self; 64], sentinel: Option<Self>) -> u64 {
                let Some(s) = sentinel else { return u64::MAX };
                x.iter().enumerate().fold(0, |m, (i, &v)| m | u64::from(v != s) << i)
            }
        }
    )*};
}
integers!(i8 u8, u8 u8, i16 u16, u16 u16, i32 u32, u32 u32, i64 u64, u64 u64);

macro_rules! floats {
    ($($t:ident $v:ident),*) => {$(
        impl Cell for $t {
            #[inline(always)]
            fn bits(self) -> u64 {
                u64::from(self.to_bits())
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                // Only the low bits were ever set.
                $t::from_bits(bits as _)
            }
            fn sentinel(missing: Option<f64>) -> Option<Self> {
                missing.filter(|m| !m.is_nan()).map(|m| m as $t)
            }
            #[inline(always)]
            fn present(self, sentinel: Option<Self>) -> bool {
                !self.is_nan() && sentinel != Some(self)
            }
            #[inline(always)]
            fn present64<S: Simd>(simd: S, x: &[Self; 64], sentinel: Option<Self>) -> u64 {
                let mut bits = 0u64;
                for (k, part) in x.chunks_exact(S::$v::LEN).enumerate() {
                    let v = S::$v::from_slice(simd, part);
                    // Equal to itself: not NaN.
                    let mut there = v.simd_eq(v);
                    if let Some(s) = sentinel {
                        there &= !v.simd_eq(S::$v::splat(simd, s));
                    }
                    bits |= there.to_bitmask() << (k * S::$v::LEN);
                }
                bits
            }
        }
    )*};
}
floats!(f32 f32s, f64 f64s);

/// Whether an integer type has the value `x`.
pub(crate) fn integer_holds(dtype: DType, x: f64) -> bool {
    macro_rules! holds {
        ($($d:ident $t:ident),*) => {
            match dtype {
                // The upper end is exclusive: MAX + 1 is a power of two and exact, MAX is not for 64 bits.
                $(DType::$d => x.fract() == 0.0 && x >= $t::MIN as f64 && x < $t::MAX as f64 + 1.0 && (x as $t) as f64 == x,)*
                _ => false,
            }
        };
    }
    holds!(I8 i8, U8 u8, I16 i16, U16 u16, I32 i32, U32 u32, I64 i64, U64 u64)
}

/// The sentinel's bits in this type, as the shaders compare them.
pub(crate) fn sentinel_bits(dtype: DType, missing: Option<f64>) -> Option<u64> {
    match dtype {
        DType::Complex64 | DType::Complex128 => None,
        d => for_real!(d, T => T::sentinel(missing).map(Cell::bits)),
    }
}
