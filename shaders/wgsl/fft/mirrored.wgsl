// Number k of the whole spectrum of an odd number n of real numbers, from bin min(k, n − k).
fn mirrored(z: vec2<f32>, k: u32) -> vec2<f32> {
    if k == 0u { return vec2<f32>(z.x, 0.0); }
    return select(z, vec2<f32>(z.x, -z.y), 2u * k > p.n);
}
