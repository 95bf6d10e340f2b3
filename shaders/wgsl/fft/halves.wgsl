// exp(−2πi·k/2n) for k ≤ n.
fn half_turn(k: u32) -> vec2<f32> {
    return cmul(roots[k >> p.fine], roots[p.coarse + (k & ((1u << p.fine) - 1u))]);
}
