//! A decoder and a file as a source.

use super::batch::{Batch, names};
use super::{EVENT_BYTES, metas};
use crate::mapped::WINDOW;
use crate::{Error, Input, Result, Schema, Source};
use gapwave_columns::{Attrs, Chunk, DType, Meta, Sensor};

/// Why bytes are not what their format asks for, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Byte, counted from the first one handed to this call.
    pub at: usize,
    /// What was expected, what was found.
    pub why: String,
}

/// How far a decoder came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Bytes decoded. The others are handed over again, with more behind them.
    pub bytes: usize,
    /// How many bytes must be handed over at least for the next call to come further; 0 where any number will do.
    pub need: usize,
}

/// What turns bytes into events. Its state goes on from one call to the next, so that it does not matter how the bytes
/// are cut.
pub trait Decoder: Send {
    /// Decodes some of `bytes` and appends the events to `out`, about `room` of them at most (the last word may have
    /// more). `last`: no bytes come after these.
    ///
    /// # Errors
    /// Where the bytes are not of the format. What was decoded before stays in `out`.
    fn decode(&mut self, bytes: &[u8], last: bool, room: usize, out: &mut Batch) -> Result<Taken, Damage>;

    /// Begins again.
    fn reset(&mut self);

    /// Bytes of an event in the file, about: how many bytes are worth handing over for a number of events.
    fn event_bytes(&self) -> usize;
}

impl<D: Decoder + ?Sized> Decoder for Box<D> {
    fn decode(&mut self, bytes: &[u8], last: bool, room: usize, out: &mut Batch) -> Result<Taken, Damage> {
        (**self).decode(bytes, last, room, out)
    }

    fn reset(&mut self) {
        (**self).reset();
    }

    fn event_bytes(&self) -> usize {
        (**self).event_bytes()
    }
}

/// Longest packet or line that a decoder can ask for.
const LONGEST: usize = 1 << 30;

/// Fewest events that are asked of a decoder: where a caller wants fewer, the others are held, so that small chunks do
/// not cost a call of the decoder each.
const HELD: usize = 1 << 16;

/// The events of a file, decoded as they are read. Events beyond the rows asked for are kept for the next call. Where
/// the file is damaged, the events before the damage are handed out first.
#[derive(Debug)]
pub struct EventSource<D> {
    input: Input,
    decoder: D,
    schema: Schema,
    /// First byte after the header.
    start: u64,
    /// Next byte to decode.
    at: u64,
    /// Events handed out.
    row: u64,
    /// Decoded, and how many of them were handed out.
    held: Option<(Chunk, usize)>,
    /// What is wrong behind the events that were decoded.
    damage: Option<String>,
    /// Least bytes that the decoder wants.
    need: usize,
    /// Whether the decoder gives triggers.
    triggers: bool,
}

impl<D: Decoder> EventSource<D> {
    /// The events behind byte `start`.
    pub fn new(input: Input, start: u64, decoder: D, size: Option<[u16; 2]>) -> Self {
        let attrs = Attrs { fs: None, sensor: Some(Sensor { size }) };
        let schema = Schema { names: names(), cols: metas(), attrs };
        EventSource {
            input,
            decoder,
            schema,
            start,
            at: start,
            row: 0,
            held: None,
            damage: None,
            need: 0,
            triggers: false,
        }
    }

    /// The triggers behind byte `start`, as columns `t` (µs), `id` and `value`, of a decoder that writes the id of a
    /// trigger as x and its value as polarity.
    pub fn of_triggers(input: Input, start: u64, decoder: D, size: Option<[u16; 2]>) -> Self {
        let mut source = Self::new(input, start, decoder, size);
        source.schema.names = ["t", "id", "value"].map(String::from).into();
        source.schema.cols = [DType::I64, DType::I16, DType::I8].map(|d| Meta::new(d, [0])).into();
        source.triggers = true;
        source
    }

    /// Decodes until there are events; `None` at the end.
    fn more(&mut self, rows: usize) -> Result<Option<Chunk>> {
        if let Some(why) = &self.damage {
            return Err(Error::format(self.input.path(), why.clone()));
        }
        let rows = rows.max(HELD);
        let mut batch = Batch::default();
        while batch.is_empty() {
            let left = self.input.len() - self.at;
            if left == 0 {
                return Ok(None);
            }
            let want = rows.saturating_mul(self.decoder.event_bytes()).clamp(1 << 16, 8 * WINDOW).max(self.need);
            if want > LONGEST {
                let why = self.wrong(0, format!("a piece of {want} bytes, too long to be true"));
                return Err(Error::format(self.input.path(), why));
            }
            let len = usize::try_from(left).unwrap_or(usize::MAX).min(want);
            let last = len as u64 == left;
            let decoder = &mut self.decoder;
            let taken = self.input.lend(self.at, len, |bytes| decoder.decode(bytes, last, rows, &mut batch))?;
            self.damage = match taken {
                Ok(taken) if last && taken.bytes < len && taken.need > len - taken.bytes => {
                    self.at += taken.bytes as u64;
                    Some(self.wrong(0, "the file ends within the piece that begins here".into()))
                }
                Ok(taken) if taken.bytes == 0 && taken.need <= len && batch.is_empty() => {
                    if last {
                        // Nothing more can come of what is left.
                        self.at = self.input.len();
                        return Ok(None);
                    }
                    Some(self.wrong(0, "the decoder is stuck".into()))
                }
                Ok(taken) => {
                    self.at += taken.bytes as u64;
                    self.need = taken.need;
                    None
                }
                Err(d) => Some(self.wrong(d.at, d.why)),
            };
            if let Some(why) = self.damage.as_ref().filter(|_| batch.is_empty()) {
                return Err(Error::format(self.input.path(), why.clone()));
            }
            if self.damage.is_some() {
                break;
            }
        }
        Ok(Some(batch.into_chunk(&self.schema, self.triggers, self.row)?))
    }

    /// What is wrong `behind` bytes after the next one to decode.
    fn wrong(&self, behind: usize, why: String) -> String {
        format!("byte {}: {why}", self.at + behind as u64)
    }
}

impl<D: Decoder> Source for EventSource<D> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn read(&mut self, rows: usize) -> Result<Option<Chunk>> {
        let rows = rows.max(1);
        let (chunk, begin) = match self.held.take() {
            Some(held) => held,
            None => match self.more(rows)? {
                Some(chunk) => (chunk, 0),
                None => return Ok(None),
            },
        };
        let n = (chunk.rows() - begin).min(rows);
        self.row += n as u64;
        if begin == 0 && n == chunk.rows() {
            return Ok(Some(chunk));
        }
        let part = chunk.slice_rows(begin, n)?;
        if begin + n < chunk.rows() {
            self.held = Some((chunk, begin + n));
        }
        Ok(Some(part))
    }

    fn rewind(&mut self) -> Result<()> {
        self.decoder.reset();
        (self.at, self.row, self.held, self.damage, self.need) = (self.start, 0, None, None, 0);
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        let all = self.input.len().saturating_sub(self.start).max(1);
        Some((self.at - self.start) as f64 / all as f64)
    }

    fn row_bytes(&self) -> u64 {
        EVENT_BYTES as u64
    }

    fn held_bytes(&self) -> u64 {
        // A window of the file, and events beyond the rows asked for.
        (8 * WINDOW + HELD * EVENT_BYTES) as u64
    }
}
