//! Filters of signals.

pub mod design;
pub mod fir;
pub mod hampel;
pub mod moving;
pub mod polyphase;
mod sample;
pub mod savgol;
mod sorted;
pub mod sosfilt;
pub mod sosfiltfilt;
mod taps;
mod window;

pub use window::Mode;
