//! Steps over a source, chunk by chunk, into a sink.

use super::run::{Choice, as_f32};
use super::runner::SessionRunner;
use super::step::{Bound, Columns, Step};
use super::{Inner, Processor, Provenance};
use crate::stream::{self, Ahead, Behind, Need, Sizing, Stage};
use crate::{Control, Result};
use gapwave_columns::Meta;
use gapwave_datasets::{Cast, Sink, Source};
use gapwave_kernels::Reach;
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
    /// Bytes of a row of its output.
    pub row_bytes: u64,
}

/// Where the steps say in the end what they did.
type Reports = Arc<Mutex<Vec<Option<Provenance>>>>;

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
            let (mut top, widths) = self.chain(steps, Box::new(ahead), control, &reports, &mut |_| ())?;
            let need = need(row, &widths, held + sink_bytes);
            let mut sizing = Sizing::new(self.settings.chunk_rows, self.memory(), need, top.rows())?;
            stream::pump(top.as_mut(), &mut sizing, control, |chunk| behind.write(chunk))?;
            behind.end()
        })?;
        sink.finish()?;
        let made = std::mem::take(&mut *reports.lock());
        Ok(made.into_iter().flatten().collect())
    }

    /// The steps as sources on top of one another, and the bytes of a row that each makes.
    fn chain<'a>(
        &'a self,
        steps: &[Step<'a>],
        source: Box<dyn Source + 'a>,
        control: &'a Control,
        reports: &Reports,
        planned: &mut dyn FnMut(PlannedStep),
    ) -> Result<(Box<dyn Source + 'a>, Vec<u64>)> {
        let mut top = source;
        let mut widths = Vec::with_capacity(steps.len());
        for (number, step) in steps.iter().enumerate() {
            let Bound { kernel, select, mut casts } = step.bind(top.as_ref())?;
            let schema = top.schema().clone();
            let mut plan = PlannedStep {
                kernel: kernel.entry().id,
                params: kernel.params(),
                columns: select.iter().map(|&i| schema.names[i].clone()).collect(),
                processor: Processor::Cpu,
                why: "no column needs it".into(),
                reach: Reach::Rows.name(),
                first_pass: false,
                row_bytes: top.row_bytes(),
            };
            // Whatever fills gaps has nothing to do where no column can have any.
            if select.is_empty() && matches!(step.columns, Columns::Gaps(_)) {
                planned(plan);
                widths.push(top.row_bytes());
                continue;
            }
            if !casts.is_empty() {
                top = Box::new(Cast::new(top, std::mem::take(&mut casts)));
            }
            let schema = top.schema().clone();
            let rows = top.rows().and_then(|r| usize::try_from(r).ok()).unwrap_or(UNKNOWN_SOURCE_ROWS);
            let metas: Vec<Meta> = select.iter().map(|&i| schema.cols[i].with_rows(rows)).collect();
            let io = kernel.infer(&metas)?;
            let choice = self.choose(&*kernel, &metas)?;
            plan.first_pass = kernel.fit(&metas).is_some();
            if plan.first_pass {
                control.more_passes();
            }
            if choice.convert {
                casts.extend(select.iter().map(|&i| (i, as_f32(schema.cols[i].dtype))));
                top = Box::new(Cast::new(top, casts));
            }
            (plan.processor, plan.why, plan.reach) = (choice.processor(), choice.why.clone(), io.reach.name());
            let runner = self.reporting(choice, reports.clone(), number);
            let limit = match io.reach {
                // The rows, what is made of them, and the one being written.
                Reach::Whole => self.memory() / 3,
                _ => self.memory(),
            };
            let stage = Stage::new(kernel, top, &select, Box::new(runner), limit, control)?;
            plan.row_bytes = stage.row_bytes();
            widths.push(plan.row_bytes);
            planned(plan);
            top = Box::new(stage);
        }
        Ok((top, widths))
    }

    fn reporting(&self, choice: Choice, reports: Reports, number: usize) -> SessionRunner<'_> {
        SessionRunner::new(self, choice, move |provenance| {
            if let Some(slot) = reports.lock().get_mut(number) {
                *slot = Some(provenance);
            }
        })
    }

    /// What [`Inner::flow`] would do.
    pub(crate) fn plan(&self, steps: &[Step<'_>], source: &mut dyn Source, sink_bytes: u64) -> Result<Plan> {
        let control = Control::new();
        let reports = Reports::default();
        let (row, held, rows) = (source.row_bytes(), source.held_bytes(), source.rows());
        let mut planned = Vec::new();
        let (top, widths) = self.chain(steps, Box::new(source), &control, &reports, &mut |step| planned.push(step))?;
        let need = need(row, &widths, held + sink_bytes);
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
}

/// What the rows in flight take: `row` bytes in the source, `widths` in what each step makes of them.
fn need(row: u64, widths: &[u64], fixed: u64) -> Need {
    let last = widths.last().copied().unwrap_or(row);
    let per_row = row * stream::INPUTS + widths.iter().sum::<u64>() + last * stream::OUTPUTS;
    Need { per_row, fixed, row: row.max(last) }
}
