//! Several kernels on data that stays on the device: upload once, download once.
//!
//! `cargo run --release --example on_device`

use gapwave::kernels::fft::C2c;
use gapwave::kernels::{Distance, case};
use gapwave::{Array, Complex32, DeviceChoice, Session};

fn main() -> gapwave::Result<()> {
    // A real GPU if there is one, the software adapter if not, the CPU if there is neither.
    let gpu = Session::builder().device(DeviceChoice::Gpu(None)).software(true).build();
    let session = gpu.or_else(|_| Session::cpu())?;

    let (batch, n) = (64, 1024);
    let noise = (0..(batch * n) as u64).map(|i| Complex32::new(case::uniform(1, i) as f32, case::uniform(2, i) as f32));
    let signal = Array::new([batch, n], noise.collect::<Vec<_>>())?;

    let x = session.upload(&signal)?;
    let spectrum = session.enqueue(&C2c::forward(), &x)?;
    let back = session.enqueue(&C2c::inverse(), &spectrum)?;
    let result = back.download()?; // the only wait

    let d = Distance::between(&result, &signal);
    println!("{}: there and back, relative L2 {:.1e}", session.gpu_name().unwrap_or("CPU".into()), d.l2);
    assert!(d.l2 < 1e-6);
    Ok(())
}
