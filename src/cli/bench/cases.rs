//! From the registry to benchmark cases.

use super::device::DeviceWork;
use super::host::HostWork;
use super::places::Place;
use super::ring;
use super::sabotage::{Sabotage, Sabotaged};
use crate::cli::failure::Failure;
use crate::{Error, conformance};
use gapwave_columns::{Array, Meta};
use gapwave_datasets::{ReadOptions, Source};
use gapwave_harness::{Case as BenchCase, Fault, Timing, Work};
use gapwave_kernels::{Case, Entry, Io, registry::KERNELS};
use std::cell::OnceCell;
use std::path::Path;
use std::rc::Rc;

/// A kernel's case with what it must give, worked out once and only if it is run.
pub(super) struct Prepared {
    pub(super) id: &'static str,
    pub(super) case: Case,
    pub(super) io: Io,
    expected: OnceCell<Result<Vec<Array>, String>>,
}

impl Prepared {
    fn new(id: &'static str, case: Case) -> Result<Rc<Self>, Failure> {
        let metas: Vec<_> = case.ins.iter().map(Array::meta).collect();
        let io = case.kernel.infer(&metas)?;
        Ok(Rc::new(Prepared { id, case, io, expected: OnceCell::new() }))
    }

    /// What it must give, from the kernel's oracle.
    pub(super) fn expected(&self) -> Result<&[Array], String> {
        self.expected.get_or_init(|| conformance::expected(&self.case)).as_deref().map_err(Clone::clone)
    }

    /// Compares with the oracle; `good` is a result that was found right before, whose bits need no second look.
    pub(super) fn verify(&self, got: Vec<Array>, good: &mut Option<Vec<Array>>) -> Result<(), String> {
        if good.as_ref().is_some_and(|g| ring::same(g, &got)) {
            return Ok(());
        }
        conformance::compare(&self.case, &got, self.expected()?)?;
        *good = Some(got);
        Ok(())
    }

    /// Bytes that must be read and written. A filter's result alone tells how much it writes.
    pub(super) fn bytes(&self, got: &[Array]) -> u64 {
        self.io.cost.read + got.iter().map(|a| a.meta().bytes()).sum::<u64>()
    }

    /// Bytes of inputs and of outputs in memory.
    fn footprint(&self) -> (u64, u64) {
        let ins = self.case.ins.iter().map(|a| a.meta().bytes()).sum();
        (ins, self.io.outs.iter().map(Meta::bytes).sum())
    }

    fn shape(&self) -> String {
        let types: Vec<_> = self.case.ins.iter().map(|a| a.dtype().name()).collect();
        format!("{} ({})", self.case.name, types.join(" "))
    }
}

/// What to run.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct CaseArgs {
    /// Only kernels whose name contains one of these
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) kernel: Vec<String>,
    /// Makes the kernels do something wrong, to see that it is noticed
    #[arg(long, hide = true, value_enum)]
    pub(super) sabotage: Option<Sabotage>,
}

impl CaseArgs {
    /// Whether the kernel of that id is asked for.
    pub(super) fn wants(&self, id: &str) -> bool {
        self.kernel.is_empty() || self.kernel.iter().any(|k| id.contains(k.as_str()))
    }

