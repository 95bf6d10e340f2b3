// Transforms of whole rows within a workgroup: see rows.wgsl.
#include "fft/rows"

fn store(row: u32, i: u32, value: vec2<f32>) {
    if row < p.rows && i < p.keep { y[row * p.keep + i] = swapped(p.scale * value); }
}
