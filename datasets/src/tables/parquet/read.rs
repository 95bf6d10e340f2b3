//! Reading Parquet.

use crate::tables::guard::guarded;
use crate::tables::layout::{Chosen, Known, hand_out};
use crate::{Carried, Error, Input, ReadOptions, Result, Schema, Source};
use gapwave_columns::Chunk;
use polars::io::parquet::read::_internal::to_deserializer;
use polars::prelude::{ArrowSchema, Column, DataFrame, DataType, IntoColumn, PolarsResult, Series, polars_err};
use polars_parquet::read::{
    ColumnChunkMetadata, FileMetadata, Filter, PageReader, RowGroupMetadata, infer_schema, read_metadata,
};
use polars_parquet::write::CompressedPage;
use rayon::prelude::*;
use std::io::Cursor;
use std::path::Path;

/// Bytes that rows read at a time may take, where nothing else is said.
const SLICE: u64 = 64 << 20;
/// Longest footer read.
const FOOTER: u64 = 256 << 20;
/// How many times its size a page may grow by decompression; Zstandard, the densest, writes 128 KiB in 4 bytes.
const DENSEST: usize = 1 << 15;

/// A Parquet file as a source: a row group at a time, by slices where it is too large for that.
#[derive(Debug)]
pub(in crate::tables) struct ParquetSource {
    input: Input,
    metadata: FileMetadata,
    arrow: ArrowSchema,
    chosen: Chosen,
    slice: u64,
    row_bytes: u64,
    group: usize,
    /// Rows of the group read before.
    at: usize,
    /// Rows of the file read before.
    row: u64,
    held: Option<Chunk>,
}

impl ParquetSource {
    pub(in crate::tables) fn open(path: &Path, options: &ReadOptions) -> Result<ParquetSource> {
        let mut input = Input::open(path, options)?;
        let metadata = footer(&mut input)?;
        let arrow = guarded(path, || infer_schema(&metadata))?;
        check(path, &metadata, input.len())?;
        let known = guarded(path, || {
            Ok(arrow
                .iter_values()
                .map(|field| Known {
                    name: field.name.to_string(),
                    dtype: DataType::from_arrow_field(field),
                    nullable: field.is_nullable && !without_nulls(&metadata, &field.name),
                })
                .collect::<Vec<_>>())
        })?;
        let chosen = Chosen::new(path, &known, options)?;
        // Columns of text are longer than a guess says; the file knows.
        let said: u64 = metadata.row_groups.iter().map(|g| g.total_byte_size() as u64).sum();
        let row_bytes = chosen.row_bytes().max(said / (metadata.num_rows as u64).max(1));
        let slice = options.memory.map_or(SLICE, |m| (m / 8).clamp(1 << 20, SLICE));
        Ok(ParquetSource { input, metadata, arrow, chosen, slice, row_bytes, group: 0, at: 0, row: 0, held: None })
    }

    /// The next slice of the current row group.
    fn more(&mut self) -> Result<Option<Chunk>> {
        while let Some(group) = self.metadata.row_groups.get(self.group) {
            let n = (group.num_rows() - self.at).min((self.slice / self.row_bytes.max(1)).max(1024) as usize);
            if n == 0 {
                (self.group, self.at) = (self.group + 1, 0);
                continue;
            }
            let mut loaded = Vec::with_capacity(group.n_columns());
            for column in group.parquet_columns() {
                let range = column.byte_range();
                loaded.push(self.input.lend(range.start, (range.end - range.start) as usize, <[u8]>::to_vec)?);
            }
            let path = self.input.path();
            let range = (self.at, self.at + n);
            let frame = guarded(path, || decode(group, &self.arrow, loaded, range, self.at == 0))?;
            let chunk = self.chosen.chunk(path, frame, self.row)?;
            self.at += n;
            self.row += n as u64;
            return Ok(Some(chunk));
        }
        Ok(None)
    }
}

/// The footer, from the end of the file.
fn footer(input: &mut Input) -> Result<FileMetadata> {
    let (path, len) = (input.path().to_path_buf(), input.len());
    let damaged = |why: String| Error::format(&path, why);
    if len < 12 {
        return Err(damaged(format!("the file is damaged: {len} bytes are no Parquet file")));
    }
    let end: [u8; 8] = input.lend(len - 8, 8, |b| b.try_into().unwrap_or_default())?;
    let size = u64::from(u32::from_le_bytes([end[0], end[1], end[2], end[3]]));
    if &end[4..] != b"PAR1" {
        return Err(damaged("the file is damaged or cut off: it does not end with PAR1".into()));
    }
    if size > len - 12 || size > FOOTER {
        return Err(damaged(format!("the file is damaged: its footer says to have {size} bytes of {len}")));
    }
    // The reader looks for the end of what it is given.
    let bytes = input.lend(len - 8 - size, size as usize + 8, <[u8]>::to_vec)?;
    guarded(&path, || read_metadata(&mut Cursor::new([b"PAR1".as_slice(), &bytes].concat())))
}

