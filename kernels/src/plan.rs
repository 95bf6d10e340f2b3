//! Work for a GPU as a plain value: it can be printed, compared and tested without a GPU.
//!
//! Conventions between plans and the executor:
//! - Binding 0 of group 0 is the uniform block where the step has one; the step's slices follow at 1, 2, … in order
//!   (from 0 where there is no uniform block). A shader uses every binding it is given. The entry point is `main`.
//! - Every buffer has at least 16 bytes and a multiple of 4; bytes beyond the array are undefined unless said.
//! - Validity bitmaps are `array<u32>`, least significant bit first, bits beyond the end 0 on input.
//! - Temporary buffers hold old data: [`Step::Zero`] them where it matters. So do outputs.

use crate::{Caps, Error, Result};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A buffer of a plan, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BufId(pub usize);

/// What a buffer holds.
#[derive(Clone, PartialEq, Eq)]
pub enum BufKind {
    /// Elements of input `i`.
    In(usize),
    /// Validity bitmap of input `i`, which must be nullable.
    InValid(usize),
    /// Elements of output `i`.
    Out(usize),
    /// Validity bitmap of output `i`, which must be nullable.
    OutValid(usize),
    /// One `u32`: the rows written of the outputs that are [`gapwave_columns::Len::AtMost`].
    OutRows,
    /// Scratch.
    Temp,
    /// Data made with the plan, kept on the device by its content.
    Const(Arc<[u8]>),
}

/// A buffer and its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BufDef {
    /// What it holds.
    pub kind: BufKind,
    /// Its size in bytes, at least 16 and a multiple of 4.
    pub bytes: u64,
}

/// A part of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The buffer.
    pub buf: BufId,
    /// First byte; a multiple of [`Caps::storage_align`] where it is bound.
    pub offset: u64,
    /// Bytes.
    pub bytes: u64,
}

/// A compute shader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Name for people and profiles.
    pub name: &'static str,
    /// Final text.
    pub wgsl: Cow<'static, str>,
    /// Invocations per workgroup, as in the text.
    pub workgroup: [u32; 3],
    /// Bytes of workgroup memory, at least what the text declares.
    pub shared_bytes: u32,
    /// Features it needs.
    pub needs: Needs,
}

/// Features a shader needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Subgroup operations.
    pub subgroups: bool,
    /// 16-bit floats.
    pub f16: bool,
}

/// Workgroups along x, y and z.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groups(pub [u32; 3]);

impl Groups {
    /// `n` workgroups in a row, folded into a second dimension beyond the limit of one (`grid.wgsl` unfolds them).
    /// The fold may have more than `n`: the shader must compare.
    pub fn linear(n: u64, caps: &Caps) -> Result<Groups> {
        let max = u64::from(caps.groups);
        let y = n.div_ceil(max).max(1);
        if y > max {
            return Err(Error::Limit { what: "a dispatch".into(), need: n, have: max * max });
        }
        let x = n.div_ceil(y);
        Ok(Groups([x as u32, y as u32, 1]))
    }

    /// Workgroups in all.
    pub fn count(self) -> u64 {
        self.0.iter().map(|&g| u64::from(g)).product()
    }
}

/// One thing to do. Steps happen in order, each seeing what those before wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A dispatch.
    Run {
        /// What to run.
        program: Program,
        /// What to bind, in the order of the bindings.
        bind: Vec<Slice>,
        /// Words of the uniform block; empty for none.
        uniform: Vec<u32>,
        /// Workgroups.
        groups: Groups,
        /// Most loop iterations of one invocation, summed over its loops.
        max_loop: u32,
    },
    /// A copy between buffers; offsets and size multiples of 4.
    Copy {
        /// Read.
        from: Slice,
        /// Written.
        to: Slice,
    },
    /// Zeros; offset and size multiples of 4.
    Zero {
        /// Written.
        what: Slice,
    },
}

/// Work for a GPU.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The buffers, by [`BufId`].
    pub bufs: Vec<BufDef>,
    /// What to do.
    pub steps: Vec<Step>,
}

