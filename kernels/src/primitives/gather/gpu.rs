//! One dispatch for the elements, one for the validity bits.

use super::{Gather, refused};
use crate::plan::{Groups, Needs, Program, Slice};
use crate::{Caps, Plan, Result};
use gapwave_columns::Meta;

const WORKGROUP: u32 = 256;

/// What is picked: `count` numbers out of `index`, of which there are `most` or fewer.
#[derive(Clone, Copy)]
pub(crate) struct Picked {
    /// Numbers of elements, `u32`.
    pub(crate) index: Slice,
    /// One `u32`: how many numbers there are.
    pub(crate) count: Slice,
    /// The most numbers there can be.
    pub(crate) most: u64,
}

impl Gather {
    pub(super) fn plan(&self, ins: &[Meta], caps: &Caps) -> Result<Plan> {
        let [x, index] = ins else { return Err(refused("takes an array and numbers".into())) };
        let y = Meta::new(x.dtype, index.shape.clone()).nullable(x.nullable);
        let mut plan = Plan::new();
        let most = index.elements() as u64;
        let count = plan.constant(&[most as u32, 0, 0, 0]);
        let picked = Picked { index: plan.input(1, index), count, most };
        let (from, to) = (plan.input(0, x), plan.output(0, &y));
        let n = x.elements() as u64;
        plan_gather(&mut plan, caps, x.dtype.size() as u32 * 8, from, n, picked, to)?;
        if x.nullable {
            let (from, to) = (plan.input_valid(0, x), plan.output_valid(0, &y));
            plan_gather(&mut plan, caps, 1, from, n, picked, to)?;
        }
        Ok(plan)
    }
}

/// Adds the gathering of elements of `bits` bits out of the `n` in `x`.
pub(crate) fn plan_gather(
    plan: &mut Plan,
    caps: &Caps,
    bits: u32,
    x: Slice,
    n: u64,
    picked: Picked,
    y: Slice,
) -> Result<()> {
    // Row numbers are u32.
    let n = u32::try_from(n).map_err(|_| crate::Error::Limit {
        what: "rows of a gather".into(),
        need: n,
        have: u32::MAX.into(),
    })?;
    let (name, shader, keys, words, items, per_word): (&'static str, _, Vec<(&str, String)>, u64, u64, u64) = match bits
    {
        1 | 8 | 16 => {
            let per_word = u64::from(32 / bits);
            // As many elements per invocation for every width.
            let items = if bits == 1 { 1 } else { 4 };
            let keys =
                vec![("BITS", bits.to_string()), ("PER_WORD", per_word.to_string()), ("ITEMS", items.to_string())];
            ("gather_parts", "primitives/gather_parts", keys, picked.most.div_ceil(per_word), items, per_word)
        }
        _ => {
            let words = u64::from(bits / 32);
            let keys = vec![("WORDS", words.to_string())];
            ("gather_words", "primitives/gather_words", keys, picked.most * words, 8, 0)
        }
    };
    let keys: Vec<(&str, &str)> = keys.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let program = Program {
        name,
        wgsl: gapwave_shaders::source(shader, &keys).into(),
        workgroup: [WORKGROUP, 1, 1],
        shared_bytes: 0,
        needs: Needs::default(),
    };
    let groups = Groups::linear(words.div_ceil(u64::from(WORKGROUP) * items).max(1), caps)?;
    let max_loop = (items * (1 + per_word)) as u32;
    plan.run(program, &[x, picked.index, picked.count, y], &[n], groups, max_loop);
    Ok(())
}
