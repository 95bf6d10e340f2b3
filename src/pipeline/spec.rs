//! Pipelines as TOML.

use super::Pipeline;
use crate::session::step::{Columns, KernelRef, Step, What};
use crate::{Error, Result};
use gapwave_datasets::{Format, ReadOptions, WriteOptions};
use gapwave_kernels::filter::predicate;
use gapwave_kernels::registry;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// A pipeline as it is written down.
///
/// ```toml
/// [read]                      # all of it optional
/// path = "air.csv"            # or on the command line
/// columns = ["no2", "o3"]
///
/// [[step]]
/// filter = "no2 < 400"        # keeps rows
///
/// [[step]]
/// impute = "linear"           # fills the columns that can have gaps; parameters beside it
/// max_gap = 24
///
/// [[step]]
/// kernel = "primitives/scan"  # any kernel of `gapwave kernels`
/// columns = ["no2"]
/// op = "add"
///
/// [write]
/// path = "air.parquet"
/// ```
#[derive(Debug, Clone)]
pub struct Spec {
    /// What is read, and how.
    pub read: Read,
    /// What is written, and how.
    pub write: Write,
    steps: Vec<Written>,
}

/// The table `[read]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Read {
    /// The file.
    pub path: Option<PathBuf>,
    /// Its format, by name.
    pub format: Option<String>,
    /// The columns of numbers that are read.
    pub columns: Option<Vec<String>>,
    /// Cells of a text file that stand for a missing value.
    pub null_values: Option<Vec<String>>,
    /// What separates the cells of a text file.
    pub separator: Option<char>,
    /// Whether the first line of a text file names the columns.
    pub header: Option<bool>,
    /// Whether columns of mostly numbers may pass as text.
    pub mixed_as_text: bool,
}

/// The table `[write]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Write {
    /// The file.
    pub path: Option<PathBuf>,
    /// Its format, by name.
    pub format: Option<String>,
    /// What stands for a missing number in a text file.
    pub null_value: Option<String>,
}

/// A step as it is written: understood, and bound to columns when it runs.
#[derive(Debug, Clone)]
struct Written {
    table: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    read: Read,
    #[serde(default)]
    step: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    write: Write,
}

impl Spec {
    /// Understands a pipeline and all its steps.
    ///
    /// # Errors
    /// What was not understood, with its line.
    pub fn parse(text: &str) -> Result<Spec> {
        let file: File = toml::from_str(text).map_err(|e| Error::Usage(e.to_string().trim_end().to_owned()))?;
        let mut steps = Vec::with_capacity(file.step.len());
        for (i, step) in file.step.into_iter().enumerate() {
            let line = text[..step.span().start.min(text.len())].matches('\n').count() + 1;
            let table = step.into_inner();
            understand(&table).map_err(|e| Error::Usage(format!("line {line}, step {}: {e}", i + 1)))?;
            steps.push(Written { table });
        }
        for name in [&file.read.format, &file.write.format].into_iter().flatten() {
            name.parse::<Format>().map_err(|why| Error::Usage(format!("format: {why}")))?;
        }
        Ok(Spec { read: file.read, write: file.write, steps })
    }

    /// Reads and understands a file.
    ///
    /// # Errors
    /// Where it cannot be read, and those of [`Spec::parse`].
    pub fn open(path: &Path) -> Result<Spec> {
        let named = |why: &dyn std::fmt::Display| Error::Usage(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|e| named(&e))?;
        Spec::parse(&text).map_err(|e| named(&e))
    }

    /// The options of the table `[read]` over `base`.
    ///
    /// # Errors
    /// For a format or separator that is none.
    pub fn read_options(&self, base: &ReadOptions) -> Result<ReadOptions> {
        let mut o = base.clone();
        let read = &self.read;
        if let (None, Some(name)) = (o.format, &read.format) {
            o.format = Some(name.parse().map_err(Error::Usage)?);
        }
        o.columns = o.columns.or_else(|| read.columns.clone());
        if let Some(nulls) = &read.null_values {
            o.null_values.clone_from(nulls);
        }
        if let Some(c) = read.separator {
            let byte =
                u8::try_from(c).map_err(|_| Error::Usage(format!("separator: {c:?} is not one ASCII character")))?;
            o.separator = Some(byte);
        }
        o.header = read.header.unwrap_or(o.header);
        o.mixed_as_text |= read.mixed_as_text;
        Ok(o)
    }

