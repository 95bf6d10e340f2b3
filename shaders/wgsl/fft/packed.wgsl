// Number k of the transform of the n pairs of 2n real numbers, times 2, from bins a = y[k] and b = y[n − k] of their
// one-sided spectrum: the sum of a bin and its mirror is that of the even numbers; their difference, turned back by half
// a step, that of the odd ones. The imaginary parts of the outer bins do not count.
fn packed(a: vec2<f32>, b: vec2<f32>, k: u32) -> vec2<f32> {
    if k == 0u { return vec2<f32>(a.x + b.x, a.x - b.x); }
    let w = half_turn(k);
    let even = vec2<f32>(a.x + b.x, a.y - b.y);
    let odd = cmul(vec2<f32>(a.x - b.x, a.y + b.y), vec2<f32>(w.x, -w.y));
    return vec2<f32>(even.x - odd.y, even.y + odd.x);
}
