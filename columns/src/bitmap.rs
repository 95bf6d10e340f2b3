//! Validity bitmaps: bit `i` of word `i / 64`, least significant first, 1 = the value is there (Arrow's convention).

use crate::{Error, Result};
use std::sync::Arc;

/// An owned, shareable bitmap. Cutting it copies nothing.
#[derive(Clone)]
pub struct Bitmap {
    words: Arc<Vec<u64>>,
    offset: usize,
    len: usize,
}

/// A borrowed bitmap; it may begin within a word.
#[derive(Clone, Copy, Debug)]
pub struct Bits<'a> {
    words: &'a [u64],
    offset: usize,
    len: usize,
}

/// A bitmap to write: it begins at bit 0 of its first word.
#[derive(Debug)]
pub struct BitsMut<'a> {
    words: &'a mut [u64],
    len: usize,
}

impl Bitmap {
    /// A bitmap of `len` equal bits.
    pub fn filled(len: usize, value: bool) -> Self {
        let word = if value { u64::MAX } else { 0 };
        Bitmap { words: Arc::new(vec![word; len.div_ceil(64)]), offset: 0, len }
    }

    /// A bitmap whose bit `i` is `f(i)`.
    pub fn from_fn(len: usize, mut f: impl FnMut(usize) -> bool) -> Self {
        let mut words = vec![0u64; len.div_ceil(64)];
        for i in 0..len {
            words[i / 64] |= (f(i) as u64) << (i % 64);
        }
        Bitmap { words: Arc::new(words), offset: 0, len }
    }

    /// A bitmap of the first `len` bits of `words`.
    pub fn from_words(words: Vec<u64>, len: usize) -> Result<Self> {
        if words.len() < len.div_ceil(64) {
            return Err(Error::Mismatch(format!("{len} bits in {} words of 64", words.len())));
        }
        Ok(Bitmap { words: Arc::new(words), offset: 0, len })
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bits, borrowed.
    pub fn bits(&self) -> Bits<'_> {
        Bits { words: &self.words, offset: self.offset, len: self.len }
    }

    /// Bit `i`; panics beyond the end.
    pub fn get(&self, i: usize) -> bool {
        self.bits().get(i)
    }

    /// Bits that are 0: missing values.
    pub fn count_zeros(&self) -> usize {
        self.len - self.bits().count_ones()
    }

    /// `len` bits from `start`.
    pub fn slice(&self, start: usize, len: usize) -> Result<Bitmap> {
        match start.checked_add(len) {
            Some(end) if end <= self.len => Ok(Bitmap { words: self.words.clone(), offset: self.offset + start, len }),
            end => Err(Error::Rows { start, end: end.unwrap_or(usize::MAX), rows: self.len }),
        }
    }

    /// The words, beginning at bit 0, bits beyond the end cleared; moved out where nobody shares them.
    pub fn into_words(self) -> Vec<u64> {
        if self.offset == 0 {
            let (len, need) = (self.len, self.len.div_ceil(64));
            let mut words = Arc::unwrap_or_clone(self.words);
            words.truncate(need);
            clear_tail(&mut words, len);
            words
        } else {
            self.bits().words().collect()
        }
    }
}

fn clear_tail(words: &mut [u64], len: usize) {
    if !len.is_multiple_of(64)
        && let Some(last) = words.last_mut()
    {
        *last &= (1u64 << (len % 64)) - 1;
    }
}

impl PartialEq for Bitmap {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.bits().words().eq(other.bits().words())
    }
}

impl std::fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bitmap({} of {} set)", self.bits().count_ones(), self.len)
    }
}

impl<'a> Bits<'a> {
    /// The first `len` bits of `words`; panics where there are fewer.
    pub fn new(words: &'a [u64], len: usize) -> Self {
        assert!(words.len() >= len.div_ceil(64), "{len} bits in {} words", words.len());
        Bits { words, offset: 0, len }
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bit `i`; panics beyond the end.
    #[inline]
    pub fn get(&self, i: usize) -> bool {
        assert!(i < self.len, "bit {i} of {}", self.len);
        let i = i + self.offset;
        self.words[i / 64] >> (i % 64) & 1 != 0
    }

    /// Bits `64 k .. 64 k + 64`, those beyond the end 0.
    #[inline]
    pub fn word(&self, k: usize) -> u64 {
        let from = k * 64;
        if from >= self.len {
            return 0;
        }
        let (at, shift) = ((self.offset + from) / 64, (self.offset + from) % 64);
        let mut w = self.words[at] >> shift;
        if shift != 0 && at + 1 < self.words.len() {
            w |= self.words[at + 1] << (64 - shift);
        }
        let left = self.len - from;
        if left < 64 { w & ((1 << left) - 1) } else { w }
    }

    /// All words from bit 0 on, bits beyond the end 0.
    pub fn words(&self) -> impl Iterator<Item = u64> + use<'a> {
        let this = *self;
        (0..self.len.div_ceil(64)).map(move |k| this.word(k))
    }

    /// Bits that are 1.
    pub fn count_ones(&self) -> usize {
        self.words().map(|w| w.count_ones() as usize).sum()
    }

    /// `len` bits from `start`; panics beyond the end.
    pub fn slice(&self, start: usize, len: usize) -> Bits<'a> {
        assert!(start <= self.len && len <= self.len - start, "bits {start}.. of {}", self.len);
        Bits { words: self.words, offset: self.offset + start, len }
    }
}

impl<'a> BitsMut<'a> {
    /// The first `len` bits of `words`; panics where there are fewer.
    pub fn new(words: &'a mut [u64], len: usize) -> Self {
        assert!(words.len() >= len.div_ceil(64), "{len} bits in {} words", words.len());
        BitsMut { words, len }
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The same bits, lent for a shorter time.
    pub fn reborrow(&mut self) -> BitsMut<'_> {
        BitsMut { words: self.words, len: self.len }
    }

    /// Writes bit `i`; panics beyond the end.
    #[inline]
    pub fn set(&mut self, i: usize, value: bool) {
        assert!(i < self.len, "bit {i} of {}", self.len);
        let (w, m) = (&mut self.words[i / 64], 1u64 << (i % 64));
        *w = if value { *w | m } else { *w & !m };
    }

    /// The words; bits beyond the end are ignored by readers.
    pub fn words_mut(&mut self) -> &mut [u64] {
        self.words
    }

    /// The bits as written so far.
    pub fn as_bits(&self) -> Bits<'_> {
        Bits { words: self.words, offset: 0, len: self.len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_read_the_same_bits_at_every_offset() {
        let f = |i: usize| (i * i + i / 3).is_multiple_of(5);
        let all = Bitmap::from_fn(300, f);
        for start in [0, 1, 31, 63, 64, 65, 130] {
            for len in [0, 1, 63, 64, 65, 100, 170] {
                let s = all.slice(start, len).unwrap();
                assert_eq!(s, Bitmap::from_fn(len, |i| f(i + start)), "{start} {len}");
                assert_eq!(s.clone().into_words(), Bitmap::from_fn(len, |i| f(i + start)).into_words());
            }
        }
        assert!(all.slice(200, 101).is_err());
        assert!(all.slice(usize::MAX, 2).is_err());
    }
}
