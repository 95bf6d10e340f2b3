//! One criterion group for each kernel of a family, from the registry: what is timed is what `Entry::bench` lists.
//!
//! Every case is compared with its oracle before it is timed; a wrong one ends the benchmark. One thread, the best SIMD
//! level, outputs reused. `gapwave bench import` reads the results into a history. For figures to rely on, see
//! `gapwave bench run`, which watches the machine and takes turns over inputs that no cache holds.

use criterion::{BenchmarkId, Criterion, Throughput};
use gapwave_columns::{Array, ArrayMut, Out, View};
use gapwave_kernels::{Case, Cpu, registry};
use std::time::Duration;

/// Elements of the inputs: enough to leave the caches of a core, few enough for a short run.
const SIZE: usize = 1 << 20;

/// The case as a call into memory that is reused.
struct Call {
    case: Case,
    /// Extras and carry: zeros mean "nothing yet".
    more: Vec<Array>,
    rooms: Vec<ArrayMut>,
}

impl Call {
    fn new(case: Case) -> gapwave_kernels::Result<Self> {
        let metas: Vec<_> = case.ins.iter().map(Array::meta).collect();
        let io = case.kernel.infer(&metas)?;
        let more = io.extra.iter().chain(&io.carry).map(Array::zeros).collect::<Result<_, _>>()?;
        let rooms = io.all_outs().iter().map(ArrayMut::zeros).collect::<Result<_, _>>()?;
        Ok(Call { case, more, rooms })
    }

    /// Runs once; gives the rows written of each output.
    fn run(&mut self, cpu: &Cpu) -> gapwave_kernels::Result<Vec<usize>> {
        let ins: Vec<View<'_>> = self.case.ins.iter().chain(&self.more).map(Array::view).collect();
        let mut outs: Vec<Out<'_>> = self.rooms.iter_mut().map(ArrayMut::out).collect();
        self.case.kernel.cpu(cpu, &ins, &mut outs)?;
        Ok(outs.iter().map(Out::rows).collect())
    }

    /// Compares a run with the oracle.
    fn verify(&mut self, cpu: &Cpu) -> Result<(), String> {
        let rows = self.run(cpu).map_err(|e| e.to_string())?;
        let metas: Vec<_> = self.case.ins.iter().map(Array::meta).collect();
        let tolerance = self.case.kernel.tolerance(&metas);
        let want = self.case.kernel.oracle(&self.case.ins).map_err(|e| e.to_string())?;
        for ((room, rows), want) in self.rooms.iter_mut().zip(rows).zip(&want) {
            tolerance.compare(&room.snapshot(rows).map_err(|e| e.to_string())?, want)?;
        }
        Ok(())
    }
}

/// Times every benchmark of every kernel of a family.
pub(crate) fn family(c: &mut Criterion, name: &str) {
    let cpu = Cpu::best();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let mut found = false;
    for entry in registry::family(name) {
        let cases = (entry.bench)(Some(SIZE));
        if cases.is_empty() {
            continue;
        }
        found = true;
        let mut group = c.benchmark_group(entry.id);
        group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
        for case in cases {
            let types: Vec<_> = case.ins.iter().map(|a| a.dtype().name()).collect();
            let shape = format!("{} ({})", case.name, types.join(" "));
            let bytes = case.ins.iter().map(|a| a.meta().bytes()).sum();
            let mut call = Call::new(case).expect("a benchmark's case is valid");
            pool.install(|| call.verify(&cpu)).unwrap_or_else(|e| panic!("{} {shape}: wrong result: {e}", entry.id));
            group.throughput(Throughput::Bytes(bytes));
            group.bench_function(BenchmarkId::from_parameter(shape), |b| {
                pool.install(|| b.iter(|| call.run(&cpu).expect("it ran before")));
            });
        }
        group.finish();
    }
    assert!(found, "nothing ran: no kernel of the family {name} has a benchmark");
}
