//! One step of a pipeline: what is done, and to which columns.

use crate::{Error, Result};
use gapwave_columns::{DType, Meta};
use gapwave_datasets::{Schema, Source};
use gapwave_kernels::Kernel;
use gapwave_kernels::filter::predicate::{self, Comparison};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// One step.
#[derive(Clone)]
pub(crate) struct Step<'k> {
    pub(crate) what: What<'k>,
    pub(crate) columns: Columns,
}

/// What a step does.
#[derive(Clone)]
pub(crate) enum What<'k> {
    /// Runs a kernel.
    Kernel(KernelRef<'k>),
    /// Keeps the rows for which a condition holds; it is bound to the columns that there are then.
    Where(Vec<Comparison>),
}

/// A kernel, lent or owned.
#[derive(Clone)]
pub(crate) enum KernelRef<'k> {
    Lent(&'k dyn Kernel),
    Own(Arc<dyn Kernel + 'k>),
}

impl<'k> Deref for KernelRef<'k> {
    type Target = dyn Kernel + 'k;

    fn deref(&self) -> &(dyn Kernel + 'k) {
        match self {
            KernelRef::Lent(k) => *k,
            KernelRef::Own(k) => k.as_ref(),
        }
    }
}

impl fmt::Debug for KernelRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The columns of a step.
#[derive(Debug, Clone)]
pub(crate) enum Columns {
    /// All of the table.
    All,
    /// By number.
    Numbered(Vec<usize>),
    /// By name.
    Named(Vec<String>),
    /// Those of numbers that can have gaps; of these names, if there are any. Integers come as f64 where the kernel does
    /// not take them.
    Gaps(Option<Vec<String>>),
}

/// Columns, by number, that come as another type.
pub(crate) type Casts = Vec<(usize, DType)>;

/// A step bound to a table.
pub(crate) struct Bound<'k> {
    pub(crate) kernel: KernelRef<'k>,
    /// The table's columns that are the kernel's data.
    pub(crate) select: Vec<usize>,
    /// Columns that come as another type.
    pub(crate) casts: Casts,
}

impl<'k> Step<'k> {
    /// The step on the columns that `source` has.
    pub(crate) fn bind(&self, source: &dyn Source) -> Result<Bound<'k>> {
        let schema = source.schema();
        let kernel = match &self.what {
            What::Kernel(k) => k.clone(),
            What::Where(c) => KernelRef::Own(Arc::new(predicate::bind(c, &schema.names, &schema.cols)?)),
        };
        let (select, casts) = match &self.columns {
            Columns::All => ((0..schema.cols.len()).collect(), Vec::new()),
            Columns::Numbered(select) => (select.clone(), Vec::new()),
            Columns::Named(names) => (find(schema, names)?, Vec::new()),
            Columns::Gaps(names) => gaps(&*kernel, schema, names.as_deref())?,
        };
        if let Some(&bad) = select.iter().find(|&&i| i >= schema.cols.len()) {
            return Err(Error::Usage(format!("column {bad} of a table of {}", schema.cols.len())));
        }
        Ok(Bound { kernel, select, casts })
    }
}

fn find(schema: &Schema, names: &[String]) -> Result<Vec<usize>> {
    let place = |name: &String| {
        let known = || Error::Usage(format!("no column is called {name:?}; there are {}", schema.names.join(", ")));
        schema.names.iter().position(|n| n == name).ok_or_else(known)
    };
    names.iter().map(place).collect()
}

/// The columns that a kernel which fills gaps is run on, and those of them that come as f64.
pub(crate) fn gaps(kernel: &dyn Kernel, schema: &Schema, names: Option<&[String]>) -> Result<(Vec<usize>, Casts)> {
    // A number can stand for a missing value.
    let sentinel = kernel.params().get("missing").is_some();
    let asked = names.map(|n| find(schema, n)).transpose()?;
    let (mut select, mut casts) = (Vec::new(), Vec::new());
    for i in asked.clone().unwrap_or_else(|| (0..schema.cols.len()).collect()) {
        let meta = &schema.cols[i];
        // A column of integers without nulls has no gaps unless a number stands for them.
        if asked.is_none() && !meta.dtype.is_float() && !meta.nullable && !sentinel {
            continue;
        }
        let as_f64 = Meta { dtype: DType::F64, ..meta.clone() };
        match kernel.infer(std::slice::from_ref(meta)) {
            Ok(_) => select.push(i),
            Err(_) if !meta.dtype.is_float() && kernel.infer(&[as_f64]).is_ok() => {
                select.push(i);
                casts.push((i, DType::F64));
            }
            Err(e) => return Err(Error::Usage(format!("column {}: {e}", schema.names[i]))),
        }
    }
    Ok((select, casts))
}
