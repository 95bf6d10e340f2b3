//! Stages without a session: order of work, recovery, errors on the way.

use super::*;
use crate::cpu::CpuExecutor;
use crate::session::step::KernelRef;
use gapwave_columns::{Meta, View};
use gapwave_datasets::{MemorySink, MemorySource, Schema};
use gapwave_kernels::SimdLevel;
use gapwave_kernels::filter::compact::Compact;
use gapwave_kernels::primitives::scan::{Scan, ScanOp};
use parking_lot::Mutex;
use std::sync::Arc;

const SUM: Scan = Scan { op: ScanOp::Add, exclusive: false };

/// A runner with two chunks under way, that writes down what it was asked and fails when it is told to.
struct Logged {
    cpu: CpuExecutor,
    log: Arc<Mutex<Vec<String>>>,
    /// The number of the call to `finish` that fails, once.
    fails: Option<usize>,
    /// Numbers of the calls to `submit` that fail.
    refuses: Vec<usize>,
    submitted: usize,
    finished: usize,
}

impl Logged {
    fn new(log: &Arc<Mutex<Vec<String>>>, fails: Option<usize>) -> Self {
        let cpu = CpuExecutor::new(SimdLevel::best(), 1).unwrap();
        Logged { cpu, log: log.clone(), fails, refuses: Vec::new(), submitted: 0, finished: 0 }
    }
}

impl Runner for Logged {
    fn depth(&self) -> usize {
        2
    }

    fn submit(
        &mut self,
        kernel: &dyn Kernel,
        ins: &[Array],
        extra: Option<&[Array]>,
        carry: Option<State>,
    ) -> Result<(Ticket, Option<State>)> {
        assert!(extra.is_none());
        self.log.lock().push(format!("submit {}", self.submitted));
        self.submitted += 1;
        if self.refuses.contains(&(self.submitted - 1)) {
            return Err(Error::DeviceLost("on purpose".into()));
        }
        let metas: Vec<Meta> = ins.iter().map(Array::meta).collect();
        let io = kernel.infer(&metas)?;
        let mut all = ins.to_vec();
        match carry {
            Some(State::Host(carry)) => all.extend(carry),
            None => all.extend(io.carry.iter().map(|m| Array::zeros(m).unwrap())),
            #[cfg(feature = "gpu")]
            Some(State::Device(_)) => unreachable!("there is no device"),
        }
        let mut outs = self.cpu.run(kernel, &all, &io.all_outs())?;
        let carry = outs.split_off(io.outs.len());
        Ok((Ticket::Done(outs), (!carry.is_empty()).then_some(State::Host(carry))))
    }

    fn finish(&mut self, _: &dyn Kernel, ticket: Ticket, _: &[Array]) -> Result<Vec<Array>> {
        self.log.lock().push(format!("finish {}", self.finished));
        self.finished += 1;
        if self.fails == Some(self.finished - 1) {
            self.fails = None;
            return Err(Error::DeviceLost("on purpose".into()));
        }
        let Ticket::Done(outs) = ticket else { unreachable!("done at once") };
        Ok(outs)
    }

    fn recover(&mut self, error: &Error, _: bool) -> Recovery {
        if matches!(error, Error::DeviceLost(_)) { Recovery::Again } else { Recovery::None }
    }

    fn ended(&mut self, _: &dyn Kernel, _: Cuts) {}
}

fn numbers(n: u32) -> MemorySource {
    MemorySource::new(Chunk::new([("n", Array::from((0..n).collect::<Vec<u32>>()))]).unwrap())
}

fn sums(n: u32) -> Vec<u32> {
    (0..n).scan(0, |s, i| Some(*s + i).inspect(|t| *s = *t)).collect()
}

fn stage<'a>(source: impl Source + 'a, runner: Logged, control: &'a Control) -> Stage<'a> {
    Stage::new(KernelRef::Lent(&SUM), Box::new(source), &[0], Box::new(runner), u64::MAX, control).unwrap()
}

fn read_all(source: &mut dyn Source, rows: usize) -> Vec<u32> {
    let mut out = Vec::new();
    while let Some(chunk) = source.read(rows).unwrap() {
        assert_eq!(chunk.first_row, out.len() as u64);
        out.extend_from_slice(chunk.cols[0].as_slice::<u32>().unwrap());
    }
    out
}

#[test]
fn a_chunk_is_submitted_before_the_one_before_is_fetched() {
    let (log, control) = (Arc::default(), Control::new());
    let mut s = stage(numbers(50), Logged::new(&log, None), &control);
    assert_eq!(read_all(&mut s, 10), sums(50));
    let want = ["submit 0", "submit 1", "finish 0", "submit 2", "finish 1", "submit 3", "finish 2", "submit 4"];
    assert_eq!(log.lock()[..8], want);
}

