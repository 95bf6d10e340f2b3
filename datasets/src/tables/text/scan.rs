//! Cells of a text file, one at a time: plain numbers in one pass over their bytes, everything else by its text.

/// A number as it stands at the beginning of some bytes: `-12`, `0.5`, `1e-3`, ended by a separator or a line end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// Bytes that it takes.
    pub(super) len: usize,
    /// Digits without a point or exponent.
    pub(super) whole: bool,
    pub(super) negative: bool,
    /// All digits as one number; right where there are at most 19.
    mantissa: u64,
    digits: usize,
    /// Power of ten that the mantissa is taken by.
    exponent: i32,
}

/// Powers of ten that are exact in f64.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

impl Token {
    /// The plain number at the beginning of `bytes`, if the first cell there is one; nothing but the separator or the
    /// line's end follows it.
    #[inline(always)]
    pub(super) fn read(bytes: &[u8], separator: u8) -> Option<Token> {
        let mut at = 0;
        let digit = |at: usize| bytes.get(at).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10);
        let negative = bytes.first() == Some(&b'-');
        if negative || bytes.first() == Some(&b'+') {
            at = 1;
        }
        let first = at;
        let mut mantissa = 0u64;
        while let Some(d) = digit(at) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(d));
            at += 1;
        }
        let mut digits = at - first;
        let mut whole = true;
        let mut exponent = 0i32;
        if bytes.get(at) == Some(&b'.') {
            whole = false;
            at += 1;
            let point = at;
            while let Some(d) = digit(at) {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(d));
                at += 1;
            }
            digits += at - point;
            exponent = -i32::try_from(at - point).unwrap_or(i32::MAX);
        }
        if digits == 0 {
            return None;
        }
        if let Some(b'e' | b'E') = bytes.get(at) {
            whole = false;
            at += 1;
            let down = bytes.get(at) == Some(&b'-');
            if down || bytes.get(at) == Some(&b'+') {
                at += 1;
            }
            let (from, mut power) = (at, 0i32);
            while let Some(d) = digit(at) {
                power = power.saturating_mul(10).saturating_add(i32::from(d));
                at += 1;
            }
            if at == from {
                return None;
            }
            exponent = exponent.saturating_add(if down { -power } else { power });
        }
        let ended = match bytes.get(at) {
            None | Some(b'\n') => true,
            Some(b'\r') => bytes.get(at + 1).is_none_or(|&b| b == b'\n'),
            Some(&b) => b == separator,
        };
        ended.then_some(Token { len: at, whole, negative, mantissa, digits, exponent })
    }

    /// The integer, where it fits; `cell` is its text.
    #[inline]
    pub(super) fn int(&self, cell: &[u8]) -> Option<i64> {
        if self.whole && self.digits <= 18 {
            let v = self.mantissa as i64;
            return Some(if self.negative { -v } else { v });
        }
        text(cell).parse().ok()
    }

    /// The number rounded to nearest, as `str::parse` does it.
    #[inline]
    pub(super) fn float(&self, cell: &[u8]) -> f64 {
        // Clinger's case: both are exact in f64, so one operation rounds once.
        if self.digits <= 19 && self.mantissa <= 1 << 53 && (-22..=22).contains(&self.exponent) {
            let m = self.mantissa as f64;
            let ten = TENS[self.exponent.unsigned_abs() as usize];
            let v = if self.exponent < 0 { m / ten } else { m * ten };
            return if self.negative { -v } else { v };
        }
        text(cell).parse().unwrap_or(f64::NAN)
    }

    /// What kind of number it is.
    #[inline]
    pub(super) fn number(&self, cell: &[u8]) -> Number {
        match self.whole {
            false => Number::Float,
            true if self.digits <= 18 => Number::Int,
            true => integer(text(cell)),
        }
    }

    /// Whether it is an integer that begins with a zero but is not 0.
    #[inline]
    pub(super) fn zero_led(&self, cell: &[u8]) -> bool {
        self.whole && cell.len() > 1 && cell[0] == b'0'
    }
}

/// Kinds of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int,
    /// Beyond `int64`.
    UInt,
    /// An integer beyond both.
    Huge,
    Float,
}

/// Text of a cell; what is not UTF-8 was refused before.
pub(super) fn text(cell: &[u8]) -> &str {
    std::str::from_utf8(cell).unwrap_or_default()
}

fn integer(cell: &str) -> Number {
    if cell.parse::<i64>().is_ok() {
        Number::Int
    } else if cell.parse::<u64>().is_ok() {
        Number::UInt
    } else {
        Number::Huge
    }
}

/// What kind of number a cell without spaces around it is, if any.
pub(super) fn number(cell: &str) -> Option<Number> {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(integer(cell));
    }
    cell.parse::<f64>().ok().map(|_| Number::Float)
}

/// How missing values are spelled.
#[derive(Debug, Clone)]
pub(super) struct Nulls {
    spellings: Vec<String>,
    /// Whether one of them could be a plain number.
    numeric: bool,
}

impl Nulls {
    pub(super) fn new(spellings: &[String]) -> Nulls {
        let numeric = spellings.iter().any(|s| s.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)));
        Nulls { spellings: spellings.to_vec(), numeric }
    }

    /// Whether a cell stands for a missing value.
    #[inline]
    pub(super) fn has(&self, cell: &[u8]) -> bool {
        let cell = cell.trim_ascii();
        self.spellings.iter().any(|s| s.as_bytes() == cell)
    }

    /// The same of a plain number.
    #[inline]
    pub(super) fn has_number(&self, cell: &[u8]) -> bool {
        self.numeric && self.has(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_what_parse_says() {
        let numbers = [
            "0",
            "-0",
            "+5",
            "007",
            "1.",
            ".5",
            "-.5e3",
            "1e22",
            "1e23",
            "123456789012345678",
            "1234567890123456789",
            "9223372036854775807",
            "-9223372036854775808",
            "0.1",
            "3.14159265358979",
            "1.7976931348623157e308",
            "5e-324",
            "9007199254740993",
            "9007199254740993.0",
            "1e400",
            "1e-400",
            "0.30000000000000004",
            "179769313486231570000000000",
        ];
        for n in numbers {
            for end in ["", ",", "\n", "\r\n", "\r"] {
                let bytes = format!("{n}{end}");
                let t = Token::read(bytes.as_bytes(), b',').unwrap_or_else(|| panic!("{n}"));
                let cell = &bytes.as_bytes()[..t.len];
                assert_eq!(cell, n.as_bytes());
                assert_eq!(t.float(cell).to_bits(), n.parse::<f64>().unwrap().to_bits(), "{n}");
                assert_eq!(t.number(cell), number(n).unwrap(), "{n}");
                if t.whole {
                    assert_eq!(t.int(cell), n.parse().ok(), "{n}");
                }
            }
        }
        for no in
            ["", "-", ".", "e5", "1e", "1e+", "1x", "1 ", "1\r2", "--1", "1.2.3", "inf", "NaN", "2001-02-03", "1;2"]
        {
            assert!(Token::read(no.as_bytes(), b',').is_none(), "{no}");
        }
        assert_eq!(Token::read(b"1;2", b';').unwrap().len, 1);
    }
}
