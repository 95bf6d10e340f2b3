//! Planned transforms are the kernels', whatever the threads; frames are their own.

use gapwave_columns::{Array, ArrayMut, Complex, Complex32, Complex64, Element};
use gapwave_kernels::case::uniform;
use gapwave_kernels::fft::{C2c, Irfft, Norm, Rfft, Stft};
use gapwave_kernels::{Cpu, Kernel, SimdLevel};

fn noise(n: usize) -> Vec<Complex32> {
    (0..n as u64).map(|i| Complex32::new(uniform(1, 2 * i) as f32, uniform(1, 2 * i + 1) as f32)).collect()
}

fn run<T: Element>(kernel: &impl Kernel, cx: &Cpu, x: &Array) -> Vec<T> {
    let out = &kernel.infer(&[x.meta()]).expect("taken").outs[0];
    let mut y = ArrayMut::zeros(out).expect("memory");
    kernel.cpu(cx, &[x.view()], &mut [y.out()]).expect("runs");
    y.finish(out.shape[0]).expect("whole").as_slice::<T>().expect("its type").to_vec()
}

fn on<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(f)
}

/// Of every way there is: a butterfly, mixed radices, an odd length, primes, four steps and both convolutions.
const LENGTHS: [[usize; 2]; 15] = [
    [5, 8],
    [1, 64],
    [3, 1000],
    [700, 25],
    [2, 257],
    [9, 2311],
    [1, 65_536],
    [3, 65_537],
    [2, 65_539],
    [1, 100_003],
    [1, 262_144],
    [2, 300_000],
    [1, 524_290],
    [16, 262_148],
    [1, 746_497],
];

#[test]
fn plans_give_the_kernels_bits_on_any_number_of_threads() {
    for ([rows, n], threads) in LENGTHS.into_iter().flat_map(|l| [(l, 1), (l, 2), (l, 4)]) {
        let level = SimdLevel::available()[n % SimdLevel::available().len()];
        let cx = Cpu::at(level);
        let x = noise(rows * n);
        let array = Array::new([rows, n], x.clone()).expect("as many");
        for kernel in [C2c::forward(), C2c::inverse(), C2c::forward().norm(Norm::Ortho)] {
            let want = on(1, || run::<Complex32>(&kernel, &cx, &array));
            let mut y = vec![Complex32::default(); rows * n];
            let mut plan = kernel.planned::<f32>(&cx, n);
            on(threads, || plan.run(&x, &mut y)).expect("runs");
            assert!(y == want, "{rows} × {n} on {threads} at {level}");
            y.copy_from_slice(&x);
            on(threads, || plan.run_in_place(&mut y)).expect("runs");
            let size = want.iter().map(|z| z.norm()).fold(0.0, f32::max);
            let near = |(a, b): (&Complex32, &Complex32)| (a - b).norm() <= 1e-5 * size;
            assert!(y.iter().zip(&want).all(near), "{rows} × {n} in place");
        }
        let real: Vec<f32> = x.iter().map(|z| z.re).collect();
        let array = Array::new([rows, n], real.clone()).expect("as many");
        let want = on(1, || run::<Complex32>(&Rfft::default(), &cx, &array));
        let mut y = vec![Complex32::default(); want.len()];
        on(threads, || Rfft::default().planned::<f32>(&cx, n).run(&real, &mut y)).expect("runs");
        assert!(y == want, "real {rows} × {n} on {threads} at {level}");
        let back = Irfft { n: Some(n), ..Irfft::default() };
        let want = on(1, || run::<f32>(&back, &cx, &Array::new([rows, n / 2 + 1], y.clone()).expect("as many")));
        let mut z = vec![0.0; rows * n];
        on(threads, || back.planned::<f32>(&cx, n).run(&y, &mut z)).expect("runs");
        assert!(z == want, "to real {rows} × {n} on {threads} at {level}");
        assert!(z.iter().zip(&real).all(|(a, b)| (a - b).abs() < 1e-5), "there and back, {n}");
    }
}

