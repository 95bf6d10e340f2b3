//! JSON text, value by value.

use std::borrow::Cow;

/// Deepest nesting.
const DEEPEST: usize = 128;

/// A value as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Truth(bool),
    /// As `str::parse::<f64>` takes it.
    Number(&'a str),
    /// With its quotes.
    Text(&'a str),
    /// An array or an object.
    Nested(&'a str),
}

impl<'a> Value<'a> {
    /// A string without quotes and escapes, any other value as it stands.
    pub(super) fn text(self) -> Result<Cow<'a, str>, String> {
        match self {
            Value::Null => Ok("null".into()),
            Value::Truth(true) => Ok("true".into()),
            Value::Truth(false) => Ok("false".into()),
            Value::Number(n) | Value::Nested(n) => Ok(n.into()),
            Value::Text(quoted) => unquoted(quoted),
        }
    }
}

fn unquoted(quoted: &str) -> Result<Cow<'_, str>, String> {
    if quoted.contains('\\') {
        return serde_json::from_str::<String>(quoted).map(Cow::from).map_err(|_| format!("{quoted} is no string"));
    }
    Ok(quoted.get(1..quoted.len() - 1).unwrap_or_default().into())
}

/// A reader of JSON text.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    text: &'a str,
    pub(super) at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Scan<'a> {
        Scan { text, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Whether `what` comes next; takes it if so.
    pub(super) fn eat(&mut self, what: u8) -> bool {
        self.skip_spaces();
        let found = self.peek() == Some(what);
        self.at += usize::from(found);
        found
    }

    /// Whether nothing comes any more.
    pub(super) fn is_done(&mut self) -> bool {
        self.skip_spaces();
        self.at == self.text.len()
    }

    pub(super) fn expect(&mut self, what: u8) -> Result<(), String> {
        if self.eat(what) { Ok(()) } else { Err(self.found(&format!("{:?}", what as char))) }
    }

    /// What stands here instead of what was expected.
    pub(super) fn found(&self, expected: &str) -> String {
        let rest: String = self.text[self.at..].chars().take(20).collect();
        if rest.is_empty() {
            format!("expected {expected}, found the end")
        } else {
            format!("expected {expected}, found {rest:?}")
        }
    }

    pub(super) fn value(&mut self) -> Result<Value<'a>, String> {
        self.value_within(0)
    }

    fn value_within(&mut self, depth: usize) -> Result<Value<'a>, String> {
        self.skip_spaces();
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.quoted().map(Value::Text),
            Some(b'{' | b'[') => {
                self.nested(depth)?;
                Ok(Value::Nested(&self.text[start..self.at]))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                // The last three are not JSON, but Python writes them.
                let words = [
                    ("null", Value::Null),
                    ("true", Value::Truth(true)),
                    ("false", Value::Truth(false)),
                    ("NaN", Value::Number("NaN")),
                    ("Infinity", Value::Number("inf")),
                ];
                for (word, value) in words {
                    if self.text[self.at..].starts_with(word) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.found("a value"))
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value<'a>, String> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.text[self.at..].starts_with("Infinity") {
            self.at += "Infinity".len();
            return Ok(Value::Number("-inf"));
        }
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut sound = whole == 1 || (whole > 1 && !zero);
        if self.peek() == Some(b'.') {
            self.at += 1;
            sound &= self.digits() > 0;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            sound &= self.digits() > 0;
        }
        if !sound {
            self.at = start;
            return Err(self.found("a number"));
        }
        Ok(Value::Number(&self.text[start..self.at]))
    }

    /// A string with its quotes.
    fn quoted(&mut self) -> Result<&'a str, String> {
        let start = self.at;
        self.at += 1;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let Some(n) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = start;
                return Err(self.found("a string that ends"));
            };
            if rest[..n].iter().any(|&b| b < 0x20) {
                self.at = start;
                return Err(self.found("a string without line ends"));
            }
            self.at += n + 1;
            if rest[n] == b'"' {
                return Ok(&self.text[start..self.at]);
            }
            // What is escaped is checked where it is read; it is one byte at least.
            if self.peek().is_none_or(|b| !b.is_ascii()) {
                return Err(self.found("what is escaped"));
            }
            self.at += 1;
        }
    }

    /// A key and the colon behind it.
    pub(super) fn key(&mut self) -> Result<Cow<'a, str>, String> {
        self.skip_spaces();
        if self.peek() != Some(b'"') {
            return Err(self.found("a key"));
        }
        let quoted = self.quoted()?;
        self.expect(b':')?;
        unquoted(quoted)
    }

    fn nested(&mut self, depth: usize) -> Result<(), String> {
        if depth == DEEPEST {
            return Err(format!("more than {DEEPEST} values within each other"));
        }
        let object = self.peek() == Some(b'{');
        let close = if object { b'}' } else { b']' };
        self.at += 1;
        if self.eat(close) {
            return Ok(());
        }
        loop {
            if object {
                self.key()?;
            }
            self.value_within(depth + 1)?;
            if !self.eat(b',') {
                return self.expect(close);
            }
        }
    }

    /// An object; `each` gets its keys and values.
    pub(super) fn object(&mut self, mut each: impl FnMut(&str, Value<'a>) -> Result<(), String>) -> Result<(), String> {
        self.expect(b'{')?;
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            let value = self.value()?;
            each(&key, value)?;
            if !self.eat(b',') {
                return self.expect(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let one = |t: &'static str| {
            let mut s = Scan::new(t);
            s.value().and_then(|v| if s.is_done() { Ok(v) } else { Err(s.found("the end")) })
        };
        assert_eq!(one(" -1.5e-3 "), Ok(Value::Number("-1.5e-3")));
        assert_eq!(one("-Infinity"), Ok(Value::Number("-inf")));
        assert_eq!(one(r#""a\"b""#).unwrap().text().unwrap(), "a\"b");
        assert_eq!(one(r#""\u00e9\n""#).unwrap().text().unwrap(), "é\n");
        assert_eq!(one(r#"{"a": [1, {"b": null}]}"#), Ok(Value::Nested(r#"{"a": [1, {"b": null}]}"#)));
        for bad in
            ["", "01", "1.", ".5", "1e", "-", "\"a", "[1,]", "{\"a\"}", "{a:1}", "nul", "1 2", "\"\n\"", "\"\\é\""]
        {
            assert!(one(bad).is_err(), "{bad}");
        }
        let deep = "[".repeat(100_000);
        assert!(Scan::new(&deep).value().unwrap_err().contains("128"));
    }
}
