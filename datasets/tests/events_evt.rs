//! EVT2, EVT2.1, EVT3 and DAT: real recordings, streams of words by chance, wraps, damage, and round trips.

#[path = "events_evt/common.rs"]
mod common;
#[path = "events_evt/real.rs"]
mod real;
#[path = "events_evt/round.rs"]
mod round;
#[path = "events_evt/rules.rs"]
mod rules;
#[path = "events_evt/seeds.rs"]
mod seeds;
#[path = "events_evt/streams.rs"]
mod streams;
