//! `gapwave events`.

use super::failure::Failure;
use super::options::{Files, RunOptions};
use super::steps;
use std::process::ExitCode;
use std::str::FromStr;

/// Keep the events of a recording that lie in a time, a region, of a polarity
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    files: Files,
    /// Times in µs as the recording counts them, from A (included) to B (excluded); either may be left out
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    time: Option<Span>,
    /// Columns X0 to X1 and rows Y0 to Y1 of the sensor, all four included
    #[arg(long, value_name = "X0,Y0,X1,Y1")]
    roi: Option<Region>,
    /// Only ON or only OFF events
    #[arg(long, value_name = "on|off")]
    polarity: Option<Sign>,
    #[command(flatten)]
    run: RunOptions,
}

#[derive(Debug, Clone)]
struct Span(Option<i64>, Option<i64>);

impl FromStr for Span {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let refuse = || format!("{s:?} is no span of time: expected A..B in µs, as 1000..2000, ..2000 or 1000..");
        let (a, b) = s.split_once("..").ok_or_else(refuse)?;
        let end = |t: &str| if t.is_empty() { Ok(None) } else { t.parse().map(Some).map_err(|_| refuse()) };
        match (end(a)?, end(b)?) {
            (None, None) => Err(refuse()),
            (Some(a), Some(b)) if a >= b => Err(format!("{s:?} is empty: the end is excluded")),
            (a, b) => Ok(Span(a, b)),
        }
    }
}

#[derive(Debug, Clone)]
struct Region([i64; 4]);

impl FromStr for Region {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let refuse = || format!("{s:?} is no region: expected X0,Y0,X1,Y1 in pixels, all four included");
        let numbers: Vec<i64> =
            s.split(',').map(|t| t.trim().parse().map_err(|_| refuse())).collect::<Result<_, _>>()?;
        match <[i64; 4]>::try_from(numbers) {
            Ok([x0, y0, x1, y1]) if x0 <= x1 && y0 <= y1 => Ok(Region([x0, y0, x1, y1])),
            Ok(_) => Err(format!("{s:?} is empty: X0 and Y0 come first")),
            Err(_) => Err(refuse()),
        }
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Sign {
    On,
    Off,
}

/// The options as a condition; `None` where nothing is asked for.
fn condition(args: &Args) -> Option<String> {
    let mut all = Vec::new();
    if let Some(Span(a, b)) = &args.time {
        all.extend(a.map(|a| format!("t >= {a}")));
        all.extend(b.map(|b| format!("t < {b}")));
    }
    if let Some(Region([x0, y0, x1, y1])) = &args.roi {
        all.push(format!("{x0} <= x <= {x1} and {y0} <= y <= {y1}"));
    }
    match args.polarity {
        Some(Sign::On) => all.push("polarity > 0".into()),
        // OFF is -1 in some formats and 0 in others.
        Some(Sign::Off) => all.push("polarity <= 0".into()),
        None => {}
    }
    (!all.is_empty()).then(|| all.join(" and "))
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let session = args.run.session()?;
    let condition = condition(args);
    let ran = steps::run(&args.run, &args.files, "events", &session, None, |p| match &condition {
        Some(c) => p.keep(c),
        None => Ok(p),
    })?;
    args.run.say(format!("{} of {} events kept", ran.written, ran.rows));
    let mut more = serde_json::Map::new();
    more.insert("where".into(), condition.into());
    more.insert("kept".into(), ran.written.into());
    ran.report(&args.run, &args.files, more)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_regions() {
        assert!(matches!("5..".parse::<Span>(), Ok(Span(Some(5), None))));
        assert!(matches!("-5..7".parse::<Span>(), Ok(Span(Some(-5), Some(7)))));
        for bad in ["..", "7", "7..7", "a..b", "1..2..3"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
        assert!(matches!("1,2,3,4".parse::<Region>(), Ok(Region([1, 2, 3, 4]))));
        for bad in ["1,2,3", "3,2,1,4", "a,b,c,d", "1,2,3,4,5"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
