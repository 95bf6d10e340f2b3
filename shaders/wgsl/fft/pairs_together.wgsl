// Mirror images in one column: see one_sided.wgsl.
fn partner(k: u32) -> u32 { return select(p.n - k, 0u, k == 0u || k > p.n); }

fn pair(first: u32, c: u32, k: u32, a: vec2<f32>, b: vec2<f32>) {
    let at = place(first, c);
    if at.x < p.outer && 2u * k <= p.n { one_sided(at.x, at.y % INNER, k, a, b); }
}
