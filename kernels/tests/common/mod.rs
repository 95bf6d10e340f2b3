//! What tests of kernels share.
#![allow(dead_code, reason = "each test uses some of it")]

use gapwave_columns::{Array, ArrayMut, Complex32, Complex64, DType};
use gapwave_kernels::{Cpu, Kernel, SimdLevel};
use serde_json::Value;

/// Runs a kernel of one input and one output on the CPU, with nothing before it where it carries a state.
pub(crate) fn run(k: &dyn Kernel, level: SimdLevel, x: &Array) -> Array {
    let io = k.infer(&[x.meta()]).unwrap();
    let mut outs: Vec<_> = io.all_outs().iter().map(|m| ArrayMut::zeros(m).unwrap()).collect();
    let before: Vec<_> = io.carry.iter().map(|m| Array::zeros(m).unwrap()).collect();
    let ins: Vec<_> = std::iter::once(x).chain(&before).map(Array::view).collect();
    let mut made: Vec<_> = outs.iter_mut().map(ArrayMut::out).collect();
    k.cpu(&Cpu::at(level), &ins, &mut made).unwrap();
    drop(made);
    outs.swap_remove(0).finish(io.outs[0].rows()).unwrap()
}

/// All numbers, those of complex ones in turn.
pub(crate) fn flat(a: &Array) -> Vec<f64> {
    match a.dtype() {
        DType::F32 => a.as_slice::<f32>().unwrap().iter().map(|&x| x.into()).collect(),
        DType::F64 => a.as_slice::<f64>().unwrap().to_vec(),
        DType::Complex64 => {
            a.as_slice::<Complex32>().unwrap().iter().flat_map(|z| [z.re.into(), z.im.into()]).collect()
        }
        _ => a.as_slice::<Complex64>().unwrap().iter().flat_map(|z| [z.re, z.im]).collect(),
    }
}

/// A list of numbers of a fixture.
pub(crate) fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("numbers").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The fixtures' signal.
pub(crate) fn samples(n: usize) -> Vec<f64> {
    (0..n as u64).map(|i| ((i * i * 7919 + i * 104_729) % 2003) as f64 / 1024.0 - 0.75).collect()
}
