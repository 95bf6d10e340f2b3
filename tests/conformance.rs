//! Every kernel of the registry × processor × SIMD level × case × chunking, against the kernel's oracle.

mod common;

use gapwave::kernels::{Case, Error as KernelError, Reach, SimdLevel, case, registry::KERNELS};
use gapwave::{Array, DeviceChoice, Error, Precision, Session, conformance};

/// How the rows of a case are cut: `None` is not at all.
fn chunkings(rows: usize, most: usize, seed: u64) -> Vec<Option<usize>> {
    let random = 1 + case::random(seed, rows as u64) as usize % rows.max(1);
    let mut sizes: Vec<Option<usize>> = vec![None];
    // Single rows of long arrays take long and show nothing that those of short ones do not.
    sizes.extend([1, 7, random].into_iter().filter(|s| rows > *s && rows.div_ceil(*s) <= most).map(Some));
    if sizes.len() == 1 && rows > 1 {
        sizes.push(Some(rows.div_ceil(most.min(rows)).max(rows / 3)));
    }
    sizes
}

/// Compares a case's results with the oracle; says what was wrong.
fn check(case: &Case, got: Vec<Array>, whole: &mut Option<Vec<Array>>, bitwise: bool) -> Result<(), String> {
    conformance::compare(case, &got, &conformance::expected(case)?)?;
    match whole {
        None => *whole = Some(got),
        // Cutting may not change a bit, except that a fold may add in another order.
        Some(whole) if bitwise && *whole != got => return Err("differs from the result without chunks".into()),
        Some(_) => {}
    }
    Ok(())
}

fn selected(id: &str) -> bool {
    std::env::var("GAPWAVE_KERNEL").map_or(true, |k| id.contains(&k))
}

