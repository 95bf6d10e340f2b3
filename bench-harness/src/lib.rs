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
//! let summary = run(vec![case], &executor, &fingerprint, &mut [&mut JsonLines::new(&mut lines)])?;
//! assert_eq!(summary.exit(), Exit::Pass);
//! assert!(String::from_utf8(lines).unwrap().contains(r#""verified":true"#));
//! # Ok::<(), gapwave_harness::Error>(())
//! ```

mod bandwidth;
mod case;
mod clock;
mod error;
mod executor;
mod exit;
mod fingerprint;
mod record;
pub mod report;
mod run;

pub use bandwidth::{Peak, copy_bandwidth, last_level_cache};
pub use case::{Case, Fault, Label, Timing, Work, work};
pub use clock::{Clock, ManualClock, WallClock};
pub use error::{Error, Result};
pub use executor::{Executor, Measurement, Settings};
pub use exit::Exit;
pub use fingerprint::Fingerprint;
pub use record::{Record, SCHEMA};
pub use run::{Summary, run};
