//! `gapwave kernels`.

use super::failure::Failure;
use super::out::outln;
use super::table;
use gapwave_columns::{Array, Meta};
use gapwave_kernels::{Caps, Entry, ParamKind, registry::KERNELS};
use serde::Serialize;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print JSON, parameters included
    #[arg(long)]
    json: bool,
    /// Print the support matrix as Markdown, as it stands in docs/kernels.md
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

#[derive(Serialize)]
struct Row {
    id: &'static str,
    version: u32,
    help: &'static str,
    class: String,
    reach: Vec<&'static str>,
    cpu: Vec<&'static str>,
    gpu: Vec<&'static str>,
    gpu_f64_as_f32: bool,
    params: Vec<Parameter>,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    takes: String,
    help: &'static str,
}

/// What a kernel can do, read off its cases: types that its cases have, and whether there is a plan for them.
fn row(entry: &'static Entry) -> Row {
    let (mut cpu, mut gpu, mut reach, mut narrow) = (Vec::new(), Vec::new(), Vec::new(), false);
    let caps = Caps::webgpu_minimum();
    let add = |list: &mut Vec<&'static str>, word| {
        if !list.contains(&word) {
            list.push(word);
        }
    };
    for case in (entry.cases)() {
        let metas: Vec<Meta> = case.ins.iter().map(Array::meta).collect();
        let Ok(io) = case.kernel.infer(&metas) else { continue };
        add(&mut reach, io.reach.name());
        let ins = io.all_ins(&metas);
        let native = case.kernel.gpu(&ins, &caps).is_some();
        narrow |= !native && case.kernel.gpu(&ins, &caps.clone().f64_as_f32()).is_some();
        for m in &metas {
            add(&mut cpu, m.dtype.name());
            if native {
                add(&mut gpu, m.dtype.name());
            }
        }
    }
    let params = entry.params.iter().map(|p| {
        let takes = match p.kind {
            ParamKind::Int => "integer".to_owned(),
            ParamKind::Float => "number".to_owned(),
            ParamKind::Bool => "true or false".to_owned(),
            ParamKind::Choice(words) => words.join(" | "),
            ParamKind::Toml => "TOML".to_owned(),
        };
        Parameter { name: p.name, takes, help: p.help }
    });
    Row {
        id: entry.id,
        version: entry.version,
        help: entry.help,
        class: format!("{:?}", entry.class).to_lowercase(),
        reach,
        cpu,
        gpu,
        gpu_f64_as_f32: narrow,
        params: params.collect(),
    }
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let rows: Vec<Row> = KERNELS.iter().map(|e| row(e)).collect();
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(ExitCode::SUCCESS);
    }
    let list = |words: &[&str]| if words.is_empty() { "none".to_owned() } else { words.join(" ") };
    let cells = |r: &Row| {
        let narrow = if r.gpu_f64_as_f32 { " (float64 as f32 if asked)" } else { "" };
        let gpu = format!("{}{narrow}", list(&r.gpu));
        vec![r.id.to_owned(), r.help.to_owned(), list(&r.cpu), gpu, list(&r.reach), r.class.clone()]
    };
    let header = ["kernel", "what it does", "CPU", "GPU", "reach", "class"];
    if args.markdown {
        outln!("| {} |\n|{}", header.join(" | "), "---|".repeat(header.len()));
        for r in &rows {
            outln!("| {} |", cells(r).join(" | "));
        }
    } else {
        table::print(&header, &rows.iter().map(cells).collect::<Vec<_>>());
    }
    Ok(ExitCode::SUCCESS)
}
