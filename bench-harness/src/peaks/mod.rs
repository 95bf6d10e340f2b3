//! What the machine can do at most, measured in the same process as what is compared with it.

mod bandwidth;
mod fma;

pub use bandwidth::{copy_bandwidth, last_level_cache};
pub use fma::fma_peak;

use serde::{Deserialize, Serialize};

/// A bandwidth that work cannot exceed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// What was measured, such as `copy, 2 threads`.
    pub name: String,
    /// Bytes read and written, in gigabytes (10⁹) per second.
    pub gb_s: f64,
    /// Work that moves fewer bytes than this may be served by a cache and exceed the peak.
    pub from_bytes: u64,
}

/// A rate of arithmetic that work cannot exceed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlopPeak {
    /// What was measured, such as `f32 multiply-add, 2 threads`.
    pub name: String,
    /// Thousand millions of floating-point operations per second; a multiply-add is two.
    pub gflop_s: f64,
}

/// The two edges of the roofline, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Peaks {
    /// Of moving bytes.
    pub memory: Option<Peak>,
    /// Of arithmetic.
    pub arithmetic: Option<FlopPeak>,
}

/// Shares above this are an error in the formula of the bytes or the operations.
const IMPOSSIBLE: f64 = 1.05;

impl Peak {
    /// The share of the peak that this bandwidth is.
    pub fn share(&self, gb_s: f64) -> f64 {
        gb_s / self.gb_s
    }

    /// Whether work that moves so many bytes cannot live in a cache, so that this peak bounds it.
    pub fn bounds(&self, bytes: u64) -> bool {
        bytes >= self.from_bytes
    }
}

impl Peaks {
    /// The higher of each.
    pub fn or_higher(self, other: Peaks) -> Peaks {
        let memory = match (self.memory, other.memory) {
            (Some(a), Some(b)) => Some(if b.gb_s > a.gb_s { b } else { a }),
            (a, b) => a.or(b),
        };
        let arithmetic = match (self.arithmetic, other.arithmetic) {
            (Some(a), Some(b)) => Some(if b.gflop_s > a.gflop_s { b } else { a }),
            (a, b) => a.or(b),
        };
        Peaks { memory, arithmetic }
    }

    /// What is wrong with a formula, where the share of a peak is more than there can be. `rotation` is the size of
    /// the inputs that take turns: together they, and not one of them, have to be larger than the caches.
    pub fn check(&self, bytes: u64, gb_s: f64, gflop_s: f64, rotation: u64) -> Option<String> {
        let over = |share: f64, name: &str, at: f64, unit: &str, what: &str| {
            (share > IMPOSSIBLE).then(|| {
                format!(
                    "{:.0} % of the peak ({name}, {at:.1} {unit}): the formula of the {what} counts too many",
                    share * 100.0
                )
            })
        };
        let memory = self.memory.as_ref().filter(|p| p.bounds(bytes.max(rotation)));
        memory.and_then(|p| over(p.share(gb_s), &p.name, p.gb_s, "GB/s", "bytes")).or_else(|| {
            let p = self.arithmetic.as_ref()?;
            over(gflop_s / p.gflop_s, &p.name, p.gflop_s, "Gflop/s", "operations")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_peak_is_an_error_unless_a_cache_may_serve_it() {
        let memory = Some(Peak { name: "copy".into(), gb_s: 10.0, from_bytes: 1000 });
        let arithmetic = Some(FlopPeak { name: "fma".into(), gflop_s: 100.0 });
        let peaks = Peaks { memory, arithmetic };
        assert_eq!(peaks.check(1000, 10.4, 0.0, 0), None);
        assert!(peaks.check(1000, 10.6, 0.0, 0).unwrap().starts_with("106 %"));
        assert_eq!(peaks.check(999, 50.0, 0.0, 0), None, "a cache");
        assert!(peaks.check(999, 50.0, 0.0, 1000).is_some(), "no cache: the inputs take turns");
        assert_eq!(peaks.check(1, 0.1, 104.0, 0), None);
        assert!(peaks.check(1, 0.1, 106.0, 0).unwrap().contains("operations"));
        assert_eq!(Peaks::default().check(1000, 1e9, 1e9, 1000), None);
    }
}
