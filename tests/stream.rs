//! The chunk driver: whatever the kernel's reach and wherever it cuts, the result is the same.

#[allow(dead_code, unreachable_pub, reason = "an example, used here as a library")]
#[path = "../examples/own_kernel.rs"]
mod own_kernel;

use gapwave::datasets::{self, MemorySink, MemorySource, Schema, Source};
use gapwave::kernels::{Cpu, Entry, Error, Io, Kernel, Reach, Result, Tolerance, case};
use gapwave::kernels::{impute::linear::Linear, primitives::scan};
use gapwave::{Array, Beside, Chunk, Columns, Control, DType, Job, Meta, Out, Pipeline, Session, View};
use own_kernel::MovingMean;
use proptest::prelude::*;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn session() -> Session {
    Session::builder().device(gapwave::DeviceChoice::Cpu).threads(1).build().expect("the CPU")
}

/// Sums of frames.
#[derive(Debug)]
struct FrameSums {
    size: usize,
    hop: usize,
}

impl FrameSums {
    fn frames(&self, rows: usize) -> usize {
        if rows < self.size { 0 } else { (rows - self.size) / self.hop + 1 }
    }
}

impl Kernel for FrameSums {
    fn entry(&self) -> &'static Entry {
        &scan::ENTRY
    }
    fn params(&self) -> toml::Table {
        toml::Table::new()
    }
    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        let outs = vec![Meta::new(DType::F64, [self.frames(ins[0].rows())])];
        Ok(Io::new(ins, outs, Reach::Frames { size: self.size, hop: self.hop }))
    }
    fn oracle(&self, _: &[Array]) -> Result<Vec<Array>> {
        unreachable!("compared with the whole")
    }
    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }
    fn cpu(&self, _: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let x = ins[0].as_slice::<f64>()?;
        for (i, y) in outs[0].as_mut_slice::<f64>()?.iter_mut().enumerate() {
            *y = x[i * self.hop..i * self.hop + self.size].iter().sum();
        }
        Ok(())
    }
}

/// Running sums that refuse more than `most` rows at a time, as a small GPU would.
#[derive(Debug)]
struct Picky {
    most: usize,
    inner: scan::Scan,
}

impl Kernel for Picky {
    fn entry(&self) -> &'static Entry {
        self.inner.entry()
    }
    fn params(&self) -> toml::Table {
        self.inner.params()
    }
    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.inner.infer(ins)
    }
    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        self.inner.oracle(ins)
    }
    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        self.inner.tolerance(ins)
    }
    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        if ins[0].rows() > self.most {
            let (need, have) = (ins[0].rows() as u64, self.most as u64);
            return Err(Error::Limit { what: "rows".into(), need, have });
        }
        self.inner.cpu(cx, ins, outs)
    }
}

/// A kernel for which there is once not enough memory.
#[derive(Debug)]
struct Moody<K> {
    inner: K,
    /// Rows that there is always enough for.
    least: usize,
    /// Calls with more rows before the one that fails.
    left: AtomicUsize,
}

impl<K: Kernel> Kernel for Moody<K> {
    fn entry(&self) -> &'static Entry {
        self.inner.entry()
    }
    fn params(&self) -> toml::Table {
        self.inner.params()
    }
    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        self.inner.infer(ins)
    }
    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        self.inner.oracle(ins)
    }
    fn tolerance(&self, ins: &[Meta]) -> Tolerance {
        self.inner.tolerance(ins)
    }
    fn cpu(&self, cx: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        if ins[0].rows() > self.least && self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err(Error::Limit { what: "memory".into(), need: 2, have: 1 });
        }
        self.inner.cpu(cx, ins, outs)
    }
}

/// Text beside numbers.
#[derive(Debug, Clone, PartialEq)]
struct Texts(Vec<String>);

