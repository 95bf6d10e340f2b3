//! Progress while work is under way, and stopping it.

use super::failure::Failure;
use super::options::{ProgressKind, RunOptions};
use crate::{Control, Result, Session};
use std::io::IsTerminal;
use std::time::Duration;

/// Runs work on a thread of its own, shows how far it is, and cancels it when the user interrupts.
pub(super) fn watch<T: Send + 'static>(
    options: &RunOptions,
    session: &Session,
    what: &str,
    work: impl FnOnce(&Session, &Control) -> Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let job = session.spawn(work);
    let kind = match options.progress {
        _ if options.quiet => ProgressKind::None,
        ProgressKind::Auto if std::io::stderr().is_terminal() => ProgressKind::Bar,
        ProgressKind::Auto => ProgressKind::None,
        other => other,
    };
    interrupts::listen();
    let mut shown = Shown::new(kind, what);
    // Small work is done before anybody would look.
    let mut pause = Duration::from_millis(2);
    while !job.is_done() {
        if interrupts::came() {
            job.cancel();
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
        shown.update(job.progress());
    }
    shown.end(job.progress());
    Ok(job.wait()?)
}

#[cfg(feature = "cli")]
mod interrupts {
    use std::sync::Once;
    use std::sync::atomic::{AtomicBool, Ordering};

    static CAME: AtomicBool = AtomicBool::new(false);
    static LISTEN: Once = Once::new();

    /// The first interrupt asks the work to stop, the second ends the program.
    pub(super) fn listen() {
        LISTEN.call_once(|| {
            let _ = ctrlc::set_handler(|| {
                if CAME.swap(true, Ordering::Relaxed) {
                    std::process::exit(130);
                }
            });
        });
    }

    pub(super) fn came() -> bool {
        CAME.load(Ordering::Relaxed)
    }
}

#[cfg(not(feature = "cli"))]
mod interrupts {
    pub(super) fn listen() {}

    pub(super) fn came() -> bool {
        false
    }
}

struct Shown {
    kind: ProgressKind,
    what: String,
    #[cfg(feature = "cli")]
    bar: Option<indicatif::ProgressBar>,
}

impl Shown {
    fn new(kind: ProgressKind, what: &str) -> Self {
        Shown {
            kind,
            what: what.to_owned(),
            #[cfg(feature = "cli")]
            bar: None,
        }
    }

    fn update(&mut self, p: crate::Progress) {
        match self.kind {
            ProgressKind::Json => eprintln!("{}", self.json(p)),
            #[cfg(feature = "cli")]
            ProgressKind::Bar => {
                // In thousandths: how many rows there are is often not known, what part of them is done is.
                let bar = self.bar.get_or_insert_with(|| {
                    let bar = indicatif::ProgressBar::new(1000);
                    if let Ok(style) = indicatif::ProgressStyle::with_template("{prefix} [{bar:30}] {msg}") {
                        bar.set_style(style);
                    }
                    bar.set_prefix(self.what.clone());
                    bar
                });
                let part = p.fraction.map_or(String::new(), |f| format!("{:.0} %, ", f * 100.0));
                let speed = indicatif::HumanCount(p.rows_per_second() as u64);
                let left = p.eta().map_or(String::new(), |d| format!(", {:#} left", indicatif::HumanDuration(d)));
                bar.set_message(format!("{part}{} rows, {speed}/s{left}", indicatif::HumanCount(p.rows)));
                bar.set_position((p.fraction.unwrap_or(0.0) * 1000.0) as u64);
            }
            _ => {}
        }
    }

    fn end(&mut self, p: crate::Progress) {
        if self.kind == ProgressKind::Json {
            eprintln!("{}", self.json(p));
        }
        #[cfg(feature = "cli")]
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn json(&self, p: crate::Progress) -> serde_json::Value {
        serde_json::json!({
            "what": self.what, "fraction": p.fraction, "rows": p.rows, "total": p.total, "bytes": p.bytes,
            "rows_per_second": p.rows_per_second(), "elapsed": p.elapsed.as_secs_f64(),
            "eta": p.eta().map(|d| d.as_secs_f64()),
        })
    }
}
