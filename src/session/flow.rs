//! Steps over a source, chunk by chunk, into a sink.

#[cfg(feature = "gpu")]
use super::chain::{Chain, Link};
use super::run::{Choice, as_f32};
use super::runner::SessionRunner;
#[cfg(feature = "gpu")]
use super::step::KernelRef;
use super::step::{Bound, Columns, Step};
use super::{Inner, Processor, Provenance};
#[cfg(feature = "gpu")]
use crate::gpu::Gpu;
use crate::stream::{self, Ahead, Behind, Kept, Need, Sizing, Stage, Switch};
use crate::{Control, Result};
use gapwave_columns::Meta;
#[cfg(feature = "gpu")]
use gapwave_columns::{DType, Len};
use gapwave_datasets::{Cast, Sink, Source};
#[cfg(feature = "gpu")]
use gapwave_kernels::Kernel;
use gapwave_kernels::{Entry, Reach};
use parking_lot::Mutex;
use serde::Serialize;
use std::sync::Arc;

/// Rows of a chunk from a source whose size is not known, for estimates.
const UNKNOWN_SOURCE_ROWS: usize = 1 << 20;

/// What a run of steps would do: [`Pipeline::plan`](crate::Pipeline::plan).
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Rows of the source, where that is known.
    pub rows: Option<u64>,
    /// Rows of a chunk to begin with.
    pub chunk_rows: usize,
    /// Chunks of that size, where the rows are known.
    pub chunks: Option<u64>,
    /// Bytes that the process may have in memory.
    pub memory_limit: u64,
    /// Bytes that the chunks in flight take at that size, reading and writing included.
    pub memory: u64,
    /// The steps.
    pub steps: Vec<PlannedStep>,
}

/// A step of a [`Plan`].
#[derive(Debug, Clone, Serialize)]
pub struct PlannedStep {
    /// The kernel, `family/kernel`.
    pub kernel: &'static str,
    /// Its parameters.
    pub params: toml::Table,
    /// Names of the columns it is run on.
    pub columns: Vec<String>,
    /// `cpu` or `gpu`.
    pub processor: Processor,
    /// Why there.
    pub why: String,
    /// How far a row of its output looks.
    pub reach: &'static str,
    /// Whether it reads the data once more before.
    pub first_pass: bool,
    /// Whether it goes on with what the step before left on the device.
    pub chained: bool,
    /// Bytes of a row of its output.
    pub row_bytes: u64,
}

/// Where the steps say in the end what they did.
type Reports = Arc<Mutex<Vec<Option<Provenance>>>>;

/// The steps that a stage runs, by number, with the kernels' entries.
type Members = Arc<Mutex<Vec<(usize, &'static Entry)>>>;

/// A stage on a GPU that the next step may join.
#[cfg(feature = "gpu")]
struct Joinable<'a> {
    stage: Stage<'a>,
    links: Vec<Link<'a>>,
    members: Members,
    gpu: Gpu,
}

/// The last source of a chain so far.
enum Top<'a> {
    Source(Box<dyn Source + 'a>),
    #[cfg(feature = "gpu")]
    Stage(Box<Joinable<'a>>),
}

impl<'a> Top<'a> {
    fn source(&self) -> &dyn Source {
        match self {
            Top::Source(source) => source.as_ref(),
            #[cfg(feature = "gpu")]
            Top::Stage(joinable) => &joinable.stage,
        }
    }

    fn into_source(self) -> Box<dyn Source + 'a> {
        match self {
            Top::Source(source) => source,
            #[cfg(feature = "gpu")]
            Top::Stage(joinable) => Box::new(joinable.stage),
        }
    }
}

#[cfg(feature = "gpu")]
impl<'a> Joinable<'a> {
    /// Takes a step in, so that chunks stay on the device before it; false where they cannot.
    fn join(&mut self, link: Link<'a>, number: usize) -> Result<bool> {
        let entry = link.0.entry();
        let links: Vec<Link<'a>> = self.links.iter().cloned().chain([link]).collect();
        let cols = &self.stage.below().cols;
        // A few rows tell whether it can be; how many fit is the driver's to find.
        let Some((chain, select)) = Chain::new(&links, |c| cols[c].with_rows(2)) else { return Ok(false) };
        let mut data: Vec<Meta> = select.iter().map(|&c| cols[c].with_rows(2)).collect();
        data.push(Meta::new(DType::U32, [2]));
        let runs = |data: &[Meta]| {
            let io = chain.infer(data)?;
            let plan = chain.gpu(&io.all_ins(data), self.gpu.caps()).transpose()?;
            plan.map(|plan| plan.check(self.gpu.caps())).transpose()
        };
        // With the numbers of the rows, which come along where rows are dropped.
        let drops = chain.infer(&data[..select.len()]).is_ok_and(|io| io.outs.iter().any(|o| o.len == Len::AtMost));
        if !matches!(runs(if drops { &data } else { &data[..select.len()] }), Ok(Some(()))) {
            return Ok(false);
        }
        self.stage.replace(KernelRef::Own(Arc::new(chain)), &select)?;
        self.links = links;
        self.members.lock().push((number, entry));
        Ok(true)
    }
}

