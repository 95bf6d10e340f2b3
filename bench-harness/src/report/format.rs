//! Numbers as people read them.

/// A time in the unit that leaves one to three digits before the point.
pub(crate) fn time(ns: f64) -> String {
    match ns {
        ns if ns < 999.95 => format!("{ns:.1} ns"),
        ns if ns < 999.95e3 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 999.95e6 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

/// An amount with about three digits; nothing where it means nothing.
pub(crate) fn amount(x: f64) -> String {
    match x {
        0.0 => "–".into(),
        x if x < 0.995 => format!("{x:.3}"),
        x if x < 99.5 => format!("{x:.2}"),
        x => format!("{x:.0}"),
    }
}

/// A spread, as half of it in percent.
pub(crate) fn spread(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 9.95 { format!("±{percent:.1} %") } else { format!("±{percent:.0} %") }
}

/// A ratio.
pub(crate) fn times(x: f64) -> String {
    if x < 9.995 { format!("{x:.2} ×") } else { format!("{x:.1} ×") }
}

/// Most characters of a label's part.
const MOST: usize = 200;

/// Text that comes from a file, for a terminal: without control characters, and not longer than can be aligned.
pub(crate) fn plain(text: &str) -> String {
    let shown: String = text.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MOST).is_some() { shown + "…" } else { shown }
}

/// What is to be said of a record's result.
pub(crate) fn result(r: &crate::Record) -> String {
    let mut text = match (&r.error, r.verified) {
        (Some(why), false) => format!("WRONG: {why}"),
        (Some(why), true) => format!("IMPOSSIBLE: {why}"),
        (None, true) => "verified".into(),
        (None, false) => "not verified".into(),
    };
    if !r.plateau {
        text += " (no plateau)";
    }
    if let Some(why) = &r.clock_rejected {
        text += &format!(" (by the wall: {why})");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_amounts_keep_few_digits() {
        assert_eq!([0.5, 999.0, 999.96, 12_340.0].map(time), ["0.5 ns", "999.0 ns", "1.0 µs", "12.3 µs"]);
        assert_eq!([5e6, 1.5e9].map(time), ["5.0 ms", "1.50 s"]);
        assert_eq!([0.0, 0.1234, 12.345, 4321.9].map(amount), ["–", "0.123", "12.35", "4322"]);
        assert_eq!([0.0123, 0.25].map(spread), ["±1.2 %", "±25 %"]);
        assert_eq!([1.234, 12.34].map(times), ["1.23 ×", "12.3 ×"]);
        assert_eq!(plain("a\x1b[2Jb"), "a\u{fffd}[2Jb");
        assert_eq!(plain(&"x".repeat(70_000)).chars().count(), MOST + 1);
    }
}
