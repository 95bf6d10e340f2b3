//! What is timed.

use crate::Peak;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a case could not be run; the text reaches the reports.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Prepared work: inputs made, outputs allocated.
pub trait Work {
    /// One iteration.
    fn run(&mut self) -> Result<(), Fault>;

    /// Several iterations in one go. Work that is queued overrides this to wait once, at the end.
    fn run_times(&mut self, times: u32) -> Result<(), Fault> {
        (0..times).try_for_each(|_| self.run())
    }

    /// Compares the last iteration's result with the expected one; the text says what differs. Called outside the
    /// timing, after the first iteration and after every round.
    fn verify(&mut self) -> Result<(), String>;
}

/// Work from a state and two functions over it: one iteration, and the check of its result.
pub fn work<'a, S: 'a>(
    state: S,
    run: impl FnMut(&mut S) -> Result<(), Fault> + 'a,
    verify: impl FnMut(&mut S) -> Result<(), String> + 'a,
) -> Box<dyn Work + 'a> {
    struct Closures<S, R, V>(S, R, V);
    impl<S, R, V> Work for Closures<S, R, V>
    where
        R: FnMut(&mut S) -> Result<(), Fault>,
        V: FnMut(&mut S) -> Result<(), String>,
    {
        fn run(&mut self) -> Result<(), Fault> {
            self.1(&mut self.0)
        }
        fn verify(&mut self) -> Result<(), String> {
            self.2(&mut self.0)
        }
    }
    Box::new(Closures(state, run, verify))
}

type Setup<'a> = Box<dyn FnOnce() -> Result<Box<dyn Work + 'a>, Fault> + 'a>;

/// Something to time. Its inputs are made only when its turn comes, and dropped after it.
pub struct Case<'a> {
    /// What it is, where it runs and how it is timed.
    pub label: Label,
    /// Elements handled by one iteration; 0 where that means nothing.
    pub elements: u64,
    /// Bytes that one iteration must move, read and written: the least that the work needs, not what the code does.
    pub bytes: u64,
    /// Floating-point operations of one iteration.
    pub flops: u64,
    /// The bandwidth to compare with.
    pub peak: Option<Peak>,
    pub(crate) setup: Setup<'a>,
}

impl<'a> Case<'a> {
    /// A case; `setup` makes its inputs and outputs when its turn comes.
    pub fn new(
        id: impl Into<String>,
        shape: impl Into<String>,
        processor: impl Into<String>,
        setup: impl FnOnce() -> Result<Box<dyn Work + 'a>, Fault> + 'a,
    ) -> Self {
        let label = Label { id: id.into(), shape: shape.into(), processor: processor.into(), timing: Timing::Call };
        Case { label, elements: 0, bytes: 0, flops: 0, peak: None, setup: Box::new(setup) }
    }

    /// The same, timed in this way.
    pub fn timing(mut self, timing: Timing) -> Self {
        self.label.timing = timing;
        self
    }

    /// The same with this many elements an iteration.
    pub fn elements(mut self, elements: u64) -> Self {
        self.elements = elements;
        self
    }

    /// The same with this many bytes to move an iteration.
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// The same with this many floating-point operations an iteration.
    pub fn flops(mut self, flops: u64) -> Self {
        self.flops = flops;
        self
    }

    /// The same, compared with this bandwidth.
    pub fn peak(mut self, peak: Option<Peak>) -> Self {
        self.peak = peak;
        self
    }
}

impl fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("label", &self.label)
            .field("elements", &self.elements)
            .field("bytes", &self.bytes)
            .field("flops", &self.flops)
            .field("peak", &self.peak)
            .finish_non_exhaustive()
    }
}

/// What a case is, where it runs and how it is timed: what two records must share to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Label {
    /// Name, such as `fft/c2c`.
    pub id: String,
    /// Size and type of the input, for people.
    pub shape: String,
    /// Where it runs: the processor with its SIMD level and threads, or the adapter.
    pub processor: String,
    /// What is inside the time.
    pub timing: Timing,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} on {} ({})", self.id, self.shape, self.processor, self.timing)
    }
}

/// What is inside the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    /// A call from host memory to host memory. On a GPU the transfers are inside.
    Call,
    /// Wall time of queued iterations whose data stays on the device, the wait for the last one inside.
    Device,
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Timing::Call => "call",
            Timing::Device => "device",
        })
    }
}
