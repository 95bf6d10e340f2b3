//! Arrow files as others write them.

use super::*;
use gapwave_datasets::polars::prelude::{IpcCompression, IpcWriter, SerWriter};
use polars_arrow::array::{DictionaryArray, Float64Array, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowSchema, Field};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions as IpcOptions};
use polars_arrow::record_batch::RecordBatchT;
use std::sync::Arc;

fn ipc(frame: &mut DataFrame, compression: Option<IpcCompression>) -> Vec<u8> {
    let mut bytes = Vec::new();
    IpcWriter::new(&mut bytes).with_compression(compression).finish(frame).unwrap();
    bytes
}

/// The stream within an IPC file: what stands between the magic and the footer.
fn stream(frame: &mut DataFrame) -> Vec<u8> {
    let file = ipc(frame, None);
    let size = u32::from_le_bytes(file[file.len() - 10..file.len() - 6].try_into().unwrap()) as usize;
    file[8..file.len() - 10 - size].to_vec()
}

#[test]
fn arrow_streams_and_compressed_files_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut frame = frame(5000);
    let plain = dir.path().join("a.arrow");
    save(&frame, &plain, 777);
    let expected = read_path(&plain, &default());
    for (name, bytes) in [
        ("lz4.arrow", ipc(&mut frame, Some(IpcCompression::LZ4))),
        ("zstd.arrow", ipc(&mut frame, Some(IpcCompression::default()))),
        ("views.arrow", ipc(&mut frame, None)),
        ("stream.arrow", stream(&mut frame)),
    ] {
        assert_eq!(read_path(&file(&dir, name, bytes), &default()), expected, "{name}");
    }
}

#[test]
fn damaged_files_that_others_wrote_are_read_or_refused() {
    for compressed in [Some(IpcCompression::LZ4), Some(IpcCompression::default())] {
        let bytes = ipc(&mut frame(300), compressed);
        damage("arrow", &bytes, &default());
    }
    damage("arrow", &stream(&mut frame(300)), &default());
}

#[test]
fn dictionaries_are_looked_up() {
    let numbers = Float64Array::from_slice([0.5, -2.0]).boxed();
    let keys = PrimitiveArray::<u32>::from([Some(1), None, Some(0), Some(1)]);
    let x = DictionaryArray::try_from_keys(keys, numbers, false).unwrap().boxed();
    let names = Utf8ViewArray::from_slice([Some("north"), Some("south")]).boxed();
    let keys = PrimitiveArray::<i8>::from([Some(0), Some(1), Some(1), None]);
    let site = DictionaryArray::try_from_keys(keys, names, false).unwrap().boxed();
    let fields = [("x", &x), ("site", &site)].map(|(n, a)| Field::new(n.into(), a.dtype().clone(), true));
    let schema: Arc<ArrowSchema> = Arc::new(fields.into_iter().map(|f| (f.name.clone(), f)).collect());
    let mut bytes = Vec::new();
    let mut writer = FileWriter::new(&mut bytes, schema.clone(), None, IpcOptions { compression: None });
    writer.start().unwrap();
    writer.write(&RecordBatchT::new(4, schema, vec![x, site]), None).unwrap();
    writer.finish().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "a.arrow", &bytes);
    let table = read_path(&path, &default());
    assert_eq!(table.names.as_ref(), ["x"]);
    let x = &table.cols[0];
    let here = x.valid().expect("one is missing");
    assert_eq!((0..4).map(|i| here.get(i)).collect::<Vec<_>>(), [true, false, true, true]);
    let values = x.as_slice::<f64>().unwrap();
    assert_eq!([values[0], values[2], values[3]], [-2.0, 0.5, -2.0]);
    let frame = read_frame(&path, &default()).unwrap();
    let sites: Vec<_> = frame.column("site").unwrap().str().unwrap().iter().collect();
    assert_eq!(sites, [Some("north"), Some("south"), Some("south"), None]);
    damage("arrow", &bytes, &default());
}
