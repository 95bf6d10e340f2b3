//! The tempo of click tracks and patterns that are made here, and of what has none.

use gapwave::datasets::MemorySource;
use gapwave::kernels::case::{random, uniform};
use gapwave::spectral::{Tempo, TempoSearch, tempo};
use gapwave::{Array, Chunk, Control, DeviceChoice, Session};
use std::f64::consts::TAU;

/// Random numbers in turn.
struct Dice(u64, u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.1 += 1;
        (uniform(self.0, self.1) + 1.0) / 2.0
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    fn one_of(&mut self, n: u64) -> u64 {
        self.1 += 1;
        (random(self.0, self.1) >> 20) % n
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (self.unit(), self.unit());
        (-2.0 * u.max(1e-300).ln()).sqrt() * (TAU * v).cos()
    }
}

#[derive(Debug, Clone, Copy)]
enum Sound {
    /// A short burst of noise.
    Burst,
    /// A sine of this frequency that decays in so many seconds.
    Sine(f64, f64),
}

/// Adds a sound that begins at a time.
fn strike(x: &mut [f32], fs: f64, at: f64, loud: f64, sound: Sound, dice: &mut Dice) {
    let (first, decay) = ((at * fs).round(), if let Sound::Sine(_, decay) = sound { decay } else { 0.004 });
    for i in 0..(6.0 * decay * fs) as usize {
        let Some(x) = x.get_mut(first as usize + i) else { break };
        let t = i as f64 / fs;
        let wave = match sound {
            Sound::Burst => dice.between(-1.0, 1.0),
            Sound::Sine(frequency, _) => (TAU * frequency * t).sin(),
        };
        *x += (loud * (-t / decay).exp() * wave) as f32;
    }
}

fn noise(x: &mut [f32], deviation: f64, dice: &mut Dice) {
    x.iter_mut().for_each(|x| *x += (deviation * dice.normal()) as f32);
}

struct Track {
    x: Vec<f32>,
    fs: f64,
    bpm: f64,
    what: String,
}

/// Clicks at a random tempo from 60 to 200, each 5 to 10 ms off (one deviation), in noise 20 dB below their peak, of one
/// of three sounds, for half of the tracks every fourth twice as loud; 20 to 30 s at one of two rates.
fn clicks(seed: u64) -> Track {
    let mut dice = Dice(seed, 0);
    let fs = if dice.one_of(2) == 0 { 22_050.0 } else { 44_100.0 };
    let (bpm, seconds, jitter) = (dice.between(60.0, 200.0), dice.between(20.0, 30.0), dice.between(0.005, 0.010));
    let sound = match dice.one_of(3) {
        0 => Sound::Burst,
        1 => Sound::Sine(dice.between(800.0, 2500.0), 0.015),
        _ => Sound::Sine(dice.between(50.0, 90.0), 0.05),
    };
    let accents = dice.one_of(2) == 0;
    let mut x = vec![0.0; (seconds * fs) as usize];
    let (beat, start) = (60.0 / bpm, dice.between(0.05, 0.5));
    for i in 0.. {
        let at = start + f64::from(i) * beat + jitter * dice.normal();
        if at > seconds {
            break;
        }
        let loud = if !accents || i % 4 == 0 { 0.8 } else { 0.4 };
        strike(&mut x, fs, at.max(0.0), loud, sound, &mut dice);
    }
    noise(&mut x, 0.08, &mut dice);
    Track { x, fs, bpm, what: format!("{sound:?}, accents {accents}, jitter {:.1} ms", jitter * 1e3) }
}

/// Drums from 80 to 150 a minute: bass and snare in turn on the beats, hats on every half beat.
fn drums(seed: u64) -> Track {
    let mut dice = Dice(seed, 0);
    let (fs, seconds, bpm) = (22_050.0, 25.0, dice.between(80.0, 150.0));
    let mut x = vec![0.0; (seconds * fs) as usize];
    for i in 0..(2.0 * seconds * bpm / 60.0) as i32 {
        let at = 0.1 + f64::from(i) * 30.0 / bpm + 0.004 * dice.normal();
        match i % 4 {
            0 => strike(&mut x, fs, at, 0.8, Sound::Sine(60.0, 0.06), &mut dice),
            2 => {
                strike(&mut x, fs, at, 0.4, Sound::Sine(190.0, 0.03), &mut dice);
                strike(&mut x, fs, at, 0.4, Sound::Burst, &mut dice);
            }
            _ => {}
        }
        strike(&mut x, fs, at, 0.1, Sound::Burst, &mut dice);
    }
    noise(&mut x, 0.004, &mut dice);
    Track { x, fs, bpm, what: "drums".into() }
}

fn session(rows: usize) -> Session {
    Session::builder().device(DeviceChoice::Cpu).build().expect("the CPU").with_chunk_rows(rows)
}

fn source(x: &[f32]) -> MemorySource {
    MemorySource::new(Chunk::new([("x", Array::from(x.to_vec()))]).expect("a column"))
}

fn heard(x: &[f32], fs: f64) -> gapwave::Result<Tempo> {
    tempo(&session(1 << 20), &mut source(x), 0, fs, &TempoSearch::default(), &Control::new()).map(|(t, _)| t)
}

