//! The numbers of a window in order, while it slides.
//!
//! A vector's lanes are as many stretches of the signal, so that what happens to one window happens to all: the new number
//! goes to its place by minima and maxima, and from the old one on everything moves down. That takes as many steps as the
//! window has numbers, with no branch.

use super::sample::Sample;
use fearless_simd::{Select, Simd, SimdBase, SimdFloat, SimdFrom};

/// Windows up to this size are held in registers.
pub(super) const REGISTERS: usize = 11;

/// What is taken from a window.
pub(super) trait Pick {
    /// From its numbers in order and the one in its middle.
    fn pick<S: Simd, T: Sample>(&self, simd: S, sorted: &[T::Vector<S>], middle: T::Vector<S>) -> T::Vector<S>;
}

/// What `pick` takes from each window of `size` of `x`, which has no NaN, into `y`; zeros count as positive.
#[inline(always)]
pub(super) fn slide<S: Simd, T: Sample>(simd: S, size: usize, pick: &impl Pick, x: &[T], y: &mut [T]) {
    let lanes = T::Vector::<S>::LEN;
    let zero = T::of(0.0);
    // The stretches beside each other: row i has number i of each.
    let steps = y.len().div_ceil(lanes);
    let mut field = vec![zero; (steps + size - 1) * lanes];
    for lane in 0..lanes {
        let x = x.get(lane * steps..).unwrap_or(&[]);
        field[lane..].iter_mut().step_by(lanes).zip(x).for_each(|(to, &x)| *to = x + zero);
    }
    let mut made = vec![zero; steps * lanes];
    match size {
        1 => windows::<S, T, [_; 2]>(simd, size, pick, &field, &mut made),
        3 => windows::<S, T, [_; 4]>(simd, size, pick, &field, &mut made),
        5 => windows::<S, T, [_; 6]>(simd, size, pick, &field, &mut made),
        7 => windows::<S, T, [_; 8]>(simd, size, pick, &field, &mut made),
        9 => windows::<S, T, [_; 10]>(simd, size, pick, &field, &mut made),
        11 => windows::<S, T, [_; REGISTERS + 1]>(simd, size, pick, &field, &mut made),
        _ => windows::<S, T, Vec<_>>(simd, size, pick, &field, &mut made),
    }
    for (lane, y) in y.chunks_mut(steps).enumerate() {
        y.iter_mut().zip(made[lane..].iter().step_by(lanes)).for_each(|(y, &made)| *y = made);
    }
}

/// Memory for a window in order and one number above all: an array in registers, or a vector.
trait Room<V>: AsMut<[V]> {
    fn filled(v: V, len: usize) -> Self;
}

impl<V: Copy, const N: usize> Room<V> for [V; N] {
    #[inline(always)]
    fn filled(v: V, _: usize) -> Self {
        [v; N]
    }
}

impl<V: Copy> Room<V> for Vec<V> {
    #[inline(always)]
    fn filled(v: V, len: usize) -> Self {
        vec![v; len]
    }
}

#[inline(always)]
fn windows<S: Simd, T: Sample, R: Room<T::Vector<S>>>(
    simd: S,
    size: usize,
    pick: &impl Pick,
    field: &[T],
    made: &mut [T],
) {
    let lanes = T::Vector::<S>::LEN;
    let splat = |v: f64| T::Vector::<S>::simd_from(simd, T::of(v));
    let load = |row: usize| T::Vector::<S>::from_slice(simd, &field[row * lanes..][..lanes]);
    let below = splat(f64::NEG_INFINITY);
    let mut room = R::filled(below, size + 1);
    let sorted = room.as_mut();
    let top = sorted.len() - 1;
    sorted[top] = splat(f64::INFINITY);
    // Until the window is full, what leaves it is below everything.
    for row in 0..size - 1 {
        replace(sorted, below, load(row));
    }
    for (i, made) in made.chunks_exact_mut(lanes).enumerate() {
        let old = if i == 0 { below } else { load(i - 1) };
        replace(sorted, old, load(i + size - 1));
        pick.pick::<S, T>(simd, &sorted[..top], load(i + size / 2)).store_slice(made);
    }
}

/// `new` in place of `old` in numbers in order, the last of which is above all.
#[inline(always)]
fn replace<S: Simd, V: SimdFloat<S>>(sorted: &mut [V], old: V, new: V) {
    let mut here = sorted[0];
    // With the new number there is one more: number j of those, and the next.
    let mut with = here.min(new);
    for j in 0..sorted.len() - 1 {
        let above = sorted[j + 1];
        let next = here.max(above.min(new));
        sorted[j] = with.simd_lt(old).select(with, next);
        (here, with) = (above, next);
    }
}

/// `make` for what has no NaN; a window with a NaN in it gives NaN.
#[inline(always)]
pub(super) fn with_nan<T: Sample>(size: usize, x: &[T], y: &mut [T], make: impl Fn(&[T], &mut [T])) {
    let nan = |x: &T| x.wide().is_nan();
    if !x.iter().any(nan) {
        return make(x, y);
    }
    let clean: Vec<T> = x.iter().map(|x| if nan(x) { T::of(0.0) } else { *x }).collect();
    make(&clean, y);
    for i in (0..x.len()).filter(|&i| nan(&x[i])) {
        let until = (i + 1).min(y.len());
        y[(i + 1).saturating_sub(size).min(until)..until].fill(T::of(f64::NAN));
    }
}