impl Columns for Texts {
    fn rows(&self) -> usize {
        self.0.len()
    }
    fn bytes(&self) -> u64 {
        self.0.iter().map(|s| s.len() as u64).sum()
    }
    fn slice(&self, start: usize, rows: usize) -> Arc<dyn Columns> {
        Arc::new(Texts(self.0[start..start + rows].to_vec()))
    }
    fn take(&self, rows: &[u32]) -> gapwave::columns::Result<Arc<dyn Columns>> {
        Ok(Arc::new(Texts(rows.iter().map(|&r| self.0[r as usize].clone()).collect())))
    }
    fn concat(&self, rest: &[&dyn Columns]) -> gapwave::columns::Result<Arc<dyn Columns>> {
        let mut all = self.0.clone();
        for r in rest {
            let texts = (*r as &dyn std::any::Any).downcast_ref::<Texts>().expect("texts");
            all.extend_from_slice(&texts.0);
        }
        Ok(Arc::new(Texts(all)))
    }
    fn same(&self, other: &dyn Columns) -> bool {
        (other as &dyn std::any::Any).downcast_ref::<Texts>() == Some(self)
    }
}

/// A source that never gives more than some rows at a time.
struct Short {
    inner: MemorySource,
    most: usize,
    /// Whether it says how many there are.
    told: bool,
}

impl Source for Short {
    fn schema(&self) -> &Schema {
        self.inner.schema()
    }
    fn rows(&self) -> Option<u64> {
        self.inner.rows().filter(|_| self.told)
    }
    fn read(&mut self, rows: usize) -> datasets::Result<Option<Chunk>> {
        self.inner.read(rows.min(self.most))
    }
    fn has_beside(&self) -> bool {
        self.inner.has_beside()
    }
    fn rewind(&mut self) -> datasets::Result<()> {
        self.inner.rewind()
    }
}

const SUM: scan::Scan = scan::Scan { op: scan::ScanOp::Add, exclusive: false };

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_are_the_same_in_chunks(n in 0usize..300, half in 0usize..40, rows in 1usize..80) {
        let x = Array::from(case::uniform_f64(3, n));
        let s = session();
        let whole = s.run(&MovingMean { half }, &x).unwrap();
        let cut = s.with_chunk_rows(rows).run(&MovingMean { half }, &x).unwrap();
        prop_assert_eq!(whole.array(), cut.array());
    }

    #[test]
    fn frames_are_the_same_in_chunks(n in 0usize..300, size in 1usize..40, hop in 1usize..50, rows in 1usize..80) {
        let x = Array::from(case::uniform_f64(4, n));
        let kernel = FrameSums { size, hop };
        let s = session();
        let whole = s.run(&kernel, &x).unwrap();
        prop_assert_eq!(whole.array().rows(), kernel.frames(n));
        let cut = s.with_chunk_rows(rows).run(&kernel, &x).unwrap();
        prop_assert_eq!(whole.array(), cut.array());
    }

    #[test]
    fn steps_in_a_row_are_the_same_in_chunks(
        n in 0usize..400, half in 0usize..20, rows in 1usize..90, low in -1.0f64..0.5, short in 1usize..60,
    ) {
        let table = {
            let gap = |i: usize| case::random(7, i as u64) % 4 == 0;
            let values = case::uniform_f64(5, n).into_iter().enumerate().map(|(i, x)| if gap(i) { f64::NAN } else { x });
            let (a, b) = (Array::from(values.collect::<Vec<_>>()), Array::from(case::uniform_f64(6, n)));
            let names = Texts((0..n).map(|i| format!("row {i}")).collect());
            let columns = [("t", Array::from((0..n as i64).collect::<Vec<_>>())), ("a", a), ("b", b)];
            let chunk = Chunk::new(columns).unwrap();
            chunk.with_beside(Some(Beside::new(names))).unwrap()
        };
        let condition = format!("b >= {low:?}");
        let steps = |p: Pipeline| {
            p.keep(&condition).unwrap().fill(Linear::default()).then_on(["a"], MovingMean { half }).keep("a > -9").unwrap()
        };
        // In small pieces, as sources of files come.
        let source = Short { inner: MemorySource::new(table.clone()), most: short, told: false };
        let cut = steps(Pipeline::from_source(source)).collect(&session().with_chunk_rows(rows)).unwrap();
        let whole = steps(Pipeline::from_table(table)).collect(&session()).unwrap();
        prop_assert_eq!(&whole, &cut);
        let none = Beside::new(Texts(Vec::new()));
        let texts = &cut.beside.as_ref().unwrap_or(&none).downcast::<Texts>().unwrap().0;
        prop_assert_eq!(texts.len(), cut.rows());
        let t = cut.column("t").unwrap().as_slice::<i64>().unwrap();
        let own = t.iter().zip(texts).all(|(t, text)| *text == format!("row {t}"));
        prop_assert!(own, "text stays beside its number");
    }

    #[test]
    fn a_first_pass_is_not_left_out_where_a_source_gives_less_than_it_is_asked_for(
        n in 0usize..400, rows in 1usize..500, short in 1usize..60, told: bool,
    ) {
        let gap = |i: usize| case::random(7, (i / 9) as u64) % 2 == 0;
        let values = case::uniform_f64(5, n).into_iter().enumerate().map(|(i, x)| if gap(i) { f64::NAN } else { x });
        let table = Chunk::new([("a", Array::from(values.collect::<Vec<_>>()))]).unwrap();
        let source = Short { inner: MemorySource::new(table.clone()), most: short, told };
        let cut = Pipeline::from_source(source).fill(Linear::default()).collect(&session().with_chunk_rows(rows)).unwrap();
        let whole = Pipeline::from_table(table).fill(Linear::default()).collect(&session()).unwrap();
        let bits = |c: &Chunk| c.cols[0].bytes().to_vec();
        prop_assert_eq!(bits(&whole), bits(&cut));
    }

    #[test]
    fn what_is_too_large_is_cut_in_every_step(
        n in 1usize..300, most in prop::array::uniform3(1usize..40), rows in 1usize..200,
    ) {
        let x = Array::from(vec![1u32; n]);
        let sums = || Pipeline::from_table(Chunk::new([("n", x.clone())]).unwrap());
        let [a, b, c] = most.map(|most| Picky { most, inner: SUM });
        let cut = sums().then(a).then(b).then(c).collect(&session().with_chunk_rows(rows)).unwrap();
        let whole = sums().then(SUM).then(SUM).then(SUM).collect(&session()).unwrap();
        prop_assert_eq!(cut, whole);
    }

    #[test]
    fn frames_are_the_same_where_memory_runs_out_under_way(
        n in 0usize..300, size in 1usize..12, hop in 1usize..20, rows in 1usize..90, calls in 0usize..6,
    ) {
        let x = Array::from(case::uniform_f64(4, n));
        let whole = session().run(&FrameSums { size, hop }, &x).unwrap();
        let kernel = Moody { inner: FrameSums { size, hop }, least: size, left: AtomicUsize::new(calls) };
        let cut = session().with_chunk_rows(rows).run(&kernel, &x).unwrap();
        prop_assert_eq!(whole.array(), cut.array());
    }

    #[test]
    fn what_is_too_large_is_cut(n in 1usize..500, most in 1usize..64, rows in 1usize..200) {
        let x = Array::from((0..n as u32).collect::<Vec<_>>());
        let out = session().with_chunk_rows(rows).run(&Picky { most, inner: SUM }, &x).unwrap();
        prop_assert_eq!(out.array(), &SUM.oracle(&[x]).unwrap()[0]);
        prop_assert!(out.provenance().chunks >= n.div_ceil(most.min(rows)));
    }
}

