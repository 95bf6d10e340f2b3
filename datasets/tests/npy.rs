//! NumPy files: round trips, headers as NumPy writes them, and bytes that are no such file.

mod common;

use common::{bits, column, file, listing, read_all, read_path, refused, write_all};
use gapwave_columns::{Array, Chunk, Complex32, DType, for_dtype};
use gapwave_datasets::{ReadOptions, WriteOptions, create, open};
use proptest::prelude::*;

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn default() -> ReadOptions {
    ReadOptions::default()
}

/// A file as NumPy writes it.
fn numpy(version: u8, dict: &str, data: &[u8]) -> Vec<u8> {
    let mut head = b"\x93NUMPY".to_vec();
    head.extend([version, 0]);
    let fixed = if version == 1 { 10 } else { 12 };
    let pad = (64 - (fixed + dict.len() + 1) % 64) % 64;
    let size = dict.len() + pad + 1;
    match version {
        1 => head.extend((size as u16).to_le_bytes()),
        _ => head.extend((size as u32).to_le_bytes()),
    }
    head.extend(dict.bytes());
    head.extend(std::iter::repeat_n(b' ', pad));
    head.push(b'\n');
    head.extend(data);
    head
}

#[test]
fn every_version_reads() {
    let dir = dir();
    let data: Vec<u8> = [1.5f64, -0.0, f64::NAN].iter().flat_map(|v| v.to_le_bytes()).collect();
    for version in [1, 2, 3] {
        let bytes = numpy(version, "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", &data);
        let table = read_path(&file(&dir, "a.npy", bytes), &default());
        assert_eq!(table.names.as_ref(), ["values"]);
        assert_eq!(bits(&table.cols[0]), [1.5f64, -0.0, f64::NAN].map(|v| Some(v.to_bits())));
    }
}

#[test]
fn the_magic_tells_the_format_whatever_the_name() {
    let dir = dir();
    let bytes = numpy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}", &[1, 2, 3, 4, 5, 6]);
    let table = read_path(&file(&dir, "a.dat", bytes), &default());
    assert_eq!((table.cols[0].dtype(), table.cols[0].shape()), (DType::U8, &[2, 3][..]));
}

#[test]
fn every_type_and_chunking_gives_the_array_back() {
    let dir = dir();
    let path = dir.path().join("a.npy");
    for dtype in DType::ALL {
        for shape in [vec![0], vec![7], vec![7, 3], vec![1, 1], vec![0, 4], vec![3, 0], vec![2, 3, 4]] {
            let n: usize = shape.iter().product();
            let a = for_dtype!(dtype, T => {
                let raw: Vec<u8> = (0..n * dtype.size()).map(|i| (i * 37 + 11) as u8).collect();
                Array::new(shape.clone(), bytemuck::pod_collect_to_vec::<u8, T>(&raw)).unwrap()
            });
            let table = Chunk::new([("x", a.clone())]).unwrap();
            for rows in [1, 2, 100] {
                write_all(&path, &table, rows, &WriteOptions::default());
                let mut source = open(&path, &default()).unwrap();
                if shape[0] == 0 {
                    // Nothing was written, so nothing told the type.
                    assert_eq!((source.rows(), source.read(rows).unwrap()), (Some(0), None));
                    continue;
                }
                for _ in 0..2 {
                    assert_eq!(read_all(source.as_mut(), rows).cols[0], a, "{dtype} {shape:?} {rows}");
                    source.rewind().unwrap();
                }
            }
        }
    }
}

#[test]
fn columns_are_joined_and_missing_values_become_nan() {
    let dir = dir();
    let path = dir.path().join("a.npy");
    let a = column(&[Some(1.0), None, Some(3.0)], 0.0);
    let b = Array::from(vec![4.0, 5.0, 6.0]);
    let table = Chunk::new([("a", a.clone()), ("b", b)]).unwrap();
    write_all(&path, &table, 2, &WriteOptions::default());
    let back = read_path(&path, &default()).cols[0].clone();
    assert_eq!(back.shape(), [3, 2]);
    let v = back.as_slice::<f64>().unwrap();
    assert_eq!((v[0], v[1], v[3], v[4], v[5]), (1.0, 4.0, 5.0, 3.0, 6.0));
    assert!(v[2].is_nan());

    let mut sink = create(&path, &WriteOptions::default()).unwrap();
    let mixed = Chunk::new([("a", a), ("n", Array::from(vec![1i64, 2, 3]))]).unwrap();
    let e = sink.write(mixed).unwrap_err().to_string();
    assert!(e.contains("column \"n\" has another type"), "{e}");
    let gaps = Chunk::new([("n", column(&[Some(1i64), None], 0))]).unwrap();
    let e = sink.write(gaps).unwrap_err().to_string();
    assert!(e.contains("column \"n\" of int64 has missing values"), "{e}");
}

#[test]
fn complex_numbers_go_through() {
    let dir = dir();
    let path = dir.path().join("a.npy");
    let a = Array::from(vec![Complex32::new(1.0, -2.0), Complex32::new(0.5, f32::INFINITY)]);
    write_all(&path, &Chunk::new([("s", a.clone())]).unwrap(), 1, &WriteOptions::default());
    assert_eq!(read_path(&path, &default()).cols[0], a);
}

