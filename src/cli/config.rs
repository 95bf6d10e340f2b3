//! Settings from `gapwave.toml`, and `gapwave config show`.
//!
//! A flag wins over `GAPWAVE_*`, that over the file: the file's values become the defaults of the options of the same
//! name, and clap does the rest.

use super::failure::Failure;
use super::out::outln;
use super::table;
use crate::{parse_bytes, show_bytes};
use clap::{Command, Subcommand};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::ExitCode;
use toml::Value;

/// Show the settings and where each comes from
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand, Debug)]
enum Kind {
    /// Print every setting, its value, and whether it comes from the environment, gapwave.toml or is the default
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// The file, as it may be written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    device: Option<Value>,
    precision: Option<Value>,
    simd: Option<Value>,
    memory: Option<Value>,
    chunk_rows: Option<Value>,
    threads: Option<Value>,
    cache: Cache,
    profile: Profile,
    data: Data,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Cache {
    enabled: Option<Value>,
    max_size: Option<Value>,
    ttl_days: Option<Value>,
    compression: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Profile {
    enabled: Option<Value>,
    report_after: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Data {
    max_versions: Option<Value>,
    compress: Option<Value>,
    verify: Option<Value>,
}

/// What a setting takes.
#[derive(Clone, Copy)]
enum Takes {
    Bool,
    Count,
    Size,
    Parsed(fn(&str) -> Result<(), String>),
}

/// A setting: its key, its option and variable where it has them, its default, what it takes.
struct Setting {
    key: &'static str,
    arg: Option<&'static str>,
    env: Option<&'static str>,
    default: &'static str,
    takes: Takes,
}

const fn setting(key: &'static str, default: &'static str, takes: Takes) -> Setting {
    Setting { key, arg: None, env: None, default, takes }
}

const fn option(
    key: &'static str,
    arg: &'static str,
    env: &'static str,
    default: &'static str,
    takes: Takes,
) -> Setting {
    Setting { key, arg: Some(arg), env: Some(env), default, takes }
}

fn parsed<T: std::str::FromStr>(s: &str) -> Result<(), String>
where
    T::Err: std::fmt::Display,
{
    s.parse::<T>().map(|_| ()).map_err(|e| e.to_string())
}

fn compression(s: &str) -> Result<(), String> {
    if ["lz4", "none"].contains(&s) { Ok(()) } else { Err(format!("{s:?} is none of lz4, none")) }
}

static SETTINGS: [Setting; 15] = [
    option("device", "device", "GAPWAVE_DEVICE", "auto", Takes::Parsed(parsed::<crate::DeviceChoice>)),
    option("precision", "precision", "GAPWAVE_PRECISION", "native", Takes::Parsed(parsed::<crate::Precision>)),
    option("simd", "simd", "GAPWAVE_SIMD", "the best there is", Takes::Parsed(parsed::<gapwave_kernels::SimdLevel>)),
    option("memory", "memory", "GAPWAVE_MEMORY", "25% of what is available", Takes::Size),
    option("chunk_rows", "chunk", "GAPWAVE_CHUNK", "as memory and time allow", Takes::Count),
    option("threads", "threads", "GAPWAVE_THREADS", "all", Takes::Count),
    setting("cache.enabled", "true", Takes::Bool),
    setting("cache.max_size", "1GiB", Takes::Size),
    setting("cache.ttl_days", "30", Takes::Count),
    setting("cache.compression", "lz4", Takes::Parsed(compression)),
    setting("profile.enabled", "true", Takes::Bool),
    setting("profile.report_after", "100", Takes::Count),
    setting("data.max_versions", "5", Takes::Count),
    setting("data.compress", "true", Takes::Bool),
    setting("data.verify", "true", Takes::Bool),
];

impl File {
    fn get(&self, key: &str) -> Option<&Value> {
        match key {
            "device" => self.device.as_ref(),
            "precision" => self.precision.as_ref(),
            "simd" => self.simd.as_ref(),
            "memory" => self.memory.as_ref(),
            "chunk_rows" => self.chunk_rows.as_ref(),
            "threads" => self.threads.as_ref(),
            "cache.enabled" => self.cache.enabled.as_ref(),
            "cache.max_size" => self.cache.max_size.as_ref(),
            "cache.ttl_days" => self.cache.ttl_days.as_ref(),
            "cache.compression" => self.cache.compression.as_ref(),
            "profile.enabled" => self.profile.enabled.as_ref(),
            "profile.report_after" => self.profile.report_after.as_ref(),
            "data.max_versions" => self.data.max_versions.as_ref(),
            "data.compress" => self.data.compress.as_ref(),
            "data.verify" => self.data.verify.as_ref(),
            _ => None,
        }
    }
}

impl Setting {
    /// The value as an option takes it.
    fn text(&self, value: &Value) -> Result<String, String> {
        let refuse = |what: &str| Err(format!("{}: expected {what}, found {value}", self.key));
        match (self.takes, value) {
            (Takes::Bool, Value::Boolean(b)) => Ok(b.to_string()),
            (Takes::Bool, _) => refuse("true or false"),
            (Takes::Count, Value::Integer(n)) if *n > 0 => Ok(n.to_string()),
            (Takes::Count, _) => refuse("a whole number above 0"),
            (Takes::Size, Value::Integer(n)) if *n > 0 => Ok(n.to_string()),
            (Takes::Size, Value::String(s)) => match parse_bytes(s) {
                Ok(_) => Ok(s.clone()),
                Err(e) => Err(format!("{}: {e}", self.key)),
            },
            (Takes::Size, _) => refuse("a size, as \"512MiB\""),
            (Takes::Parsed(check), Value::String(s)) => match check(s) {
                Ok(()) => Ok(s.clone()),
                Err(e) => Err(format!("{}: {e}", self.key)),
            },
            (Takes::Parsed(_), _) => refuse("a text"),
        }
    }
}

/// The settings of the file, if there is one.
#[derive(Default)]
pub(super) struct Settings {
    path: Option<PathBuf>,
    /// One for each of [`SETTINGS`].
    values: Vec<Option<String>>,
}

impl Settings {
    /// Reads `$GAPWAVE_CONFIG`, else `gapwave.toml` in this folder, else `gapwave/gapwave.toml` in the user's folder of
    /// settings.
    pub(super) fn load() -> Result<Settings, Failure> {
        let told = std::env::var_os("GAPWAVE_CONFIG").map(PathBuf::from);
        let own = || {
            let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
            let home = || std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".config"));
            Some(config.or_else(home)?.join("gapwave").join("gapwave.toml"))
        };
        let found = || [Some(PathBuf::from("gapwave.toml")), own()].into_iter().flatten().find(|p| p.is_file());
        let Some(path) = told.or_else(found) else { return Ok(Settings::default()) };
        let named = |why: &dyn std::fmt::Display| Failure::usage(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|e| named(&e))?;
        let values = Self::parse(&text).map_err(|e| named(&e))?;
        Ok(Settings { path: Some(path), values })
    }

    fn parse(text: &str) -> Result<Vec<Option<String>>, String> {
        // The message has the line, and a mark under what was not understood.
        let file: File = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
        SETTINGS.iter().map(|s| file.get(s.key).map(|v| s.text(v)).transpose()).collect()
    }

    /// The command line with the file's values as defaults. Measurements do not follow it: they say themselves what
    /// they run on.
    pub(super) fn into_defaults(self, command: Command) -> Command {
        fn apply(command: Command, arg: &'static str, value: &str) -> Command {
            let has = command.get_arguments().any(|a| a.get_id() == arg);
            let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
            let value_ = value.to_owned();
            let command = if has { command.mut_arg(arg, |a| a.default_value(value_)) } else { command };
            let follows = names.into_iter().filter(|n| n != "bench");
            follows.fold(command, |c, name| c.mut_subcommand(name, |sub| apply(sub, arg, value)))
        }
        SETTINGS.iter().zip(&self.values).fold(command, |command, (setting, value)| match (setting.arg, value) {
            (Some(arg), Some(value)) => apply(command, arg, value),
            _ => command,
        })
    }

    /// Key, value and source of every setting.
    fn effective(&self) -> Vec<(&'static str, String, String)> {
        let of = |(i, s): (usize, &Setting)| {
            let env = s.env.and_then(|e| Some((e, std::env::var(e).ok().filter(|v| !v.is_empty())?)));
            let file = self.values.get(i).cloned().flatten();
            match (env, file) {
                (Some((name, value)), _) => (s.key, value, name.to_owned()),
                (None, Some(value)) => {
                    (s.key, value, self.path.as_ref().map_or(String::new(), |p| p.display().to_string()))
                }
                (None, None) if s.key == "memory" => {
                    let bytes = crate::stream::memory::default_limit();
                    (s.key, format!("{} (25% of what is available)", show_bytes(bytes)), "default".into())
                }
                (None, None) => (s.key, s.default.to_owned(), "default".into()),
            }
        };
        SETTINGS.iter().enumerate().map(of).collect()
    }
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let Kind::Show { json } = args.kind;
    let all = Settings::load()?.effective();
    if json {
        let list: Vec<_> = all
            .iter()
            .map(|(key, value, source)| serde_json::json!({ "key": key, "value": value, "source": source }))
            .collect();
        outln!("{}", serde_json::to_string_pretty(&list)?);
    } else {
        let rows: Vec<Vec<String>> =
            all.into_iter().map(|(key, value, source)| vec![key.to_owned(), value, source]).collect();
        table::print(&["setting", "value", "source"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_understood_or_the_line_named() {
        let values = Settings::parse("memory = \"512MiB\"\nthreads = 2\n[cache]\nenabled = false").unwrap();
        let get = |key: &str| values[SETTINGS.iter().position(|s| s.key == key).unwrap()].clone();
        assert_eq!(get("memory").as_deref(), Some("512MiB"));
        assert_eq!(get("threads").as_deref(), Some("2"));
        assert_eq!(get("cache.enabled").as_deref(), Some("false"));
        assert_eq!(get("device"), None);
        for (text, part) in [
            ("threads = 2\nmemroy = 3", "line 2"),
            ("[cache]\nsize = 3", "line 2"),
            ("threads = 0", "above 0"),
            ("memory = \"lots\"", "memory"),
            ("device = \"tpu\"", "none of"),
            ("precision = 32", "a text"),
        ] {
            let e = Settings::parse(text).unwrap_err();
            assert!(e.contains(part), "{text}: {e}");
        }
    }

    #[test]
    fn every_setting_has_a_place_in_the_file() {
        let text = SETTINGS
            .iter()
            .map(|s| {
                let value = match s.takes {
                    Takes::Bool => "true",
                    Takes::Count => "1",
                    Takes::Size => "\"1GiB\"",
                    Takes::Parsed(_) if s.key == "simd" => "\"scalar\"",
                    Takes::Parsed(_) => return format!("{} = {:?}", s.key, s.default),
                };
                format!("{} = {value}", s.key)
            })
            .collect::<Vec<_>>()
            .join("\n");
        let values = Settings::parse(&text).unwrap();
        assert!(values.iter().all(Option::is_some), "{text}");
    }
}
