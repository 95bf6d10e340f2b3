//! What is kept of a measurement: one line of JSON.

use crate::{Case, Counts, Error, Fingerprint, FlopPeak, HostPeak, Label, Measurement, Peak, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of [`Record`]'s fields. Fields may be added under the same version; it is raised when one changes its
/// meaning or goes.
pub const SCHEMA: u32 = 2;

/// A measurement with all that is needed to read it. Times are nanoseconds per iteration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`] of the version that wrote it.
    pub schema: u32,
    /// What was measured, where and how.
    #[serde(flatten)]
    pub label: Label,
    /// When, in seconds since 1970.
    #[serde(default)]
    pub unix_s: u64,
    /// Elements handled by one iteration; 0 where that means nothing.
    pub elements: u64,
    /// Bytes that one iteration must move, read and written.
    pub bytes: u64,
    /// Floating-point operations of one iteration.
    pub flops: u64,
    /// The first iteration, whatever had to be compiled or touched for it included.
    pub cold_ns: f64,
    /// What of the first iteration later ones need not do: `plan`, `compile`.
    #[serde(default)]
    pub cold_parts_ns: BTreeMap<String, f64>,
    /// The shortest time.
    pub min_ns: f64,
    /// The median of the rounds' shortest times.
    pub median_ns: f64,
    /// The least and the largest of the rounds' shortest times.
    pub spread_ns: [f64; 2],
    /// The clock that the times are by: `wall`, `timestamps` (a device's), `process` (another process's).
    pub clock: String,
    /// Why another clock was not believed.
    #[serde(default)]
    pub clock_rejected: Option<String>,
    /// Wall time where another clock counts: median of the rounds' shortest.
    #[serde(default)]
    pub wall_ns: Option<f64>,
    /// Time of the calling thread's core.
    #[serde(default)]
    pub thread_ns: Option<f64>,
    /// Time of all cores spent on the process.
    #[serde(default)]
    pub process_ns: Option<f64>,
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
    /// The rate of arithmetic it is compared with.
    #[serde(default)]
    pub flop_peak: Option<FlopPeak>,
    /// `gflop_s` as a share of that.
    #[serde(default)]
    pub flop_share: Option<f64>,
    /// Bytes of all copies of the inputs that take turns; 0 where there is only one.
    #[serde(default)]
    pub rotation_bytes: u64,
    /// Host memory that the first iteration needed.
    #[serde(default)]
    pub host_peak: Option<HostPeak>,
    /// What was counted in the last pass, peaks of the device's memory among it.
    #[serde(default)]
    pub counts: Counts,
    /// Whether the result was compared with the expected one and agreed, after every sub-sample.
    pub verified: bool,
    /// What is wrong with the result or with the formula of the bytes or operations.
    pub error: Option<String>,
    /// Whether the warm-up ended on a plateau.
    pub plateau: bool,
    /// Iterations of each sub-sample.
    pub iterations: u32,
    /// The raw sub-samples of each round.
    pub samples_ns: Vec<Vec<f64>>,
    /// The canary before each round; empty where there was none.
    #[serde(default)]
    pub canary_ns: Vec<f64>,
    /// Which rounds count: those in which the canary did not move.
    #[serde(default)]
    pub kept: Vec<bool>,
    /// The machine and the build.
    pub fingerprint: Fingerprint,
}

