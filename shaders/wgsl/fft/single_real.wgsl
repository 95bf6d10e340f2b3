// One-sided transforms of whole rows within a workgroup: see rows.wgsl. The transforms of the pairs of real numbers are
// in the tile when `pair` is called.
#include "fft/rows"
#include "fft/one_sided"

fn pair(row: u32, c: u32, k: u32) {
    let h = p.len;
    if row >= p.rows || 2u * k >= h { return; }
    let out = row * p.keep;
    if k == 0u {
        let bins = outer_bins(tile[slot(c, 0u)], p.scale);
        y[out] = bins.low;
        y[out + h] = bins.high;
        // The one in the middle is its own partner.
        if (h & 1u) == 0u {
            let z = tile[slot(c, h >> 1u)];
            y[out + (h >> 1u)] = p.scale * vec2<f32>(z.x, -z.y);
        }
        return;
    }
    let w = cmul(roots[k >> p.fine_log], roots[p.coarse + (k & ((1u << p.fine_log) - 1u))]);
    let bins = one_sided(tile[slot(c, k)], tile[slot(c, h - k)], w, p.scale);
    y[out + k] = bins.low;
    y[out + h - k] = bins.high;
}