impl Plan {
    /// No buffers, no steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// A buffer of at least `bytes` bytes. What is not scratch is there once, however often it is asked for.
    pub fn buffer(&mut self, kind: BufKind, bytes: u64) -> Slice {
        let at = match kind {
            BufKind::Temp => None,
            _ => self.bufs.iter().position(|b| b.kind == kind),
        };
        let at = at.unwrap_or_else(|| {
            self.bufs.push(BufDef { kind, bytes: buffer_bytes(bytes) });
            self.bufs.len() - 1
        });
        Slice { buf: BufId(at), offset: 0, bytes: self.bufs[at].bytes }
    }

    /// The elements of input `i`; `meta` is that input's.
    pub fn input(&mut self, i: usize, meta: &gapwave_columns::Meta) -> Slice {
        self.buffer(BufKind::In(i), meta.bytes())
    }

    /// The bitmap of input `i`.
    pub fn input_valid(&mut self, i: usize, meta: &gapwave_columns::Meta) -> Slice {
        self.buffer(BufKind::InValid(i), bitmap_bytes(meta.elements()))
    }

    /// The elements of output `i`.
    pub fn output(&mut self, i: usize, meta: &gapwave_columns::Meta) -> Slice {
        self.buffer(BufKind::Out(i), meta.bytes())
    }

    /// The bitmap of output `i`.
    pub fn output_valid(&mut self, i: usize, meta: &gapwave_columns::Meta) -> Slice {
        self.buffer(BufKind::OutValid(i), bitmap_bytes(meta.elements()))
    }

    /// The number of rows written.
    pub fn output_rows(&mut self) -> Slice {
        self.buffer(BufKind::OutRows, 4)
    }

    /// Scratch memory.
    pub fn temp(&mut self, bytes: u64) -> Slice {
        self.buffer(BufKind::Temp, bytes)
    }

    /// Constant data.
    pub fn constant<T: bytemuck::NoUninit>(&mut self, data: &[T]) -> Slice {
        let bytes: &[u8] = bytemuck::cast_slice(data);
        self.buffer(BufKind::Const(bytes.into()), bytes.len() as u64)
    }

    /// Constant data that is already shared, so that many plans hold it once.
    pub fn shared_constant(&mut self, bytes: Arc<[u8]>) -> Slice {
        let len = bytes.len() as u64;
        self.buffer(BufKind::Const(bytes), len)
    }

    /// Adds a dispatch.
    pub fn run(&mut self, program: Program, bind: &[Slice], uniform: &[u32], groups: Groups, max_loop: u32) {
        self.steps.push(Step::Run { program, bind: bind.to_vec(), uniform: uniform.to_vec(), groups, max_loop });
    }

    /// Adds a copy of `to.bytes` bytes.
    pub fn copy(&mut self, from: Slice, to: Slice) {
        self.steps.push(Step::Copy { from, to });
    }

    /// Adds zeros.
    pub fn zero(&mut self, what: Slice) {
        self.steps.push(Step::Zero { what });
    }

    /// Adds the steps of another plan, each of whose buffers is the one of this plan that `place` says.
    pub fn append(&mut self, other: Plan, mut place: impl FnMut(&mut Plan, &BufDef) -> Result<BufId>) -> Result<()> {
        let bufs = other.bufs.iter().map(|b| place(self, b)).collect::<Result<Vec<_>>>()?;
        let moved = |s: Slice| Slice { buf: bufs[s.buf.0], ..s };
        self.steps.extend(other.steps.into_iter().map(|step| match step {
            Step::Run { program, bind, uniform, groups, max_loop } => {
                Step::Run { program, bind: bind.into_iter().map(moved).collect(), uniform, groups, max_loop }
            }
            Step::Copy { from, to } => Step::Copy { from: moved(from), to: moved(to) },
            Step::Zero { what } => Step::Zero { what: moved(what) },
        }));
        Ok(())
    }

    /// Dispatches in the plan.
    pub fn dispatches(&self) -> usize {
        self.steps.iter().filter(|s| matches!(s, Step::Run { .. })).count()
    }

    /// Bytes that dispatches and copies read and write, each binding counted once and whole, constants aside.
    pub fn traffic(&self) -> u64 {
        let moved = |s: &Slice| if matches!(self.bufs[s.buf.0].kind, BufKind::Const(_)) { 0 } else { s.bytes };
        let step = |step: &Step| match step {
            Step::Run { bind, .. } => bind.iter().map(moved).sum(),
            Step::Copy { to, .. } => 2 * to.bytes,
            Step::Zero { what } => what.bytes,
        };
        self.steps.iter().map(step).sum()
    }