#[test]
fn what_fails_under_way_is_made_again_and_handed_on_once() {
    for fails in 0..7 {
        let (log, control) = (Arc::default(), Control::new());
        let mut s = stage(numbers(50), Logged::new(&log, Some(fails)), &control);
        assert_eq!(read_all(&mut s, 10), sums(50), "finish {fails} fails");
        s.rewind().unwrap();
        assert_eq!(read_all(&mut s, 17), sums(50));
    }
}

#[test]
fn a_chunk_that_is_lost_when_it_is_sent_is_sent_again() {
    let all = Compact::default();
    // Once, and again while what was lost is being sent again.
    for refuses in (0..7).flat_map(|n| [vec![n], vec![n, n + 1], vec![n, n + 1, n + 2]]) {
        for (kernel, want) in [(&SUM as &dyn Kernel, sums(50)), (&all, (0..50).collect())] {
            let (log, control) = (Arc::default(), Control::new());
            let mut runner = Logged::new(&log, None);
            runner.refuses = refuses.clone();
            let source = Box::new(numbers(50));
            let kernel = KernelRef::Lent(kernel);
            let mut s = Stage::new(kernel, source, &[0], Box::new(runner), u64::MAX, &control).unwrap();
            assert_eq!(read_all(&mut s, 10), want, "submits {refuses:?} fail");
        }
    }
}

/// A source that counts the rows that are read from it.
struct Counted(MemorySource, Arc<Mutex<usize>>);

impl Source for Counted {
    fn schema(&self) -> &Schema {
        self.0.schema()
    }
    fn rows(&self) -> Option<u64> {
        self.0.rows()
    }
    fn read(&mut self, rows: usize) -> gapwave_datasets::Result<Option<Chunk>> {
        let chunk = self.0.read(rows)?;
        *self.1.lock() += chunk.as_ref().map_or(0, Chunk::rows);
        Ok(chunk)
    }
    fn rewind(&mut self) -> gapwave_datasets::Result<()> {
        self.0.rewind()
    }
}

#[test]
fn a_small_table_is_read_once_for_all_passes() {
    let (read, control) = (Arc::default(), Control::new());
    let all: Vec<u32> = (0..50).collect();
    for (limit, small) in [(4 * 200, true), (4 * 200 - 1, false)] {
        let mut kept = Kept::new(Counted(numbers(50), Arc::clone(&read)), &control);
        assert_eq!(kept.switch().turn(limit, 400), if small { 200 } else { 0 });
        *read.lock() = 0;
        assert_eq!(read_all(&mut kept, 7), all);
        for rows in [3, 7, 100] {
            // Given up in the middle.
            kept.rewind().unwrap();
            assert_eq!(kept.read(10).unwrap().unwrap().rows(), if small { 7 } else { 10 });
            kept.rewind().unwrap();
            assert_eq!(read_all(&mut kept, rows), all);
        }
        assert_eq!(*read.lock(), if small { 50 } else { 50 + 3 * 60 });
    }
}

#[test]
fn stages_on_top_of_each_other_are_rewound_with_each_other() {
    let (log, control) = (Arc::default(), Control::new());
    let lower = stage(numbers(1000), Logged::new(&log, Some(3)), &control);
    let mut upper = stage(lower, Logged::new(&log, Some(5)), &control);
    let twice: Vec<u32> = sums(1000).iter().scan(0u32, |s, i| Some(s.wrapping_add(*i)).inspect(|t| *s = *t)).collect();
    assert_eq!(read_all(&mut upper, 64), twice);
    upper.rewind().unwrap();
    assert_eq!(read_all(&mut upper, 1), twice);
}

/// A source that fails after some rows.
struct Failing {
    inner: MemorySource,
    left: usize,
}

impl Source for Failing {
    fn schema(&self) -> &Schema {
        self.inner.schema()
    }
    fn rows(&self) -> Option<u64> {
        None
    }
    fn read(&mut self, rows: usize) -> gapwave_datasets::Result<Option<Chunk>> {
        if self.left == 0 {
            return Err(gapwave_columns::Error::Mismatch("the disk is gone".into()).into());
        }
        let chunk = self.inner.read(rows.min(self.left))?;
        self.left -= chunk.as_ref().map_or(0, Chunk::rows);
        Ok(chunk)
    }
    fn rewind(&mut self) -> gapwave_datasets::Result<()> {
        self.inner.rewind()
    }
}

/// A sink that fails at its second chunk.
#[derive(Default)]
struct Full(usize);

