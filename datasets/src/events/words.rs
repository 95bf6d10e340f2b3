//! Decoders of words of a fixed size. Blocks of words are surveyed and then decoded at the same time, each into its
//! place in the output.

use super::batch::{Batch, Slots, Writer, off};
use super::{Damage, Decoder, Polarity, Taken};
use rayon::prelude::*;

/// Bytes of a block: its events (at most 13 bytes for 2 of the file) fit into a core's second-level cache.
const BLOCK: usize = 1 << 15;

/// Takes what words say.
pub(super) trait Emit {
    fn event(&mut self, t: i64, x: i16, y: i16, on: bool);
    fn trigger(&mut self, t: i64, id: i16, value: i8);
}

/// The state between two words, and what words do to it.
pub(super) trait Words: Clone + Send + Sync {
    /// Bytes of a word.
    const BYTES: usize;
    /// Bytes of an event in the file, about.
    const EVENT_BYTES: usize;
    /// Most events of a word.
    const MOST: usize;
    /// What a block does to any state that is [`ready`](Words::ready).
    type Block: Send;

    /// Whether events are dropped no longer because something they need was not seen yet.
    fn ready(&self) -> bool;

    /// Takes a word.
    fn word(&mut self, word: &[u8], out: &mut impl Emit) -> Result<(), String>;

    /// Counts the events of a block and finds what it leaves behind.
    fn survey(&self, block: &[u8]) -> Self::Block;

    /// Events of a block.
    fn events(block: &Self::Block) -> usize;

    /// The state behind a block; `None` where only [`Words::word`] can tell what is wrong.
    fn after(&self, block: &Self::Block) -> Option<Self>;

    /// Writes the events of a block. `None`, or too few events, where only [`Words::word`] can tell what is wrong.
    fn fill<'a>(self, block: &[u8], off: i8, out: Writer<'a>) -> Option<Writer<'a>>;
}

/// How a decoder goes about its bytes. The events are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// One word after the other.
    Words,
    /// In blocks of so many bytes on the threads of the pool that the caller runs on.
    Blocks(usize),
}

impl Default for Route {
    fn default() -> Self {
        Route::Blocks(BLOCK)
    }
}

/// Words as a [`Decoder`].
#[derive(Debug, Clone)]
pub(super) struct WordDecoder<W> {
    start: W,
    state: W,
    off: i8,
    triggers: bool,
    route: Route,
}

impl<W: Words> WordDecoder<W> {
    /// Decodes events, or the triggers instead: see [`EventSource::of_triggers`](super::EventSource::of_triggers).
    pub(super) fn new(start: W, polarity: Polarity, triggers: bool, route: Route) -> Self {
        let route = if triggers { Route::Words } else { route };
        WordDecoder { state: start.clone(), start, off: off(polarity), triggers, route }
    }

    /// Takes word after word until there are about `room` events, or the state is ready if that is asked for.
    fn words(&mut self, bytes: &[u8], room: usize, until_ready: bool, out: &mut Batch) -> Result<usize, Damage> {
        let begin = out.len();
        for (i, word) in bytes.chunks_exact(W::BYTES).enumerate() {
            let n = out.len() - begin;
            if (n > 0 && n.saturating_add(W::MOST) > room) || (until_ready && self.state.ready()) {
                return Ok(i * W::BYTES);
            }
            let taken = if self.triggers {
                self.state.word(word, &mut Triggers(out))
            } else {
                self.state.word(word, &mut Events(out, self.off))
            };
            taken.map_err(|why| Damage { at: i * W::BYTES, why })?;
        }
        Ok(bytes.len())
    }

