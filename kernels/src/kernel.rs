//! What a kernel is.

use crate::{Caps, Case, Cpu, Plan, Result, Tolerance};
use gapwave_columns::{Array, Meta, Out, View};
use std::fmt::Debug;

/// A kernel: its validated parameters, and the work they describe.
///
/// The order of arrays is the same everywhere:
/// - inputs: the data, then [`Io::extra`] (results of [`Kernel::fit`]), then [`Io::carry`] (state of the chunk before);
/// - outputs: [`Io::outs`], then [`Io::carry`] (state for the chunk after).
///
/// Extras and carry begin as zeros, so zeros must mean "nothing yet".
pub trait Kernel: Debug + Send + Sync {
    /// The registry's entry of this kernel.
    fn entry(&self) -> &'static Entry;

    /// The parameters as a table: the TOML form, the command's options and later the cache's key.
    fn params(&self) -> toml::Table;

    /// Admits inputs of these types and shapes and says what comes out, or says why not. `ins` is the data alone.
    fn infer(&self, ins: &[Meta]) -> Result<Io>;

    /// The definition in plain f64, from the data of a whole table, without speed or cleverness.
    /// Gives [`Io::outs`], in the output's type or a wider one.
    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>>;

    /// How far from the oracle results may be.
    fn tolerance(&self, ins: &[Meta]) -> Tolerance;

    /// Runs on the CPU at the level that `cx` names.
    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()>;

    /// The work on a GPU of these limits as data. `ins` are all inputs, extras and carry included.
    /// `None`: on the CPU only, for these types at least.
    fn gpu(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let _ = (ins, caps);
        None
    }

    /// The same for a kernel of one input and one output of the same bytes, where output 0 has the input's numbers to
    /// begin with and there is no input beside it. `None`: it does not work in place.
    fn gpu_in_place(&self, ins: &[Meta], caps: &Caps) -> Option<Result<Plan>> {
        let _ = (ins, caps);
        None
    }

    /// Runs on the CPU where the output has the input's numbers to begin with. `None`: it does not work in place.
    fn cpu_in_place(&self, cx: &Cpu, data: &mut Out<'_>) -> Option<Result<()>> {
        let _ = (cx, data);
        None
    }

    /// A first pass over the data whose results the kernel needs beside each chunk.
    fn fit(&self, ins: &[Meta]) -> Option<Box<dyn Fit>> {
        let _ = ins;
        None
    }
}

/// A first pass over the data: one small summary per chunk, then one small set of extra inputs per chunk.
pub trait Fit: Send + Sync {
    /// The kernel that summarises a chunk.
    fn summary(&self) -> &dyn Kernel;

    /// Which of the data it summarises; `None` for all.
    fn columns(&self) -> Option<&[usize]> {
        None
    }

    /// Whether the summary of chunk `chunk` of `chunks` is looked at; what is not is not made and comes as `None`.
    fn needs(&self, chunk: usize, chunks: usize) -> bool {
        let _ = (chunk, chunks);
        true
    }

    /// From the summaries of all chunks, the extra inputs ([`Io::extra`]) of each; `None` stands for zeros.
    /// `rows` has the rows of each chunk.
    fn resolve(&self, summaries: &[Option<Vec<Array>>], rows: &[usize]) -> Result<Vec<Option<Vec<Array>>>>;
}

/// What a kernel makes of given inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Io {
    /// Outputs.
    pub outs: Vec<Meta>,
    /// State handed from each chunk to the next.
    pub carry: Vec<Meta>,
    /// Inputs that [`Kernel::fit`] makes.
    pub extra: Vec<Meta>,
    /// How far a row of the output looks.
    pub reach: Reach,
    /// What must be moved and computed.
    pub cost: Cost,
}

impl Io {
    /// Outputs without state or extras, at the cost of reading the inputs and writing the outputs once.
    pub fn new(ins: &[Meta], outs: Vec<Meta>, reach: Reach) -> Self {
        let cost =
            Cost { read: ins.iter().map(Meta::bytes).sum(), write: outs.iter().map(Meta::bytes).sum(), flops: 0 };
        Io { outs, carry: Vec::new(), extra: Vec::new(), reach, cost }
    }

    /// The same with state between chunks.
    pub fn carry(mut self, carry: Vec<Meta>) -> Self {
        self.carry = carry;
        self
    }

    /// The same with inputs from a first pass.
    pub fn extra(mut self, extra: Vec<Meta>) -> Self {
        self.extra = extra;
        self
    }