    /// The pipeline over a file into another; `None` for what the text names itself.
    ///
    /// # Errors
    /// Where neither names a file, and those of opening and creating them.
    pub fn pipeline(&self, input: Option<&Path>, output: Option<&Path>, base: &ReadOptions) -> Result<Pipeline> {
        let input = input.or(self.read.path.as_deref());
        let input = input.ok_or_else(|| Error::Usage("no file to read: name one, or give [read] a path".into()))?;
        let mut p = Pipeline::read_with(input, &self.read_options(base)?)?;
        for step in &self.steps {
            p.steps.push(understand(&step.table)?);
        }
        let output = output.or(self.write.path.as_deref());
        let output = output.ok_or_else(|| Error::Usage("no file to write: name one, or give [write] a path".into()))?;
        let mut options = WriteOptions::carrying(p.source.as_ref());
        options.null_value = self.write.null_value.clone().or(options.null_value);
        if let Some(name) = &self.write.format {
            options.format = Some(name.parse().map_err(Error::Usage)?);
        }
        p.write_with(output, &options)
    }
}

/// The step of a table.
fn understand(table: &toml::Table) -> Result<Step<'static>> {
    let mut params = table.clone();
    let refuse = |why: String| Err(Error::Usage(why));
    let columns = match params.remove("columns") {
        None => None,
        Some(value) => {
            Some(value.try_into::<Vec<String>>().map_err(|e| Error::Usage(format!("columns: {}", e.message())))?)
        }
    };
    let verbs: Vec<&str> = ["filter", "impute", "kernel"].into_iter().filter(|v| table.contains_key(*v)).collect();
    let [verb] = verbs.as_slice() else {
        let why = "a step has one of `filter`, `impute` and `kernel`";
        return refuse(why.into());
    };
    let Some(toml::Value::String(text)) = params.remove(*verb) else {
        return refuse(format!("`{verb}` takes a text"));
    };
    if *verb == "filter" {
        if let Some(other) = params.keys().next() {
            return refuse(format!("unknown key {other:?} beside `filter`"));
        }
        if columns.is_some() {
            return refuse("`filter` keeps rows of the whole table and takes no columns".into());
        }
        return Ok(Step { what: What::Where(predicate::parse(&text)?), columns: Columns::All });
    }
    let id = if *verb == "impute" { format!("impute/{text}") } else { text };
    let kernel = registry::parse(&id, params)?;
    let fills = kernel.entry().family() == "impute";
    let columns = match (columns, fills) {
        (columns, true) => Columns::Gaps(columns),
        (Some(names), false) => Columns::Named(names),
        (None, false) => Columns::All,
    };
    Ok(Step { what: What::Kernel(KernelRef::Own(kernel.into())), columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        let wrong = |text: &str| Spec::parse(text).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(wrong("[read]\npaht = 1").contains("line 2"), "{}", wrong("[read]\npaht = 1"));
        assert!(wrong("\n[[step]]\nimpute = \"lineal\"").contains("line 2, step 1"));
        assert!(wrong("[[step]]\nimpute = \"linear\"\nmax_gpa = 3").contains("max_gpa"));
        assert!(wrong("[[step]]\nfilter = \"x >\"").contains("step 1"));
        assert!(wrong("[[step]]\nx = 1").contains("one of `filter`"));
        assert!(wrong("[[step]]\nfilter = \"x > 1\"\nkernel = \"a\"").contains("one of"));
        assert!(wrong("[write]\nformat = \"docx\"").contains("docx"));
        let spec = Spec::parse("[[step]]\nfilter = \"x > 1\"\n[[step]]\nimpute = \"linear\"\nmax_gap = 3").unwrap();
        assert_eq!(spec.steps.len(), 2);
        let e = spec.pipeline(None, None, &ReadOptions::default()).err().unwrap().to_string();
        assert!(e.contains("no file to read"), "{e}");
    }
}
