//! Steps in a row on a GPU: chunks stay there between them, and nothing else changes.
#![cfg(feature = "gpu")]

mod common;

use gapwave::gpu::{Counters, Fault};
use gapwave::kernels::fft::C2c;
use gapwave::kernels::impute::{linear::Linear, locf::Locf};
use gapwave::kernels::primitives::scan::{Scan, ScanOp};
use gapwave::kernels::{Kernel, Tolerance, case};
use gapwave::{Array, Bitmap, Chunk, Complex32, DeviceChoice, Pipeline, Processor, Provenance, Session};

const SUM: Scan = Scan { op: ScanOp::Add, exclusive: false };

fn session(device: DeviceChoice, rows: usize) -> Session {
    let built = Session::builder().device(device).software(true).threads(1).build().expect("a session");
    built.with_chunk_rows(rows)
}

fn table(n: usize) -> Chunk {
    let gap = |i: usize, seed| case::random(seed, (i / 40) as u64).is_multiple_of(3);
    let floats = |seed| {
        let all = case::uniform_f64(seed, n).into_iter().enumerate();
        Array::from(all.map(|(i, x)| if gap(i, seed) { f32::NAN } else { x as f32 }).collect::<Vec<_>>())
    };
    let nulls = Bitmap::from_fn(n, |i| !gap(i, 3));
    let time = Array::from((0..n as i64).map(|i| (i << 33) + i).collect::<Vec<_>>());
    let c = Array::from((0..n as i32).collect::<Vec<_>>()).with_valid(nulls).expect("a bitmap");
    let ones = Array::from(vec![1u32; n]);
    Chunk::new([("t", time), ("a", floats(1)), ("b", floats(2)), ("c", c), ("n", ones)]).expect("a table")
}

type Step = fn(Pipeline) -> Pipeline;

