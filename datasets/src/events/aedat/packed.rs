//! Packed bytes, unpacked within a bound.

use std::io::Read;

/// How the packets of a file are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Lz4,
    Zstd,
}

impl Packing {
    /// By its number in the header of AEDAT 4.0.
    pub(super) fn of(number: i32) -> Option<Packing> {
        match number {
            0 => Some(Packing::None),
            1 | 2 => Some(Packing::Lz4),
            3 | 4 => Some(Packing::Zstd),
            _ => None,
        }
    }
}

/// Most bytes that so many packed ones may become: LZ4 cannot reach a ratio of 256, events in Zstd do not come near it,
/// and a small packet of very regular events may still hold a million of them.
pub(super) fn limit(packed: usize) -> usize {
    (16 << 20) + packed.saturating_mul(256).min(1 << 30)
}

/// Unpacks into `out`, whose memory is used again.
pub(super) fn unpack(packing: Packing, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    out.clear();
    let limit = limit(bytes.len());
    match packing {
        Packing::None => out.extend_from_slice(bytes),
        Packing::Lz4 => {
            let unpacked = lz4_flex::frame::FrameDecoder::new(bytes).take(limit as u64 + 1).read_to_end(out);
            unpacked.map_err(|e| format!("LZ4: {e}"))?;
        }
        Packing::Zstd => {
            // The window is reserved before the first byte comes out.
            let mut decoder = ruzstd::decoding::FrameDecoder::new();
            decoder.set_max_window_size(limit as u64);
            let zstd = |e: &dyn std::fmt::Display| format!("Zstd: {e}");
            let stream = ruzstd::decoding::StreamingDecoder::new_with_decoder(bytes, decoder).map_err(|e| zstd(&e))?;
            stream.take(limit as u64 + 1).read_to_end(out).map_err(|e| zstd(&e))?;
        }
    }
    if out.len() > limit {
        return Err(format!("{} bytes become more than {limit}: refused", bytes.len()));
    }
    Ok(())
}
