// Mirror images in two columns, c and c + C/2: see one_sided.wgsl.
fn partner(first: u32, c: u32, i: u32) -> u32 {
    let k = place(first, c).y / INNER + STRIDE * i;
    let q = place(first, c + C / 2u).y / INNER;
    if k == 0u || k + q > p.n { return 0u; }
    return (p.n - k - q) / STRIDE;
}

fn pair(first: u32, c: u32, i: u32, a: vec2<f32>, b: vec2<f32>) {
    let at = place(first, c);
    let q = at.y / INNER;
    let k = q + STRIDE * i;
    if at.x >= p.outer || k >= p.n { return; }
    // A column that has its own mirror images has each pair twice.
    if q == place(first, c + C / 2u).y / INNER && 2u * k > p.n { return; }
    one_sided(at.x, at.y % INNER, k, a, b);
}