/// Steps and how many of them stay with the one before.
fn works() -> [(&'static str, Vec<Step>, usize); 5] {
    let keep: Step = |p| p.keep("n >= 50 and a > -0.5").expect("a condition");
    let linear: Step = |p| p.then_on(["a", "b"], Linear::default());
    let locf: Step = |p| p.then_on(["c", "b"], Locf::default());
    let sum: Step = |p| p.then_on(["n"], SUM);
    [
        ("a first pass, then rows are dropped", vec![linear, sum, keep], 2),
        ("bitmaps between steps", vec![locf, locf, sum, sum], 3),
        ("rows are dropped in between", vec![sum, keep, locf, sum], 2),
        ("a first pass later", vec![sum, linear, keep], 1),
        (
            "different columns",
            vec![sum, |p| p.then_on(["b"], Locf::default()), |p| p.then_on(["a"], Locf::default())],
            2,
        ),
    ]
}

fn counted(
    s: &Session,
    run: impl FnOnce() -> (Chunk, Vec<Provenance>),
) -> (Chunk, Vec<Provenance>, Counters, Counters) {
    let gpu = s.gpu_device().expect("the adapter");
    let before = gpu.counters();
    let (made, provenances) = run();
    (made, provenances, before, gpu.counters())
}

fn collect(p: Pipeline, s: &Session) -> (Chunk, Vec<Provenance>) {
    let (made, provenances) = p.run(s).expect("a run");
    (made.expect("a table"), provenances)
}

#[test]
fn a_chunk_goes_up_and_comes_down_once() {
    if !common::gpu_or_skip() {
        return;
    }
    let n = 3000;
    for (what, steps, joined) in works() {
        for rows in [177, 1024, n] {
            let s = session(DeviceChoice::Gpu(None), rows);
            let chain = |p| steps.iter().fold(p, |p, step| step(p));
            let (made, provenances, before, after) = counted(&s, || collect(chain(Pipeline::from_table(table(n))), &s));
            // The same one step at a time.
            let mut apart = table(n);
            let (mut up, mut submitted) = (0, 0);
            for step in &steps {
                let (next, _, before, after) = counted(&s, || collect(step(Pipeline::from_table(apart.clone())), &s));
                (up, submitted) =
                    (up + after.bytes_up - before.bytes_up, submitted + after.submissions - before.submissions);
                apart = next;
            }
            assert_eq!(made, apart, "{what}, chunks of {rows}");
            assert!(made.rows() > 100, "{what}: {} rows are no test", made.rows());
            assert_eq!(provenances.len(), steps.len());
            assert!(provenances.iter().all(|p| p.processor == Processor::Gpu), "{provenances:?}");
            let plan = chain(Pipeline::from_table(table(n))).plan(&s).expect("a plan");
            assert_eq!(plan.steps.iter().filter(|s| s.chained).count(), joined, "{what}");
            let (chained_up, chained) = (after.bytes_up - before.bytes_up, after.submissions - before.submissions);
            // Columns of their own go up once anyway; and a first pass has what comes before it done twice, which
            // running the steps apart does not.
            let (few, all) = ((chained_up, chained), (up, submitted));
            assert!(
                few.0 <= all.0 && few.1 <= all.1 && few != all,
                "{what}: bytes up and submissions {few:?} of {all:?}"
            );
            println!(
                "{what}, chunks of {rows}: {chained_up} bytes up instead of {up}, {chained} submissions of {submitted}"
            );
        }
    }
}

#[test]
fn two_sums_send_what_one_sends() {
    if !common::gpu_or_skip() {
        return;
    }
    let n = 4096;
    let numbers = || Pipeline::from_table(Chunk::new([("n", Array::from(vec![1u32; n]))]).expect("a table"));
    let s = session(DeviceChoice::Gpu(None), 1024);
    let moved = |p: Pipeline| {
        let (_, _, before, after) = counted(&s, || collect(p, &s));
        [after.bytes_up - before.bytes_up, after.bytes_down - before.bytes_down]
    };
    let one = moved(numbers().then(SUM));
    let two = moved(numbers().then(SUM).then(SUM));
    // The state of the second sum begins as zeros, sent with the first chunk.
    assert!(two[0] - one[0] <= 16 && two[1] == one[1], "{one:?} bytes for one, {two:?} for two");
}

#[test]
fn the_cpu_takes_a_chain_over() {
    if !common::gpu_or_skip() {
        return;
    }
    let (batch, n) = (256u64, 1024u64);
    let z = |i| Complex32::new(case::uniform(1, i) as f32, case::uniform(2, i) as f32);
    let x = Array::new([batch as usize, n as usize], (0..batch * n).map(z).collect()).expect("a batch");
    let steps = || Pipeline::from_table(Chunk::new([("z", x.clone())]).expect("a table")).then(C2c::default());
    let twice = || steps().then(C2c::default());
    let s = session(DeviceChoice::Auto, 100);
    let (want, p) = collect(twice(), &s);
    assert!(p.iter().all(|p| p.processor == Processor::Gpu && p.why.contains("timed together")), "{p:?}");
    for after in [0, 1, 2] {
        let s = session(DeviceChoice::Auto, 100);
        s.gpu_device().expect("the adapter").inject(Fault::Lost, after);
        let (made, p) = collect(twice(), &s);
        assert_eq!((p[0].processor, p[1].recovered.len()), (Processor::Gpu, 1), "{p:?}");
        assert_eq!(made, want, "lost at wait {after}");
        // The second device fails as well: now the CPU.
        s.gpu_device().expect("the second device").inject(Fault::Panic, after);
        let (made, p) = collect(twice(), &s);
        assert_eq!(p.iter().map(|p| p.processor).collect::<Vec<_>>(), [Processor::Cpu; 2], "{p:?}");
        // Either result is two transforms' errors away from the true one.
        let Tolerance::Norm { l2, linf } = C2c::default().tolerance(&[x.meta()]) else { panic!("a norm") };
        let four = Tolerance::Norm { l2: 4.0 * l2, linf: 4.0 * linf };
        four.compare(&made.cols[0], &want.cols[0]).expect("within the tolerance of four transforms");
    }
}
