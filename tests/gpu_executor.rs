//! The GPU executor on whatever adapter there is, software adapters included.
//!
//! `GAPWAVE_KERNEL=fft` limits the kernels to those whose id contains the word; `GAPWAVE_GPU=nvidia` picks an adapter
//! by name; `GAPWAVE_REQUIRE_GPU=1` makes a missing adapter a failure.
#![cfg(feature = "gpu")]

mod gpu_support;

use gapwave::gpu::Gpu;
use gapwave_columns::{Array, Meta};
use gapwave_kernels::{Case, registry};
use gpu_support::{open, run};

/// Compares a case with the oracle; says whether there was a plan.
fn check(gpu: &Gpu, case: &Case) -> Result<bool, String> {
    let kernel = &*case.kernel;
    let metas: Vec<Meta> = case.ins.iter().map(Array::meta).collect();
    // What a first pass would find is the session's to bring along.
    if kernel.fit(&metas).is_some_and(|f| f.needs(0, 1)) {
        return Ok(false);
    }
    let Some(got) = run(gpu, kernel, &case.ins).map_err(|e| e.to_string())? else { return Ok(false) };
    let want = kernel.oracle(&case.ins).map_err(|e| format!("oracle: {e}"))?;
    if want.is_empty() {
        return Err("the oracle gave nothing".into());
    }
    for (i, (got, want)) in got.iter().zip(&want).enumerate() {
        kernel.tolerance(&metas).compare(got, want).map_err(|e| format!("output {i}: {e}"))?;
    }
    Ok(true)
}

fn every_case(minimum_limits: bool) {
    let Some(gpu) = open(minimum_limits) else { return };
    let word = std::env::var("GAPWAVE_KERNEL").unwrap_or_default();
    let (mut failures, mut ran) = (Vec::new(), 0);
    for entry in registry::KERNELS.iter().filter(|e| e.id.contains(&word)) {
        let (mut planned, mut failed) = (0, 0);
        let cases = (entry.cases)();
        for case in &cases {
            match check(&gpu, case) {
                Ok(with_plan) => planned += usize::from(with_plan),
                Err(why) => {
                    failed += 1;
                    failures.push(format!("{} [{}]: {why}", entry.id, case.name));
                }
            }
        }
        println!(
            "{:32} {planned} cases agree, {failed} fail, {} without a plan",
            entry.id,
            cases.len() - planned - failed
        );
        ran += planned;
    }
    println!("{:?}", gpu.counters());
    assert!(failures.is_empty(), "{} cases fail on {:?}:\n{}", failures.len(), gpu, failures.join("\n"));
    assert!(ran > 0 || !word.is_empty(), "no case ran");
}

#[test]
fn every_case_agrees_with_the_oracle_at_the_adapters_limits() {
    every_case(false);
}

#[test]
fn every_case_agrees_with_the_oracle_at_the_webgpu_minimum() {
    every_case(true);
}
