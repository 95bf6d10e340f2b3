//! Kernels in a program's own command encoder and its own buffers, out of place and in place.
#![cfg(feature = "gpu")]

mod gpu_support;

use gapwave::Error;
use gapwave::gpu::Gpu;
use gapwave::kernels::case::uniform_f32;
use gapwave::kernels::fft::{Axes, C2c, Irfft, Norm, Rfft};
use gapwave::kernels::{Cpu, Kernel};
use gapwave::wgpu;
use gapwave_columns::{Array, ArrayMut, Complex32, DType, Meta};
use gpu_support::skipped;

/// A device that the program owns.
struct Program {
    device: wgpu::Device,
    queue: wgpu::Queue,
    gpu: Gpu,
}

const USAGES: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

impl Program {
    /// With the adapter's limits or WebGPU's.
    fn new(minimum: bool) -> Option<Program> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let options = wgpu::RequestAdapterOptions::default();
        let Ok(adapter) = pollster::block_on(instance.request_adapter(&options)) else {
            skipped("no adapter at all");
            return None;
        };
        let required_limits = if minimum { wgpu::Limits::default() } else { adapter.limits() };
        let descriptor = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).expect("a device");
        let gpu = Gpu::from_wgpu(instance, adapter, device.clone(), queue.clone()).expect("a shared device");
        Some(Program { device, queue, gpu })
    }

    fn buffer(&self, bytes: usize) -> wgpu::Buffer {
        let size = bytes.next_multiple_of(4).max(16) as u64;
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage: USAGES,
            mapped_at_creation: false,
        })
    }

    fn filled(&self, x: &Array) -> wgpu::Buffer {
        let buffer = self.buffer(x.bytes().len());
        self.queue.write_buffer(&buffer, 0, x.bytes());
        buffer
    }

    /// Submits what was recorded and reads a buffer back.
    fn submit(&self, mut encoder: wgpu::CommandEncoder, from: &wgpu::Buffer, bytes: usize) -> Vec<u8> {
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let size = from.size();
        let to =
            self.device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false });
        encoder.copy_buffer_to_buffer(from, 0, &to, 0, size);
        self.queue.submit([encoder.finish()]);
        to.slice(..).map_async(wgpu::MapMode::Read, |r| r.expect("mapped"));
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("done");
        to.slice(..).get_mapped_range().expect("mapped")[..bytes].to_vec()
    }

    fn encoder(&self) -> wgpu::CommandEncoder {
        self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }
}

fn on_cpu(k: &dyn Kernel, x: &Array) -> Array {
    let io = k.infer(&[x.meta()]).unwrap();
    let mut y = ArrayMut::zeros(&io.outs[0]).unwrap();
    k.cpu(&Cpu::best(), &[x.view()], &mut [y.out()]).unwrap();
    y.finish(io.outs[0].rows()).unwrap()
}

fn noise(shape: &[usize]) -> Array {
    let numbers: usize = shape.iter().product();
    let x: Vec<_> = uniform_f32(5, 2 * numbers).chunks(2).map(|p| Complex32::new(p[0], p[1])).collect();
    Array::new(shape, x).unwrap()
}

fn agree(k: &dyn Kernel, x: &Array, got: &[u8]) {
    let want = on_cpu(k, x);
    let numbers: Vec<Complex32> = got.chunks_exact(8).map(bytemuck::pod_read_unaligned).collect();
    let got = Array::new(want.shape(), numbers).unwrap();
    // Both are within the bound of the definition.
    let twice = |t| match t {
        gapwave::kernels::Tolerance::Norm { l2, linf } => {
            gapwave::kernels::Tolerance::Norm { l2: 2.0 * l2, linf: 2.0 * linf }
        }
        gapwave::kernels::Tolerance::Block { axes, l2, linf } => {
            gapwave::kernels::Tolerance::Block { axes, l2: 2.0 * l2, linf: 2.0 * linf }
        }
        t => t,
    };
    if let Err(e) = twice(k.tolerance(&[x.meta()])).compare(&got, &want) {
        panic!("{k:?} of {:?}: {e}", x.shape());
    }
}