    /// Takes as many blocks as fit into `room` and gives the number of their bytes.
    fn blocks(&mut self, bytes: &[u8], size: usize, room: usize, out: &mut Batch) -> Result<usize, Damage> {
        let threads = rayon::current_num_threads();
        let mut jobs: Vec<(W, &[u8], usize)> = Vec::new();
        let (mut state, mut events, mut taken) = (self.state.clone(), 0usize, 0);
        while taken < bytes.len() {
            // About as many blocks as there is room for: those that do not fit are surveyed in vain.
            let wave = (room - events).saturating_mul(W::EVENT_BYTES).div_ceil(size).max(1).saturating_mul(size);
            let wave = &bytes[taken..][..wave.min(bytes.len() - taken)];
            let surveys: Vec<W::Block> = if threads > 1 && wave.len() > size {
                wave.par_chunks(size).map(|b| state.survey(b)).collect()
            } else {
                wave.chunks(size).map(|b| state.survey(b)).collect()
            };
            let before = jobs.len();
            for (block, survey) in wave.chunks(size).zip(&surveys) {
                let n = W::events(survey);
                let Some(after) = state.after(survey).filter(|_| events + n <= room) else { break };
                jobs.push((std::mem::replace(&mut state, after), block, n));
                events += n;
                taken += block.len();
            }
            if jobs.len() - before < surveys.len() {
                break;
            }
        }
        if jobs.is_empty() {
            return self.words(&bytes[..size.min(bytes.len())], room, false, out);
        }
        if self.fill(jobs, threads, events, out) {
            self.state = state;
            return Ok(taken);
        }
        // Something is wrong: word by word it is found.
        self.words(&bytes[..taken], usize::MAX, false, out)
    }

    fn fill(&self, jobs: Vec<(W, &[u8], usize)>, threads: usize, events: usize, out: &mut Batch) -> bool {
        let off = self.off;
        out.extend(events, |mut slots: Slots<'_>| {
            let parts: Vec<_> = jobs
                .into_iter()
                .map(|(state, block, n)| {
                    let (mine, others) = std::mem::take(&mut slots).split(n);
                    slots = others;
                    (state, block, Writer::new(mine))
                })
                .collect();
            let fill = |(state, block, writer): (W, &[u8], Writer<'_>)| state.fill(block, off, writer)?.finish();
            if threads > 1 && parts.len() > 1 {
                parts.into_par_iter().with_max_len(1).map(fill).sum()
            } else {
                parts.into_iter().map(fill).sum()
            }
        })
    }
}

impl<W: Words> Decoder for WordDecoder<W> {
    fn decode(&mut self, bytes: &[u8], last: bool, room: usize, out: &mut Batch) -> Result<Taken, Damage> {
        let whole = &bytes[..bytes.len() / W::BYTES * W::BYTES];
        let moved = |at: usize| move |d: Damage| Damage { at: at + d.at, ..d };
        let begin = out.len();
        let taken = match self.route {
            Route::Words => self.words(whole, room, false, out)?,
            Route::Blocks(size) => {
                let size = size.max(W::BYTES) / W::BYTES * W::BYTES;
                let mut at = self.words(whole, room, true, out)?;
                while at < whole.len() && out.len() == begin {
                    at += self.blocks(&whole[at..], size, room, out).map_err(moved(at))?;
                }
                at
            }
        };
        let left = bytes.len() - taken;
        if last && (1..W::BYTES).contains(&left) {
            let why = format!("the file ends within a word: {left} of its {} bytes are there", W::BYTES);
            return Err(Damage { at: taken, why });
        }
        Ok(Taken { bytes: taken, need: if left < W::BYTES && left > 0 { W::BYTES } else { 0 } })
    }

    fn reset(&mut self) {
        self.state = self.start.clone();
    }

    fn event_bytes(&self) -> usize {
        W::EVENT_BYTES
    }
}

/// Keeps the events; the number stands for OFF.
struct Events<'a>(&'a mut Batch, i8);

impl Emit for Events<'_> {
    #[inline]
    fn event(&mut self, t: i64, x: i16, y: i16, on: bool) {
        self.0.push(t, x, y, if on { 1 } else { self.1 });
    }
    fn trigger(&mut self, _: i64, _: i16, _: i8) {}
}

/// Keeps the triggers, with the channel as x and the edge as polarity.
struct Triggers<'a>(&'a mut Batch);

impl Emit for Triggers<'_> {
    fn event(&mut self, _: i64, _: i16, _: i16, _: bool) {}
    fn trigger(&mut self, t: i64, id: i16, value: i8) {
        self.0.push(t, id, 0, value);
    }
}
