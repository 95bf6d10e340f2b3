//! Conditions as people write them: `x >= 160 and x < 480 and polarity = 1`.
//!
//! Comparisons of a column with a number (`<`, `<=`, `>`, `>=`, `=` or `==`, `!=` or `<>`), joined by `and`.
//! `160 <= x < 480` and `x between 160 and 479` (both ends included) are two comparisons in one. Numbers are written
//! as `480`, `-1`, `0.5`, `1e6` or `inf`; whole numbers stay exact up to 64 bits. Column names that are not a word
//! are written in double quotes, a quote in a name twice. `p` stands for `polarity` where no column is called `p`.
//!
//! A comparison with a missing value or NaN does not hold, `!=` included: see [`Compact`].

use super::compact::{Bound, Compact, Range};
use crate::{Error, Result};
use gapwave_columns::{DType, Meta};
use std::cmp::Ordering;
use std::sync::Arc;

/// How a column is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
}

impl Op {
    /// The same with its sides exchanged.
    fn flip(self) -> Op {
        match self {
            Op::Less => Op::Greater,
            Op::AtMost => Op::AtLeast,
            Op::Greater => Op::Less,
            Op::AtLeast => Op::AtMost,
            same => same,
        }
    }
}

/// A column compared with a number, and where in the text it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Name of the column as written.
    pub column: String,
    /// The comparison, with the column on its left.
    pub op: Op,
    /// The number.
    pub value: Bound,
    text: Arc<str>,
    at: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Number(Bound),
    Op(Op),
    And,
    Between,
    End,
}

/// The comparisons of a condition.
///
/// # Errors
/// [`Error::Param`] shows the text with a mark under the place that was not understood.
pub fn parse(text: &str) -> Result<Vec<Comparison>> {
    let tokens = tokens(text)?;
    let shared: Arc<str> = text.into();
    let fail = |at: usize, why: &str| Err(wrong(text, at, why));
    let mut out = Vec::new();
    let mut i = 0;
    loop {
        // Operands and operators in turn: `a < b <= c`.
        let mut left = &tokens[i];
        let mut pairs = 0;
        if !matches!(left.0, Token::Name(_) | Token::Number(_)) {
            return fail(left.1, "expected a column or a number");
        }
        if let (Token::Name(name), Token::Between) = (&left.0, &tokens[i + 1].0) {
            let (lower, and, upper) = (&tokens[i + 2], tokens.get(i + 3), tokens.get(i + 4));
            let Token::Number(lo) = lower.0 else { return fail(lower.1, "expected a number after `between`") };
            match (and, upper) {
                (Some((Token::And, _)), Some((Token::Number(hi), _))) => {
                    for (op, value) in [(Op::AtLeast, lo), (Op::AtMost, *hi)] {
                        let (column, text) = (name.clone(), shared.clone());
                        out.push(Comparison { column, op, value, text, at: left.1 });
                    }
                }
                (Some((Token::And, _)), Some(t)) => return fail(t.1, "expected a number after `and`"),
                (Some(t), _) => return fail(t.1, "expected `and` and the upper end of `between`"),
                _ => return fail(text.len(), "expected `and` and the upper end of `between`"),
            }
            i += 5;
        } else {
            while let Token::Op(op) = tokens[i + 1].0 {
                let right = &tokens[i + 2];
                let (column, op, value, at) = match (&left.0, &right.0) {
                    (Token::Name(n), Token::Number(v)) => (n, op, *v, left.1),
                    (Token::Number(v), Token::Name(n)) => (n, op.flip(), *v, right.1),
                    (Token::Name(_), Token::Name(_)) => return fail(right.1, "columns are compared with numbers only"),
                    (Token::Number(_), Token::Number(_)) => return fail(right.1, "expected a column on one side"),
                    _ => return fail(right.1, "expected a column or a number"),
                };
                out.push(Comparison { column: column.clone(), op, value, text: shared.clone(), at });
                (left, i, pairs) = (right, i + 2, pairs + 1);
            }
            if pairs == 0 {
                return fail(tokens[i + 1].1, "expected a comparison: <, <=, >, >=, =, != or between");
            }
            i += 1;
        }
        match tokens[i].0 {
            Token::And => i += 1,
            Token::End => return Ok(out),
            _ => return fail(tokens[i].1, "expected `and` or the end"),
        }
    }
}

