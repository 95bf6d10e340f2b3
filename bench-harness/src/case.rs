//! What is timed.

use crate::{Fault, Peaks, Work};
use serde::{Deserialize, Serialize};
use std::fmt;

type Remeasure<'a> = Box<dyn Fn() -> Option<Peaks> + 'a>;
type Setup<'a> = Box<dyn FnMut() -> Result<Box<dyn Work + 'a>, Fault> + 'a>;

/// Something to time. Its inputs are made only when its turn comes, and dropped after it; in every pass anew.
pub struct Case<'a> {
    /// What it is, where it runs and how it is timed.
    pub label: Label,
    /// Elements handled by one iteration; 0 where that means nothing.
    pub elements: u64,
    /// Bytes that one iteration must move, read and written: the least that the work needs, not what the code does.
    pub bytes: u64,
    /// Floating-point operations of one iteration.
    pub flops: u64,
    /// What the machine can do at most, to compare with.
    pub peaks: Peaks,
    /// Bytes of all copies of the inputs that take turns; 0 where there is only one.
    pub rotation: u64,
    pub(crate) setup: Setup<'a>,
    pub(crate) remeasure: Option<Remeasure<'a>>,
}

impl<'a> Case<'a> {
    /// A case; `setup` makes its inputs and outputs whenever its turn comes.
    pub fn new(
        id: impl Into<String>,
        shape: impl Into<String>,
        processor: impl Into<String>,
        setup: impl FnMut() -> Result<Box<dyn Work + 'a>, Fault> + 'a,
    ) -> Self {
        let processor = processor.into();
        let label =
            Label { id: id.into(), shape: shape.into(), place: processor.clone(), processor, timing: Timing::Call };
        Case {
            label,
            elements: 0,
            bytes: 0,
            flops: 0,
            peaks: Peaks::default(),
            rotation: 0,
            remeasure: None,
            setup: Box::new(setup),
        }
    }

    /// The same at this place: what the processor is on any machine (`cpu-1`, `cpu`, `gpu`), so that measurements of
    /// different machines find each other. Without it, the place is the processor.
    pub fn place(mut self, place: impl Into<String>) -> Self {
        self.label.place = place.into();
        self
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

    /// The same with copies of its inputs, of so many bytes in all, that take turns, so that no cache serves
    /// them. Making them take turns is up to the work.
    pub fn rotation(mut self, bytes: u64) -> Self {
        self.rotation = bytes;
        self
    }

    /// The same, compared with these peaks.
    pub fn peaks(mut self, peaks: Peaks) -> Self {
        self.peaks = peaks;
        self
    }

    /// The same with a way to measure the peaks once more: a share above what there can be is only believed if it
    /// still is one then. The first measurement may have met a busy machine.
    pub fn remeasure(mut self, peaks: impl Fn() -> Option<Peaks> + 'a) -> Self {
        self.remeasure = Some(Box::new(peaks));
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
            .field("peaks", &self.peaks)
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
    /// What that is on any machine, such as `cpu-1`, `cpu` or `gpu`.
    pub place: String,
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
    /// Queued iterations whose data stays on the device.
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