#[test]
fn cpu_at_every_level_and_chunking() {
    let mut runs = 0;
    let mut wrong = Vec::new();
    for level in SimdLevel::available() {
        for entry in KERNELS.iter().filter(|e| selected(e.id)) {
            for (k, case) in (entry.cases)().iter().enumerate() {
                let rows = case.ins.iter().map(Array::rows).max().unwrap_or(0);
                let metas: Vec<_> = case.ins.iter().map(Array::meta).collect();
                let reach = case.kernel.infer(&metas).expect("cases are admitted").reach;
                let mut whole = None;
                for size in chunkings(rows, 10_000, k as u64) {
                    if reach == Reach::Whole && size.is_some() {
                        continue;
                    }
                    let threads = 1 + k % 3;
                    let session = common::cpu(level, threads, size);
                    let result = session
                        .run(case.kernel.as_ref(), &case.ins)
                        .map_err(|e| e.to_string())
                        .and_then(|got| check(case, got.into_arrays(), &mut whole, reach != Reach::Fold));
                    if let Err(e) = result {
                        wrong.push(format!(
                            "{} at {level}, {}, chunks {size:?}, {threads} threads: {e}",
                            entry.id, case.name
                        ));
                    }
                    runs += 1;
                }
            }
        }
    }
    println!("{runs} runs on the CPU");
    assert!(wrong.is_empty(), "{} of {runs} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(runs > 0);
}

fn gpu(minimum_limits: bool) {
    if !common::gpu_or_skip() {
        return;
    }
    let (mut runs, mut cpu_only) = (0, 0);
    let mut wrong = Vec::new();
    for precision in [Precision::Native, Precision::F32] {
        let session = |size: Option<usize>| common::gpu(minimum_limits, precision, size);
        for entry in KERNELS.iter().filter(|e| selected(e.id)) {
            for (k, case) in (entry.cases)().iter().enumerate() {
                let rows = case.ins.iter().map(Array::rows).max().unwrap_or(0);
                let metas: Vec<_> = case.ins.iter().map(Array::meta).collect();
                let io = case.kernel.infer(&metas).expect("cases are admitted");
                if precision == Precision::F32 {
                    // Only what f64-as-f32 makes possible: kernels that plan f64 themselves and say how far off it is.
                    let caps = gapwave::kernels::Caps::webgpu_minimum();
                    let native = case.kernel.gpu(&io.all_ins(&metas), &caps).is_some();
                    if native || case.kernel.gpu(&io.all_ins(&metas), &caps.f64_as_f32()).is_none() {
                        continue;
                    }
                }
                let mut whole = None;
                for size in chunkings(rows, 5, k as u64) {
                    if io.reach == Reach::Whole && size.is_some() {
                        continue;
                    }
                    let at = || format!("{}, {}, chunks {size:?}, {precision:?}", entry.id, case.name);
                    let result = match session(size).run(case.kernel.as_ref(), &case.ins) {
                        Err(Error::NotOnGpu { .. }) => {
                            cpu_only += 1;
                            continue;
                        }
                        Err(Error::Kernel(KernelError::Limit { .. })) if io.reach == Reach::Whole && minimum_limits => {
                            continue;
                        }
                        Err(e) => Err(e.to_string()),
                        Ok(got) if precision == Precision::F32 => check_f32(case, &got.into_arrays()),
                        Ok(got) => check(case, got.into_arrays(), &mut whole, io.reach != Reach::Fold),
                    };
                    if let Err(e) = result {
                        wrong.push(format!("{}: {e}", at()));
                    }
                    runs += 1;
                }
            }
        }
    }
    println!("{runs} runs on the GPU, {cpu_only} cases are for the CPU only");
    assert!(wrong.is_empty(), "{} of {runs} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(runs > 0);
}

/// f64 computed in f32: the oracle within f32's tolerance, and observed values to the bit.
fn check_f32(case: &Case, got: &[Array]) -> Result<(), String> {
    let metas: Vec<_> = case
        .ins
        .iter()
        .map(|a| {
            let mut m = a.meta();
            m.dtype = gapwave::DType::F32;
            m
        })
        .collect();
    let want = conformance::expected(case)?;
    for (i, (got, want)) in got.iter().zip(&want).enumerate() {
        case.kernel.tolerance(&metas).compare(got, want).map_err(|e| format!("result {i}: {e}"))?;
        let input = &case.ins[i];
        // A case may have inputs of f32 beside those of f64.
        if input.dtype() != gapwave::DType::F64 {
            continue;
        }
        let pairs = got.bytes().chunks_exact(8).zip(input.bytes().chunks_exact(8)).enumerate();
        for (j, (a, b)) in pairs {
            let x = f64::from_ne_bytes(b.try_into().expect("8 bytes"));
            let missing = x.is_nan() || input.valid().is_some_and(|v| !v.get(j)) || sentinel(case) == Some(x);
            if !missing && a != b {
                return Err(format!("result {i}: observed element {j} was rewritten"));
            }
        }
    }
    Ok(())
}

fn sentinel(case: &Case) -> Option<f64> {
    case.kernel.params().get("missing").and_then(|v| v.as_float())
}

#[test]
fn gpu_at_the_adapters_limits() {
    gpu(false);
}

#[test]
fn gpu_at_the_webgpu_limits() {
    gpu(true);
}

#[test]
fn a_session_is_shared_by_eight_threads() {
    fn shareable<T: Clone + Send + Sync>(_: &T) {}
    let mut sessions = vec![Session::cpu().expect("the CPU")];
    if common::gpu_or_skip() {
        sessions.push(common::gpu(false, Precision::Native, None));
    }
    let cases: Vec<Case> = KERNELS.iter().flat_map(|e| (e.cases)()).filter(|c| c.ins[0].len() < 300).collect();
    for session in sessions {
        shareable(&session);
        std::thread::scope(|scope| {
            for t in 0..8 {
                let (session, cases) = (session.clone(), &cases);
                scope.spawn(move || {
                    for case in cases.iter().skip(t).step_by(5) {
                        match session.run(case.kernel.as_ref(), &case.ins) {
                            Err(Error::NotOnGpu { .. }) => continue,
                            Err(e) => panic!("{}: {e}", case.name),
                            Ok(got) => check(case, got.into_arrays(), &mut None, false).expect("the same as alone"),
                        }
                    }
                });
            }
        });
    }
}

#[test]
fn software_adapters_are_not_chosen_unasked() {
    let auto = Session::builder().device(DeviceChoice::Auto).build().expect("a session");
    let big = Array::from(vec![1u32; 1 << 20]);
    let scan = gapwave::kernels::primitives::scan::Scan {
        op: gapwave::kernels::primitives::scan::ScanOp::Add,
        exclusive: false,
    };
    let out = auto.run(&scan, &big).expect("a result");
    let device = &out.provenance().device;
    assert!(!device.to_lowercase().contains("llvmpipe"), "{device}");
}
