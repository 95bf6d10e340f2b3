//! The tree of nodes and attributes in the header of AEDAT 4.0: as much XML as it takes.

/// A stream that the header names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) id: i32,
    /// Four letters: `EVTS`, `FRME`, `IMUS`, `TRIG`.
    pub(super) kind: String,
    pub(super) size: Option<[u16; 2]>,
}

/// The streams that the header names: nodes within `outInfo` whose names are numbers.
pub(super) fn streams(text: &str) -> Vec<Stream> {
    let (mut out, mut open): (Vec<Stream>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut rest = text;
    // Deeper trees than any recorder writes are no headers.
    while let Some((_, tail)) = rest.split_once('<').filter(|_| open.len() < 64) {
        let Some((tag, tail)) = tail.split_once('>') else { break };
        rest = tail;
        let closed = tag.ends_with('/');
        if tag.starts_with("/node") {
            open.pop();
        } else if tag.starts_with("node") && !closed {
            let name = value(tag, "name").unwrap_or_default();
            if open.last() == Some(&"outInfo")
                && let Ok(id) = name.parse()
            {
                out.push(Stream { id, kind: String::new(), size: None });
            }
            open.push(name);
        } else if tag.starts_with("attr")
            && let Some(stream) = out.last_mut().filter(|s| open.iter().any(|n| n.parse() == Ok(s.id)))
        {
            let text = tail.split_once('<').map_or(tail, |t| t.0).trim();
            let size = stream.size.unwrap_or_default();
            match value(tag, "key").unwrap_or_default() {
                "typeIdentifier" => stream.kind = text.into(),
                "sizeX" => stream.size = text.parse().ok().map(|x| [x, size[1]]),
                "sizeY" => stream.size = text.parse().ok().map(|y| [size[0], y]),
                _ => {}
            }
        }
    }
    for stream in &mut out {
        stream.size = stream.size.filter(|s| s[0] > 0 && s[1] > 0);
    }
    out
}

/// What stands in quotes behind `name=`.
fn value<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, tail) = tag.split_once(&format!(" {name}="))?;
    let quote = tail.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    tail[1..].split_once(quote).map(|v| v.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_numbers_types_and_sizes() {
        let text = r#"<dv version="2.0"><node name="outInfo" path="/a/">
            <node name="1" path="/a/1/"><attr key="typeIdentifier" type="string">FRME</attr></node>
            <node name="4" path="/a/4/"><attr key="compression" type="string">NONE</attr>
              <attr key="typeIdentifier" type="string">EVTS</attr>
              <node name="info" path="/a/4/info/"><attr key="sizeX" type="int">346</attr>
                <attr key="sizeY" type="int">260</attr></node></node>
            <node name="x"/></node><node name="9"></node></dv>"#;
        let stream = |id, kind: &str, size| Stream { id, kind: kind.into(), size };
        assert_eq!(streams(text), [stream(1, "FRME", None), stream(4, "EVTS", Some([346, 260]))]);
        for cut in 0..text.len() {
            assert!(streams(&text[..cut]).len() <= 2);
        }
    }
}