#[test]
fn the_limit_surfaces_where_nothing_is_left_to_cut() {
    let x = Array::from(vec![1u32; 10]);
    let e = session().run(&Picky { most: 0, inner: SUM }, &x).unwrap_err();
    assert!(e.to_string().contains("rows needs 1"), "{e}");
}

#[test]
fn a_frame_that_is_too_large_by_itself_is_an_error() {
    #[derive(Debug)]
    struct Never(FrameSums);
    impl Kernel for Never {
        fn entry(&self) -> &'static Entry {
            self.0.entry()
        }
        fn params(&self) -> toml::Table {
            self.0.params()
        }
        fn infer(&self, ins: &[Meta]) -> Result<Io> {
            self.0.infer(ins)
        }
        fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
            self.0.oracle(ins)
        }
        fn tolerance(&self, ins: &[Meta]) -> Tolerance {
            self.0.tolerance(ins)
        }
        fn cpu(&self, _: &Cpu, ins: &[View<'_>], _: &mut [Out<'_>]) -> Result<()> {
            Err(Error::Limit { what: "a frame".into(), need: ins[0].rows() as u64, have: 1 })
        }
    }
    let x = Array::from(case::uniform_f64(4, 500));
    let e = session().run(&Never(FrameSums { size: 20, hop: 10 }), &x).unwrap_err();
    assert!(e.to_string().contains("a frame needs 20"), "cut down to one: {e}");
}

