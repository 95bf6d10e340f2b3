//! Small pictures inside of drawings: PNG of 256 colours, not compressed, as a data URI.

/// Bytes of a stored block at most.
const BLOCK: usize = 65_535;

/// A colour for each level from 0 to 255, dark to light, of even steps for the eye (close to matplotlib's "magma").
pub(super) fn palette() -> Vec<[u8; 3]> {
    const STOPS: [[f64; 3]; 9] = [
        [0.0, 0.0, 4.0],
        [28.0, 16.0, 68.0],
        [79.0, 18.0, 123.0],
        [129.0, 37.0, 129.0],
        [181.0, 54.0, 122.0],
        [229.0, 80.0, 100.0],
        [251.0, 135.0, 97.0],
        [254.0, 194.0, 135.0],
        [252.0, 253.0, 191.0],
    ];
    let at = |level: usize| {
        let place = level as f64 / 255.0 * 8.0;
        let (i, part) = ((place as usize).min(7), place - (place as usize).min(7) as f64);
        std::array::from_fn(|c| (STOPS[i][c] + (STOPS[i + 1][c] - STOPS[i][c]) * part).round() as u8)
    };
    (0..256).map(at).collect()
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, &byte: &u8| {
        let low = (crc ^ u32::from(byte)) & 0xff;
        let table = (0..8).fold(low, |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 });
        table ^ (crc >> 8)
    };
    !bytes.iter().fold(!0, step)
}

fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), &x| {
        let a = (a + u32::from(x)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

fn part(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let from = out.len();
    out.extend(kind);
    out.extend(data);
    let sum = crc(&out[from..]);
    out.extend(sum.to_be_bytes());
}

/// A picture of `width` levels a row, the first row at the top.
fn encode(width: usize, levels: &[u8]) -> Vec<u8> {
    let height = levels.len() / width;
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = [(width as u32).to_be_bytes(), (height as u32).to_be_bytes()].concat();
    // Eight bits, colours from a palette.
    head.extend([8, 3, 0, 0, 0]);
    part(&mut out, b"IHDR", &head);
    part(&mut out, b"PLTE", palette().as_flattened());
    // Each row behind the number of its filter, none.
    let raw: Vec<u8> = levels.chunks(width).flat_map(|row| std::iter::once(0).chain(row.iter().copied())).collect();
    let mut data = vec![0x78, 0x01];
    let blocks = raw.chunks(BLOCK).count();
    for (i, block) in raw.chunks(BLOCK).enumerate() {
        data.push(u8::from(i + 1 == blocks));
        data.extend((block.len() as u16).to_le_bytes());
        data.extend((!(block.len() as u16)).to_le_bytes());
        data.extend(block);
    }
    data.extend(adler(&raw).to_be_bytes());
    part(&mut out, b"IDAT", &data);
    part(&mut out, b"IEND", &[]);
    out
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let all = three.iter().chain(&[0, 0]).take(3).fold(0u32, |all, &b| (all << 8) | u32::from(b));
        for i in 0..4 {
            let digit = DIGITS[(all >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= three.len() { digit as char } else { '=' });
        }
    }
    out
}

/// A picture as an SVG element that fills these pixels.
pub(super) fn image(width: usize, levels: &[u8], x: std::ops::Range<i32>, y: std::ops::Range<i32>) -> String {
    let data = base64(&encode(width, levels));
    format!(
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>\n",
        x.start,
        y.start,
        x.end - x.start,
        y.end - y.start
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_digits_are_those_of_the_standards() {
        assert_eq!((crc(b"123456789"), adler(b"Wikipedia")), (0xcbf4_3926, 0x11e6_0398));
        assert_eq!([base64(b""), base64(b"f"), base64(b"fo"), base64(b"foobar")], ["", "Zg==", "Zm8=", "Zm9vYmFy"]);
        let png = encode(2, &[0, 255, 7, 9]);
        assert_eq!(&png[16..24], [0, 0, 0, 2, 0, 0, 0, 2]);
        assert_eq!(palette()[255], [252, 253, 191]);
    }
}
