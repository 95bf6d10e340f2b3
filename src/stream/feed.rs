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
    /// Rows to ask for to be given the same chunk again.
    pub(super) asked: usize,
}

/// How many rows a chunk should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// At least one and at most these.
    UpTo(usize),
    /// These, fewer only at the end: an earlier pass cut here.
    Exactly(usize),
}

impl Want {
    pub(super) fn rows(self) -> usize {
        match self {
            Want::UpTo(n) | Want::Exactly(n) => n,
        }
    }
}

impl Fed {
    /// A chunk without rows.
    pub(super) fn empty(schema: &Schema) -> Result<Fed> {
        Ok(Fed { chunk: no_rows(schema)?, lead: 0, own: 0, asked: 0 })
    }
}

/// The columns of a table without its rows.
pub(super) fn no_rows(schema: &Schema) -> Result<Chunk> {
    let cols = schema.cols.iter().map(|m| Array::zeros(&m.with_rows(0))).collect::<Result<_, _>>()?;
    Ok(Chunk::with_names(schema.names.clone(), cols, 0, schema.attrs)?)
}

/// Reads a source with a memory of the rows that the next chunk needs again.
pub(super) struct Feed<'a> {
    source: Box<dyn Source + 'a>,
    /// Rows read and still needed.
    held: Option<Chunk>,
    /// Rows of `held` before the next own row.
    lead: usize,
    /// Rows between two frames that are not part of either and were not read yet.
    skip: usize,
    ended: bool,
    /// Rows read from the source.
    taken: u64,
}

impl<'a> Feed<'a> {
    pub(super) fn new(source: Box<dyn Source + 'a>) -> Self {
        Feed { source, held: None, lead: 0, skip: 0, ended: false, taken: 0 }
    }

    pub(super) fn source(&self) -> &dyn Source {
        self.source.as_ref()
    }

    /// Rows read from the source in this pass.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Begins again at the first row.
    pub(super) fn rewind(&mut self) -> Result<()> {
        (self.held, self.lead, self.skip, self.ended, self.taken) = (None, 0, 0, false, 0);
        Ok(self.source.rewind()?)
    }

    /// The next chunk; `None` after the last row. `Whole` gives everything at once, or fails where that is more than
    /// `limit` bytes.
    pub(super) fn next(&mut self, reach: Reach, want: Want, limit: u64) -> Result<Option<Fed>> {
        let rows = want.rows().max(1);
        match reach {
            Reach::Rows | Reach::Scan | Reach::Fold => {
                match want {
                    // A stage that was cut otherwise before gives more rows than it is asked for.
                    Want::UpTo(_) if self.held.is_none() => self.held = self.read(rows)?,
                    Want::UpTo(_) => {}
                    Want::Exactly(_) => self.fill(rows, u64::MAX)?,
                }
                let Some(chunk) = self.take(rows)? else { return Ok(None) };
                let own = chunk.rows();
                Ok(Some(Fed { chunk, lead: 0, own, asked: own }))
            }
            Reach::Whole => {
                self.fill(usize::MAX, limit)?;
                let Some(chunk) = self.held.take() else { return Ok(None) };
                let own = chunk.rows();
                Ok(Some(Fed { chunk, lead: 0, own, asked: own }))
            }
            Reach::Window { before, after } => {
                self.fill(self.lead.saturating_add(rows).saturating_add(after), u64::MAX)?;
                let Some(held) = &self.held else { return Ok(None) };
                let own = held.rows().saturating_sub(self.lead).min(rows);
                if own == 0 {
                    return Ok(None);
                }
                let end = held.rows().min((self.lead + own).saturating_add(after));
                let fed = Fed { chunk: held.slice_rows(0, end)?, lead: self.lead, own, asked: own };
                let next = self.lead + own;
                let keep_from = next.saturating_sub(before);
                self.held = Some(held.slice_rows(keep_from, held.rows() - keep_from)?);
                self.lead = next - keep_from;
                Ok(Some(fed))
            }
            Reach::Frames { size, hop } => {
                while self.skip > 0 {
                    let Some(chunk) = self.read(self.skip)? else { break };
                    self.skip -= chunk.rows();
                }
                let hop = hop.max(1);
                let frames = (rows / hop).max(1);
                self.fill(((frames - 1) * hop).saturating_add(size), u64::MAX)?;
                let Some(held) = &self.held else { return Ok(None) };
                // Only whole frames are answered for.
                let frames = if held.rows() < size { 0 } else { ((held.rows() - size) / hop + 1).min(frames) };
                if frames == 0 {
                    return Ok(None);
                }
                let chunk = held.slice_rows(0, (frames - 1) * hop + size)?;
                let next = held.rows().min(frames * hop);
                self.skip = frames * hop - next;
                let own = next.min(chunk.rows());
                self.held = Some(held.slice_rows(next, held.rows() - next)?);
                // The rows between this chunk's last frame and the next one were not read, but count for the way it is cut.
                Ok(Some(Fed { chunk, lead: 0, own, asked: frames * hop }))
            }
        }
    }

    /// The first rows of what is held, at most `rows`.
    fn take(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let Some(held) = self.held.take() else { return Ok(None) };
        let n = held.rows().min(rows);
        if n < held.rows() {
            self.held = Some(held.slice_rows(n, held.rows() - n)?);
        }
        Ok(Some(held.slice_rows(0, n)?))
    }

    /// Reads until `want` rows are held or the source ends.
    fn fill(&mut self, want: usize, limit: u64) -> Result<()> {
        let mut parts: Vec<Chunk> = self.held.take().into_iter().collect();
        let mut have: usize = parts.iter().map(Chunk::rows).sum();
        let mut bytes: u64 = parts.iter().map(Chunk::bytes).sum();
        while have < want {
            let Some(chunk) = self.read(want - have)? else { break };
            have += chunk.rows();
            bytes += chunk.bytes();
            if bytes > limit {
                let rows = self.source.rows();
                return Err(super::too_large(bytes, limit, rows));
            }
            parts.push(chunk);
        }
        self.held = Chunk::concat(parts)?;
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
        self.taken += chunk.rows() as u64;
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