/// The filter that keeps the rows in which all comparisons hold. Comparisons of one column are merged into one range
/// where they can be.
///
/// # Errors
/// [`Error::Param`] for a name that no column has, with the names there are, and for columns without an order.
pub fn bind(comparisons: &[Comparison], names: &[String], metas: &[Meta]) -> Result<Compact> {
    let mut merged: Vec<Range> = Vec::new();
    let mut apart: Vec<Range> = Vec::new();
    for c in comparisons {
        let find = |name: &str| names.iter().position(|n| n == name);
        let column = find(&c.column).or_else(|| (c.column == "p").then(|| find("polarity")).flatten());
        let Some((column, meta)) = column.and_then(|i| Some((i, metas.get(i)?))) else {
            let why = format!("no column is called {:?}; there are {}", c.column, names.join(", "));
            return Err(wrong(&c.text, c.at, &why));
        };
        if matches!(meta.dtype, DType::Complex64 | DType::Complex128) {
            return Err(wrong(&c.text, c.at, &format!("{} values have no order", meta.dtype)));
        }
        match range(column, c.op, c.value, meta.dtype) {
            r if r.not => apart.push(r),
            r => match merged.iter_mut().find(|m| m.column == column) {
                Some(m) => {
                    m.lower = pick(m.lower, r.lower, Ordering::Greater);
                    m.upper = pick(m.upper, r.upper, Ordering::Less);
                }
                None => merged.push(r),
            },
        }
    }
    merged.extend(apart);
    Ok(Compact { keep: merged })
}

/// A comparison as a range with both ends included.
fn range(column: usize, op: Op, value: Bound, dtype: DType) -> Range {
    let nothing = Range::new(column, f64::INFINITY, f64::NEG_INFINITY);
    // What can be written exactly as a whole number is: then its neighbours are known.
    let value = match value {
        Bound::Float(f) if f == f.trunc() && (-9e18..9e18).contains(&f) => Bound::Int(f as i64),
        v => v,
    };
    match (op, value) {
        (Op::AtLeast, v) => Range::at_least(column, v),
        (Op::AtMost, v) => Range::at_most(column, v),
        (Op::Equal, v) => Range::new(column, v, v),
        (Op::NotEqual, v) => Range::new(column, v, v).outside(),
        (Op::Less, Bound::Int(i)) if !dtype.is_float() => {
            i.checked_sub(1).map_or(nothing, |i| Range::at_most(column, i))
        }
        (Op::Greater, Bound::Int(i)) if !dtype.is_float() => {
            i.checked_add(1).map_or(Range::at_most(column, i).outside(), |i| Range::at_least(column, i))
        }
        (Op::Less | Op::Greater, v) => match (op, float(v).filter(|f| dtype.is_float() && f.is_finite())) {
            (Op::Less, Some(f)) => Range::at_most(column, f.next_down()),
            (_, Some(f)) => Range::at_least(column, f.next_up()),
            // Without a neighbour to name: the opposite of a range with its end included.
            (Op::Less, None) => Range::at_least(column, v).outside(),
            (_, None) => Range::at_most(column, v).outside(),
        },
    }
}

/// The bound as a float, where that is exact.
fn float(v: Bound) -> Option<f64> {
    match v {
        Bound::Float(f) => Some(f),
        Bound::Int(i) => Some(i as f64).filter(|&f| f as i128 == i128::from(i)),
    }
}

