//! The GPU device: memory and pipelines reused, arrays that stay, what goes wrong, who may share it.
#![cfg(feature = "gpu")]

mod gpu_support;

use gapwave::Error;
use gapwave::gpu::{Fault, Gpu, OpenOptions, Verdict, adapters};
use gapwave::wgpu;
use gapwave_columns::{Array, Bitmap, DType, Len, Meta};
use gapwave_kernels::primitives::scan::{Scan, ScanOp};
use gpu_support::{Probe, open, open_with, run, skipped};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const SUM: Scan = Scan { op: ScanOp::Add, exclusive: false };

fn numbers(n: u32) -> Array {
    Array::from((0..n).collect::<Vec<u32>>())
}

fn sums(n: u32) -> Array {
    Array::from(
        (0..n)
            .scan(0u32, |s, x| {
                *s = s.wrapping_add(x);
                Some(*s)
            })
            .collect::<Vec<u32>>(),
    )
}

#[test]
fn a_second_run_makes_no_buffers_and_compiles_nothing() {
    let Some(gpu) = open(false) else { return };
    let x = numbers(100_000);
    let first = run(&gpu, &SUM, std::slice::from_ref(&x)).unwrap().unwrap();
    // The staging rings fill up over the first transfers.
    for _ in 0..3 {
        run(&gpu, &SUM, std::slice::from_ref(&x)).unwrap();
    }
    let before = gpu.counters();
    assert!(before.pipelines_compiled == 3 && before.buffers_created > 0, "{before:?}");
    let again = run(&gpu, &SUM, std::slice::from_ref(&x)).unwrap().unwrap();
    let after = gpu.counters();
    assert_eq!(first, again);
    assert_eq!(first[0], sums(100_000));
    assert_eq!(after.buffers_created, before.buffers_created);
    assert_eq!(after.pipelines_compiled, before.pipelines_compiled);
    assert_eq!(after.peak_device_bytes, before.peak_device_bytes);
    assert_eq!(after.dispatches, before.dispatches + 3);
    // 100,000 words and the carry, each way.
    assert_eq!(after.bytes_up, before.bytes_up + 400_004);
    assert_eq!(after.bytes_down, before.bytes_down + 400_004);
}

