// f64 computed in f32: the observations are rounded to the nearest f32, ties to even, the result is widened.
// Numbers below the normal range of f32 become 0, those above it infinite.
fn narrow(c: vec2<u32>) -> u32 {
    let sign = c.y & 0x80000000u;
    let exponent = i32((c.y >> 20u) & 0x7ffu) - 896;
    if exponent >= 255 { return sign | 0x7f800000u; }
    if exponent <= 0 { return sign; }
    let mantissa = ((c.y & 0xfffffu) << 3u) | (c.x >> 29u);
    let rest = c.x & 0x1fffffffu;
    let up = rest > 0x10000000u || (rest == 0x10000000u && (mantissa & 1u) == 1u);
    // A carry runs into the exponent, as it should.
    return sign | (((u32(exponent) << 23u) | mantissa) + select(0u, 1u, up));
}

fn widen(f: u32) -> vec2<u32> {
    let sign = f & 0x80000000u;
    let exponent = (f >> 23u) & 0xffu;
    let mantissa = f & 0x7fffffu;
    if exponent == 0u { return vec2<u32>(0u, sign); }
    let wide = select(exponent + 896u, 0x7ffu, exponent == 255u);
    return vec2<u32>(mantissa << 29u, sign | (wide << 20u) | (mantissa >> 3u));
}

fn line(a: Cell, b: Cell, number: f32, span: f32) -> Cell {
    return widen(straight(narrow(a), narrow(b), number, span));
}