    /// The same with this many floating-point operations.
    pub fn flops(mut self, flops: u64) -> Self {
        self.cost.flops = flops;
        self
    }

    /// The metas of everything that goes in: data, extras, carry.
    pub fn all_ins(&self, data: &[Meta]) -> Vec<Meta> {
        data.iter().chain(&self.extra).chain(&self.carry).cloned().collect()
    }

    /// The metas of everything that comes out: outputs, carry.
    pub fn all_outs(&self) -> Vec<Meta> {
        self.outs.iter().chain(&self.carry).cloned().collect()
    }
}

/// How far a row of the output looks, which tells the chunk driver what it may cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Its own row only (a filter may drop rows, never reorder them).
    Rows,
    /// This many rows before and after. The kernel is given the longer chunk, edges of the table cut short, and
    /// answers for every row of it; the driver drops the rows that are not the chunk's own.
    Window {
        /// Rows before.
        before: usize,
        /// Rows after.
        after: usize,
    },
    /// Frames of `size` rows, one every `hop` rows: output row `i` is made of rows `i·hop .. i·hop + size`.
    Frames {
        /// Rows of a frame.
        size: usize,
        /// Rows from one frame's start to the next.
        hop: usize,
    },
    /// All rows before, through the carry.
    Scan,
    /// The outputs are the carry: state folded over all chunks, its last value the result.
    Fold,
    /// Everything: cannot be cut.
    Whole,
}

impl Reach {
    /// The word used in tables.
    pub fn name(self) -> &'static str {
        match self {
            Reach::Rows => "rows",
            Reach::Window { .. } => "window",
            Reach::Frames { .. } => "frames",
            Reach::Scan => "scan",
            Reach::Fold => "fold",
            Reach::Whole => "whole",
        }
    }
}

/// The least that must be moved and computed: the roofline's byte formula, not what an implementation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Bytes read.
    pub read: u64,
    /// Bytes written.
    pub write: u64,
    /// Floating-point operations.
    pub flops: u64,
}

/// What may be assumed of results on different processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same bits on every processor.
    Exact,
    /// The same bits on the same device and driver.
    PerDevice,
    /// Within the tolerance everywhere.
    Tolerant,
    /// Never the same.
    Never,
}

/// A kernel in the registry.
#[derive(Debug)]
pub struct Entry {
    /// `family/kernel`.
    pub id: &'static str,
    /// Raised whenever results change.
    pub version: u32,
    /// What may be assumed of results on different processors.
    pub class: Class,
    /// Whether it is a part of other kernels and of little use by itself: the command does not offer it as a method.
    pub part: bool,
    /// One line for people.
    pub help: &'static str,
    /// The parameters, from which the command makes its options.
    pub params: &'static [Param],
    /// Makes the kernel from its parameters; see [`parse_params`].
    pub parse: fn(toml::Table) -> Result<Box<dyn Kernel>>,
    /// Inputs to try it on: conformance and plan tests run them all.
    pub cases: fn() -> Vec<Case>,
    /// Inputs worth timing: a few, each large enough to be bound by memory or arithmetic; of about as many elements as
    /// are given, if any are. They are verified too. Empty where the kernel is not timed by itself.
    pub bench: fn(Option<usize>) -> Vec<Case>,
}

impl Entry {
    /// The part of the id before the slash.
    pub fn family(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }

    /// The part of the id after the slash.
    pub fn name(&self) -> &'static str {
        self.id.split('/').nth(1).unwrap_or(self.id)
    }
}

/// A parameter of a kernel as people meet it.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Name in the table; the command's option has dashes for underscores.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// One line for people, with the unit and the default.
    pub help: &'static str,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// True or false.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Anything else, written in TOML.
    Toml,
}

/// Parameters from a table: unknown names and wrong types are errors that name the kernel.
pub fn parse_params<T: serde::de::DeserializeOwned>(kernel: &str, table: toml::Table) -> Result<T> {
    toml::Value::Table(table)
        .try_into()
        .map_err(|e: toml::de::Error| crate::Error::Param { kernel: kernel.to_owned(), why: e.message().to_owned() })
}

/// The table of a kernel's parameters. Parameters that are `None` are left out.
pub fn params_table<T: serde::Serialize>(params: &T) -> toml::Table {
    toml::Table::try_from(params).expect("parameters are a table of plain values")
}