#[test]
fn frames_of_an_empty_table_are_a_table_of_their_own() {
    let table = |n: usize| {
        let columns = [("t", Array::from(vec![0i64; n])), ("x", Array::from(vec![0.5; n]))];
        Pipeline::from_table(Chunk::new(columns).unwrap()).then_on(["x"], FrameSums { size: 3, hop: 2 })
    };
    for (n, rows) in [(0, 0), (1, 0), (2, 0), (3, 1), (7, 3)] {
        let made = table(n).collect(&session()).unwrap();
        assert_eq!((&*made.names, made.rows()), (&["x".to_owned()][..], rows), "{n}");
    }
}

#[test]
fn columns_that_are_not_selected_go_along() {
    let table = Chunk::new([("t", Array::from(vec![5i64, 6, 7])), ("n", Array::from(vec![1u32, 2, 3]))]).unwrap();
    let (mut source, mut sink) = (MemorySource::new(table), MemorySink::new());
    let s = session().with_chunk_rows(2);
    let p = s.drive(&SUM, &mut source, &[1], &mut sink, &Control::new()).unwrap();
    assert_eq!((p.rows, p.chunks), (3, 2));
    let table = sink.into_table().unwrap();
    assert_eq!(table.column("t").unwrap().as_slice::<i64>().unwrap(), [5, 6, 7]);
    assert_eq!(table.column("n").unwrap().as_slice::<u32>().unwrap(), [1, 3, 6]);
}

#[test]
fn a_kernel_without_columns_is_refused_before_anything_is_written() {
    let table = Chunk::new([("n", Array::from(vec![1u32, 2, 3]))]).unwrap();
    let (mut source, mut sink) = (MemorySource::new(table), MemorySink::new());
    assert!(session().drive(&SUM, &mut source, &[], &mut sink, &Control::new()).is_err());
    assert!(sink.into_table().is_err(), "nothing was finished");
}

#[test]
fn an_empty_table_has_a_result() {
    let out = session().run(&SUM, Array::from(Vec::<u32>::new())).unwrap();
    assert_eq!(out.array().rows(), 0);
}

#[test]
fn a_source_without_rows_keeps_its_columns() {
    let table = Chunk::new([("t", Array::from(Vec::<i64>::new())), ("x", Array::from(Vec::<u32>::new()))]).unwrap();
    let none = || Short { inner: MemorySource::new(table.clone()), most: 9, told: true };
    assert!(none().read(9).unwrap().is_none());
    for steps in [Pipeline::from_source(none()), Pipeline::from_source(none()).then_on(["x"], SUM)] {
        let made = steps.collect(&session()).unwrap();
        assert_eq!((made.rows(), &*made.names), (0, &*table.names));
    }
}

#[test]
fn jobs_can_be_waited_for_polled_awaited_and_cancelled() {
    let table = || Chunk::new([("n", Array::from(vec![1u32; 1000]))]).unwrap();
    let s = session().with_chunk_rows(10);
    let (result, _) = s.spawn(Pipeline::from_table(table()).then(SUM).then(SUM)).wait().unwrap();
    assert_eq!(result.unwrap().cols[0].as_slice::<u32>().unwrap()[999], 1000 * 1001 / 2);

    let job = s.spawn(|_: &Session, control: &Control| {
        while !control.is_cancelled() {
            std::thread::yield_now();
        }
        control.check()
    });
    assert!(!job.is_done() && Job::poll(&job).is_none());
    job.cancel();
    assert!(matches!(job.wait(), Err(gapwave::Error::Cancelled)));

    let job = s.spawn(Pipeline::from_table(table()).then(SUM));
    let waker = std::task::Waker::noop();
    let mut job = std::pin::pin!(job);
    let table = loop {
        match Future::poll(job.as_mut(), &mut std::task::Context::from_waker(waker)) {
            std::task::Poll::Ready(r) => break r.unwrap().0.unwrap(),
            std::task::Poll::Pending => std::thread::yield_now(),
        }
    };
    assert_eq!(table.rows(), 1000);

    let job = s.spawn(|_: &Session, _: &Control| -> gapwave::Result<()> { panic!("on purpose") });
    assert!(matches!(job.wait(), Err(gapwave::Error::Internal(text)) if text.contains("on purpose")));
}
