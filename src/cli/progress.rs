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
                let bar = self.bar.get_or_insert_with(|| {
                    let bar = indicatif::ProgressBar::new(p.total);
                    let style = "{msg} [{bar:30}] {human_pos}/{human_len} rows, {per_sec}, {eta} left";
                    if let Ok(style) = indicatif::ProgressStyle::with_template(style) {
                        bar.set_style(style);
                    }
                    bar.set_message(self.what.clone());
                    bar
                });
                bar.set_length(p.total);
                bar.set_position(p.rows);
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
        serde_json::json!({ "what": self.what, "rows": p.rows, "total": p.total })
    }
}
