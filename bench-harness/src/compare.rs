//! Two sets of measurements side by side. It describes; it does not judge.

use crate::{Entry, Fingerprint, Label, Record};
use serde::Serialize;

/// How two measurements of one case stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The spreads overlap.
    Same,
    /// B is faster by more than the spreads.
    Faster,
    /// B is slower by more than the spreads.
    Slower,
    /// One of the results was wrong, or its formula claims the impossible.
    Wrong,
}

/// One case, measured twice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// The measurement that is compared with.
    pub a: Record,
    /// The other one.
    pub b: Record,
    /// Time of A by time of B: above 1, B is faster.
    pub speedup: f64,
    /// How they stand to each other.
    pub verdict: Verdict,
}

/// Two sets of measurements side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What differs between the machines, builds and programs: name, A's, B's.
    pub fingerprints: Vec<(String, String, String)>,
    /// What both have.
    pub pairs: Vec<Pair>,
    /// What only A has.
    pub only_a: Vec<String>,
    /// What only B has.
    pub only_b: Vec<String>,
}

/// The last measurement of each case: later lines of a history stand for earlier ones.
fn latest(entries: &[Entry]) -> Vec<&Record> {
    let mut last: Vec<&Record> = Vec::new();
    for entry in entries {
        let Entry::Measured(r) = entry else { continue };
        match last.iter_mut().find(|l| l.label == r.label) {
            Some(l) => *l = r,
            None => last.push(r),
        }
    }
    last
}

/// Whether they are the same case at the same kind of place, perhaps on different machines.
fn same_place(a: &Label, b: &Label) -> bool {
    (&a.id, &a.shape, &a.place, a.timing) == (&b.id, &b.shape, &b.place, b.timing)
}

/// Puts two sets of measurements side by side: cases with the same label first; what is left, with the same id, shape
/// and kind of place, so that machines can be compared.
pub fn compare(a: &[Entry], b: &[Entry]) -> Comparison {
    let (a, b) = (latest(a), latest(b));
    let mut taken = vec![false; b.len()];
    let mut partner: Vec<Option<usize>> = vec![None; a.len()];
    for exact in [true, false] {
        for (i, ra) in a.iter().enumerate().filter(|(i, _)| partner[*i].is_none()).collect::<Vec<_>>() {
            let fits = |rb: &Record| if exact { rb.label == ra.label } else { same_place(&ra.label, &rb.label) };
            if let Some(j) = (0..b.len()).find(|&j| !taken[j] && fits(b[j])) {
                (taken[j], partner[i]) = (true, Some(j));
            }
        }
    }
    let pairs: Vec<Pair> = a.iter().zip(&partner).filter_map(|(ra, j)| Some(pair(ra, b[(*j)?]))).collect();
    let only = |all: &[&Record], has: &dyn Fn(usize) -> bool| -> Vec<String> {
        (0..all.len()).filter(|&i| !has(i)).map(|i| all[i].label.to_string()).collect()
    };
    Comparison {
        fingerprints: match (pairs.is_empty(), a.first(), b.first()) {
            (true, Some(a), Some(b)) => differences(&a.fingerprint, &b.fingerprint),
            _ => all_differences(&pairs),
        },
        only_a: only(&a, &|i| partner[i].is_some()),
        only_b: only(&b, &|j| taken[j]),
        pairs,
    }
}

fn pair(a: &Record, b: &Record) -> Pair {
    let wrong = |r: &Record| r.error.is_some();
    let verdict = if wrong(a) || wrong(b) {
        Verdict::Wrong
    } else if b.spread_ns[1] < a.spread_ns[0] {
        Verdict::Faster
    } else if b.spread_ns[0] > a.spread_ns[1] {
        Verdict::Slower
    } else {
        Verdict::Same
    };
    Pair { speedup: a.median_ns / b.median_ns, verdict, a: a.clone(), b: b.clone() }
}

