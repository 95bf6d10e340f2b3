//! Reduce, then scan: block totals, their scan (again by blocks where there are many), then each block from its start.

use super::{Scan, ScanOp, refused};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::{Caps, Plan, Result};
use gapwave_columns::Meta;

const WORKGROUP: u32 = 256;
/// Elements of a block: 8 per invocation (`ITEMS` in the shader).
const BLOCK: u64 = WORKGROUP as u64 * 8;

impl Scan {
    pub(super) fn plan(&self, ins: &[Meta], caps: &Caps) -> Result<Plan> {
        let [x, carry] = ins else { return Err(refused("takes data and carry".into())) };
        let mut plan = Plan::new();
        let n = x.elements() as u64;
        let (input, start) = (plan.input(0, x), plan.input(1, carry));
        let (output, total) = (plan.output(0, x), plan.output(1, carry));
        plan_scan(&mut plan, caps, self.op, self.exclusive, input, start, output, total, n)?;
        Ok(plan)
    }
}

/// Adds a scan of `n` words of `input` to a plan, beginning with the word `start`; `total` receives the last value.
#[allow(clippy::too_many_arguments, reason = "four buffers, a length and a variant")]
pub(crate) fn plan_scan(
    plan: &mut Plan,
    caps: &Caps,
    op: ScanOp,
    exclusive: bool,
    input: Slice,
    start: Slice,
    output: Slice,
    total: Slice,
    n: u64,
) -> Result<()> {
    let blocks = n.div_ceil(BLOCK);
    let keys =
        [("T", "u32"), ("OP", op.wgsl()), ("ZERO", "0u"), ("INCLUSIVE", if exclusive { "false" } else { "true" })];
    let program = |name: &'static str, shader: &str| Program {
        name,
        wgsl: gapwave_shaders::source(shader, &keys).into(),
        workgroup: [WORKGROUP, 1, 1],
        shared_bytes: WORKGROUP * 4,
        needs: Needs::default(),
    };
    if blocks <= 1 {
        // One block: its start is the carry itself.
        let groups = Groups::linear(1, caps)?;
        plan.run(
            program("scan_down", "primitives/scan_down"),
            &[input, start, output, total],
            &[n as u32, 1],
            groups,
            8,
        );
        return Ok(());
    }
    let (totals, starts) = (plan.temp(blocks * 4), plan.temp(blocks * 4));
    let groups = Groups::linear(blocks, caps)?;
    let uniform = [n as u32, blocks as u32];
    plan.run(program("scan_reduce", "primitives/scan_reduce"), &[input, totals], &uniform, groups, 8);
    let last = plan.temp(4);
    plan_scan(plan, caps, op, true, totals, start, starts, last, blocks)?;
    plan.run(program("scan_down", "primitives/scan_down"), &[input, starts, output, total], &uniform, groups, 8);
    Ok(())
}

/// Adds an exclusive sum of `n` words that begins at 0; `total` receives the sum of all.
pub(crate) fn exclusive_add(
    plan: &mut Plan,
    caps: &Caps,
    input: Slice,
    output: Slice,
    total: Slice,
    n: u64,
) -> Result<()> {
    let zero = plan.constant(&[0u32; 4]);
    plan_scan(plan, caps, ScanOp::Add, true, input, zero, output, total, n)
}
