// Writes bins k and n − k of the one-sided spectrum of 2n real numbers, from numbers k and n − k of the transform of their
// n pairs: even and odd numbers are told apart by symmetry, the odd ones turned by the root of k and added.
fn one_sided(o: u32, q: u32, k: u32, a: vec2<f32>, b: vec2<f32>) {
    if k == 0u {
        sink(o, q, 0u, vec2<f32>(p.scale * (a.x + a.y), 0.0));
        sink(o, q, p.n, vec2<f32>(p.scale * (a.x - a.y), 0.0));
        return;
    }
    let even = vec2<f32>(a.x + b.x, a.y - b.y);
    let odd = cmul(vec2<f32>(a.y + b.y, b.x - a.x), half_turn(k));
    let f = 0.5 * p.scale;
    sink(o, q, k, f * (even + odd));
    if 2u * k != p.n { sink(o, q, p.n - k, f * vec2<f32>(even.x - odd.x, odd.y - even.y)); }
}
