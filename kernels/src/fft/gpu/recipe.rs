//! How a transform is cut into passes and stages: the plan of a plan, which can be printed and counted.

use super::super::kept::Kept;
use super::super::lengths::has_factors_to;
use super::butterflies;
use crate::{Caps, Error, Result};
use std::fmt;
use std::sync::Arc;

/// Largest prime factor that has a butterfly of its own; lengths with a larger one go through Bluestein's algorithm.
pub(crate) const LARGEST_PRIME: usize = 13;
/// Complex numbers that an invocation aims to hold in registers.
const HELD: u32 = 16;
/// Complex numbers of a workgroup where they could be any: 16 KiB, so that a multiprocessor has many workgroups to hide
/// its latencies with.
const USUAL: u32 = 2048;
/// Fewest neighbouring columns of a workgroup: four complex numbers are the 32 bytes that memory is read in.
const COLUMNS: u32 = 4;
/// What an exchange through workgroup memory costs, in numbers handled. Not measured on a device yet.
const EXCHANGE: u32 = 6;

/// What a workgroup does in one pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Numbers of a transform of this pass.
    pub r: u32,
    /// The radices of its stages; their product is `r`.
    pub radices: Vec<u32>,
    /// Transforms of a workgroup.
    pub columns: u32,
    /// Invocations of a workgroup.
    pub lanes: u32,
    /// Whether real and imaginary parts are exchanged one after the other, which halves the workgroup memory.
    pub split: bool,
    /// Whether neighbouring transforms are neighbours in memory; else the numbers of a transform are.
    pub by_column: bool,
}

impl Tile {
    /// Complex numbers of a workgroup.
    pub fn numbers(&self) -> u32 {
        self.r * self.columns
    }

    /// Bytes of workgroup memory.
    pub fn shared_bytes(&self) -> u32 {
        self.numbers().next_multiple_of(16) * if self.split { 4 } else { 8 }
    }
}

/// The passes of a transform of a length, for a device's limits. The number of transforms is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Complex numbers of a transform.
    pub n: usize,
    /// The length that is transformed: `n`, or what Bluestein's algorithm takes instead.
    pub m: usize,
    /// Distance of neighbours of a transform in memory; more than 1 along an axis that is not the last.
    pub inner: usize,
    /// The passes of one transform of length `m`.
    pub passes: Vec<Tile>,
}

/// What the passes of a device can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Complex numbers of a workgroup.
    pub whole: u32,
    /// The same where real and imaginary parts are exchanged one after the other.
    pub split: u32,
    /// Invocations of a workgroup.
    pub lanes: u32,
}

impl Room {
    /// What a device of these limits has.
    ///
    /// # Errors
    /// Where that is less than the 16 KiB and 256 invocations of WebGPU's minimum divided by four.
    pub fn of(caps: &Caps) -> Result<Room> {
        let lanes = caps.invocations.min(caps.workgroup_x).min(1024) / 32 * 32;
        let held = lanes * HELD;
        let room = Room { whole: held.min(caps.workgroup_bytes / 8), split: held.min(caps.workgroup_bytes / 4), lanes };
        if room.whole < 512 {
            let what = "a transform's workgroup memory".to_owned();
            return Err(Error::Limit { what, need: 512 * 8, have: u64::from(room.whole) * 8 });
        }
        Ok(Room { whole: room.whole / 16 * 16, split: room.split / 16 * 16, ..room })
    }
}

/// Recipes kept.
const KEPT: usize = 256;

impl Recipe {
    /// The passes for transforms of `n` complex numbers that are `inner` numbers apart. Recipes are kept.
    ///
    /// # Errors
    /// [`Error::Limit`] where the device has hardly any workgroup memory or `n` is beyond 2³⁰.
    pub fn of(n: usize, inner: usize, caps: &Caps) -> Result<Arc<Recipe>> {
        static RECIPES: Kept<(usize, usize, Room), Recipe> = Kept::new();
        if n > 1 << 30 {
            return Err(Error::Limit { what: "a transform's length".into(), need: n as u64, have: 1 << 30 });
        }
        let room = Room::of(caps)?;
        Ok(RECIPES.always((n, inner, room), KEPT, || Arc::new(make(n, inner, room))))
    }

    /// Whether the length goes through Bluestein's algorithm: a transform there, a product, and one back.
    pub fn bluestein(&self) -> bool {
        self.m != self.n
    }

    /// Times that memory is gone through: the last pass there and the first one back are one.
    pub fn dispatches(&self) -> usize {
        let passes = self.passes.len();
        if self.bluestein() { 2 * passes - 1 } else { passes }
    }

    /// Bytes read and written by a complex transform, tables aside.
    pub fn bytes(&self) -> u64 {
        let between = 2 * (self.dispatches() as u64 - 1) * self.m as u64;
        8 * (2 * self.n as u64 + between)
    }
}

