// Bins k and h − k of the one-sided spectrum of 2h real numbers, from numbers k and h − k of the transform of their h
// pairs: even and odd numbers are told apart by symmetry, the odd ones turned by the root w of k and added.

struct Bins { low: vec2<f32>, high: vec2<f32> }

fn one_sided(a: vec2<f32>, b: vec2<f32>, w: vec2<f32>, scale: f32) -> Bins {
    let even = vec2<f32>(a.x + b.x, a.y - b.y);
    let odd = cmul(vec2<f32>(a.y + b.y, b.x - a.x), w);
    let f = 0.5 * scale;
    return Bins(f * (even + odd), f * vec2<f32>(even.x - odd.x, odd.y - even.y));
}

// The same for k = 0: both bins are real.
fn outer_bins(z: vec2<f32>, scale: f32) -> Bins {
    return Bins(vec2<f32>(scale * (z.x + z.y), 0.0), vec2<f32>(scale * (z.x - z.y), 0.0));
}