impl Record {
    /// The record of a case's measurement.
    pub fn new(case: &Case<'_>, m: Measurement, fingerprint: &Fingerprint) -> Self {
        let per = |amount: u64, ns: f64, scale: f64| if ns > 0.0 { amount as f64 / ns * scale } else { 0.0 };
        let (min_ns, median_ns) = (m.min_ns(), m.median_ns());
        let (gb_s, gflop_s) = (per(case.bytes, median_ns, 1.0), per(case.flops, median_ns, 1.0));
        let peak = case.peaks.memory.as_ref().filter(|_| case.bytes > 0);
        let flop_peak = case.peaks.arithmetic.as_ref().filter(|_| case.flops > 0);
        let impossible = || case.peaks.check(case.bytes, gb_s, gflop_s, case.rotation);
        let cpu = m.cpu_ns();
        let tenths = |ns: &f64| (ns * 10.0).round() / 10.0;
        Record {
            schema: SCHEMA,
            label: case.label.clone(),
            unix_s: std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |d| d.as_secs()),
            elements: case.elements,
            bytes: case.bytes,
            flops: case.flops,
            cold_ns: m.cold_ns,
            min_ns,
            median_ns,
            spread_ns: m.spread_ns(),
            clock: m.clock().to_owned(),
            wall_ns: m.by_own_clock().then(|| m.wall_ns()),
            thread_ns: cpu.map(|c| c[0]),
            process_ns: cpu.map(|c| c[1]),
            gb_s,
            melem_s: per(case.elements, median_ns, 1e3),
            gflop_s,
            peak: case.peaks.memory.clone(),
            share: peak.map(|p| p.share(gb_s)),
            flop_peak: case.peaks.arithmetic.clone(),
            flop_share: flop_peak.map(|p| gflop_s / p.gflop_s),
            rotation_bytes: case.rotation,
            verified: m.wrong.is_none(),
            error: m.wrong.clone().or_else(impossible),
            plateau: m.plateau,
            iterations: m.iterations,
            samples_ns: m.samples().iter().map(|r| r.iter().map(tenths).collect()).collect(),
            canary_ns: m.rounds.iter().filter_map(|r| r.canary_ns).collect(),
            kept: m.kept(),
            counts: Counts::default(),
            clock_rejected: m.clock_rejected,
            cold_parts_ns: m.cold_parts_ns,
            host_peak: m.host_peak,
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

    /// Half of the spread as a share of the median: what the tables print behind ±.
    pub fn spread(&self) -> f64 {
        let [low, high] = self.spread_ns;
        if self.median_ns > 0.0 { (high - low) / 2.0 / self.median_ns } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FlopPeak, Peak, Peaks, Round, work};
    use std::collections::BTreeSet;

    fn keys(v: &serde_json::Value) -> BTreeSet<String> {
        v.as_object().expect("an object").keys().cloned().collect()
    }

    /// The published schema has exactly the record's fields, and asks for those without which none is read.
    #[test]
    fn the_published_schema_is_that_of_the_record() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../schema/record.schema.json")).expect("the schema is JSON");
        let of_record = &schema["oneOf"][0];
        let memory = Some(Peak { name: "copy".into(), gb_s: 1.0, from_bytes: 1 });
        let arithmetic = Some(FlopPeak { name: "fma".into(), gflop_s: 1.0 });
        let case = Case::new("a", "s", "p", || Ok(work((), |()| Ok(()), |()| Ok(()))))
            .bytes(1)
            .flops(1)
            .peaks(Peaks { memory, arithmetic });
        let rounds = vec![Round { wall_ns: vec![2.0], ..Round::default() }];
        let m = Measurement { rounds, ..Measurement::default() };
        let record = Record::new(&case, m, &Fingerprint::of_this_machine("t", "0"));
        let value = serde_json::to_value(&record).expect("JSON");
        assert_eq!(keys(&value), keys(&of_record["properties"]));
        let fingerprint = &of_record["properties"]["fingerprint"]["properties"];
        assert_eq!(keys(&value["fingerprint"]), keys(fingerprint));
        assert_eq!(of_record["properties"]["schema"]["const"], SCHEMA);
        let required: BTreeSet<String> = of_record["required"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|k| k.as_str().map(str::to_owned))
            .collect();
        for key in keys(&value) {
            let mut less = value.clone();
            less.as_object_mut().expect("an object").remove(&key);
            // Options that are missing are read as null, whether they are required or not.
            let refused = Record::from_json(&less.to_string()).is_err();
            assert!(!refused || required.contains(&key), "{key} is needed to read a record");
        }
    }
}
