//! Command-line options made from kernels' parameters.

use super::failure::Failure;
use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser};
use gapwave_kernels::{Entry, Param, ParamKind};

fn option(name: &str) -> String {
    name.replace('_', "-")
}

/// Adds an option for every parameter of these kernels; one that several have is added once.
pub(super) fn add(mut command: Command, entries: &[&'static Entry]) -> Command {
    let mut params: Vec<(Param, Vec<&'static str>, Vec<&'static str>)> = Vec::new();
    for entry in entries {
        for p in entry.params {
            let words: &[&str] = if let ParamKind::Choice(words) = p.kind { words } else { &[] };
            match params.iter_mut().find(|(q, ..)| q.name == p.name) {
                Some((_, all, methods)) => {
                    all.extend(words.iter().filter(|w| !all.contains(w)).collect::<Vec<_>>());
                    methods.push(entry.name());
                }
                None => params.push((*p, words.to_vec(), vec![entry.name()])),
            }
        }
    }
    for (p, words, methods) in params {
        let help = format!("{} ({})", p.help, methods.join(", "));
        let arg = Arg::new(p.name).long(option(p.name)).help(help).help_heading("What the method takes");
        let arg = match p.kind {
            ParamKind::Int => arg.value_name("N").value_parser(clap::value_parser!(i64)),
            ParamKind::Float => arg.value_name("X").allow_negative_numbers(true).value_parser(clap::value_parser!(f64)),
            ParamKind::Bool => arg.action(ArgAction::SetTrue),
            ParamKind::Choice(_) => arg.value_parser(PossibleValuesParser::new(words)),
            ParamKind::Toml => arg.value_name("TOML"),
        };
        command = command.arg(arg);
    }
    command
}

/// The parameters of one kernel that were given; one that it does not take is an error.
pub(super) fn table(matches: &ArgMatches, entry: &Entry, all: &[&'static Entry]) -> Result<toml::Table, Failure> {
    let mut table = toml::Table::new();
    for p in entry.params {
        let value = match p.kind {
            ParamKind::Int => matches.get_one::<i64>(p.name).map(|v| toml::Value::from(*v)),
            ParamKind::Float => matches.get_one::<f64>(p.name).map(|v| toml::Value::from(*v)),
            ParamKind::Bool => matches.get_flag(p.name).then_some(toml::Value::from(true)),
            ParamKind::Choice(_) => matches.get_one::<String>(p.name).map(|v| toml::Value::from(v.as_str())),
            ParamKind::Toml => match matches.get_one::<String>(p.name) {
                Some(text) => {
                    let parsed = format!("v = {text}").parse::<toml::Table>();
                    let why = |e| Failure::usage(format!("--{}: {text:?} is not a TOML value: {e}", option(p.name)));
                    parsed.map_err(why)?.remove("v")
                }
                None => None,
            },
        };
        if let Some(value) = value {
            table.insert(p.name.into(), value);
        }
    }
    let others = all.iter().flat_map(|e| e.params).filter(|p| entry.params.iter().all(|own| own.name != p.name));
    for p in others {
        if matches.value_source(p.name) == Some(clap::parser::ValueSource::CommandLine) {
            return Err(Failure::usage(format!("--{} does not apply to {}", option(p.name), entry.name())));
        }
    }
    Ok(table)
}
