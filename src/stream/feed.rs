//! Chunks with the rows around them that a kernel's reach asks for.

use crate::Result;
use gapwave_columns::{Array, Bitmap, Chunk, Error};
use gapwave_datasets::{Schema, Source};
use gapwave_kernels::Reach;

/// A chunk as a kernel gets it.
pub(super) struct Fed {
    /// Own rows and the rows around them.
    pub(super) chunk: Chunk,
    /// Rows before the own ones.
    pub(super) lead: usize,
    /// Own rows.
    pub(super) own: usize,
}

impl Fed {
    /// A chunk without rows.
    pub(super) fn empty(schema: &Schema) -> Result<Fed> {
        let cols = schema.cols.iter().map(|m| Array::zeros(&m.with_rows(0))).collect::<Result<_, _>>()?;
        let chunk = Chunk::with_names(schema.names.clone(), cols, 0, schema.attrs)?;
        Ok(Fed { chunk, lead: 0, own: 0 })
    }
}

/// Reads a source with a memory of the rows that the next chunk needs again.
pub(super) struct Feed<'a> {
    source: &'a mut dyn Source,
    reach: Reach,
    /// Rows read and still needed.
    held: Option<Chunk>,
    /// Rows of `held` before the next own row.
    lead: usize,
    /// Rows between two frames that are not part of either and were not read yet.
    skip: usize,
    ended: bool,
}

impl<'a> Feed<'a> {
    pub(super) fn new(source: &'a mut dyn Source, reach: Reach) -> Self {
        Feed { source, reach, held: None, lead: 0, skip: 0, ended: false }
    }

    /// The next chunk of at most `rows` own rows. `Whole` gives everything at once.
    pub(super) fn next(&mut self, rows: usize) -> Result<Option<Fed>> {
        match self.reach {
            Reach::Rows | Reach::Scan | Reach::Fold => {
                let Some(chunk) = self.read(rows)? else { return Ok(None) };
                let own = chunk.rows();
                Ok(Some(Fed { chunk, lead: 0, own }))
            }
            Reach::Whole => {
                let mut parts = Vec::new();
                while let Some(chunk) = self.read(usize::MAX)? {
                    parts.push(chunk);
                }
                let Some(chunk) = join(parts)? else { return Ok(None) };
                let own = chunk.rows();
                Ok(Some(Fed { chunk, lead: 0, own }))
            }
            Reach::Window { before, after } => {
                let want = self.lead.saturating_add(rows).saturating_add(after);
                self.fill(want)?;
                let Some(held) = &self.held else { return Ok(None) };
                let own = held.rows().saturating_sub(self.lead).min(rows);
                if own == 0 {
                    return Ok(None);
                }
                let end = held.rows().min((self.lead + own).saturating_add(after));
                let fed = Fed { chunk: held.slice_rows(0, end)?, lead: self.lead, own };
                let next = self.lead + own;
                let keep_from = next.saturating_sub(before);
                self.held = Some(held.slice_rows(keep_from, held.rows() - keep_from)?);
                self.lead = next - keep_from;
                Ok(Some(fed))
            }
            Reach::Frames { size, hop } => {
                let frames = (rows / hop.max(1)).max(1);
                self.fill(((frames - 1) * hop).saturating_add(size))?;
                let Some(held) = &self.held else { return Ok(None) };
                // Only whole frames are answered for.
                let frames = if held.rows() < size { 0 } else { ((held.rows() - size) / hop.max(1) + 1).min(frames) };
                if frames == 0 {
                    return Ok(None);
                }
                let chunk = held.slice_rows(0, (frames - 1) * hop + size)?;
                let next = held.rows().min(frames * hop);
                self.skip = frames * hop - next;
                let own = next.min(chunk.rows());
                self.held = Some(held.slice_rows(next, held.rows() - next)?);
                let fed = Fed { chunk, lead: 0, own };
                Ok(Some(fed))
            }
        }
    }

    /// Reads until `want` rows are held or the source ends.
    fn fill(&mut self, want: usize) -> Result<()> {
        while self.skip > 0 {
            let Some(chunk) = self.read(self.skip)? else { break };
            self.skip -= chunk.rows();
        }
        let mut parts: Vec<Chunk> = self.held.take().into_iter().collect();
        let mut have: usize = parts.iter().map(Chunk::rows).sum();
        while have < want {
            let Some(chunk) = self.read(want - have)? else { break };
            have += chunk.rows();
            parts.push(chunk);
        }
        self.held = join(parts)?;
        Ok(())
    }

    /// Reads at most `rows` rows; nullable columns always bring their bitmap, so that plans of all chunks are alike.
    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        if self.ended {
            return Ok(None);
        }
        let Some(mut chunk) = self.source.read(rows)? else {
            self.ended = true;
            return Ok(None);
        };
        let schema = self.source.schema();
        if chunk.cols.len() != schema.cols.len() {
            let why = format!("a chunk of {} columns from a source of {}", chunk.cols.len(), schema.cols.len());
            return Err(Error::Mismatch(why).into());
        }
        for (col, meta) in chunk.cols.iter_mut().zip(&schema.cols) {
            if meta.nullable && col.valid().is_none() {
                let all = Bitmap::filled(col.len(), true);
                *col = col.clone().with_valid(all)?;
            }
        }
        Ok(Some(chunk))
    }
}

fn join(parts: Vec<Chunk>) -> Result<Option<Chunk>> {
    let Some(first) = parts.first() else { return Ok(None) };
    let cols = (0..first.cols.len())
        .map(|i| Array::concat(&parts.iter().map(|c| c.cols[i].clone()).collect::<Vec<_>>()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Chunk::with_names(first.names.clone(), cols, first.first_row, first.attrs)?))
}
