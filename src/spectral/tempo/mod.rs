//! The tempo of music.

mod beat;
mod onsets;

pub use onsets::Envelope;

use crate::{Control, Error, Provenance, Result, Session};
use gapwave_datasets::Source;

/// Where [`tempo`] looks, and what it expects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TempoSearch {
    /// Slowest tempo, in beats per minute.
    pub slowest: f64,
    /// Fastest tempo, in beats per minute.
    pub fastest: f64,
    /// The tempo that is most likely before anything is heard, in beats per minute.
    pub expected: f64,
    /// Octaves from there at which a tempo is 0.61 times as likely.
    pub spread: f64,
}

impl Default for TempoSearch {
    fn default() -> Self {
        TempoSearch { slowest: 40.0, fastest: 240.0, expected: 120.0, spread: 1.0 }
    }
}

impl TempoSearch {
    fn check(&self) -> Result<()> {
        let TempoSearch { slowest, fastest, expected, spread } = *self;
        let fits = slowest >= 10.0 && fastest <= 600.0 && fastest >= 1.5 * slowest;
        if fits && expected > 0.0 && expected.is_finite() && spread > 0.0 && spread.is_finite() {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "{self:?}: tempi are 10 to 600, the fastest at least one and a half times the slowest, and what is expected is more than 0"
        )))
    }
}

/// A tempo that is possible too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alternate {
    /// Beats per minute.
    pub bpm: f64,
    /// How well it fits, where the tempo itself has 1.
    pub strength: f64,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Tempo {
    /// Beats per minute; `None` where there is no onset at all (silence, a constant tone).
    pub bpm: Option<f64>,
    /// From 0, where the onsets are as irregular as those of noise, to 1: `1 − exp(1 − c)` where the beat's hills are `c`
    /// times as high as chance would have them, and less where even the strongest onset is weak. It does not say whether
    /// half or double the tempo would do as well: [`Tempo::alternates`] does.
    pub confidence: f64,
    /// Other tempi that fit, the best first: most often half and double.
    pub alternates: Vec<Alternate>,
    /// The onsets that it was read from.
    pub envelope: Envelope,
    /// Autocorrelation of the onsets by lag in frames of the envelope, 1 at lag 0.
    pub autocorrelation: Vec<f64>,
}

/// The tempo of a column of sound, in beats per minute. `fs` are its samples per second. It streams: nothing but the
/// envelope of the onsets is kept, 172 numbers a second.
///
/// The powers of windowed frames (46 ms long, one every 6 ms) are summed in bands of a third of an octave and compressed,
/// `log(1 + power / (what the band had of late))`; what rises from one frame to the next is summed over the bands, and
/// the mean of the second around is taken away: the strength of the onsets. Its autocorrelation has hills at the
/// beat and its multiples. The beat is the lag that scores best: with its multiples, without hills at its parts, and
/// weighed by a log-normal curve around what is expected. The tempo is then read from the hills at up to 16 beats.
///
/// # Example
/// ```
/// use gapwave::{Array, Chunk, Control, Session, datasets::MemorySource, spectral::{TempoSearch, tempo}};
/// // Clicks every half second.
/// let click = |i: u32| if i < 40 { ((i * i) as f32).sin() } else { 0.0 };
/// let x: Vec<f32> = (0..80_000).map(|i| click(i % 4000)).collect();
/// let mut source = MemorySource::new(Chunk::new([("x", Array::from(x))])?);
/// let search = TempoSearch::default();
/// let (heard, _) = tempo(&Session::cpu()?, &mut source, 0, 8000.0, &search, &Control::new())?;
/// assert!((heard.bpm.unwrap() - 120.0).abs() < 1.0 && heard.confidence > 0.5);
/// # Ok::<(), gapwave::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] where the sound is shorter than three beats of the slowest tempo (4.5 s), its rate is below 2 kHz, or
/// it has gaps; and those of [`Session::drive`]. Silence and steady tones are no errors: they have no tempo. Noise has
/// one, with a confidence near 0.
///
/// # References
/// D. Ellis, "Beat tracking by dynamic programming", J. New Music Research 36, 2007; J. Bello et al., "A tutorial on
/// onset detection in music signals", IEEE Trans. Speech Audio Processing 13, 2005.
pub fn tempo(
    session: &Session,
    source: &mut dyn Source,
    column: usize,
    fs: f64,
    search: &TempoSearch,
    control: &Control,
) -> Result<(Tempo, Provenance)> {
    search.check()?;
    let (envelope, provenance) = onsets::envelope(session, source, column, fs, control)?;
    let seconds = provenance.rows as f64 / fs;
    let least = 3.0 * 60.0 / search.slowest;
    if seconds < least {
        return Err(Error::Usage(format!(
            "{seconds:.2} seconds of sound are too short for a tempo: three beats of the slowest, {} a minute, take {least:.1}",
            search.slowest
        )));
    }
    Ok((beat::heard(envelope, search)?, provenance))
}