    fn entries(&self) -> Result<Vec<&'static Entry>, Failure> {
        let found: Vec<_> = KERNELS.iter().copied().filter(|e| self.wants(e.id)).collect();
        match (found.is_empty(), self.kernel.first()) {
            (true, Some(name)) => Err(gapwave_kernels::registry::find(name)
                .map_or_else(Failure::from, |_| Failure::failed("nothing ran: no benchmark matches"))),
            _ => Ok(found),
        }
    }

    fn prepare(&self, entry: &'static Entry, mut case: Case) -> Result<Rc<Prepared>, Failure> {
        if let Some(what) = self.sabotage {
            case.kernel = Box::new(Sabotaged { inner: case.kernel, what });
        }
        Prepared::new(entry.id, case)
    }

    /// The kernels' own benchmarks, at each of these sizes.
    pub(super) fn of_registry(&self, sizes: &[usize]) -> Result<Vec<Rc<Prepared>>, Failure> {
        let sizes: Vec<Option<usize>> =
            if sizes.is_empty() { vec![None] } else { sizes.iter().copied().map(Some).collect() };
        let mut all = Vec::new();
        for entry in self.entries()? {
            for &size in &sizes {
                for case in (entry.bench)(size) {
                    all.push(self.prepare(entry, case)?);
                }
            }
        }
        Ok(all)
    }

    /// Every kernel that takes a column of this file as it is, with its default parameters, on every such column.
    pub(super) fn of_file(&self, path: &Path) -> Result<Vec<Rc<Prepared>>, Failure> {
        let mut source = gapwave_datasets::open(path, &ReadOptions::default())?;
        let rows = source.rows().and_then(|r| usize::try_from(r).ok()).unwrap_or(usize::MAX);
        let table = source.read(rows.max(1))?.ok_or_else(|| Failure::failed("the file has no rows"))?;
        let file = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        let mut all = Vec::new();
        for entry in self.entries()?.into_iter().filter(|e| !e.part) {
            for (name, column) in table.names.iter().zip(&table.cols) {
                // Kernels whose parameters have no defaults say nothing about a file.
                let Ok(kernel) = (entry.parse)(toml::Table::new()) else { break };
                if kernel.infer(&[column.meta()]).is_err() {
                    continue;
                }
                let case =
                    Case { name: format!("{file} {name}, {} rows", column.rows()), kernel, ins: vec![column.clone()] };
                all.push(self.prepare(entry, case)?);
            }
        }
        if all.is_empty() {
            return Err(Failure::failed(format!("nothing ran: no kernel takes a column of {file} as it is")));
        }
        Ok(all)
    }
}

/// The benchmark cases: each kernel case on each place, on GPUs twice, with and without transfers.
pub(super) fn on_places<'a>(prepared: &[Rc<Prepared>], places: &'a [Place]) -> Result<Vec<BenchCase<'a>>, Failure> {
    let mut all = Vec::new();
    for p in prepared {
        for place in places {
            if place.gpu {
                let metas: Vec<_> = p.case.ins.iter().map(Array::meta).collect();
                match place.session.runs_on_gpu(p.case.kernel.as_ref(), &metas) {
                    Ok(()) => all.push(case(place, p, Timing::Device)),
                    Err(Error::NotOnGpu { .. }) => continue,
                    Err(e) => return Err(e.into()),
                }
            }
            all.push(case(place, p, Timing::Call));
        }
    }
    Ok(all)
}

/// One kernel case at one place, timed in one way.
pub(super) fn case<'a>(place: &'a Place, p: &Rc<Prepared>, timing: Timing) -> BenchCase<'a> {
    let (input, output) = p.footprint();
    let copies = ring::copies(input, output, place.cache);
    let (elements, flops) = (p.case.ins.iter().map(Array::len).max().unwrap_or(0) as u64, p.io.cost.flops);
    let (shape, prepared) = (p.shape(), p.clone());
    let setup = move || -> Result<Box<dyn Work + 'a>, Fault> {
        Ok(match timing {
            Timing::Call => Box::new(HostWork::new(place, prepared.clone(), copies)?),
            Timing::Device => Box::new(DeviceWork::new(place, prepared.clone(), copies)?),
        })
    };
    // A call to a GPU is bound by the bus, not by its memory.
    let peaks = if place.gpu && timing == Timing::Call { Default::default() } else { place.peaks.clone() };
    let rotation = if copies > 1 { copies as u64 * input } else { 0 };
    BenchCase::new(p.id, shape, place.name.clone(), setup)
        .place(place.key)
        .timing(timing)
        .elements(elements)
        .bytes(p.io.cost.read + p.io.cost.write)
        .flops(flops)
        .rotation(rotation)
        .peaks(peaks)
        .remeasure(|| place.measure_peaks())
}