#[test]
fn damaged_files_say_what_is_wrong() {
    let dir = dir();
    let ok = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
    let try_ = |bytes: &[u8]| refused(&file(&dir, "a.npy", bytes), &default());
    assert_eq!(try_(b""), "the file is empty");
    assert!(try_(b"hello").starts_with("this is not a NumPy .npy file"));
    let whole = numpy(1, ok, &[0; 16]);
    for cut in [6, 8, 9, 30] {
        let said = try_(&whole[..cut]);
        assert!(said.contains("ends within its header") || said.contains("the header should end"), "{cut}: {said}");
    }
    assert!(try_(&whole[..whole.len() - 1]).contains("cut off: float64 of shape [2] takes 16 bytes"));
    assert!(try_(&[whole.clone(), vec![0]].concat()).contains("more than one array"));
    let with = |dict: &str| try_(&numpy(1, dict, &[]));
    assert!(with("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }").contains("big-endian"));
    assert!(with("{'descr': '<f8', 'fortran_order': True, 'shape': (2,3), }").contains("Fortran order"));
    assert!(with("{'descr': [('a','<f8')], 'fortran_order': True, 'shape': (2,), }").contains("structured"));
    assert!(with("{'descr': '<f8', 'fortran_order': False, 'shape': (), }").contains("a single number"));
    assert!(
        with("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999,9999999999999), }").contains("larger")
    );
    assert!(
        with("{'descr': '<f8', 'fortran_order': False, 'shape': (0,9999999999999,9999999999999), }").contains("larger")
    );
    assert!(with("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }").contains("cut off"));
    let why = try_(&numpy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 0), }", &[]));
    assert!(why.contains("rows without elements"), "{why}");
    assert!(with("{'descr': '<f8', 'shape': (2,), }").contains("not as NumPy writes it"));
    assert!(try_(&numpy(4, ok, &[0; 16])).contains("version 4"));
    assert!(refused(&dir.path().join("no.npy"), &default()).contains("No such file"));
    let unknown = refused(&file(&dir, "b.npy", &whole), &ReadOptions::columns(["value"]));
    assert_eq!(unknown, "there is no column \"value\"; the columns are \"values\"");
}

#[test]
fn a_dropped_sink_leaves_nothing_and_an_older_file_stays() {
    let dir = dir();
    let path = file(&dir, "a.npy", "older");
    let mut sink = create(&path, &WriteOptions::default()).unwrap();
    sink.write(Chunk::new([("x", Array::from(vec![1u8; 100_000]))]).unwrap()).unwrap();
    assert_eq!(listing(dir.path()).len(), 2);
    drop(sink);
    assert_eq!(listing(dir.path()), ["a.npy"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"older");
    let missing = dir.path().join("no/a.npy");
    let Err(e) = create(&missing, &WriteOptions::default()) else { panic!("created") };
    let text = e.to_string();
    assert!(text.starts_with(missing.to_str().unwrap()) && text.contains("does not exist"), "{text}");
    assert!(
        create(dir.path(), &WriteOptions { format: Some(gapwave_datasets::Format::Npy), ..Default::default() })
            .is_err()
    );
    let Err(e) = create(&dir.path().join("a.xyz"), &WriteOptions::default()) else { panic!("created") };
    assert!(e.to_string().contains("unknown format"), "{e}");
}

#[test]
#[cfg(unix)]
fn links_are_followed_and_permissions_kept() {
    use std::os::unix::fs::PermissionsExt;
    let dir = dir();
    let path = file(&dir, "a.npy", "older");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = dir.path().join("link.npy");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    write_all(&link, &Chunk::new([("x", Array::from(vec![1u8]))]).unwrap(), 9, &WriteOptions::default());
    assert!(link.is_symlink());
    assert_eq!(read_path(&path, &default()).rows(), 1);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(not(feature = "tables"))]
#[test]
fn a_build_without_tables_says_so() {
    let dir = dir();
    let said = refused(&file(&dir, "a.csv", "x\n1\n"), &default());
    assert!(said.contains("this build of gapwave lacks CSV"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// No bytes make the reader panic, and what it accepts has no more elements than the file has bytes.
    #[test]
    fn random_bytes_are_refused_or_read(
        head in prop_oneof![Just(vec![]), Just(b"\x93NUMPY\x01\x00".to_vec()), Just(b"\x93NUMPY\x02\x00".to_vec())],
        middle in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            "[0-9]{0,3}\\{'descr': '[<|>]?[iufc][0-9]{1,2}', 'fortran_order': (True|False), 'shape': \\([0-9]{0,20},? ?[0-9]{0,3}\\),? ?\\}".prop_map(String::into_bytes),
        ],
        sized: bool,
        tail in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let dir = dir();
        let mut bytes = head.clone();
        if sized && head.len() == 8 {
            let size = middle.len() as u32;
            bytes.extend(if head[6] == 1 { size.to_le_bytes()[..2].to_vec() } else { size.to_le_bytes().to_vec() });
        }
        bytes.extend(&middle);
        bytes.extend(&tail);
        let path = file(&dir, "a.npy", &bytes);
        if let Ok(mut source) = open(&path, &default()) {
            let mut total = 0;
            while let Some(chunk) = source.read(1 << 20).unwrap() {
                total += chunk.cols[0].bytes().len();
                if chunk.cols[0].is_empty() {
                    break;
                }
            }
            prop_assert!(total <= bytes.len());
        }
    }

    /// A sound file with one byte changed or cut anywhere.
    #[test]
    fn damaged_files_are_refused_or_read(at in 0usize..200, byte: u8, cut in 0usize..250) {
        let dir = dir();
        let mut bytes = numpy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", &[7; 24]);
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(cut);
        if let Ok(mut source) = open(&file(&dir, "a.npy", &bytes), &default()) {
            while let Some(chunk) = source.read(10).unwrap() {
                if chunk.cols[0].is_empty() {
                    break;
                }
                prop_assert!(chunk.cols[0].bytes().len() <= bytes.len());
            }
        }
    }
}
