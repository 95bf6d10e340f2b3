// Clears the bits of a bitmap from bit `bits` to the end of its 64-bit word, which kernels may leave undefined in
// their outputs and must find 0 in their inputs. The binding begins at a whole 64-bit word; one invocation.

struct Params { bits: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;

@compute @workgroup_size(1)
fn main() {
    let last = p.bits / 32u;
    words[last] = words[last] & ((1u << (p.bits % 32u)) - 1u);
    if last % 2u == 0u { words[last + 1u] = 0u; }
}