/// That sizes and numbers of rows are possible in a file of this size.
fn check(path: &Path, metadata: &FileMetadata, len: u64) -> Result<()> {
    let damaged = |why: String| Err(Error::format(path, format!("the file is damaged: {why}")));
    let mut rows = 0usize;
    for (i, group) in metadata.row_groups.iter().enumerate() {
        for column in group.parquet_columns() {
            let range = column.byte_range();
            if range.start > range.end || range.end > len {
                return damaged(format!("row group {i} reaches from byte {} to {} of {len}", range.start, range.end));
            }
            let flat = column.descriptor().descriptor.max_rep_level == 0;
            if column.num_values() < 0 || (flat && column.num_values() as u64 != group.num_rows() as u64) {
                let (have, rows) = (column.num_values(), group.num_rows());
                return damaged(format!("row group {i} has a column of {have} values for {rows} rows"));
            }
        }
        match rows.checked_add(group.num_rows()) {
            Some(n) if n <= u32::MAX as usize * 1024 => rows = n,
            _ => return damaged("it says to have more rows than there can be".into()),
        }
    }
    if rows != metadata.num_rows {
        return damaged(format!("its row groups have {rows} rows, its footer says {}", metadata.num_rows));
    }
    Ok(())
}

/// Whether the statistics of every row group say that nothing is missing.
fn without_nulls(metadata: &FileMetadata, name: &str) -> bool {
    metadata.row_groups.iter().all(|group| {
        let Some(mut columns) = group.columns_under_root_iter(name) else { return false };
        columns.all(|c| {
            let statistics = c.statistics(&metadata.footer_buf);
            group.num_rows() == 0 || matches!(statistics, Some(Ok(s)) if s.null_count() == Some(0))
        })
    })
}

/// That the pages of a column have its values, and none is said to be larger than decompression could make it.
fn check_pages(pages: &mut PageReader, column: &ColumnChunkMetadata) -> PolarsResult<()> {
    let mut values = 0u64;
    for page in pages.by_ref() {
        if let CompressedPage::Data(page) = page? {
            values += page.num_values() as u64;
            check_page(page.compressed_size(), page.uncompressed_size())?;
        }
    }
    if values != column.num_values() as u64 {
        return Err(polars_err!(ComputeError: "{values} values in a column of {}", column.num_values()));
    }
    Ok(())
}

/// The same of a dictionary, which is the first page of a column. Its sizes are the first fields of its header: in
/// Thrift's compact protocol three 32-bit integers, each behind the byte `0x15`.
fn check_dictionary(bytes: &[u8]) -> PolarsResult<()> {
    const DICTIONARY: u64 = 2;
    let mut at = 0;
    let mut fields = [0u64; 3];
    for field in &mut fields {
        if bytes.get(at) != Some(&0x15) {
            return Ok(());
        }
        at += 1;
        for shift in (0..35).step_by(7) {
            let Some(&b) = bytes.get(at) else { return Ok(()) };
            at += 1;
            *field |= u64::from(b & 0x7f) << shift;
            if b & 0x80 == 0 {
                break;
            }
        }
        // Zigzag: sizes below zero become odd, and are refused by the reader.
        *field >>= 1;
    }
    let [kind, said, have] = fields;
    if kind == DICTIONARY { check_page(have as usize, said as usize) } else { Ok(()) }
}

fn check_page(have: usize, said: usize) -> PolarsResult<()> {
    if said / DENSEST > have + 1 {
        return Err(polars_err!(ComputeError: "a page of {have} bytes says to hold {said}"));
    }
    Ok(())
}

/// Rows of a row group; the `first` ones, before whose reading its pages are checked.
fn decode(
    group: &RowGroupMetadata,
    schema: &ArrowSchema,
    loaded: Vec<Vec<u8>>,
    rows: (usize, usize),
    first: bool,
) -> PolarsResult<DataFrame> {
    let mut of_field: Vec<Vec<(&ColumnChunkMetadata, Vec<u8>)>> = schema.iter().map(|_| Vec::new()).collect();
    for (column, bytes) in group.parquet_columns().iter().zip(loaded) {
        let root = column.descriptor().path_in_schema.first();
        if let Some(at) = root.and_then(|r| schema.index_of(r)) {
            of_field[at].push((column, bytes));
        }
    }
    let columns = schema.iter_values().zip(of_field).collect::<Vec<_>>().into_par_iter().map(|(field, parts)| {
        let mut columns = Vec::with_capacity(parts.len());
        for (column, bytes) in parts {
            if first {
                check_dictionary(&bytes)?;
            }
            let mut pages = PageReader::new(Cursor::new(bytes.into()), column, Vec::new(), usize::MAX);
            if first {
                check_pages(&mut pages, column)?;
            }
            columns.push((column, pages.into_inner().0.into_inner()));
        }
        let filter = Some(Filter::new_ranged(rows.0, rows.1));
        let (arrays, _) = to_deserializer(columns, field.clone(), filter)?;
        Ok(Series::try_from((field, arrays))?.into_column())
    });
    let columns: Vec<Column> = columns.collect::<PolarsResult<_>>()?;
    DataFrame::new(rows.1 - rows.0, columns)
}

impl Source for ParquetSource {
    fn schema(&self) -> &Schema {
        &self.chosen.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.metadata.num_rows as u64)
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        if self.held.is_none() {
            self.held = self.more()?;
        }
        hand_out(&mut self.held, rows.max(1))
    }

    fn rewind(&mut self) -> Result<()> {
        (self.group, self.at, self.row, self.held) = (0, 0, 0, None);
        Ok(())
    }

    fn carried(&self) -> Option<Carried> {
        Some(self.chosen.layout.clone().into())
    }

    fn row_bytes(&self) -> u64 {
        self.row_bytes
    }

    fn held_bytes(&self) -> u64 {
        // The slice handed out in parts, and the row group that it was decoded from.
        let group = self.metadata.row_groups.iter().map(|g| g.compressed_size() as u64).max().unwrap_or(0);
        self.slice + group
    }
}