#[test]
fn kernels_follow_each_other_in_the_programs_encoder() {
    let Some(p) = Program::new(false) else { return };
    let x = Array::new([3, 1000], uniform_f32(1, 3000)).unwrap();
    let (there, back) = (Rfft::default(), Irfft::default());
    let (a, spectra, b) = (p.filled(&x), p.buffer(3 * 501 * 8), p.buffer(3000 * 4));
    let bins = Meta::new(DType::Complex64, [3, 501]);
    let mut encoder = p.encoder();
    let dispatches = p.gpu.counters().dispatches;
    p.gpu.record(&mut encoder, &there, &[(&a, x.meta())], &[&spectra]).unwrap();
    p.gpu.record(&mut encoder, &back, &[(&spectra, bins)], &[&b]).unwrap();
    assert_eq!(p.gpu.counters().dispatches - dispatches, 2, "a pass each");
    let got = p.submit(encoder, &b, 3000 * 4);
    let got: &[f32] = &got.chunks_exact(4).map(bytemuck::pod_read_unaligned).collect::<Vec<f32>>();
    for (a, b) in got.iter().zip(x.as_slice::<f32>().unwrap()) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

#[test]
fn transforms_work_in_place() {
    for minimum in [false, true] {
        let Some(p) = Program::new(minimum) else { return };
        let two = |axes: &[i8]| C2c::inverse().norm(Norm::Ortho).axes(Axes::new(axes).unwrap());
        for (k, shape) in [
            (C2c::forward(), vec![5, 1]),
            (C2c::forward(), vec![7, 16]),
            (C2c::inverse(), vec![3, 400]),
            (C2c::forward(), vec![2, 1009]),
            (C2c::forward(), vec![4096]),
            (C2c::inverse(), vec![65_536]),
            (C2c::forward(), vec![5003]),
            (C2c::forward(), vec![1 << 21]),
            (two(&[0, 1]), vec![48, 50]),
            (two(&[0]), vec![300, 9]),
            (two(&[0, 1, 2]), vec![12, 16, 20]),
        ] {
            let x = noise(&shape);
            let a = p.filled(&x);
            let mut encoder = p.encoder();
            p.gpu.record(&mut encoder, &k, &[(&a, x.meta())], &[&a]).unwrap();
            agree(&k, &x, &p.submit(encoder, &a, x.bytes().len()));
            // On the CPU too, to the bits of the transform that is not in place.
            let mut z = ArrayMut::zeros(&x.meta()).unwrap();
            z.out().bytes_mut().copy_from_slice(x.bytes());
            k.cpu_in_place(&Cpu::best(), &mut z.out()).expect("works in place").unwrap();
            assert_eq!(z.finish(x.rows()).unwrap(), on_cpu(&k, &x), "{k:?} of {shape:?}");
        }
    }
}

#[test]
fn buffers_that_do_not_fit_are_refused() {
    let Some(p) = Program::new(false) else { return };
    let x = noise(&[64]);
    let (a, short) = (p.filled(&x), p.buffer(63 * 8));
    let mut encoder = p.encoder();
    let mut refuse = |k: &dyn Kernel, ins: &[(&wgpu::Buffer, Meta)], outs: &[&wgpu::Buffer]| {
        let e = p.gpu.record(&mut encoder, k, ins, outs).unwrap_err();
        assert!(matches!(e, Error::Usage(_) | Error::NotOnGpu { .. }) || e.to_string().contains("fft"), "{e:?}");
        e.to_string()
    };
    let k = C2c::forward();
    assert!(refuse(&k, &[(&a, x.meta())], &[&short]).contains("512"));
    assert!(refuse(&k, &[(&a, x.meta())], &[]).contains("1 outputs, 0 buffers"));
    assert!(refuse(&k, &[(&a, Meta::new(DType::Complex64, [1 << 20]))], &[&a]).contains("8388608"));
    let usage = wgpu::BufferUsages::STORAGE;
    let descriptor = wgpu::BufferDescriptor { label: None, size: 512, usage, mapped_at_creation: false };
    let other = p.device.create_buffer(&descriptor);
    assert!(refuse(&k, &[(&other, x.meta())], &[&a]).contains("COPY_SRC"));
    // Half of the numbers do not fit where the spectrum goes.
    let real = Meta::new(DType::F32, [64]);
    assert!(refuse(&Rfft::default(), &[(&a, real)], &[&a]).contains("in place"));
    assert!(refuse(&k, &[(&a, Meta::new(DType::F32, [64]))], &[&a]).contains("float32"));
    let scan = gapwave::kernels::primitives::scan::Scan {
        op: gapwave::kernels::primitives::scan::ScanOp::Add,
        exclusive: false,
    };
    let e = refuse(&scan, &[(&a, Meta::new(DType::U32, [64]))], &[&a]);
    assert!(e.contains("plain arrays"), "{e}");
}
