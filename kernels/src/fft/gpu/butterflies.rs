//! Transforms of a few numbers in registers, as WGSL.
//!
//! Those of 2, 4 and 8 are written by hand in `fft/butterflies.wgsl`; the others are made here.

use super::super::oracle::root;
use std::fmt::Write as _;

/// Largest radix.
pub(super) const LARGEST: u32 = 16;

/// The two factors of a radix whose transform is made of smaller ones; primes have none.
fn factors(radix: u32) -> Option<(u32, u32)> {
    match radix {
        6 => Some((3, 2)),
        9 => Some((3, 3)),
        10 => Some((5, 2)),
        12 => Some((4, 3)),
        14 => Some((7, 2)),
        15 => Some((5, 3)),
        16 => Some((4, 4)),
        _ => None,
    }
}

/// The functions `dft3`, `dft5`, … that transforms of these radices call, beyond those written by hand.
pub(super) fn functions(radices: &[u32]) -> String {
    let mut needed: Vec<u32> = Vec::new();
    let mut add = |radix: u32| {
        if !matches!(radix, 1 | 2 | 4 | 8) && !needed.contains(&radix) {
            needed.push(radix);
        }
    };
    for &radix in radices {
        if let Some((a, b)) = factors(radix) {
            add(a);
            add(b);
        }
        add(radix);
    }
    needed.into_iter().map(|r| factors(r).map_or_else(|| prime(r), |(a, b)| composite(a, b))).collect()
}

/// The call that transforms these variables in place.
pub(super) fn call(names: &[String]) -> String {
    // A transform of one number is that number.
    if names.len() == 1 {
        return String::new();
    }
    let args: Vec<_> = names.iter().map(|n| format!("&{n}")).collect();
    format!("dft{}({});", names.len(), args.join(", "))
}

fn head(radix: u32) -> String {
    let params: Vec<_> = (0..radix).map(|i| format!("v{i}: ptr<function, vec2<f32>>")).collect();
    format!("\nfn dft{radix}({}) {{\n", params.join(", "))
}

/// Sums and differences of numbers that mirror each other, so that every product is with a real constant.
fn prime(radix: u32) -> String {
    let mut text = head(radix);
    let half = radix / 2;
    let w = |k: u32| root(k.into(), radix.into());
    let mut line = |s: String| writeln!(text, "    {s}").expect("a string");
    for k in 1..=half {
        line(format!("let t{k} = *v{k} + *v{};", radix - k));
        line(format!("let u{k} = *v{k} - *v{};", radix - k));
    }
    line("let x = *v0;".to_owned());
    let all: String = (1..=half).map(|k| format!(" + t{k}")).collect();
    line(format!("*v0 = x{all};"));
    for j in 1..=half {
        let cosines: String = (1..=half).map(|k| format!(" + ({:?}) * t{k}", w(j * k).re)).collect();
        let sines: Vec<_> = (1..=half).map(|k| format!("({:?}) * u{k}", -w(j * k).im)).collect();
        line(format!("let a{j} = x{cosines};"));
        line(format!("let b{j} = down({});", sines.join(" + ")));
        line(format!("*v{j} = a{j} + b{j};"));
        line(format!("*v{} = a{j} - b{j};", radix - j));
    }
    text + "}\n"
}

/// `b` transforms of `a` numbers, turns, `a` transforms of `b`: the two steps of Cooley and Tukey.
fn composite(a: u32, b: u32) -> String {
    let n = a * b;
    let mut text = head(n);
    let mut line = |s: String| writeln!(text, "    {s}").expect("a string");
    (0..n).for_each(|i| line(format!("var t{i} = *v{i};")));
    for j in 0..b {
        line(call(&(0..a).map(|k| format!("t{}", b * k + j)).collect::<Vec<_>>()));
    }
    for (k, j) in (1..a).flat_map(|k| (1..b).map(move |j| (k, j))) {
        let i = b * k + j;
        line(format!("t{i} = {};", turned(&format!("t{i}"), j * k, n)));
    }
    for k in 0..a {
        line(call(&(0..b).map(|j| format!("t{}", b * k + j)).collect::<Vec<_>>()));
    }
    for (k, j) in (0..a).flat_map(|k| (0..b).map(move |j| (k, j))) {
        line(format!("*v{} = t{};", k + a * j, b * k + j));
    }
    text + "}\n"
}

/// A variable times `exp(−2πi·e/n)`: quarters of a turn cost nothing.
fn turned(v: &str, e: u32, n: u32) -> String {
    match (4 * e).div_euclid(n) % 4 {
        quarter if (4 * e).is_multiple_of(n) => match quarter {
            0 => v.to_owned(),
            1 => format!("down({v})"),
            2 => format!("-{v}"),
            _ => format!("-down({v})"),
        },
        _ => {
            let w = root(e.into(), n.into());
            format!("cmul({v}, vec2<f32>({:?}, {:?}))", w.re, w.im)
        }
    }
}
