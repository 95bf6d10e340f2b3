//! What chunks of HDF5 go through: each filter's inverse, within the bytes that a chunk may have.

use super::{blosc, ecf};
use std::io::{Read, Write};

/// Numbers of filters in HDF5's registry.
pub(super) const DEFLATE: u16 = 1;
pub(super) const SHUFFLE: u16 = 2;
pub(super) const FLETCHER: u16 = 3;
pub(super) const BLOSC: u16 = 32_001;
pub(super) const ECF: u16 = 0x8ecf;

/// Whether a chunk with this filter can be undone here.
pub(super) fn is_known(filter: u16) -> bool {
    matches!(filter, DEFLATE | SHUFFLE | FLETCHER | BLOSC | ECF)
}

/// Undoes the filters, the last one first, all but those that `mask` marks as left out. Gives `len` bytes.
pub(super) fn undo(
    filters: &[u16],
    mask: u32,
    element: usize,
    len: usize,
    mut bytes: Vec<u8>,
) -> Result<Vec<u8>, String> {
    for (i, &filter) in filters.iter().enumerate().rev() {
        if i < 32 && mask >> i & 1 == 1 {
            continue;
        }
        bytes = match filter {
            DEFLATE => inflate(&bytes, len + 4)?,
            SHUFFLE => shuffle(&bytes, element, true),
            FLETCHER => fletcher(bytes)?,
            BLOSC => blosc::unpack(&bytes, len)?,
            ECF => events(&bytes)?,
            other => return Err(format!("filter {other} is not known")),
        };
    }
    if bytes.len() < len {
        return Err(format!("{} bytes, a chunk has {len}", bytes.len()));
    }
    bytes.truncate(len);
    Ok(bytes)
}

/// At most `most` bytes, which grow with what is there.
pub(super) fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let read = flate2::read::ZlibDecoder::new(bytes).take(most as u64).read_to_end(&mut out);
    read.map_err(|e| format!("deflate: {e}"))?;
    Ok(out)
}

pub(super) fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// First bytes of all elements, then second bytes, …; and back. What is left of an element stays where it is.
pub(super) fn shuffle(bytes: &[u8], element: usize, back: bool) -> Vec<u8> {
    let n = bytes.len() / element.max(1);
    if element < 2 || n < 2 {
        return bytes.to_vec();
    }
    let mut out = bytes.to_vec();
    for k in 0..element {
        let plane = k * n..(k + 1) * n;
        if back {
            bytes[plane].iter().zip(out[k..].iter_mut().step_by(element)).for_each(|(b, o)| *o = *b);
        } else {
            out[plane].iter_mut().zip(bytes[k..].iter().step_by(element)).for_each(|(o, b)| *o = *b);
        }
    }
    out
}

/// Takes the sum off that follows the bytes. HDF5 adds up big-endian words of 16 bits, both sums modulo 65535.
fn fletcher(mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let Some(at) = bytes.len().checked_sub(4) else { return Err("no room for a sum".into()) };
    let (mut a, mut b) = (0u64, 0u64);
    for pair in bytes[..at].chunks(2) {
        a = (a + (u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0)))) % 65_535;
        b = (b + a) % 65_535;
    }
    let stored = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    // 0 and 65535 are the same there.
    let same = |v: u32, sum: u64| u64::from(v) % 65_535 == sum;
    if !same(stored & 0xffff, a) || !same(stored >> 16, b) {
        return Err("the sum of its bytes is another (fletcher32)".into());
    }
    bytes.truncate(at);
    Ok(bytes)
}

/// A chunk of ECF as the elements of its dataset: x, y, p, two bytes of nothing, t.
fn events(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut events = Vec::new();
    ecf::decode(bytes, &mut events).map_err(|e| format!("ECF: {e}"))?;
    let mut out = vec![0; events.len() * 16];
    for (o, e) in out.as_chunks_mut::<16>().0.iter_mut().zip(&events) {
        o[..2].copy_from_slice(&e.x.to_le_bytes());
        o[2..4].copy_from_slice(&e.y.to_le_bytes());
        o[4..6].copy_from_slice(&e.p.to_le_bytes());
        o[8..].copy_from_slice(&e.t.to_le_bytes());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_there_and_back() {
        let bytes: Vec<u8> = (0..35).collect();
        assert_eq!(shuffle(&bytes[..6], 3, false), [0, 3, 1, 4, 2, 5]);
        for element in [0, 1, 2, 8, 16, 35, 40] {
            assert_eq!(shuffle(&shuffle(&bytes, element, false), element, true), bytes, "{element}");
        }
    }

    #[test]
    fn chunks_of_the_wrong_length_or_sum_are_refused() {
        let bytes = vec![7; 64];
        let packed = deflate(&shuffle(&bytes, 16, false)).unwrap();
        assert_eq!(undo(&[SHUFFLE, DEFLATE], 0, 16, 64, packed.clone()).unwrap(), bytes);
        assert_eq!(undo(&[SHUFFLE, DEFLATE], 2, 16, 4, packed.clone()).unwrap().len(), 4, "deflate left out");
        assert!(undo(&[SHUFFLE, DEFLATE], 0, 16, 65, packed.clone()).is_err());
        assert!(undo(&[SHUFFLE, DEFLATE], 0, 16, 64, packed[..9].to_vec()).is_err());
        // Sums by hand: words 0x0102, 0x0304: a = 0x0406, b = 0x0102 + 0x0406 = 0x0508.
        assert_eq!(undo(&[FLETCHER], 0, 1, 4, vec![1, 2, 3, 4, 6, 4, 8, 5]).unwrap(), [1, 2, 3, 4]);
        assert!(undo(&[FLETCHER], 0, 1, 4, vec![1, 2, 3, 5, 6, 4, 8, 5]).is_err());
    }
}