/// The one of two bounds that leaves less.
fn pick(a: Option<Bound>, b: Option<Bound>, better: Ordering) -> Option<Bound> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if compare(b, a) == better { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn compare(a: Bound, b: Bound) -> Ordering {
    match (a, b) {
        (Bound::Int(a), Bound::Int(b)) => a.cmp(&b),
        (Bound::Float(a), Bound::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        // Rounding keeps the order; where it makes them equal, the float is whole.
        (Bound::Int(a), Bound::Float(b)) => match (a as f64).partial_cmp(&b) {
            Some(Ordering::Equal) | None => i128::from(a).cmp(&(b as i128)),
            Some(o) => o,
        },
        (Bound::Float(_), Bound::Int(_)) => compare(b, a).reverse(),
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>> {
    let mut out = Vec::new();
    let mut at = 0;
    let fail = |at: usize, why: &str| Err(wrong(text, at, why));
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let symbols = [
            ("<=", Op::AtMost),
            (">=", Op::AtLeast),
            ("==", Op::Equal),
            ("!=", Op::NotEqual),
            ("<>", Op::NotEqual),
            ("<", Op::Less),
            (">", Op::Greater),
            ("=", Op::Equal),
        ];
        let (token, len) = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if let Some((s, op)) = symbols.into_iter().find(|(s, _)| rest.starts_with(s)) {
            (Token::Op(op), s.len())
        } else if rest.starts_with("&&") {
            (Token::And, 2)
        } else if c == '"' {
            let Some((name, len)) = quoted(rest) else { return fail(at, "this quote is not closed") };
            (Token::Name(name), len)
        } else if c.is_ascii_digit() || "+-.".contains(c) {
            let len = number_len(rest);
            (Token::Number(number(text, at, &rest[..len])?), len)
        } else if c.is_alphabetic() || c == '_' {
            let len = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            let word = &rest[..len];
            let token = match word.to_ascii_lowercase().as_str() {
                "and" => Token::And,
                "between" => Token::Between,
                "or" => return fail(at, "`or` is not supported yet: conditions are joined by `and`"),
                "not" => return fail(at, "`not` is not supported: turn the comparison around"),
                "inf" | "infinity" => Token::Number(Bound::Float(f64::INFINITY)),
                "nan" | "null" => return fail(at, "no value compares with this; rows without a value are dropped"),
                _ => Token::Name(word.to_owned()),
            };
            (token, len)
        } else if rest.starts_with("||") {
            return fail(at, "`or` is not supported yet: conditions are joined by `and`");
        } else if "()".contains(c) {
            return fail(at, "parentheses are not needed: conditions are joined by `and`");
        } else {
            return fail(at, "this character has no meaning here");
        };
        out.push((token, at));
        at += len;
    }
    // The parser looks two tokens ahead.
    out.extend(std::iter::repeat_n((Token::End, text.len()), 3));
    Ok(out)
}

/// A name in quotes and the bytes it takes.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut at = 1;
    loop {
        let end = at + rest[at..].find('"')?;
        name.push_str(&rest[at..end]);
        at = end + 1;
        if !rest[at..].starts_with('"') {
            return Some((name, at));
        }
        name.push('"');
        at += 1;
    }
}

fn number_len(rest: &str) -> usize {
    let mut previous = ' ';
    let inside = |c: char| {
        let sign = "+-".contains(c) && (previous == ' ' || previous == 'e' || previous == 'E');
        previous = c;
        !(c.is_ascii_alphanumeric() || c == '.' || c == '_' || sign)
    };
    rest.find(inside).unwrap_or(rest.len())
}

fn number(text: &str, at: usize, word: &str) -> Result<Bound> {
    let plain = word.replace('_', "");
    if let Ok(i) = plain.parse::<i64>() {
        return Ok(Bound::Int(i));
    }
    let digits = plain.trim_start_matches(['+', '-']);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong(text, at, "whole numbers end at ±9223372036854775807; write it with an exponent"));
    }
    match plain.parse::<f64>() {
        Ok(f) if !f.is_nan() => Ok(Bound::Float(f)),
        _ => Err(wrong(text, at, &format!("{word:?} is not a number"))),
    }
}

/// The text with a mark under the byte `at`, and what is wrong there.
fn wrong(text: &str, at: usize, why: &str) -> Error {
    let shown = text.replace(char::is_whitespace, " ");
    let column = text[..at].chars().count();
    Error::Param { kernel: super::compact::ENTRY.id.to_owned(), why: format!("{why}\n  {shown}\n  {:column$}^", "") }
}