    /// Bytes of scratch memory.
    pub fn temp_bytes(&self) -> u64 {
        self.bufs.iter().filter(|b| b.kind == BufKind::Temp).map(|b| b.bytes).sum()
    }

    /// Whether a device of these limits can run it, as far as can be told without reading the shaders.
    ///
    /// # Errors
    /// [`Error::Limit`] names the first limit that is passed: the chunk driver then cuts smaller chunks.
    pub fn check(&self, caps: &Caps) -> Result<()> {
        let limit = |what: String, need: u64, have: u64| {
            if need > have { Err(Error::Limit { what, need, have }) } else { Ok(()) }
        };
        for b in &self.bufs {
            limit(format!("a buffer ({:?})", b.kind), b.bytes, caps.buffer_bytes)?;
        }
        for step in &self.steps {
            let Step::Run { program, bind, uniform, groups, max_loop } = step else { continue };
            let name = program.name;
            limit(format!("{name}: storage buffers"), bind.len() as u64, u64::from(caps.storage_buffers))?;
            limit(format!("{name}: workgroup memory"), program.shared_bytes.into(), caps.workgroup_bytes.into())?;
            let size = program.workgroup.iter().map(|&w| u64::from(w)).product();
            limit(format!("{name}: invocations"), size, caps.invocations.into())?;
            limit(format!("{name}: invocations along x"), program.workgroup[0].into(), caps.workgroup_x.into())?;
            limit(format!("{name}: uniform words"), uniform.len() as u64, 4096)?;
            limit(format!("{name}: loop iterations"), u64::from(*max_loop), 32_768)?;
            for g in groups.0 {
                limit(format!("{name}: workgroups along one dimension"), g.into(), caps.groups.into())?;
            }
            for s in bind {
                limit(format!("{name}: a binding"), s.bytes, caps.binding_bytes)?;
                limit(format!("{name}: a binding's offset"), s.offset % u64::from(caps.storage_align), 0)?;
            }
        }
        Ok(())
    }
}

/// Bytes of a buffer that holds `bytes`: never empty, always whole words.
pub fn buffer_bytes(bytes: u64) -> u64 {
    bytes.next_multiple_of(4).max(16)
}

/// Bytes of a bitmap of `bits` bits: whole 64-bit words.
pub fn bitmap_bytes(bits: usize) -> u64 {
    bits.div_ceil(64) as u64 * 8
}

impl fmt::Display for Plan {
    /// A line for each step: what runs, on how many workgroups, and what it reads and writes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let buffer = |s: &Slice| format!("{:?} {} B", self.bufs[s.buf.0].kind, s.bytes);
        for step in &self.steps {
            match step {
                Step::Run { program, bind, groups, .. } => {
                    let [x, y, _] = groups.0;
                    let data = bind.iter().filter(|s| !matches!(self.bufs[s.buf.0].kind, BufKind::Const(_)));
                    let data: Vec<_> = data.map(buffer).collect();
                    let lanes: u32 = program.workgroup.iter().product();
                    writeln!(f, "{}: {x} × {y} workgroups of {lanes}: {}", program.name, data.join(", "))?;
                }
                Step::Copy { from, to } => writeln!(f, "copy: {} to {}", buffer(from), buffer(to))?,
                Step::Zero { what } => writeln!(f, "zeros: {}", buffer(what))?,
            }
        }
        write!(f, "{} dispatches, {} bytes moved, {} of scratch", self.dispatches(), self.traffic(), self.temp_bytes())
    }
}

impl fmt::Debug for BufKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BufKind::In(i) => write!(f, "input {i}"),
            BufKind::InValid(i) => write!(f, "validity of input {i}"),
            BufKind::Out(i) => write!(f, "output {i}"),
            BufKind::OutValid(i) => write!(f, "validity of output {i}"),
            BufKind::OutRows => write!(f, "rows written"),
            BufKind::Temp => write!(f, "scratch"),
            BufKind::Const(b) => write!(f, "constant of {} bytes", b.len()),
        }
    }
}
