//! A kernel in one's own crate: a centred moving mean, run whole and in chunks.
//!
//! `cargo run --release --example own_kernel`

use gapwave::kernels::{
    Case, Class, Cpu, Entry, Error, Io, Kernel, Reach, Result, Tolerance, case, params_table, parse_params, real,
};
use gapwave::{Array, DType, Meta, Out, Session, View};
use serde::{Deserialize, Serialize};

/// The mean of each row with `half` rows before and after it, fewer at the ends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovingMean {
    /// Rows on each side.
    pub half: usize,
}

static ENTRY: Entry = Entry {
    id: "own/moving_mean",
    version: 1,
    class: Class::Exact,
    part: false,
    help: "centred moving mean",
    params: &[],
    parse: |t| Ok(Box::new(parse_params::<MovingMean>("own/moving_mean", t)?)),
    bench: |_| Vec::new(),
    cases: || vec![Case::new("100", MovingMean { half: 3 }, vec![Array::from(case::uniform_f64(1, 100))])],
};

fn mean_at(x: &[f64], i: usize, half: usize) -> f64 {
    let window = &x[i.saturating_sub(half)..(i + half + 1).min(x.len())];
    window.iter().sum::<f64>() / window.len() as f64
}

impl Kernel for MovingMean {
    fn entry(&self) -> &'static Entry {
        &ENTRY
    }

    fn params(&self) -> toml::Table {
        params_table(self)
    }

    fn infer(&self, ins: &[Meta]) -> Result<Io> {
        match ins {
            [x] if x.dtype == DType::F64 && x.shape.len() == 1 && !x.nullable => {
                let reach = Reach::Window { before: self.half, after: self.half };
                Ok(Io::new(ins, vec![x.clone()], reach))
            }
            _ => Err(Error::Refused { kernel: ENTRY.id, why: "takes one float64 [n] without gaps".into() }),
        }
    }

    fn oracle(&self, ins: &[Array]) -> Result<Vec<Array>> {
        let x = real(&ins[0]);
        Ok(vec![Array::from((0..x.len()).map(|i| mean_at(&x, i, self.half)).collect::<Vec<_>>())])
    }

    fn tolerance(&self, _: &[Meta]) -> Tolerance {
        Tolerance::Exact
    }

    fn cpu(&self, _: &Cpu, ins: &[View<'_>], outs: &mut [Out<'_>]) -> Result<()> {
        let x = ins[0].as_slice::<f64>()?;
        for (i, y) in outs[0].as_mut_slice::<f64>()?.iter_mut().enumerate() {
            *y = mean_at(x, i, self.half);
        }
        Ok(())
    }
}

fn main() -> gapwave::Result<()> {
    let x = Array::from(case::uniform_f64(7, 1_000_000));
    let session = Session::auto()?;
    let kernel = MovingMean { half: 12 };
    let whole = session.run(&kernel, &x)?;
    let cut = session.with_chunk_rows(10_000).run(&kernel, &x)?;
    println!("{}\n{}", whole.provenance(), cut.provenance());
    assert_eq!(whole.array(), cut.array(), "chunks change nothing");
    Ok(())
}
