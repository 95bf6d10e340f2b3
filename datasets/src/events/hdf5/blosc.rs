//! Blosc 1, which DSEC's recordings are packed with: blocks of one or more streams, shuffled.

use super::filter::{inflate, shuffle};

/// Bytes of the header.
const HEADER: usize = 16;

fn u32_at(bytes: &[u8], at: usize) -> Result<usize, String> {
    let four = bytes.get(at..).and_then(|b| b.first_chunk::<4>());
    four.map(|b| u32::from_le_bytes(*b) as usize).ok_or_else(|| "Blosc: the chunk ends within its header".into())
}

/// Unpacks a chunk that has at most `most` bytes.
pub(super) fn unpack(bytes: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let fail = |why: String| Err(format!("Blosc: {why}"));
    let Some(&[version, _, flags, element]) = bytes.first_chunk::<4>() else {
        return fail("no header".into());
    };
    let (len, block, packed) = (u32_at(bytes, 4)?, u32_at(bytes, 8)?, u32_at(bytes, 12)?);
    if !(1..=2).contains(&version) || packed > bytes.len() || packed < HEADER {
        return fail(format!("version {version}, {packed} bytes of {}", bytes.len()));
    }
    if len > most {
        return fail(format!("{len} bytes, a chunk has {most}"));
    }
    let bytes = &bytes[..packed];
    // Bit 1: copied as they are.
    if flags & 2 != 0 {
        let copied = bytes.get(HEADER..HEADER + len).map(<[u8]>::to_vec);
        return copied.ok_or_else(|| "Blosc: the chunk ends within its bytes".into());
    }
    if flags & 4 != 0 {
        return fail("shuffled by bits, which is not read".into());
    }
    if len == 0 {
        return Ok(Vec::new());
    }
    if block == 0 || block > len {
        return fail(format!("blocks of {block} bytes"));
    }
    let (element, mut out) = (usize::from(element).max(1), Vec::new());
    for (i, start) in (0..len).step_by(block).enumerate() {
        let n = block.min(len - start);
        // Bit 4: never split. Else a whole block has a stream for every byte of an element.
        let split = flags & 16 == 0 && element <= 16 && n == block && block / element >= 128;
        let streams = if split { element } else { 1 };
        let at = u32_at(bytes, HEADER + 4 * i)?;
        let raw = streams_of(bytes, at, flags >> 5, n, streams)?;
        out.extend_from_slice(&if flags & 1 != 0 { shuffle(&raw, element, true) } else { raw });
    }
    Ok(out)
}

/// The streams of a block, one behind the other: a length and bytes each.
fn streams_of(bytes: &[u8], mut at: usize, codec: u8, len: usize, streams: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for _ in 0..streams {
        let (n, want) = (u32_at(bytes, at)?, len / streams);
        let stream = at.checked_add(4).and_then(|a| bytes.get(a..a.checked_add(n)?));
        let Some(stream) = stream else { return Err(format!("Blosc: the chunk ends within a stream of {n} bytes")) };
        at += 4 + n;
        let before = out.len();
        if n == want {
            out.extend_from_slice(stream);
        } else {
            out.append(&mut unpacked(stream, codec, want)?);
        }
        if out.len() - before != want {
            return Err(format!("Blosc: a stream of {} bytes instead of {want}", out.len() - before));
        }
    }
    Ok(out)
}

fn unpacked(stream: &[u8], codec: u8, want: usize) -> Result<Vec<u8>, String> {
    match codec {
        // LZ4 cannot make more than 255 bytes of one.
        1 if want / 256 > stream.len() => Err(format!("Blosc: {} bytes cannot become {want}", stream.len())),
        1 => lz4_flex::block::decompress(stream, want).map_err(|e| format!("Blosc, LZ4: {e}")),
        3 => inflate(stream, want + 1).map_err(|e| format!("Blosc: {e}")),
        4 => zstd(stream, want).map_err(|e| format!("Blosc, Zstd: {e}")),
        0 => Err("Blosc: packed with BloscLZ, which is not read".into()),
        2 => Err("Blosc: packed with Snappy, which is not read".into()),
        other => Err(format!("Blosc: packed with number {other}, which is not known")),
    }
}

fn zstd(stream: &[u8], want: usize) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let mut decoder = ruzstd::decoding::FrameDecoder::new();
    // What is reserved before the first byte comes out.
    decoder.set_max_window_size(want.max(1 << 20) as u64);
    let read = ruzstd::decoding::StreamingDecoder::new_with_decoder(stream, decoder).map_err(|e| e.to_string())?;
    let mut out = Vec::new();
    read.take(want as u64 + 1).read_to_end(&mut out).map_err(|e| e.to_string())?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head(flags: u8, element: u8, len: u32, block: u32, body: &[u8]) -> Vec<u8> {
        let mut out = vec![2, 1, flags, element];
        for v in [len, block, (HEADER + body.len()) as u32] {
            out.extend(v.to_le_bytes());
        }
        out.extend(body);
        out
    }

    #[test]
    fn blocks_and_streams() {
        let copied = head(2, 4, 3, 3, b"abc");
        assert_eq!(unpack(&copied, 3).unwrap(), b"abc");
        assert!(unpack(&copied, 2).is_err(), "longer than a chunk");
        // Two blocks of 4 and 2 bytes, elements of 2, shuffled, one stream each, none smaller by packing.
        let mut body = vec![24, 0, 0, 0, 32, 0, 0, 0];
        body.extend([4, 0, 0, 0, 1, 3, 2, 4, 2, 0, 0, 0, 5, 6]);
        let blocks = head(16 | 1 | 1 << 5, 2, 6, 4, &body);
        assert_eq!(unpack(&blocks, 6).unwrap(), [1, 2, 3, 4, 5, 6]);
        for cut in 0..blocks.len() {
            assert!(unpack(&blocks[..cut], 6).is_err());
        }
    }

    proptest! {
        #[test]
        fn garbage(body in proptest::collection::vec(any::<u8>(), 0..300), flags: u8, element: u8, len in 0..2000u32, block in 0..2000u32, small: bool) {
            let body: Vec<u8> = body.iter().map(|b| if small { b & 31 } else { *b }).collect();
            if let Ok(out) = unpack(&head(flags, element, len, block, &body), 4000) {
                prop_assert_eq!(out.len(), len as usize);
            }
        }
    }
}
