//! What is kept of a measurement: one line of JSON.

use crate::{Case, Error, Fingerprint, Label, Measurement, Peak, Result};
use serde::{Deserialize, Serialize};

/// The version of [`Record`]'s fields. Fields may be added under the same version; it is raised when one changes its
/// meaning or goes.
pub const SCHEMA: u32 = 1;

/// A measurement with all that is needed to read it. Times are nanoseconds per iteration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`] of the version that wrote it.
    pub schema: u32,
    /// What was measured, where and how.
    #[serde(flatten)]
    pub label: Label,
    /// Elements handled by one iteration; 0 where that means nothing.
    pub elements: u64,
    /// Bytes that one iteration must move, read and written.
    pub bytes: u64,
    /// Floating-point operations of one iteration.
    pub flops: u64,
    /// The first iteration, whatever had to be compiled or touched for it included.
    pub cold_ns: f64,
    /// The shortest time.
    pub min_ns: f64,
    /// The median of the rounds' shortest times.
    pub median_ns: f64,
    /// Bytes by the median time, in gigabytes (10⁹) per second.
    pub gb_s: f64,
    /// Elements by the median time, in millions per second.
    pub melem_s: f64,
    /// Operations by the median time, in thousand millions per second.
    pub gflop_s: f64,
    /// The bandwidth it is compared with.
    pub peak: Option<Peak>,
    /// `gb_s` as a share of the peak, 1 being all of it.
    pub share: Option<f64>,
    /// Whether the result was compared with the expected one and agreed, after every round.
    pub verified: bool,
    /// What is wrong with the result or with the formula of the bytes.
    pub error: Option<String>,
    /// Whether the warm-up ended on a plateau.
    pub plateau: bool,
    /// Iterations of each sub-sample.
    pub iterations: u32,
    /// The raw sub-samples of each round.
    pub samples_ns: Vec<Vec<f64>>,
    /// The machine and the build.
    pub fingerprint: Fingerprint,
}

impl Record {
    /// The record of a case's measurement.
    pub fn new(case: &Case<'_>, m: Measurement, fingerprint: &Fingerprint) -> Self {
        let per = |amount: u64, ns: f64, scale: f64| if ns > 0.0 { amount as f64 / ns * scale } else { 0.0 };
        let (min_ns, median_ns) = (m.min_ns(), m.median_ns());
        let gb_s = per(case.bytes, median_ns, 1.0);
        let peak = case.peak.as_ref().filter(|_| case.bytes > 0);
        let verified = m.wrong.is_none();
        Record {
            schema: SCHEMA,
            label: case.label.clone(),
            elements: case.elements,
            bytes: case.bytes,
            flops: case.flops,
            cold_ns: m.cold_ns,
            min_ns,
            median_ns,
            gb_s,
            melem_s: per(case.elements, median_ns, 1e3),
            gflop_s: per(case.flops, median_ns, 1.0),
            peak: case.peak.clone(),
            share: peak.map(|p| p.share(gb_s)),
            verified,
            error: m.wrong.or_else(|| peak.and_then(|p| p.check(case.bytes, gb_s))),
            plateau: m.plateau,
            iterations: m.iterations,
            samples_ns: m.rounds.iter().map(|r| r.iter().map(|ns| (ns * 10.0).round() / 10.0).collect()).collect(),
            fingerprint: fingerprint.clone(),
        }
    }

    /// The record as one line of JSON, without the line's end.
    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// A record from a line of JSON.
    ///
    /// # Errors
    /// [`Error::Schema`] where another version wrote it, [`Error::Json`] where it is no record.
    pub fn from_json(line: &str) -> Result<Self> {
        let value: serde_json::Value = serde_json::from_str(line)?;
        match value.get("schema").and_then(serde_json::Value::as_u64) {
            Some(found) if found != u64::from(SCHEMA) => Err(Error::Schema { found }),
            _ => Ok(serde_json::from_value(value)?),
        }
    }
}
