//! What a session does when its GPU fails: faults are injected where the device is waited for.
#![cfg(feature = "gpu")]

mod common;

use gapwave::datasets::{MemorySink, MemorySource};
use gapwave::gpu::Fault;
use gapwave::kernels::fft::C2c;
use gapwave::kernels::primitives::scan::{Scan, ScanOp};
use gapwave::kernels::{Kernel, Tolerance, case};
use gapwave::{Array, Chunk, Complex32, Control, DeviceChoice, Error, Meta, Processor, Session};

fn session(device: DeviceChoice) -> Session {
    // One CPU thread makes the estimate of `auto` prefer the software adapter for arithmetic.
    Session::builder().device(device).software(true).threads(1).build().expect("a session")
}

/// Enough arithmetic that `auto` takes the GPU.
fn transform() -> (C2c, Array) {
    let (batch, n) = (256u64, 1024u64);
    let z = |i| Complex32::new(case::uniform(1, i) as f32, case::uniform(2, i) as f32);
    let x = Array::new([batch as usize, n as usize], (0..batch * n).map(z).collect()).expect("a batch");
    (C2c::default(), x)
}

fn as_defined(kernel: &C2c, x: &Array, got: &Array) {
    let metas: Vec<Meta> = vec![x.meta()];
    let want = kernel.oracle(std::slice::from_ref(x)).expect("the definition");
    let tolerance = kernel.tolerance(&metas);
    assert!(matches!(tolerance, Tolerance::Norm { .. }));
    tolerance.compare(got, &want[0]).expect("the result is right whatever happened");
}

#[test]
fn a_lost_device_is_opened_again_once_and_the_chunk_run_again() {
    if !common::gpu_or_skip() {
        return;
    }
    let (kernel, x) = transform();
    for fault in [Fault::Lost, Fault::Panic, Fault::Timeout] {
        let s = session(DeviceChoice::Gpu(None));
        s.gpu_device().expect("the adapter").inject(fault, 0);
        let out = s.run(&kernel, &x).unwrap_or_else(|e| panic!("{fault:?}: {e}"));
        assert_eq!(out.provenance().processor, Processor::Gpu);
        assert_eq!(out.provenance().recovered.len(), 1, "{fault:?}: {:?}", out.provenance().recovered);
        as_defined(&kernel, &x, out.array());
    }
}

#[test]
fn a_demanded_gpu_that_fails_again_is_an_error() {
    if !common::gpu_or_skip() {
        return;
    }
    let (kernel, x) = transform();
    let s = session(DeviceChoice::Gpu(None));
    s.gpu_device().expect("the adapter").inject(Fault::Lost, 0);
    s.run(&kernel, &x).expect("opened again");
    s.gpu_device().expect("the second device").inject(Fault::Lost, 0);
    let e = s.run(&kernel, &x).expect_err("no third device");
    assert!(matches!(e, Error::DeviceLost(_)), "{e}");
}

#[test]
fn under_auto_the_cpu_takes_over() {
    if !common::gpu_or_skip() {
        return;
    }
    let (kernel, x) = transform();
    let s = session(DeviceChoice::Auto);
    let out = s.run(&kernel, &x).expect("a result");
    assert_eq!(out.provenance().processor, Processor::Gpu, "the estimate prefers the GPU: {}", out.provenance().why);
    s.gpu_device().expect("the adapter").inject(Fault::Lost, 0);
    s.run(&kernel, &x).expect("opened again");
    s.gpu_device().expect("the second device").inject(Fault::Panic, 0);
    let out = s.run(&kernel, &x).expect("the CPU does it");
    assert_eq!(out.provenance().processor, Processor::Cpu);
    assert!(out.provenance().recovered.iter().any(|r| r.contains("the CPU took over")));
    as_defined(&kernel, &x, out.array());
}

#[test]
fn out_of_memory_makes_smaller_chunks() {
    if !common::gpu_or_skip() {
        return;
    }
    let (kernel, x) = transform();
    let s = session(DeviceChoice::Gpu(None));
    s.gpu_device().expect("the adapter").inject(Fault::OutOfMemory, 0);
    let out = s.run(&kernel, &x).expect("in two chunks");
    assert_eq!((out.provenance().processor, out.provenance().chunks), (Processor::Gpu, 2));
    as_defined(&kernel, &x, out.array());
}

#[test]
fn a_device_lost_within_a_stream_changes_nothing() {
    if !common::gpu_or_skip() {
        return;
    }
    let n = 10_000usize;
    let table = Chunk::new([("n", Array::from((0..n as u32).collect::<Vec<_>>()))]).expect("a table");
    let sum = Scan { op: ScanOp::Add, exclusive: false };
    let want: Vec<u32> = (0..n as u32).scan(0u32, |s, i| Some(*s + i).inspect(|t| *s = *t)).collect();
    for after in [0, 1, 4, 9, 17] {
        let s = session(DeviceChoice::Gpu(None)).with_chunk_rows(1000);
        s.gpu_device().expect("the adapter").inject(Fault::Lost, after);
        let mut sink = MemorySink::new();
        let mut source = MemorySource::new(table.clone());
        let p = s.drive(&sum, &mut source, &[0], &mut sink, &Control::new()).unwrap_or_else(|e| panic!("{after}: {e}"));
        assert_eq!((p.processor, p.recovered.len()), (Processor::Gpu, 1), "{after}: {:?}", p.recovered);
        let got = sink.into_table().expect("a table");
        assert_eq!(got.cols[0].as_slice::<u32>().expect("u32"), want, "lost at wait {after}");
    }
}
