// a + (b − a)·(number / span) of f32. Infinities by their bits: WGSL may assume that there are none.
const HOLDS = false;
fn straight(a: u32, b: u32, number: f32, span: f32) -> u32 {
    if (a & 0x7fffffffu) == 0x7f800000u { return 0x7fc00000u; }
    if (b & 0x7fffffffu) == 0x7f800000u { return b ^ select(0u, 0x80000000u, number < 0.0); }
    let start = bitcast<f32>(a);
    return bitcast<u32>(start + (bitcast<f32>(b) - start) * (number / span));
}