#[test]
fn every_level_and_precision_gives_the_kernels_bits() {
    for (level, n) in SimdLevel::available().into_iter().flat_map(|l| [5, 8, 12, 32, 100, 257, 65_536].map(|n| (l, n)))
    {
        let (cx, rows) = (Cpu::at(level), 3);
        let x = noise(rows * n);
        let mut y = vec![Complex32::default(); rows * n];
        C2c::inverse().planned::<f32>(&cx, n).run(&x, &mut y).expect("runs");
        assert!(y == run::<Complex32>(&C2c::inverse(), &cx, &Array::new([rows, n], x.clone()).expect("as many")));
        let wide: Vec<_> = x.iter().map(|z| Complex64::new(z.re.into(), z.im.into())).collect();
        let mut y = vec![Complex64::default(); rows * n];
        C2c::inverse().planned::<f64>(&cx, n).run(&wide, &mut y).expect("runs");
        assert!(y == run::<Complex64>(&C2c::inverse(), &cx, &Array::new([rows, n], wide).expect("as many")));
    }
}

#[test]
fn what_is_no_whole_row_is_refused() {
    let cx = Cpu::best();
    let zero = Complex64::new(0.0, 0.0);
    let mut plan = C2c::forward().planned::<f64>(&cx, 6);
    for (x, y) in [(5, 5), (6, 12), (12, 6), (7, 6), (0, 6)] {
        let e = plan.run(&vec![zero; x], &mut vec![zero; y]).expect_err("not whole");
        assert!(e.to_string().contains("rows of length 6"), "{e}");
    }
    assert!(plan.run_in_place(&mut [zero; 7]).is_err());
    assert!(plan.run(&[], &mut []).is_ok());
    let mut real = Rfft::default().planned::<f64>(&cx, 6);
    assert!(real.run(&[0.0; 6], &mut [zero; 4]).is_ok());
    assert!(real.run(&[0.0; 6], &mut [zero; 6]).is_err() && real.run(&[0.0; 8], &mut [zero; 4]).is_err());
    let mut back = Irfft::default().planned::<f64>(&cx, 6);
    assert!(back.run(&[zero; 4], &mut [0.0; 6]).is_ok());
    assert!(back.run(&[zero; 4], &mut [0.0; 4]).is_err() && back.run(&[zero; 5], &mut [0.0; 6]).is_err());
    let mut none = C2c::forward().planned::<f32>(&cx, 0);
    assert!(none.run(&[], &mut []).is_ok() && none.run(&noise(1), &mut noise(1)).is_err());
}

#[test]
fn a_frame_does_not_see_its_neighbours() {
    for (n, hop) in [(1usize, 1usize), (2, 1), (7, 3), (30, 7), (64, 16), (400, 160), (127, 50), (254, 100), (262, 60)]
    {
        for frames in [1, 15, 16, 17, 40] {
            let mut x: Vec<f32> = noise((frames - 1) * hop + n).iter().map(|z| z.re).collect();
            let at = x.len() / 2;
            x[at] = f32::NAN;
            for level in SimdLevel::available() {
                let kernel: Stft = toml::from_str(&format!("nperseg = {n}\nhop = {hop}")).expect("parameters");
                let all: Vec<Complex<f32>> = run(&kernel, &Cpu::at(level), &Array::from(x.clone()));
                let bins = n / 2 + 1;
                assert_eq!(all.len(), frames * bins);
                for (i, got) in all.chunks(bins).enumerate() {
                    let frame = x[i * hop..][..n].to_vec();
                    let alone: Vec<Complex<f32>> = run(&kernel, &Cpu::at(level), &Array::from(frame.clone()));
                    let bits = |z: &[Complex<f32>]| -> Vec<_> {
                        z.iter().map(|z| (z.re.is_nan() || z.im.is_nan(), z.re.to_bits(), z.im.to_bits())).collect()
                    };
                    let (got, alone) = (bits(got), bits(&alone));
                    if frame.iter().any(|x| x.is_nan()) {
                        // Windows are 0 at their first number, and 0 · NaN is NaN too.
                        assert!(got.iter().any(|b| b.0), "frame {i} of {n} has lost its NaN");
                    } else {
                        assert_eq!(got, alone, "frame {i} of {frames}, {n} every {hop} at {level}");
                        assert!(got.iter().all(|b| !b.0));
                    }
                }
            }
        }
    }
}
