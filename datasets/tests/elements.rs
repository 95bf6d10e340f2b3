//! Raw elements and sound: round trips, and files that are not what they should be.

mod common;

use common::{file, read_all, read_or_refuse, read_path, refused, write_all};
use gapwave_columns::{Array, Attrs, Chunk, DType, for_dtype};
use gapwave_datasets::{RawLayout, ReadOptions, WriteOptions, create, open};

fn raw(dtype: DType, row: &[usize], skip: u64) -> ReadOptions {
    ReadOptions { raw: Some(RawLayout { dtype, row: row.into(), skip }), ..Default::default() }
}

#[test]
fn raw_elements_of_every_type_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.bin");
    for dtype in DType::ALL {
        for row in [&[][..], &[3], &[2, 2]] {
            let shape = [&[10], row].concat();
            let n: usize = shape.iter().product();
            let a = for_dtype!(dtype, T => {
                let raw: Vec<u8> = (0..n * dtype.size()).map(|i| (i * 37 + 11) as u8).collect();
                Array::new(shape.clone(), bytemuck::pod_collect_to_vec::<u8, T>(&raw)).unwrap()
            });
            write_all(&path, &Chunk::new([("x", a.clone())]).unwrap(), 3, &WriteOptions::default());
            assert_eq!(std::fs::read(&path).unwrap(), a.bytes());
            for mmap in [true, false] {
                let mut source = open(&path, &ReadOptions { mmap, ..raw(dtype, row, 0) }).unwrap();
                assert_eq!(source.schema().names.as_ref(), ["values"]);
                for rows in [1, 7, 1000, usize::MAX] {
                    assert_eq!(read_all(source.as_mut(), rows).cols[0], a, "{dtype} {row:?} {rows}");
                    source.rewind().unwrap();
                }
            }
        }
    }
}

#[test]
fn raw_files_say_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.bin", [0u8; 21]);
    assert_eq!(read_path(&path, &raw(DType::F32, &[], 1)).rows(), 5);
    assert!(refused(&path, &ReadOptions::default()).contains("give their type"));
    assert_eq!(refused(&path, &raw(DType::F64, &[], 0)), "21 bytes are no whole number of rows of 8: 5 are left");
    assert!(refused(&path, &raw(DType::F64, &[], 22)).contains("22 bytes are to be skipped"));
    assert!(refused(&path, &raw(DType::F64, &[0], 0)).contains("empty or larger"));
    assert!(refused(&path, &raw(DType::F64, &[usize::MAX, 8], 0)).contains("empty or larger"));
}

fn sound(dtype: DType) -> Chunk {
    let of = |k: usize| match dtype {
        DType::I8 => Array::from((0..3000).map(|i| ((i * k) % 256) as u8 as i8).collect::<Vec<i8>>()),
        DType::I16 => Array::from((0..3000).map(|i| (i * k * 77) as i16).collect::<Vec<i16>>()),
        DType::I32 => Array::from((0..3000).map(|i| (i * k * 1_000_003) as i32).collect::<Vec<i32>>()),
        _ => Array::from((0..3000).map(|i| ((i * k) as f32).sin()).collect::<Vec<f32>>()),
    };
    let mut table = Chunk::new([("ch1", of(1)), ("ch2", of(5))]).unwrap();
    table.attrs = Attrs { fs: Some(44_100.0), ..Attrs::default() };
    table
}

#[test]
fn sound_comes_back_in_every_type() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    for dtype in [DType::I8, DType::I16, DType::I32, DType::F32] {
        let table = sound(dtype);
        for rows in [7, 5000] {
            write_all(&path, &table, rows, &WriteOptions::default());
            for mmap in [true, false] {
                let mut source = open(&path, &ReadOptions { mmap, ..Default::default() }).unwrap();
                for rows in [1, 7, 1000, usize::MAX] {
                    assert_eq!(read_all(source.as_mut(), rows), table, "{dtype} {rows}");
                    source.rewind().unwrap();
                }
            }
        }
        let one = read_path(&path, &ReadOptions::columns(["ch2"]));
        assert_eq!((one.cols.len(), &one.cols[0]), (1, &table.cols[1]));
    }
}

#[test]
fn samples_of_24_bits_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let samples = [-8_388_608i32, -1, 0, 1, 8_388_607];
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + 15 + 1u32).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend([1u16, 1].iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend([8000u32, 24_000].iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend([3u16, 24].iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend(b"data");
    bytes.extend(15u32.to_le_bytes());
    samples.iter().for_each(|s| bytes.extend(&s.to_le_bytes()[..3]));
    bytes.push(0);
    let table = read_path(&file(&dir, "a.wav", bytes), &ReadOptions::default());
    assert_eq!(table.cols[0].as_slice::<i32>().unwrap(), samples);
    assert_eq!(table.attrs.fs, Some(8000.0));
}

#[test]
fn what_sound_cannot_hold_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let write = |table: Chunk| create(&path, &WriteOptions::default()).unwrap().write(table).unwrap_err().to_string();
    let mut table = sound(DType::I16);
    table.attrs.fs = None;
    assert!(write(table.clone()).ends_with("WAV needs the sampling rate, which is not known"));
    table.attrs.fs = Some(0.5);
    assert!(write(table.clone()).contains("whole Hz"));
    let mut floats = Chunk::new([("x", Array::from(vec![0.5f64]))]).unwrap();
    floats.attrs.fs = Some(8000.0);
    assert!(write(floats).contains("not float64"));
    assert!(create(&path, &WriteOptions::default()).unwrap().finish().is_err());
    assert!(!path.exists());
}

#[test]
fn damaged_sound_is_read_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    write_all(&path, &sound(DType::I16), 1000, &WriteOptions::default());
    let whole = std::fs::read(&path).unwrap();
    for i in 0..300 {
        let cut = i * whole.len() / 300;
        assert_eq!(read_or_refuse(&file(&dir, "b.wav", &whole[..cut]), &ReadOptions::default()), None);
        let mut bytes = whole.clone();
        bytes[i % 60] ^= (i * 7 + 1) as u8;
        read_or_refuse(&file(&dir, "b.wav", &bytes), &ReadOptions::default());
    }
}
