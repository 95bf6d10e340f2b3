//! Tiles turned in workgroup memory.

use super::{Transpose, refused};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::{Caps, Plan, Result};
use gapwave_columns::Meta;

impl Transpose {
    pub(super) fn plan(&self, x: &Meta, caps: &Caps) -> Result<Plan> {
        let [rows, cols] = x.shape[..] else {
            return Err(refused(format!("takes [rows, columns], got {:?}", x.shape)));
        };
        let mut plan = Plan::new();
        let (input, output) = (plan.input(0, x), plan.output(0, &Meta::new(x.dtype, [cols, rows])));
        plan_transpose(&mut plan, caps, x.dtype.size(), input, output, rows, cols)?;
        Ok(plan)
    }
}

/// Adds a transposition of `[rows, cols]` elements of 4, 8 or 16 bytes to a plan.
pub(crate) fn plan_transpose(
    plan: &mut Plan,
    caps: &Caps,
    size: usize,
    input: Slice,
    output: Slice,
    rows: usize,
    cols: usize,
) -> Result<()> {
    if rows == 0 || cols == 0 {
        return Ok(());
    }
    // One element more a row keeps a column of the tile in different banks; 32 × 33 elements of 16 bytes would not
    // fit in 16 KiB.
    let (unit, tile) = match size {
        4 => ("u32", 32u32),
        8 => ("vec2<u32>", 32),
        _ => ("vec4<u32>", 16),
    };
    let fits = |n: usize| u32::try_from(n).ok().filter(|_| rows.saturating_mul(cols) <= u32::MAX as usize);
    let (Some(r), Some(c)) = (fits(rows), fits(cols)) else {
        return Err(crate::Error::Limit {
            what: "a transposition's elements".into(),
            need: (rows as u64).saturating_mul(cols as u64),
            have: u32::MAX.into(),
        });
    };
    let (across, down) = (c.div_ceil(tile), r.div_ceil(tile));
    let tile_text = tile.to_string();
    let program = Program {
        name: "transpose",
        wgsl: gapwave_shaders::source("primitives/transpose", &[("T", unit), ("TILE", &tile_text)]).into(),
        workgroup: [256, 1, 1],
        shared_bytes: tile * (tile + 1) * size as u32,
        needs: Needs::default(),
    };
    let groups = Groups::linear(u64::from(across) * u64::from(down), caps)?;
    plan.run(program, &[input, output], &[r, c, across, down], groups, 8);
    Ok(())
}