#[test]
fn arrays_of_every_size_come_back_as_they_went() {
    let Some(gpu) = open(false) else { return };
    for n in [0usize, 1, 3, 4, 5, 63, 64, 65, 1000, (16 << 20) - 1, (16 << 20) + 1, (50 << 20) + 3] {
        let bytes: Vec<u8> = (0..n).map(|i| (i as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
        let a = Array::from(bytes).with_valid(Bitmap::from_fn(n, |i| i % 3 != 1)).unwrap();
        assert_eq!(gpu.download(&gpu.upload(&a).unwrap()).unwrap(), a, "{n}");
        // A cut array's bitmap begins within a word.
        if n > 100 {
            let cut = a.slice_rows(33, n - 40).unwrap();
            assert_eq!(gpu.download(&gpu.upload(&cut).unwrap()).unwrap(), cut, "{n}");
        }
    }
}

#[test]
fn arrays_stay_on_the_device_from_kernel_to_kernel() {
    let Some(gpu) = open(false) else { return };
    let (x, zero) = (gpu.upload(&numbers(5000)).unwrap(), gpu.upload(&Array::from(vec![0u32])).unwrap());
    let down = gpu.counters().bytes_down;
    let y = gpu.enqueue(&SUM, &[&x, &zero], 1).unwrap();
    let z = gpu.enqueue(&Probe::Add { times: 3 }, &[&y[0]], 1).unwrap();
    let w = gpu.enqueue(&SUM, &[&z[0], &y[1]], 1).unwrap();
    assert_eq!(gpu.counters().bytes_down, down, "nothing is read back in between");
    let mut sum = sums(5000).as_slice::<u32>().unwrap().last().copied().unwrap();
    let want: Vec<u32> = sums(5000)
        .as_slice::<u32>()
        .unwrap()
        .iter()
        .map(|s| {
            sum = sum.wrapping_add(s + 3);
            sum
        })
        .collect();
    assert_eq!(gpu.download(&w[0]).unwrap(), Array::from(want));
    // The input is still what it was.
    assert_eq!(gpu.download(&x).unwrap(), numbers(5000));
}

#[test]
fn a_filters_result_has_its_rows_counted_and_its_bitmap_cleaned() {
    let Some(gpu) = open(false) else { return };
    for (n, keep) in [(100, 70), (100, 64), (100, 0), (100, 100), (10_000, 6_401), (10_000, 6_400 + 33)] {
        let x = gpu.upload(&numbers(n)).unwrap();
        let y = gpu.enqueue(&Probe::Keep { keep }, &[&x], 1).unwrap().remove(0);
        assert_eq!(y.meta().len, Len::AtMost);
        let counted = gpu.enqueue(&Probe::CountValid, &[&y], 1).unwrap();
        assert_eq!(y.meta(), Meta::new(DType::U32, [keep as usize]).nullable(true));
        assert_eq!(gpu.download(&counted[0]).unwrap(), Array::from(vec![keep]), "ones of {keep} in {n}");
        let back = gpu.download(&y).unwrap();
        assert_eq!(back, numbers(keep).with_valid(Bitmap::filled(keep as usize, true)).unwrap());
        let host = run(&gpu, &Probe::Keep { keep }, &[numbers(n)]).unwrap().unwrap();
        assert_eq!(host[0], back);
    }
    let more = Probe::Keep { keep: 101 };
    assert!(matches!(run(&gpu, &more, &[numbers(100)]), Err(Error::Internal(why)) if why.contains("101 rows")));
}

#[test]
fn many_steps_are_cut_into_submissions() {
    let Some(gpu) = open(false) else { return };
    let before = gpu.counters();
    let y = run(&gpu, &Probe::Add { times: 1000 }, &[numbers(10)]).unwrap().unwrap();
    assert_eq!(y[0], Array::from((1000..1010).collect::<Vec<u32>>()));
    let after = gpu.counters();
    assert_eq!(after.dispatches - before.dispatches, 1000);
    // At most 128 steps each; one more for the upload and one for the download.
    assert_eq!(after.submissions - before.submissions, 1001u64.div_ceil(128) + 2);
}

#[test]
fn mistakes_are_errors_and_leave_the_device_usable() {
    for minimum in [false, true] {
        let Some(gpu) = open(minimum) else { return };
        for bad in [Probe::Broken, Probe::Unbound] {
            assert!(matches!(run(&gpu, &bad, &[numbers(10)]), Err(Error::Internal(_))), "{bad:?}");
        }
        assert!(!gpu.is_lost());
        assert_eq!(run(&gpu, &SUM, &[numbers(10)]).unwrap().unwrap()[0], sums(10));
    }
}

#[test]
fn what_is_too_large_asks_for_smaller_chunks() {
    let Some(gpu) = open(true) else { return };
    // WebGPU's minimum: buffers of 256 MiB, bindings of 128 MiB.
    let a = Array::from(vec![0u8; (256 << 20) + 1]);
    let e = gpu.upload(&a).unwrap_err();
    assert!(matches!(e, Error::OutOfDeviceMemory(_)) && e.wants_smaller_chunks(), "{e}");
    let half = Array::from(vec![0u32; (128 << 20) / 4 + 1]);
    let e = run(&gpu, &SUM, &[half]).unwrap_err();
    assert!(e.wants_smaller_chunks(), "{e}");
    assert_eq!(run(&gpu, &SUM, &[numbers(10)]).unwrap().unwrap()[0], sums(10));
}

#[test]
fn a_lost_device_says_so_and_is_rebuilt_once() {
    for fault in [Fault::Lost, Fault::Panic] {
        let Some(gpu) = open(false) else { return };
        let kept = gpu.upload(&numbers(10)).unwrap();
        gpu.inject(fault, 1);
        let e = run(&gpu, &SUM, &[numbers(5000)]).unwrap_err();
        assert!(matches!(e, Error::DeviceLost(_)), "{fault:?}: {e}");
        assert!(gpu.is_lost());
        assert!(matches!(run(&gpu, &SUM, &[numbers(10)]), Err(Error::DeviceLost(_))), "lost for good");
        assert!(matches!(gpu.download(&kept), Err(Error::DeviceLost(_))));

        let second = gpu.rebuild().unwrap();
        assert_eq!(run(&second, &SUM, &[numbers(5000)]).unwrap().unwrap()[0], sums(5000));
        let e = second.download(&kept).unwrap_err();
        assert!(matches!(&e, Error::Usage(why) if why.contains("another device")), "{e}");
        // Whoever asks gets the same one: what it did is counted there.
        assert_eq!(gpu.rebuild().unwrap().counters(), second.counters());
        second.inject(fault, 0);
        assert!(run(&second, &SUM, &[numbers(10)]).is_err());
        assert!(matches!(second.rebuild(), Err(Error::DeviceLost(_))), "once only");
    }
}

#[test]
fn a_device_that_does_not_answer_times_out() {
    let Some(gpu) = open(false) else { return };
    gpu.inject(Fault::Timeout, 1);
    let e = run(&gpu, &SUM, &[numbers(5000)]).unwrap_err();
    assert!(matches!(e, Error::Timeout { .. }), "{e}");
    assert!(!gpu.is_lost());
    assert_eq!(run(&gpu, &SUM, &[numbers(5000)]).unwrap().unwrap()[0], sums(5000), "it did answer later");

    // A real one: work of far more than a microsecond.
    let hasty = OpenOptions { timeout: Duration::from_micros(1), ..OpenOptions::default() };
    let Some(gpu) = open_with(hasty) else { return };
    let e = run(&gpu, &Probe::Add { times: 200 }, &[numbers(1 << 20)]).unwrap_err();
    assert!(matches!(e, Error::Timeout { .. }), "{e}");
}

#[test]
fn memory_that_runs_out_is_an_error_and_nothing_else() {
    let Some(gpu) = open(false) else { return };
    // Wherever it happens within a run.
    for after in 0..5 {
        gpu.inject(Fault::OutOfMemory, after);
        let e = run(&gpu, &SUM, &[numbers(5000)]).unwrap_err();
        assert!(matches!(e, Error::OutOfDeviceMemory(_)) && e.wants_smaller_chunks(), "{after}: {e}");
        assert_eq!(run(&gpu, &SUM, &[numbers(5000)]).unwrap().unwrap()[0], sums(5000), "{after}");
    }
}

#[test]
fn eight_threads_share_one_device() {
    let Some(gpu) = open(false) else { return };
    std::thread::scope(|s| {
        for t in 0..8u32 {
            let gpu = gpu.clone();
            s.spawn(move || {
                for i in 0..10 {
                    let n = 1000 + 777 * t + 13 * i;
                    let got = run(&gpu, &SUM, &[numbers(n)]).unwrap().unwrap();
                    assert_eq!(got[0], sums(n), "thread {t}, round {i}");
                    let a = gpu.upload(&numbers(n)).unwrap();
                    let b = gpu.enqueue(&Probe::Add { times: t }, &[&a], 1).unwrap();
                    assert_eq!(gpu.download(&b[0]).unwrap(), Array::from((t..n + t).collect::<Vec<u32>>()));
                }
            });
        }
    });
    assert_eq!(gpu.counters().pipelines_compiled, 4, "each is compiled once, whoever comes first");
}

#[test]
fn a_shared_device_keeps_its_owners_callbacks() {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let all = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let Some(adapter) = all.into_iter().next() else {
        skipped("none at all");
        return;
    };
    // WebGPU's defaults: all that a program may have asked for.
    let made = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()));
    let (device, queue) = made.unwrap();
    let errors = Arc::new(AtomicU32::new(0));
    let count = errors.clone();
    device.on_uncaptured_error(Arc::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    }));
    let gpu = Gpu::from_wgpu(instance, adapter, device.clone(), queue).unwrap();
    assert_eq!(gpu.caps().storage_buffers, 8);
    assert_eq!(run(&gpu, &SUM, &[numbers(5000)]).unwrap().unwrap()[0], sums(5000));
    assert!(matches!(run(&gpu, &Probe::Unbound, &[numbers(10)]), Err(Error::Internal(_))));
    assert_eq!(errors.load(Ordering::SeqCst), 0, "gapwave's errors are gapwave's");
    // The owner's mistake still reaches the owner.
    let _ = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 4,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE,
        mapped_at_creation: false,
    });
    assert_eq!(errors.load(Ordering::SeqCst), 1);
    assert!(matches!(gpu.rebuild(), Err(Error::DeviceLost(_))));
    // The owner destroys it: an error, not a panic, and no wrong result.
    device.destroy();
    assert!(run(&gpu, &SUM, &[numbers(5000)]).is_err());
}

#[test]
fn software_adapters_are_rejected_unless_asked_for() {
    let (plain, software) = (adapters(false), adapters(true));
    assert_eq!(plain.len(), software.len());
    for a in &plain {
        if a.device_type == "software" {
            assert_eq!(a.verdict, Verdict::Rejected);
            assert!(a.why.contains("emulates") && a.hint.as_ref().is_some_and(|h| h.contains("GAPWAVE_SOFTWARE_GPU")));
        }
    }
    assert!(software.iter().filter(|a| a.verdict == Verdict::Chosen).count() <= 1);
    if let Some(best) = software.first() {
        assert_eq!(best.verdict, Verdict::Chosen);
        let json = serde_json::to_value(best).unwrap();
        assert_eq!(json["verdict"], "chosen");
    }
    let none = Gpu::open(&OpenOptions { name: Some("no such adapter".into()), ..OpenOptions::default() });
    assert!(matches!(none, Err(Error::NoAdapter(_))));
    if plain.iter().all(|a| a.device_type == "software") {
        let none = Gpu::open(&OpenOptions::default());
        assert!(matches!(none, Err(Error::NoAdapter(why)) if plain.is_empty() || why.contains("software adapter")));
    }
}