impl Inner {
    /// Runs steps over a source into a sink, which is finished at the end.
    pub(crate) fn flow(
        &self,
        steps: &[Step<'_>],
        source: &mut dyn Source,
        sink: &mut dyn Sink,
        control: &Control,
    ) -> Result<Vec<Provenance>> {
        if let Some(total) = source.rows() {
            control.set_total(total);
        }
        let reports: Reports = Arc::new(Mutex::new(vec![None; steps.len()]));
        let sink_bytes = sink.held_bytes();
        std::thread::scope(|scope| -> Result<()> {
            let install = |run: &mut (dyn FnMut() + Send)| self.cpu.install(run);
            let ahead = Ahead::start(scope, source, control, install)?;
            let mut behind = Behind::start(scope, &mut *sink)?;
            let (row, held) = (ahead.row_bytes(), ahead.held_bytes());
            let ahead = Kept::new(ahead, control);
            let switch = ahead.switch();
            let mut twice = false;
            let planned = &mut |step: PlannedStep| twice |= step.first_pass;
            let (mut top, widths) = self.chain(steps, Box::new(ahead), control, &reports, planned)?;
            let need = self.need(row, &widths, held + sink_bytes, twice.then_some(&switch));
            let mut sizing = Sizing::new(self.settings.chunk_rows, self.memory(), need, top.rows())?;
            stream::pump(top.as_mut(), &mut sizing, control, |chunk| behind.write(chunk))?;
            behind.end()
        })?;
        sink.finish()?;
        let made = std::mem::take(&mut *reports.lock());
        Ok(made.into_iter().flatten().collect())
    }

    /// The steps as sources on top of one another, and the bytes that each makes of a row of the source.
    fn chain<'a>(
        &'a self,
        steps: &[Step<'a>],
        source: Box<dyn Source + 'a>,
        control: &'a Control,
        reports: &Reports,
        planned: &mut dyn FnMut(PlannedStep),
    ) -> Result<(Box<dyn Source + 'a>, Vec<u64>)> {
        let mut top = Top::Source(source);
        let mut widths = Vec::with_capacity(steps.len());
        // Rows of the source for one of these.
        let mut each = 1u64;
        for (number, step) in steps.iter().enumerate() {
            let Bound { kernel, select, mut casts } = step.bind(top.source())?;
            let schema = top.source().schema().clone();
            let mut plan = PlannedStep {
                kernel: kernel.entry().id,
                params: toml::Table::new(),
                columns: select.iter().map(|&i| schema.names[i].clone()).collect(),
                processor: Processor::Cpu,
                why: "no column needs it".into(),
                reach: Reach::Rows.name(),
                first_pass: false,
                chained: false,
                row_bytes: top.source().row_bytes(),
            };
            // Whatever fills gaps has nothing to do where no column can have any.
            if select.is_empty() && matches!(step.columns, Columns::Gaps(_)) {
                plan.params = kernel.params();
                planned(plan);
                widths.push(top.source().row_bytes().div_ceil(each));
                continue;
            }
            if !casts.is_empty() {
                top = Top::Source(Box::new(Cast::new(top.into_source(), std::mem::take(&mut casts))));
            }
            let schema = top.source().schema().clone();
            let rows = top.source().rows().and_then(|r| usize::try_from(r).ok()).unwrap_or(UNKNOWN_SOURCE_ROWS);
            let metas: Vec<Meta> = select.iter().map(|&i| schema.cols[i].with_rows(rows)).collect();
            let io = kernel.infer(&metas)?;
            // Parameters that it does not admit may be none that a table can hold.
            plan.params = kernel.params();
            let choice = self.choose(&*kernel, &metas)?;
            plan.first_pass = kernel.fit(&metas).is_some();
            (plan.processor, plan.why, plan.reach) = (choice.processor(), choice.why.clone(), io.reach.name());
            #[cfg(feature = "gpu")]
            if let (Top::Stage(before), Some(_), false) = (&mut top, &choice.gpu, choice.convert)
                && before.join((kernel.clone(), select.clone()), number)?
            {
                plan.chained = true;
                plan.row_bytes = before.stage.row_bytes();
                // Not on the host, unless the CPU has to take over.
                widths.push(plan.row_bytes.div_ceil(each));
                planned(plan);
                continue;
            }
            if plan.first_pass {
                control.more_passes();
            }
            if choice.convert {
                casts.extend(select.iter().map(|&i| (i, as_f32(schema.cols[i].dtype))));
                top = Top::Source(Box::new(Cast::new(top.into_source(), casts)));
            }
            let members = Members::new(Mutex::new(vec![(number, kernel.entry())]));
            #[cfg(feature = "gpu")]
            let gpu = choice.gpu.clone();
            let runner = self.reporting(choice, reports.clone(), members.clone());
            let limit = match io.reach {
                // The rows, what is made of them, and the one being written.
                Reach::Whole => self.memory() / 3,
                _ => self.memory(),
            };
            let stage = Stage::new(kernel.clone(), top.into_source(), &select, Box::new(runner), limit, control)?;
            plan.row_bytes = stage.row_bytes();
            if let Reach::Frames { hop, .. } = io.reach {
                each = each.saturating_mul(hop.max(1) as u64);
            }
            widths.push(plan.row_bytes.div_ceil(each));
            planned(plan);
            #[cfg(feature = "gpu")]
            if let Some(gpu) = gpu {
                top = Top::Stage(Box::new(Joinable { stage, links: vec![(kernel, select)], members, gpu }));
                continue;
            }
            top = Top::Source(Box::new(stage));
        }
        Ok((top.into_source(), widths))
    }

    /// Where a stage runs, and where it says so for each of its steps.
    fn reporting(&self, choice: Choice, reports: Reports, members: Members) -> SessionRunner<'_> {
        SessionRunner::new(self, choice, move |provenance| {
            let members = members.lock();
            let ids: Vec<&str> = members.iter().map(|(_, entry)| entry.id).collect();
            for &(number, entry) in members.iter() {
                let mut own = Provenance { kernel: entry.id, version: entry.version, ..provenance.clone() };
                if ids.len() > 1 {
                    own.why = format!("{}; without leaving the device: {}, timed together", own.why, ids.join(", "));
                }
                if let Some(slot) = reports.lock().get_mut(number) {
                    *slot = Some(own);
                }
            }
        })
    }

