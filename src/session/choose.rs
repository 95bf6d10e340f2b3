//! Which processor a kernel runs on, and why.
//!
//! Times are estimated from what must be moved and computed. The rates are typical ones, not measured here: they
//! need to be right only where one processor is several times faster than the other.

use gapwave_kernels::Cost;

/// Rates that work is estimated with, bytes or operations per second.
#[derive(Debug, Clone, Copy)]
struct Rates {
    memory: f64,
    flops: f64,
    /// Over the bus, each way.
    bus: f64,
    /// Fixed cost of a run, seconds.
    start: f64,
}

/// One core's share of memory bandwidth and arithmetic; bandwidth saturates at about four cores.
fn cpu_rates(threads: usize) -> Rates {
    let n = threads.max(1) as f64;
    Rates { memory: 8e9 * n.min(4.0), flops: 8e9 * n, bus: f64::INFINITY, start: 2e-6 }
}

fn gpu_rates(device_type: &str) -> Rates {
    match device_type {
        // PCIe 4.0 ×16 moves about 25 GB/s at best, 12 in copies from pageable memory.
        "discrete" => Rates { memory: 400e9, flops: 5e12, bus: 12e9, start: 200e-6 },
        // The bus is the memory itself, but wgpu still copies.
        "integrated" => Rates { memory: 40e9, flops: 500e9, bus: 10e9, start: 200e-6 },
        _ => Rates { memory: 10e9, flops: 20e9, bus: 10e9, start: 500e-6 },
    }
}

fn seconds(cost: &Cost, rates: Rates) -> f64 {
    let moved = (cost.read + cost.write) as f64;
    let bus = moved / rates.bus;
    rates.start + bus + (moved / rates.memory).max(cost.flops as f64 / rates.flops)
}

/// Whether the GPU is expected to be faster, transfers both ways included, and the reason in words.
pub(super) fn gpu_pays(cost: &Cost, threads: usize, device_type: &str) -> (bool, String) {
    let cpu = seconds(cost, cpu_rates(threads));
    let gpu = seconds(cost, gpu_rates(device_type));
    let pays = gpu < cpu;
    let why = format!(
        "auto: {} MB and {:.2} GFLOP are estimated at {:.3} ms on the GPU with transfers, {:.3} ms on the CPU",
        (cost.read + cost.write) / 1_000_000,
        cost.flops as f64 / 1e9,
        gpu * 1e3,
        cpu * 1e3
    );
    (pays, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_bytes_stays_and_heavy_arithmetic_goes() {
        let copy = Cost { read: 1 << 30, write: 1 << 30, flops: 0 };
        assert!(!gpu_pays(&copy, 4, "discrete").0);
        let heavy = Cost { read: 64 << 20, write: 64 << 20, flops: 100_000_000_000 };
        assert!(gpu_pays(&heavy, 4, "discrete").0);
        let tiny = Cost { read: 64, write: 64, flops: 1000 };
        assert!(!gpu_pays(&tiny, 1, "discrete").0);
    }
}
