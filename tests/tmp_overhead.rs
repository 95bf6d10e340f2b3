#![cfg(feature = "gpu")]
mod gpu_support;
use gapwave_columns::{Array, ArrayMut, View};
use gapwave_kernels::primitives::scan::{Scan, ScanOp};
use std::time::Instant;
#[test]
fn overhead() {
    let gpu = gpu_support::open(false).unwrap();
    let k = Scan { op: ScanOp::Add, exclusive: false };
    for n in [1000usize, 100_000, 10_000_000] {
        let x = Array::from(vec![1u32; n]);
        let c = Array::from(vec![0u32]);
        let mut y = ArrayMut::zeros(&x.meta()).unwrap();
        let mut d = ArrayMut::zeros(&c.meta()).unwrap();
        let mut best = (f64::MAX, Default::default());
        for _ in 0..30 {
            let t = Instant::now();
            let views: [View<'_>; 2] = [x.view(), c.view()];
            let g = gpu.run(&k, &views, &mut [y.out(), d.out()], 1).unwrap();
            let s = t.elapsed().as_secs_f64();
            if s < best.0 { best = (s, g); }
        }
        println!("{n}: {:.1} us {:?}", best.0 * 1e6, best.1);
        let a = gpu.upload(&x).unwrap(); let z = gpu.upload(&c).unwrap();
        let t = Instant::now();
        let mut last = None;
        for _ in 0..100 { last = Some(gpu.enqueue(&k, &[&a, &z], 1).unwrap()); if n > 1000000 {break;} }
        let enq = t.elapsed();
        gpu.download(&last.unwrap()[1]).unwrap();
        println!("  enqueue x100: {enq:?}, all {:?}", t.elapsed());
    }
    println!("{:?}", gpu.counters());
}