/// How many of a hundred tracks are within one percent.
fn count(first: u64, track: fn(u64) -> Track) -> usize {
    let mut right = 0;
    for seed in first..first + 100 {
        let track = track(seed);
        let t = heard(&track.x, track.fs).expect("a tempo");
        let bpm = t.bpm.unwrap_or(f64::NAN);
        if (bpm / track.bpm - 1.0).abs() <= 0.01 {
            right += 1;
        } else {
            let (want, others) = (track.bpm, &t.alternates);
            eprintln!("{seed}: {bpm:.2}, not {want:.2} ({}), confidence {:.2}, {others:.2?}", track.what, t.confidence);
        }
        assert!((0.0..=1.0).contains(&t.confidence));
    }
    right
}

#[test]
fn click_tracks_have_their_tempo() {
    // These seeds were not looked at while the constants were chosen.
    for first in [710_000, 720_000, 730_000] {
        let right = count(first, clicks);
        eprintln!("seeds from {first}: {right} of 100 click tracks within 1 %, octave errors counted as errors");
        assert!(right >= 95, "{right}");
    }
}

#[test]
#[ignore = "the seeds that constants may be chosen with"]
fn tuning() {
    for first in [1000, 2000, 3000] {
        eprintln!("clicks from {first}: {} of 100", count(first, clicks));
    }
    eprintln!("drums: {} of 100", count(1000, drums));
    for seed in 1000..1030 {
        let track = clicks(seed);
        eprintln!("clicks: {:.3} {}", heard(&track.x, track.fs).expect("a tempo").confidence, track.what);
    }
    for seed in 0..30 {
        let mut dice = Dice(seed, 0);
        let mut x = vec![0.0; 22_050 * 25];
        noise(&mut x, 0.1, &mut dice);
        let t = heard(&x, 22_050.0).expect("a tempo");
        eprintln!(
            "noise: {:?} {:.3}; largest {:.2?}",
            t.bpm,
            t.confidence,
            t.envelope.strength.iter().copied().fold(0.0, f64::max)
        );
    }
}

#[test]
fn drums_have_the_tempo_of_their_beats() {
    let right = count(740_000, drums);
    eprintln!("{right} of 100 drum patterns within 1 %");
    assert!(right >= 90, "{right}");
}

#[test]
fn confidence_tells_beats_from_none() {
    let fs = 22_050.0;
    for seed in 0..5 {
        let sure = heard(&clicks(750_000 + seed).x, clicks(750_000 + seed).fs).expect("a tempo");
        assert!(sure.confidence > 0.4, "{seed}: {}", sure.confidence);
        let mut x = vec![0.0; 22_050 * 20];
        noise(&mut x, 0.1, &mut Dice(760_000 + seed, 0));
        let none = heard(&x, fs).expect("noise");
        assert!(none.confidence < 0.15, "{seed}: {}", none.confidence);
    }
    let silence = heard(&vec![0.0; 22_050 * 10], fs).expect("silence");
    assert_eq!((silence.bpm, silence.confidence), (None, 0.0));
    let constant = heard(&vec![0.7; 22_050 * 10], fs).expect("a constant");
    assert_eq!((constant.bpm, constant.confidence), (None, 0.0));
    for frequency in [60.0, 87.1, 440.0, 1000.0, 5511.3] {
        let tone: Vec<f32> = (0..220_500).map(|i| (TAU * frequency * f64::from(i) / fs).sin() as f32).collect();
        let t = heard(&tone, fs).expect("a tone");
        assert!(t.confidence < 0.1, "{frequency} Hz: {:?} {}", t.bpm, t.confidence);
    }
}

#[test]
fn what_has_no_tempo_is_an_error() {
    let error = |x: &[f32], fs| heard(x, fs).map(|t| t.bpm).unwrap_err().to_string();
    assert!(error(&[0.5; 22_050 * 4], 22_050.0).contains("too short"));
    assert!(error(&[], 22_050.0).contains("0 values") || error(&[], 22_050.0).contains("too short"));
    assert!(error(&[0.5; 20_000], 100.0).contains("2000 and more"));
    assert!(error(&[0.5; 20_000], f64::NAN).contains("2000 and more"));
    let mut gap = clicks(1).x;
    gap[300_000] = f32::NAN;
    assert!(error(&gap, 22_050.0).contains("fill the gaps"));
    for bad in [
        TempoSearch { slowest: 0.0, ..TempoSearch::default() },
        TempoSearch { fastest: f64::NAN, ..TempoSearch::default() },
        TempoSearch { slowest: 200.0, ..TempoSearch::default() },
        TempoSearch { spread: 0.0, ..TempoSearch::default() },
        TempoSearch { expected: f64::INFINITY, ..TempoSearch::default() },
    ] {
        assert!(tempo(&session(1000), &mut source(&[0.5; 9]), 0, 8000.0, &bad, &Control::new()).is_err(), "{bad:?}");
    }
}

#[test]
fn chunks_change_nothing() {
    let track = clicks(5);
    let at = |rows| {
        let made = tempo(&session(rows), &mut source(&track.x), 0, track.fs, &TempoSearch::default(), &Control::new());
        made.expect("a tempo").0
    };
    assert_eq!(at(usize::MAX), at(4567));
}

#[test]
fn loudness_and_a_later_start_change_little() {
    let track = clicks(6);
    let t = heard(&track.x, track.fs).expect("a tempo");
    let quiet: Vec<f32> = track.x.iter().map(|x| x * 1e-3).collect();
    assert!((heard(&quiet, track.fs).expect("a tempo").bpm.unwrap() - t.bpm.unwrap()).abs() < 1e-3);
    let late = heard(&track.x[12_345..], track.fs).expect("a tempo");
    assert!((late.bpm.unwrap() / t.bpm.unwrap() - 1.0).abs() < 0.01);
}
