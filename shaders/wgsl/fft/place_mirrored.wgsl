// Row and column within the row of column c of the workgroup, where the first half of its columns have the mirror images
// of the second: the column of q is that of n − q, both modulo s.
fn place(first: u32, c: u32) -> vec2<u32> {
    let g = first + c % (C / 2u);
    let u = (g % p.pairs) / INNER;
    let t = p.n % STRIDE;
    let low = t / 2u + 1u;
    var q = select(u - low + t + 1u, u, u < low);
    if c >= C / 2u { q = select(t - q, STRIDE + t - q, q > t); }
    return vec2<u32>(g / p.pairs, q * INNER + (g % p.pairs) % INNER);
}
