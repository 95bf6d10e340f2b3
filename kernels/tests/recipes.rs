//! Transforms take the fewest passes over the data that a device's limits allow, counted here in another way, and planning
//! takes no time.

use gapwave_columns::{DType, Meta};
use gapwave_kernels::fft::stft::{Output, Stft};
use gapwave_kernels::fft::{Axes, C2c, Irfft, Recipe, Rfft};
use gapwave_kernels::{Caps, Kernel, Plan};
use std::time::Instant;

const CAPS: [fn() -> Caps; 3] = [Caps::discrete, Caps::llvmpipe, Caps::webgpu_minimum];

/// Complex numbers that a workgroup can hold, one part of them at a time in its memory and 16 in each invocation's
/// registers; and the longest transform of which it can hold four side by side.
fn capacity(caps: &Caps) -> (usize, usize) {
    let lanes = caps.invocations.min(caps.workgroup_x).min(1024) as usize;
    let all = (caps.workgroup_bytes as usize / 4).min(lanes * 16);
    (all, all / 4)
}

fn smooth(mut n: usize) -> bool {
    for p in [2, 3, 5, 7, 11, 13] {
        while n % p == 0 {
            n /= p;
        }
    }
    n == 1
}

/// Fewest factors of at most `most` whose product is `n`, by trying all divisors.
fn fewest_factors(n: usize, most: usize) -> usize {
    if n <= most {
        return 1;
    }
    (2..=most).filter(|d| n % d == 0).map(|d| 1 + fewest_factors(n / d, most)).min().expect("a smooth length")
}

fn fewest(n: usize, strided: bool, caps: &Caps) -> usize {
    let (alone, columns) = capacity(caps);
    if n <= if strided { columns } else { alone } { 1 } else { fewest_factors(n, columns).max(2) }
}

fn plan(k: &dyn Kernel, x: Meta, caps: &Caps) -> Plan {
    k.gpu(&[x], caps).expect("runs on the GPU").expect("a plan")
}

fn complex(shape: &[usize]) -> Meta {
    Meta::new(DType::Complex64, shape)
}

/// The least that passes can move, rounded to whole buffers.
fn padded(bytes: usize) -> u64 {
    bytes.max(16) as u64
}

#[test]
fn smooth_lengths_take_the_fewest_passes() {
    let (mut lengths, mut most) = (0, [0; 3]);
    let longer = (13..=24).map(|k| 1 << k).chain([44_100, 48_000, 100_000, 823_543, 1_000_000, 371_293, 5_764_801]);
    for n in (2..=4096).filter(|&n| smooth(n)).chain([4320, 6561, 7000, 8192, 10_000, 12_288, 15_625]).chain(longer) {
        for (i, caps) in CAPS.iter().enumerate() {
            let caps = caps();
            let batch = if n > 100_000 { 1 } else { 3 };
            let p = plan(&C2c::forward(), complex(&[batch, n]), &caps);
            let least = fewest(n, false, &caps);
            assert_eq!(p.dispatches(), least, "{n} on {caps:?}:\n{p}");
            assert_eq!(p.traffic(), 2 * least as u64 * padded(8 * n * batch), "{n}:\n{p}");
            assert_eq!(Recipe::of(n, 1, &caps).unwrap().dispatches(), least);
            assert_eq!(Recipe::of(n, 1, &caps).unwrap().bytes(), 16 * (least * n) as u64);
            // Twice as many real numbers: half the traffic a number, and nothing more to do.
            let p = plan(&Rfft::default(), Meta::new(DType::F32, [batch, 2 * n]), &caps);
            assert_eq!(p.dispatches(), least, "real {n}:\n{p}");
            let between = 2 * (least as u64 - 1) * padded(8 * n * batch);
            assert_eq!(p.traffic(), padded(8 * n * batch) + padded(8 * (n + 1) * batch) + between, "real {n}:\n{p}");
            let p = plan(&Irfft::default(), complex(&[batch, n + 1]), &caps);
            assert_eq!(
                (p.dispatches(), p.traffic()),
                (least, padded(8 * n * batch) + padded(8 * (n + 1) * batch) + between)
            );
            most[i] = most[i].max(if least == 1 { n } else { 0 });
        }
        lengths += 1;
    }
    assert!(lengths > 500, "{lengths}");
    assert_eq!(most, [12_288, 8192, 4096], "the longest in one pass, on each device");
    for (caps, two) in [(Caps::webgpu_minimum(), 20), (Caps::llvmpipe(), 22)] {
        assert_eq!(fewest(1 << two, false, &caps), 2);
        assert_eq!(fewest(1 << (two + 1), false, &caps), 3);
    }
}

