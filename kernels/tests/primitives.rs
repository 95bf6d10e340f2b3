//! Transposition and reduction against their definitions, at every SIMD level, on several threads, in chunks.

use gapwave_columns::{Array, ArrayMut, Meta};
use gapwave_kernels::primitives::{reduce, transpose};
use gapwave_kernels::{Cpu, Kernel, SimdLevel};

/// All outputs of a call; a carry comes first as zeros.
fn call(k: &dyn Kernel, cx: &Cpu, data: &[Array], carry: Option<Vec<Array>>) -> Vec<Array> {
    let metas: Vec<Meta> = data.iter().map(Array::meta).collect();
    let io = k.infer(&metas).unwrap();
    let carry = carry.unwrap_or_else(|| io.carry.iter().map(|m| Array::zeros(m).unwrap()).collect());
    let mut outs: Vec<ArrayMut> = io.all_outs().iter().map(|m| ArrayMut::zeros(m).unwrap()).collect();
    let views: Vec<_> = data.iter().chain(&carry).map(Array::view).collect();
    let mut room: Vec<_> = outs.iter_mut().map(ArrayMut::out).collect();
    k.cpu(cx, &views, &mut room).unwrap();
    outs.into_iter().zip(io.all_outs()).map(|(o, m)| o.finish(m.rows()).unwrap()).collect()
}

#[test]
fn every_level_and_number_of_threads_is_the_definition() {
    let pools = [1, 3].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap());
    for entry in [&transpose::ENTRY, &reduce::ENTRY] {
        for case in (entry.cases)() {
            let metas: Vec<Meta> = case.ins.iter().map(Array::meta).collect();
            let want = case.kernel.oracle(&case.ins).unwrap();
            let mut first = None;
            for level in SimdLevel::available() {
                for pool in &pools {
                    let got = pool.install(|| call(&*case.kernel, &Cpu::at(level), &case.ins, None));
                    if let Err(e) = case.kernel.tolerance(&metas).compare(&got[0], &want[0]) {
                        panic!("{}: {} at {level}: {e}", entry.id, case.name);
                    }
                    assert_eq!(first.get_or_insert_with(|| got.clone()), &got, "{}: {}", entry.id, case.name);
                }
            }
        }
    }
}

#[test]
fn a_reduction_goes_on_where_the_last_chunk_ended() {
    for case in (reduce::ENTRY.cases)() {
        let a = &case.ins[0];
        let want = case.kernel.oracle(&case.ins).unwrap();
        let cut = a.rows() / 3;
        let first = call(&*case.kernel, &Cpu::best(), &[a.slice_rows(0, cut).unwrap()], None);
        assert_eq!(first[0], first[1], "the output is the carry");
        let rest = a.slice_rows(cut, a.rows() - cut).unwrap();
        let got = call(&*case.kernel, &Cpu::best(), &[rest], Some(first[1..].to_vec()));
        if let Err(e) = case.kernel.tolerance(&[a.meta()]).compare(&got[0], &want[0]) {
            panic!("{}: {e}", case.name);
        }
    }
}