    /// What [`Inner::flow`] would do.
    pub(crate) fn plan(&self, steps: &[Step<'_>], source: &mut dyn Source, sink_bytes: u64) -> Result<Plan> {
        let control = Control::new();
        let reports = Reports::default();
        let (row, held, rows) = (source.row_bytes(), source.held_bytes(), source.rows());
        let source = Kept::new(source, &control);
        let switch = source.switch();
        let mut planned = Vec::new();
        let (top, widths) = self.chain(steps, Box::new(source), &control, &reports, &mut |step| planned.push(step))?;
        let twice = planned.iter().any(|s| s.first_pass);
        let need = self.need(row, &widths, held + sink_bytes, twice.then_some(&switch));
        let mut sizing = Sizing::new(self.settings.chunk_rows, self.memory(), need, top.rows())?;
        let chunk_rows = sizing.next();
        Ok(Plan {
            rows,
            chunk_rows,
            chunks: rows.map(|r| r.div_ceil(chunk_rows as u64)),
            memory_limit: self.memory(),
            memory: need.fixed + need.per_row * chunk_rows as u64,
            steps: planned,
        })
    }

    /// Bytes that this session may have in memory.
    pub(crate) fn memory(&self) -> u64 {
        self.settings.memory.unwrap_or_else(stream::memory::default_limit)
    }

    /// What the rows in flight take: `row` bytes in the source, `widths` in what each step makes of it; and the table
    /// itself, if `switch` keeps it.
    fn need(&self, row: u64, widths: &[u64], fixed: u64, switch: Option<&Switch>) -> Need {
        let last = widths.last().copied().unwrap_or(row);
        let per_row = row * stream::INPUTS + widths.iter().sum::<u64>() + last * stream::OUTPUTS;
        let mut need = Need { per_row, fixed, row: row.max(last) };
        if let Some(switch) = switch {
            need.fixed += switch.turn(self.memory(), need.room(self.memory()));
        }
        need
    }
}