impl fmt::Display for Recipe {
    /// For example `400 = (16·5·5): 1 pass, 6400 bytes a transform`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |all: &[u32]| all.iter().map(u32::to_string).collect::<Vec<_>>().join("·");
        let passes: Vec<_> = self.passes.iter().map(|t| format!("({})", join(&t.radices))).collect();
        let passes = passes.join(" · ");
        match self.bluestein() {
            false => write!(f, "{} = {passes}", self.n)?,
            true => write!(f, "{} by Bluestein's algorithm through {} = {passes}", self.n, self.m)?,
        }
        let count = self.dispatches();
        let plural = if count == 1 { "" } else { "es" };
        write!(f, ": {count} pass{plural}, {} bytes a transform", self.bytes())
    }
}

fn make(n: usize, inner: usize, room: Room) -> Recipe {
    let parts = |m: usize| factored(m, inner, room);
    let lengths = if has_factors_to(n.max(1), LARGEST_PRIME) { vec![n.max(1)] } else { padded(n) };
    // The fewest passes, then the fewest numbers.
    let m = *lengths.iter().min_by_key(|&&m| (parts(m).0.len(), m)).expect("a length at least");
    let (parts, split) = parts(m);
    let alone = parts.len() == 1;
    let passes = parts.iter().map(|&r| tile(r, !alone || inner > 1, split, room)).collect();
    Recipe { n, m, inner, passes }
}

/// Lengths with room for the differences of all indices: few enough that shaders are shared, at most a quarter longer
/// than needed.
fn padded(n: usize) -> Vec<usize> {
    let least = 2 * n - 1;
    [1usize, 3, 5, 7].iter().map(|f| f * least.div_ceil(*f).next_power_of_two()).collect()
}

/// The lengths of the passes of a transform of `m`: as few as possible, as even as possible; and whether that takes
/// exchanging real and imaginary parts one after the other.
fn factored(m: usize, inner: usize, room: Room) -> (Vec<u32>, bool) {
    let columns = if inner > 1 { COLUMNS } else { 1 };
    for (most, split) in [(room.whole, false), (room.split, true)] {
        if m <= (most / columns) as usize {
            return (vec![m as u32], split);
        }
    }
    for count in 2.. {
        for (most, split) in [(room.whole, false), (room.split, true)] {
            if let Some(parts) = parts(m, count, most / COLUMNS) {
                return (parts, split);
            }
        }
    }
    unreachable!("prime factors are at most 13")
}

/// `m` as a product of `count` factors of at most `most`, the largest as small as possible.
fn parts(m: usize, count: u32, most: u32) -> Option<Vec<u32>> {
    if count == 1 {
        return (m <= most as usize).then(|| vec![m as u32]);
    }
    // The first factor is the largest.
    let mut divisors = (2..=most).filter(|r| m.is_multiple_of(*r as usize));
    divisors.find_map(|r| Some([vec![r], parts(m / r as usize, count - 1, r)?].concat()))
}

/// The stages and the shape of a workgroup for transforms of `r` numbers.
fn tile(r: u32, by_column: bool, split: bool, room: Room) -> Tile {
    let most = if split { room.split } else { room.whole };
    let usual = most.min(USUAL).max(r);
    let columns: Vec<u32> = match by_column {
        // 32 bytes at a time at least, 128 where there is room.
        true => [16, 8, COLUMNS].into_iter().find(|c| c * r <= usual || *c == COLUMNS).into_iter().collect(),
        false => (1..=usual / r).rev().take_while(|c| 2 * c * r > usual || *c == usual / r).collect(),
    };
    let mut best: Option<(f64, Tile)> = None;
    for radices in factorings(r) {
        for &columns in &columns {
            let numbers = r * columns;
            for lanes in (1..=room.lanes / 32).map(|l| 32 * l) {
                // More registers than that are taken only where there are no more invocations.
                let held = radices.iter().map(|&q| (numbers / q).div_ceil(lanes) * q).max().unwrap_or(1);
                if held > HELD && lanes < room.lanes {
                    continue;
                }
                let work: u32 = radices.iter().map(|&q| (numbers / q).div_ceil(lanes) * q + EXCHANGE).sum();
                let cost = f64::from(work) * f64::from(lanes) / f64::from(numbers);
                if best.as_ref().is_none_or(|(c, _)| cost < *c) {
                    best = Some((cost, Tile { r, radices: radices.clone(), columns, lanes, split, by_column }));
                }
                break;
            }
        }
    }
    best.expect("a smooth length has stages").1
}

/// All ways to write `r` as a product of radices, largest first, in the fewest factors or one more.
fn factorings(r: u32) -> Vec<Vec<u32>> {
    fn extend(r: u32, most: u32, sofar: &mut Vec<u32>, all: &mut Vec<Vec<u32>>) {
        if r == 1 {
            all.push(sofar.clone());
        }
        for radix in (2..=most.min(r)).rev().filter(|q| r.is_multiple_of(*q)) {
            sofar.push(radix);
            extend(r / radix, radix, sofar, all);
            sofar.pop();
        }
    }
    if r == 1 {
        return vec![vec![1]];
    }
    let mut all = Vec::new();
    extend(r, butterflies::LARGEST, &mut Vec::new(), &mut all);
    let fewest = all.iter().map(Vec::len).min().unwrap_or(0);
    all.retain(|f| f.len() <= fewest + 1);
    all
}
