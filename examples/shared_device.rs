//! gapwave on a wgpu device that the program owns.
//!
//! `cargo run --release --example shared_device`

use gapwave::kernels::fft::Rfft;
use gapwave::{Array, Session, wgpu};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let options = wgpu::RequestAdapterOptions::default();
    let adapter = match pollster::block_on(instance.request_adapter(&options)) {
        Ok(adapter) => adapter,
        Err(e) => {
            println!("no adapter here: {e}");
            return Ok(());
        }
    };
    let limits = wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&limits))?;

    // gapwave installs no callbacks on it, and neither destroys nor rebuilds it.
    let session = Session::from_wgpu(instance, adapter, device.clone(), queue.clone())?;
    let signal: Vec<f32> = (0..1000).map(|i| (i as f32 * 0.3).sin()).collect();
    let spectrum = session.run(&Rfft::default(), Array::from(signal))?;
    println!("{}", spectrum.provenance());

    // The program goes on using its device.
    queue.submit([device.create_command_encoder(&Default::default()).finish()]);
    Ok(())
}