impl gapwave_datasets::Sink for Full {
    fn write(&mut self, _: Chunk) -> gapwave_datasets::Result<()> {
        self.0 += 1;
        if self.0 > 1 { Err(gapwave_columns::Error::Mismatch("the disk is full".into()).into()) } else { Ok(()) }
    }
    fn finish(&mut self) -> gapwave_datasets::Result<()> {
        panic!("finished although it failed");
    }
}

fn through(source: &mut dyn Source, sink: &mut dyn gapwave_datasets::Sink, control: &Control) -> Result<()> {
    std::thread::scope(|scope| {
        let mut ahead = Ahead::start(scope, source, control, |run: &mut (dyn FnMut() + Send)| run())?;
        let mut behind = Behind::start(scope, &mut *sink)?;
        let need = Need { per_row: 4, fixed: 0, row: 4 };
        let mut sizing = Sizing::new(Some(10), u64::MAX, need, None)?;
        pump(&mut ahead, &mut sizing, control, |chunk| behind.write(chunk))?;
        behind.end()
    })?;
    sink.finish()?;
    Ok(())
}

#[test]
fn errors_of_reading_and_writing_end_the_work() {
    let control = Control::new();
    let mut source = Failing { inner: numbers(1000), left: 500 };
    let e = through(&mut source, &mut MemorySink::new(), &control).unwrap_err();
    assert!(e.to_string().contains("the disk is gone"), "{e}");
    let e = through(&mut numbers(1000), &mut Full::default(), &control).unwrap_err();
    assert!(e.to_string().contains("the disk is full"), "{e}");
    let mut kept = MemorySink::new();
    through(&mut numbers(1000), &mut kept, &control).unwrap();
    assert_eq!(kept.into_table().unwrap().rows(), 1000);
    assert_eq!(control.progress().rows, 1000);
    control.cancel();
    assert!(matches!(through(&mut numbers(1000), &mut Full::default(), &control), Err(Error::Cancelled)));
}

#[test]
fn reading_ahead_and_rewinding_give_the_same_chunks() {
    let control = Control::new();
    let mut source = numbers(100);
    std::thread::scope(|scope| {
        let mut ahead = Ahead::start(scope, &mut source, &control, |run: &mut (dyn FnMut() + Send)| run()).unwrap();
        for rows in [7, 33, 1000] {
            let mut part = Vec::new();
            while part.len() < 50
                && let Some(chunk) = ahead.read(rows).unwrap()
            {
                part.extend_from_slice(chunk.cols[0].as_slice::<u32>().unwrap());
            }
            assert_eq!(part, (0..part.len() as u32).collect::<Vec<_>>());
            ahead.rewind().unwrap();
        }
        assert_eq!(read_all(&mut ahead, 9), (0..100).collect::<Vec<_>>());
        assert!(ahead.read(1).unwrap().is_none());
    });
}

/// Needs all rows.
#[derive(Debug)]
struct Sorted;

impl Kernel for Sorted {
    fn entry(&self) -> &'static gapwave_kernels::Entry {
        SUM.entry()
    }
    fn params(&self) -> toml::Table {
        toml::Table::new()
    }
    fn infer(&self, ins: &[Meta]) -> gapwave_kernels::Result<gapwave_kernels::Io> {
        Ok(gapwave_kernels::Io::new(ins, vec![ins[0].clone()], gapwave_kernels::Reach::Whole))
    }
    fn oracle(&self, _: &[Array]) -> gapwave_kernels::Result<Vec<Array>> {
        unreachable!("not compared")
    }
    fn tolerance(&self, _: &[Meta]) -> gapwave_kernels::Tolerance {
        gapwave_kernels::Tolerance::Exact
    }
    fn cpu(
        &self,
        _: &gapwave_kernels::Cpu,
        _: &[View<'_>],
        _: &mut [gapwave_columns::Out<'_>],
    ) -> gapwave_kernels::Result<()> {
        Ok(())
    }
}

#[test]
fn what_needs_all_rows_says_how_much_that_is() {
    let control = Control::new();
    let known = numbers(1000);
    let unknown = Failing { inner: numbers(1000), left: usize::MAX };
    for (source, part) in
        [(Box::new(known) as Box<dyn Source>, "1000 rows take 3.9 KiB"), (Box::new(unknown), "or more")]
    {
        let runner = Logged::new(&Arc::default(), None);
        let mut s = Stage::new(KernelRef::Lent(&Sorted), source, &[0], Box::new(runner), 3000, &control).unwrap();
        let e = inward(s.read(100).unwrap_err());
        assert!(matches!(&e, Error::Memory(_)) && e.to_string().contains(part), "{e}");
        assert!(e.to_string().contains("--memory"), "{e}");
    }
}
