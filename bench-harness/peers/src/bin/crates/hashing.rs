//! ahash beside the standard library's SipHash, and dashmap beside a mutex around a map, on the keys that the GPU path
//! looks up: texts of shaders, and plans.

use crate::Question;
use gapwave::{DType, Meta};
use gapwave_harness::{Fault, Side, work};
use gapwave_kernels::{Kernel, fft::Rfft};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

const PIPELINES: usize = 50;
const PLANS: usize = 256;
/// Look-ups of each of two threads in one iteration.
const EACH: usize = 2000;

/// Texts of 2 to 20 KiB that begin alike, as those of one kernel do, and end differently.
fn texts() -> Vec<Arc<str>> {
    let line = "    let value = input[base + local_id.x * 4u]; workgroupBarrier();\n";
    let text = |i: usize| {
        let bytes = (2 << 10) + i * (18 << 10) / (PIPELINES - 1);
        let mut text: String = line.chars().cycle().take(bytes - 24).collect();
        text.push_str(&format!("const N: u32 = {i:>6}u;\n"));
        Arc::from(text)
    };
    (0..PIPELINES).map(text).collect()
}

/// The key of a prepared plan.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    id: &'static str,
    kernel: String,
    params: String,
    ins: Vec<Meta>,
    stays: bool,
}

fn key(i: usize) -> Key {
    let k = Rfft::default();
    let ins = vec![Meta::new(DType::F32, [i + 1, 1024])];
    Key { id: k.entry().id, kernel: format!("{k:?}"), params: k.params().to_string(), ins, stays: i.is_multiple_of(2) }
}

fn expect(sum: usize, expected: usize) -> Result<(), String> {
    if sum == expected { Ok(()) } else { Err(format!("sum {sum}, expected {expected}")) }
}

fn sum(n: usize) -> usize {
    n * (n - 1) / 2
}

fn by_text<H: BuildHasher + Default + 'static>(name: &str) -> Side<'static> {
    let keys = texts();
    let map: HashMap<Arc<str>, usize, H> = keys.iter().cloned().enumerate().map(|(i, k)| (k, i)).collect();
    // The program has a text of its own, not the map's.
    let asked: Vec<String> = keys.iter().map(|k| k.to_string()).collect();
    let run = move |total: &mut usize| -> Result<(), Fault> {
        *total = asked.iter().map(|k| map.get(k.as_str()).copied().unwrap_or(usize::MAX / 100)).sum();
        Ok(())
    };
    Side { name: name.into(), work: work(0, run, |total| expect(*total, sum(PIPELINES))) }
}

fn by_plan<H: BuildHasher + Default + 'static>(name: &str, make: bool) -> Side<'static> {
    let map: HashMap<Arc<Key>, usize, H> = (0..PLANS).map(|i| (Arc::new(key(i)), i)).collect();
    let asked: Vec<Key> = (0..PLANS).map(key).collect();
    let run = move |total: &mut usize| -> Result<(), Fault> {
        let value = |k: &Key| map.get(k).copied().unwrap_or(usize::MAX / 1000);
        *total = if make {
            (0..PLANS).map(|i| value(&key(std::hint::black_box(i)))).sum()
        } else {
            asked.iter().map(value).sum()
        };
        Ok(())
    };
    Side { name: name.into(), work: work(0, run, |total| expect(*total, sum(PLANS))) }
}

/// Two threads look pipelines up, each beginning elsewhere.
fn shared<M: Send + Sync + 'static>(
    name: &str,
    map: M,
    get: impl Fn(&M, &str) -> Option<Arc<usize>> + Send + Sync + 'static,
) -> Side<'static> {
    let asked: Vec<String> = texts().iter().map(|k| k.to_string()).collect();
    let run = move |total: &mut usize| -> Result<(), Fault> {
        let some = |start: usize| -> usize {
            let key = |i: usize| asked[(start + i) % PIPELINES].as_str();
            (0..EACH).map(|i| get(&map, key(i)).map_or(usize::MAX / 10_000, |v| *v)).sum()
        };
        let some = &some;
        *total = std::thread::scope(|s| {
            let other = s.spawn(move || some(PIPELINES / 2));
            some(0) + other.join().unwrap_or(usize::MAX / 10)
        });
        Ok(())
    };
    let expected = 2 * EACH / PIPELINES * sum(PIPELINES);
    Side { name: name.into(), work: work(0, run, move |total| expect(*total, expected)) }
}

type Map<H> = HashMap<Arc<str>, Arc<usize>, H>;

fn map<H: BuildHasher + Default>() -> Map<H> {
    texts().into_iter().enumerate().map(|(i, k)| (k, Arc::new(i))).collect()
}

fn dash<H: BuildHasher + Default + Clone>() -> dashmap::DashMap<Arc<str>, Arc<usize>, H> {
    let dash = dashmap::DashMap::with_hasher(H::default());
    map::<RandomState>().into_iter().for_each(|(k, v)| drop(dash.insert(k, v)));
    dash
}

pub(crate) fn questions() -> Vec<Question> {
    vec![
        Question {
            id: "hashing/text",
            shape: format!("{PIPELINES} look-ups by texts of 2 to 20 KiB"),
            elements: PIPELINES as u64,
            threads: 1,
            sides: vec![by_text::<RandomState>("std, SipHash"), by_text::<ahash::RandomState>("ahash")],
        },
        Question {
            id: "hashing/plan",
            shape: format!("{PLANS} look-ups by the key of a plan"),
            elements: PLANS as u64,
            threads: 1,
            sides: vec![by_plan::<RandomState>("std, SipHash", false), by_plan::<ahash::RandomState>("ahash", false)],
        },
        Question {
            id: "hashing/plan-made",
            shape: format!("{PLANS} keys of plans made and looked up, as every call does"),
            elements: PLANS as u64,
            threads: 1,
            sides: vec![by_plan::<RandomState>("std, SipHash", true), by_plan::<ahash::RandomState>("ahash", true)],
        },
        Question {
            id: "maps/pipelines",
            shape: format!("two threads, {EACH} look-ups each among {PIPELINES} texts"),
            elements: 2 * EACH as u64,
            threads: 2,
            sides: vec![
                shared("std::sync::Mutex<HashMap>", std::sync::Mutex::new(map::<RandomState>()), |m, k| {
                    m.lock().ok()?.get(k).cloned()
                }),
                shared("parking_lot::Mutex<HashMap>", parking_lot::Mutex::new(map::<RandomState>()), |m, k| {
                    m.lock().get(k).cloned()
                }),
                shared("parking_lot::Mutex<HashMap>, ahash", parking_lot::Mutex::new(map::<ahash::RandomState>()), {
                    |m: &parking_lot::Mutex<Map<ahash::RandomState>>, k| m.lock().get(k).cloned()
                }),
                shared("std::sync::RwLock<HashMap>", std::sync::RwLock::new(map::<RandomState>()), |m, k| {
                    m.read().ok()?.get(k).cloned()
                }),
                shared("DashMap", dash::<RandomState>(), |m, k| m.get(k).map(|v| v.clone())),
                shared("DashMap, ahash", dash::<ahash::RandomState>(), |m, k| m.get(k).map(|v| v.clone())),
            ],
        },
    ]
}
