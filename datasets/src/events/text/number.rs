//! Numbers as digits, without floating point.

use super::is_blank;

/// Decimal places between seconds and µs.
pub(super) const PLACES: i64 = 6;

/// A decimal number times 10^`places`, to the nearest whole one (halves away from zero), and whether it was whole.
/// `None`: no number, or too large. Digits only, no floating point: what is written is what is meant.
pub(super) fn decimal(text: &[u8], places: i64) -> Option<(i64, bool)> {
    let (negative, text) = match text {
        [b'-', t @ ..] => (true, t),
        [b'+', t @ ..] => (false, t),
        t => (false, t),
    };
    let (number, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(i) => (&text[..i], str::from_utf8(&text[i + 1..]).ok()?.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (before, after) = match memchr::memchr(b'.', number) {
        Some(i) => (&number[..i], &number[i + 1..]),
        None => (number, &number[number.len()..]),
    };
    if before.len() + after.len() == 0 {
        return None;
    }
    // Digits before the point, once it was moved.
    let point = exponent.checked_add(places)?.checked_add(before.len() as i64)?;
    let (mut value, mut half, mut whole) = (0i64, false, true);
    for (i, &b) in before.iter().chain(after).enumerate() {
        let digit = i64::from(b.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        if (i as i64) < point {
            value = value.checked_mul(10)?.checked_sub(digit)?;
        } else {
            whole &= digit == 0;
            half |= i as i64 == point && digit >= 5;
        }
    }
    let missing = point.saturating_sub((before.len() + after.len()) as i64);
    if value != 0 {
        value = value.checked_mul(10i64.checked_pow(u32::try_from(missing.max(0)).ok()?)?)?;
    }
    value = value.checked_sub(i64::from(half))?;
    // Counted below zero, where there is one number more.
    Some((if negative { value } else { value.checked_neg()? }, whole))
}

/// A run of digits, and what comes behind it.
#[inline(always)]
pub(super) fn digits(mut text: &[u8]) -> (u64, usize, &[u8]) {
    let (mut value, mut n) = (0u64, 0);
    while let [b, tail @ ..] = text
        && b.is_ascii_digit()
        && n < 18
    {
        value = value * 10 + u64::from(b - b'0');
        (text, n) = (tail, n + 1);
    }
    (value, n, text)
}

/// The time at the beginning of a line as recorders write it, and what comes behind it; `None` for every other way.
#[inline(always)]
pub(super) fn seconds(text: &[u8]) -> Option<(i64, &[u8])> {
    const SCALE: [u64; 7] = [1_000_000, 100_000, 10_000, 1000, 100, 10, 1];
    let (whole, n, text) = digits(text);
    let [b'.', text @ ..] = text else { return None };
    let (part, places, text) = digits(text);
    if n == 0 || n > 12 || places > 18 || !text.first().is_some_and(|&b| is_blank(b)) {
        return None;
    }
    let part = match places {
        0..=6 => part * SCALE[places],
        _ => {
            let unit = 10u64.pow(places as u32 - 6);
            part / unit + u64::from(part % unit >= unit / 2)
        }
    };
    Some(((whole * 1_000_000 + part) as i64, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_halves_go_away_from_zero() {
        let us = |s: &str| decimal(s.as_bytes(), 6).map(|v| v.0);
        // (double)t * 1e6 truncated gives 3810 and 4193 here.
        for (text, t) in [
            ("0.003811000", 3811),
            ("0.004194000", 4194),
            ("1", 1_000_000),
            ("1.", 1_000_000),
            (".5", 500_000),
            ("-0.0000015", -2),
            ("0.0000014999999999999999999999", 1),
            ("0.0000005", 1),
            ("0.00000049999", 0),
            ("-0.0", 0),
            ("+1.5e-3", 1500),
            ("1.605537493718345000e+09", 1_605_537_493_718_345),
            ("9223372036854.775807", i64::MAX),
            ("-9223372036854.775808", i64::MIN),
            ("0e999999999", 0),
            ("1e-999999999", 0),
        ] {
            assert_eq!(us(text), Some(t), "{text}");
            if let Some((fast, rest)) = seconds(format!("{text} 1").as_bytes()) {
                assert_eq!((fast, rest), (t, &b" 1"[..]), "{text}");
            }
        }
        for text in [
            "",
            "-",
            ".",
            "1.2.3",
            "1e",
            "x",
            "1_0",
            "9223372036854.775808",
            "1e40",
            "0x10",
            "nan",
            "1e99999999999999999999",
        ] {
            assert_eq!(us(text), None, "{text}");
        }
        assert_eq!(decimal(b"96.0", 0), Some((96, true)));
        assert_eq!(decimal(b"9.6000000e+01", 0), Some((96, true)));
        assert_eq!(decimal(b"96.5", 0), Some((97, false)));
    }
}
