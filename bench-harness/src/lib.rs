//! Measure, decide, remember, report: the benchmark harness of gapwave. It knows nothing of gapwave's kernels.
//!
//! A [`Case`] is something to time and a way to check its result. The [`Executor`] warms it up to a plateau and times
//! it in sub-samples shorter than a scheduler's slice, of which each round keeps the shortest. [`run`] does so for a
//! list of cases and hands a [`Record`] of each to the reporters.
//!
//! ```
//! use gapwave_harness::{Case, Executor, Exit, Fingerprint, Settings, WallClock, report::JsonLines, run, work};
//!
//! let case = Case::new("sum", "1000 × u64", "cpu", || {
//!     let numbers: Vec<u64> = (0..1000).collect();
//!     let add = |(numbers, sum): &mut (Vec<u64>, u64)| {
//!         *sum = std::hint::black_box(&*numbers).iter().sum();
//!         Ok(())
//!     };
//!     Ok(work((numbers, 0), add, |(_, sum)| match *sum {
//!         499_500 => Ok(()),
//!         wrong => Err(format!("sum {wrong}, expected 499500")),
//!     }))
//! })
//! .elements(1000)
//! .bytes(8000);
//!
//! let mut lines = Vec::new();
//! let executor = Executor::new(WallClock::new(), Settings::quick());
//! let fingerprint = Fingerprint::of_this_machine("example", "1.0");
//! let summary = run(vec![case], &executor, &fingerprint, None, &mut [&mut JsonLines::new(&mut lines)])?;
//! assert_eq!(summary.exit(), Exit::Pass);
//! assert!(String::from_utf8(lines).unwrap().contains(r#""verified":true"#));
//! # Ok::<(), gapwave_harness::Error>(())
//! ```

mod canary;
mod case;
mod clock;
mod compare;
mod counts;
mod criterion;
mod error;
mod executor;
mod exit;
mod fingerprint;
mod history;
mod interleave;
mod measurement;
mod memory;
mod peaks;
mod record;
pub mod report;
mod run;
mod settings;
mod stats;
mod work;

pub use canary::cpu_canary;
pub use case::{Case, Label, Timing};
pub use clock::{Clock, CpuTime, ManualClock, WallClock};
pub use compare::{Comparison, Pair, Verdict, compare};
pub use counts::{COUNTS_SCHEMA, Counted, Counts, Drift, count, read_counts};
pub use criterion::import as import_criterion;
pub use error::{Error, Result};
pub use executor::Executor;
pub use exit::Exit;
pub use fingerprint::Fingerprint;
pub use history::{Entry, append, read_history};
pub use interleave::{Side, interleave};
pub use measurement::{Measurement, Round};
pub use memory::{Allocations, CountingAllocator, HostPeak, allocations_during, host_peak_during, resident_peak};
pub use peaks::{FlopPeak, Peak, Peaks, copy_bandwidth, fma_peak, last_level_cache};
pub use record::{Record, SCHEMA};
pub use run::{Summary, run};
pub use settings::Settings;
pub use stats::{median, min};
pub use work::{Fault, Took, Work, work};
