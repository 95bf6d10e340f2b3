//! NumPy's `.npy` files, as far as arrays travel to the Python process and back.

use gapwave::{Array, DType};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

const TYPES: [(DType, &str); 12] = [
    (DType::I8, "|i1"),
    (DType::U8, "|u1"),
    (DType::I16, "<i2"),
    (DType::U16, "<u2"),
    (DType::I32, "<i4"),
    (DType::U32, "<u4"),
    (DType::I64, "<i8"),
    (DType::U64, "<u8"),
    (DType::F32, "<f4"),
    (DType::F64, "<f8"),
    (DType::Complex64, "<c8"),
    (DType::Complex128, "<c16"),
];
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

fn bad(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

/// Writes the elements of an array; its bits of validity do not go along.
pub fn write(path: &Path, array: &Array) -> io::Result<()> {
    let descr = TYPES.iter().find(|(d, _)| *d == array.dtype()).map(|(_, t)| *t).ok_or_else(|| bad("type"))?;
    let shape: String = array.shape().iter().map(|n| format!("{n},")).collect();
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    // The data begins at a multiple of 64 bytes.
    let room = (MAGIC.len() + 2 + header.len() + 1).next_multiple_of(64) - MAGIC.len() - 2;
    header = format!("{header:<width$}\n", width = room - 1);
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(MAGIC)?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    out.write_all(array.bytes())?;
    out.flush()
}

/// Reads an array of at most `most` elements.
pub fn read(path: &Path, most: usize) -> io::Result<Array> {
    let mut file = File::open(path)?;
    let mut start = [0u8; 10];
    file.read_exact(&mut start)?;
    if start[..8] != *MAGIC {
        return Err(bad("not a .npy file of version 1"));
    }
    let mut header = vec![0; usize::from(u16::from_le_bytes([start[8], start[9]]))];
    file.read_exact(&mut header)?;
    let header = String::from_utf8(header).map_err(|_| bad("header"))?;
    let after = |key: &str| header.split_once(&format!("'{key}':")).map(|(_, v)| v.trim_start());
    let descr = after("descr").and_then(|v| v.split('\'').nth(1)).ok_or_else(|| bad("no type"))?;
    let dtype = TYPES.iter().find(|(_, t)| *t == descr).map(|(d, _)| *d).ok_or_else(|| bad(descr))?;
    if !after("fortran_order").is_some_and(|v| v.starts_with("False")) {
        return Err(bad("not in C order"));
    }
    let shape = after("shape").and_then(|v| v.split(['(', ')']).nth(1)).ok_or_else(|| bad("no shape"))?;
    let shape = shape.split(',').map(str::trim).filter(|s| !s.is_empty());
    let shape: Vec<usize> = shape.map(|s| s.parse().map_err(|_| bad("shape"))).collect::<io::Result<_>>()?;
    let elements = shape.iter().try_fold(1usize, |n, &k| n.checked_mul(k)).filter(|&n| n <= most);
    let elements =
        elements.ok_or_else(|| bad(format!("shape {shape:?} has more elements than the {most} expected")))?;
    gapwave_columns::for_dtype!(dtype, T => {
        let mut data = vec![<T as bytemuck::Zeroable>::zeroed(); elements];
        file.read_exact(bytemuck::cast_slice_mut(&mut data))?;
        Array::new(shape, data).map_err(|e| bad(e.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        for array in [
            Array::new([2, 3], vec![1i16, -2, 3, 4, 5, 6]).unwrap(),
            Array::from(vec![0.5f64, f64::NAN]),
            Array::from(Vec::<u32>::new()),
        ] {
            write(&path, &array).unwrap();
            assert!(read(&path, 6).unwrap() == array);
        }
        write(&path, &Array::from(vec![1u8; 7])).unwrap();
        assert!(read(&path, 6).is_err(), "more than expected");
    }
}