/// What differs within any of the pairs; where it is not the same in all, every value once.
fn all_differences(pairs: &[Pair]) -> Vec<(String, String, String)> {
    let mut all: Vec<(String, Vec<String>, Vec<String>)> = Vec::new();
    let note = |values: &mut Vec<String>, value: String| {
        if !values.contains(&value) {
            values.push(value);
        }
    };
    for p in pairs {
        for (what, a, b) in differences(&p.a.fingerprint, &p.b.fingerprint) {
            let at = all.iter().position(|(w, ..)| *w == what).unwrap_or_else(|| {
                all.push((what, Vec::new(), Vec::new()));
                all.len() - 1
            });
            note(&mut all[at].1, a);
            note(&mut all[at].2, b);
        }
    }
    all.into_iter().map(|(what, a, b)| (what, a.join(", "), b.join(", "))).collect()
}

/// What differs between two fingerprints, in the order of their fields.
pub(crate) fn differences(a: &Fingerprint, b: &Fingerprint) -> Vec<(String, String, String)> {
    let fields = |f: &Fingerprint| -> Vec<(String, String)> {
        let text = |o: &Option<String>| o.clone().unwrap_or_else(|| "unknown".into());
        let mut all = vec![
            ("cpu".into(), text(&f.cpu)),
            ("cores".into(), f.cores.to_string()),
            ("load".into(), f.load.map_or_else(|| "unknown".into(), |l| format!("{l:.1}"))),
            ("governor".into(), text(&f.governor)),
            ("os".into(), f.os.clone()),
            ("rustc".into(), text(&f.rustc)),
            ("target".into(), text(&f.target)),
            ("opt_level".into(), text(&f.opt_level)),
            ("flags".into(), text(&f.flags)),
            ("program".into(), format!("{} {}", f.program, f.version)),
            ("commit".into(), text(&f.commit)),
        ];
        all.extend(f.extra.iter().map(|(k, v)| (k.clone(), v.clone())));
        all
    };
    let (a, b) = (fields(a), fields(b));
    let get = |all: &[(String, String)], key: &str| {
        all.iter().find(|(k, _)| k == key).map_or_else(|| "–".to_owned(), |(_, v)| v.clone())
    };
    let names = a.iter().chain(b.iter().filter(|(k, _)| a.iter().all(|(n, _)| n != k))).map(|(k, _)| k);
    names.map(|k| (k.clone(), get(&a, k), get(&b, k))).filter(|(_, a, b)| a != b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Measurement, Round, work};

    fn entry(id: &str, processor: &str, ns: [f64; 2], f: &Fingerprint) -> Entry {
        let case = Case::new(id, "10", processor, || Ok(work((), |()| Ok(()), |()| Ok(())))).place("gpu");
        let rounds = ns.map(|ns| Round { wall_ns: vec![ns], ..Round::default() }).to_vec();
        Entry::Measured(Box::new(Record::new(&case, Measurement { rounds, ..Measurement::default() }, f)))
    }

    #[test]
    fn cases_find_each_other_across_machines() {
        let here = Fingerprint::of_this_machine("t", "0").with("adapter", "mine");
        let there = Fingerprint { cores: here.cores + 14, ..here.clone().with("adapter", "H200") };
        let a = [
            entry("x", "mine", [500.0, 500.0], &here),
            entry("x", "mine", [100.0, 110.0], &here),
            entry("y", "mine", [100.0, 110.0], &here),
            entry("z", "mine", [1.0, 1.0], &here),
        ];
        let b = [
            entry("x", "H200", [50.0, 60.0], &there),
            entry("y", "H200", [105.0, 120.0], &there),
            entry("w", "H200", [1.0, 1.0], &there),
        ];
        let c = compare(&a, &b);
        let got: Vec<_> = c.pairs.iter().map(|p| (p.a.label.id.as_str(), p.verdict)).collect();
        assert_eq!(got, [("x", Verdict::Faster), ("y", Verdict::Same)]);
        assert!((c.pairs[0].speedup - 105.0 / 55.0).abs() < 1e-9, "the later line of a history counts");
        assert!(c.only_a.len() == 1 && c.only_a[0].starts_with("z") && c.only_b[0].starts_with("w"));
        let keys: Vec<_> = c.fingerprints.iter().map(|(k, ..)| k.as_str()).collect();
        assert_eq!(keys, ["cores", "adapter"]);
        assert!(matches!(compare(&b, &a).pairs[0].verdict, Verdict::Slower));
    }
}
