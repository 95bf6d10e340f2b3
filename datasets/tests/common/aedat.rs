//! AEDAT 2.0, 3.1 and 4.0 as the definitions have them; nothing in the crate writes these.
#![allow(dead_code, unreachable_pub, reason = "every test file uses a part of it")]

use crate::events::Event;

pub fn aedat2(events: &[Event], chip: &str) -> Vec<u8> {
    let mut out = format!("#!AER-DAT2.0\r\n# AEChip: {chip}\r\n# a time\r\n").into_bytes();
    for &(t, x, y, p) in events {
        let (x, y) = (x as u32, y as u32);
        let address = match chip.contains("DVS128") {
            true => y << 8 | x << 1 | u32::from(p != 1),
            false => y << 22 | x << 12 | u32::from(p == 1) << 11,
        };
        out.extend(address.to_be_bytes());
        out.extend((t as u32).to_be_bytes());
    }
    out
}

pub fn packet31(kind: i16, source: i16, size: i32, overflow: i32, number: i32, body: &[u8]) -> Vec<u8> {
    let mut out = [kind.to_le_bytes(), source.to_le_bytes()].concat();
    for v in [size, 4, overflow, number, number, number] {
        out.extend(v.to_le_bytes());
    }
    out.extend(body);
    out
}

pub fn words31(events: &[Event]) -> Vec<u8> {
    let word = |&(t, x, y, p): &Event| {
        let data = 1 | u32::from(p == 1) << 1 | (y as u32) << 2 | (x as u32) << 17;
        [data.to_le_bytes(), ((t & 0x7fff_ffff) as u32).to_le_bytes()].concat()
    };
    events.iter().flat_map(word).collect()
}

pub const HEAD31: &str = "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DAVIS240C\r\n#Start-Time: x\r\n#!END-HEADER\r\n";

/// Packets of events, and between them frames and what else there is.
pub fn aedat31(events: &[Event]) -> Vec<u8> {
    let mut out = HEAD31.as_bytes().to_vec();
    for (i, part) in events.chunk_by(|a, b| a.0 >> 31 == b.0 >> 31).flat_map(|p| p.chunks(777)).enumerate() {
        let overflow = (part[0].0 >> 31) as i32;
        out.extend(packet31(1, 1, 8, overflow, part.len() as i32, &words31(part)));
        match i % 3 {
            0 => out.extend(packet31(2, 1, 100 + i as i32, 0, 3, &vec![0xa5; 300 + 3 * i])),
            1 => out.extend(packet31(0, 1, 8, 0, 0, &[])),
            _ => {}
        }
    }
    out
}

/// A size-prefixed FlatBuffer of a table with one vector.
pub fn flat4(identifier: &[u8; 4], count: usize, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // root 16 → table at 16; vtable at 8: 6 bytes, table 8, field 0 at 4; padding; table: back 8, vector + 4.
    out.extend(16u32.to_le_bytes());
    out.extend(identifier);
    out.extend([6, 0, 8, 0, 4, 0, 0, 0]);
    out.extend(8i32.to_le_bytes());
    out.extend(4u32.to_le_bytes());
    out.extend((count as u32).to_le_bytes());
    out.extend(body);
    [(out.len() as u32).to_le_bytes().to_vec(), out].concat()
}

pub fn words4(events: &[Event]) -> Vec<u8> {
    let mut out = Vec::new();
    for &(t, x, y, p) in events {
        out.extend(t.to_le_bytes());
        out.extend(x.to_le_bytes());
        out.extend(y.to_le_bytes());
        out.extend([u8::from(p == 1), 0, 0, 0]);
    }
    out
}

pub const INFO: &str = r#"<dv version="2.0"><node name="outInfo" path="/x/"><node name="0" path="/x/0/">
<attr key="typeIdentifier" type="string">EVTS</attr><node name="info" path="/x/0/info/">
<attr key="sizeX" type="int">346</attr><attr key="sizeY" type="int">260</attr></node></node>
<node name="1" path="/x/1/"><attr key="typeIdentifier" type="string">IMUS</attr></node></node></dv>"#;

pub fn head4(packing: i32, table: i64, info: &str) -> Vec<u8> {
    let mut b = 20u32.to_le_bytes().to_vec();
    b.extend(b"IOHE");
    // vtable at 8: 10 bytes, table 24, fields at 4, 8 (the i64) and 16.
    b.extend([10, 0, 24, 0, 4, 0, 8, 0, 16, 0, 0, 0]);
    b.extend(12i32.to_le_bytes());
    b.extend(packing.to_le_bytes());
    b.extend(table.to_le_bytes());
    b.extend(8u32.to_le_bytes());
    b.extend([0; 4]);
    b.extend((info.len() as u32).to_le_bytes());
    b.extend(info.as_bytes());
    let mut out = b"#!AER-DAT4.0\r\n".to_vec();
    out.extend((b.len() as u32).to_le_bytes());
    out.extend(b);
    out
}

/// Zstd without any packing: the bytes in raw blocks.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut out = 0xfd2f_b528u32.to_le_bytes().to_vec();
    // One segment, its size in four bytes.
    out.push(0b1010_0000);
    out.extend((bytes.len() as u32).to_le_bytes());
    let blocks: Vec<&[u8]> = bytes.chunks(100_000).collect();
    for (i, block) in blocks.iter().enumerate() {
        let header = u32::from(i + 1 == blocks.len()) | (block.len() as u32) << 3;
        out.extend(&header.to_le_bytes()[..3]);
        out.extend(*block);
    }
    out
}

pub fn lz4(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn pack(packing: i32, bytes: &[u8]) -> Vec<u8> {
    match packing {
        0 => bytes.to_vec(),
        1 | 2 => lz4(bytes),
        _ => zstd(bytes),
    }
}

pub fn packet4(stream: i32, body: &[u8]) -> Vec<u8> {
    [&stream.to_le_bytes()[..], &(body.len() as i32).to_le_bytes(), body].concat()
}

pub fn aedat4(events: &[Event], packing: i32, table: bool) -> Vec<u8> {
    let mut body = Vec::new();
    for (i, part) in events.chunks(3000).enumerate() {
        body.extend(packet4(0, &pack(packing, &flat4(b"EVTS", part.len(), &words4(part)))));
        if i % 2 == 0 {
            body.extend(packet4(1, b"of another stream, not even packed"));
        }
    }
    let start = head4(packing, 0, INFO).len();
    let end = if table { (start + body.len()) as i64 } else { -1 };
    let mut out = head4(packing, end, INFO);
    out.extend(body);
    if table {
        out.extend(b"the table of packets");
    }
    out
}