#[test]
fn other_lengths_turn_back_without_going_through_memory() {
    for n in
        (2..3000).filter(|&n| !smooth(n)).step_by(5).chain([4099, 5003, 10_007, 65_537, 131_071, 746_497, 1_048_573])
    {
        for caps in CAPS {
            let caps = caps();
            let recipe = Recipe::of(n, 1, &caps).unwrap();
            let p = plan(&C2c::inverse(), complex(&[n]), &caps);
            // The shortest length in use that has room; a power of two would be up to twice as long.
            let least = [1usize, 3, 5, 7].iter().map(|f| f * (2 * n - 1).div_ceil(*f).next_power_of_two());
            let passes = least.clone().map(|m| fewest(m, false, &caps)).min().unwrap();
            let m = least.filter(|&m| fewest(m, false, &caps) == passes).min().unwrap();
            assert_eq!((recipe.m, recipe.dispatches()), (m, 2 * passes - 1), "{n}: {recipe}");
            assert_eq!(p.dispatches(), 2 * passes - 1, "{n}:\n{p}");
            assert_eq!(p.traffic(), 2 * padded(8 * n) + 4 * (passes as u64 - 1) * 8 * m as u64, "{n}:\n{p}");
            assert_eq!(recipe.bytes(), 16 * n as u64 + 32 * (passes as u64 - 1) * m as u64);
        }
    }
}

#[test]
fn axes_and_frames_take_one_pass_each() {
    for caps in CAPS {
        let caps = caps();
        for (shape, axes) in [
            (vec![64, 64], Axes::TWO),
            (vec![5, 400, 1000], Axes::TWO),
            (vec![32, 32, 32], Axes::THREE),
            (vec![512, 16], Axes::new(&[0]).unwrap()),
            (vec![4096, 16], Axes::new(&[0]).unwrap()),
        ] {
            let least: usize = axes
                .list()
                .iter()
                .map(|&a| {
                    let at = (shape.len() as i64 + i64::from(a)) as usize % shape.len();
                    fewest(shape[at], at + 1 < shape.len(), &caps)
                })
                .sum();
            let p = plan(&C2c::forward().axes(axes), complex(&shape), &caps);
            let bytes = 8 * shape.iter().product::<usize>() as u64;
            assert_eq!((p.dispatches(), p.traffic()), (least, 2 * least as u64 * bytes), "{shape:?} {axes:?}:\n{p}");
        }
        for (nperseg, hop) in [(400, 160), (1024, 256), (4096, 1024), (255, 100)] {
            let k = Stft { output: Output::Power, ..Stft::new(nperseg, hop) };
            let (n, frames) = (100_000, k.frames(100_000));
            let p = plan(&k, Meta::new(DType::F32, [n]), &caps);
            let written = padded(4 * frames * (nperseg / 2 + 1));
            assert_eq!((p.dispatches(), p.traffic()), (1, padded(4 * n) + written), "{nperseg}:\n{p}");
        }
    }
}

#[test]
fn the_number_of_transforms_is_not_in_the_shaders() {
    let caps = Caps::webgpu_minimum();
    for n in [400usize, 1009, 1 << 20] {
        let texts = |batch: usize| -> Vec<String> {
            let p = plan(&C2c::forward(), complex(&[batch, n]), &caps);
            let runs = p.steps.iter().filter_map(|s| match s {
                gapwave_kernels::plan::Step::Run { program, .. } => Some(program.wgsl.to_string()),
                _ => None,
            });
            runs.collect()
        };
        assert_eq!(texts(1), texts(7));
    }
    // Lengths of Bluestein's algorithm share theirs as well.
    let text = |n| format!("{:?}", plan(&C2c::forward(), complex(&[n]), &caps).steps[0]).contains("1009u");
    assert!(!text(1009));
}

#[test]
fn recipes_print() {
    let caps = Caps::webgpu_minimum();
    let show = |n, inner| Recipe::of(n, inner, &caps).unwrap().to_string();
    assert_eq!(show(4096, 1), "4096 = (16·16·16): 1 pass, 65536 bytes a transform");
    assert_eq!(show(65_536, 1), "65536 = (16·16) · (16·16): 2 passes, 2097152 bytes a transform");
    let bluestein = show(1009, 1);
    assert!(bluestein.starts_with("1009 by Bluestein's algorithm through 2048 = ("), "{bluestein}");
    assert!(Recipe::of(usize::MAX, 1, &caps).is_err() && Recipe::of((1 << 30) + 1, 1, &caps).is_err());
}

#[test]
fn planning_takes_no_time() {
    let caps = Caps::llvmpipe();
    // The least of some runs, because this machine does other things too.
    let time = |n: usize| {
        let start = Instant::now();
        let p = plan(&C2c::forward(), complex(&[1, n]), &caps);
        assert!(p.dispatches() > 0);
        start.elapsed().as_secs_f64() * 1e3
    };
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for n in [400, 4096, 8191, 44_100, 1 << 20, 1_000_000, 823_543] {
        cold.push(time(n));
        warm.push((0..5).map(|_| time(n)).fold(f64::INFINITY, f64::min));
    }
    println!("planning: first {cold:.2?} ms, again {warm:.3?} ms");
    assert!(cold.iter().all(|&ms| ms <= 50.0), "{cold:?}");
    assert!(warm.iter().all(|&ms| ms <= 1.0), "{warm:?}");
}
