//! Events as EVT 2.0.

use super::super::batch::Batch;
use super::super::climb::{Climb, coordinates};
use super::super::{Encoder, head};
use super::TIME_HIGH;
use crate::Format;
use gapwave_columns::Sensor;

/// Writes EVT 2.0.
#[derive(Debug, Default)]
pub(crate) struct Evt2Encoder {
    high: Climb<28, { (1 << 27) + 1 }>,
}

impl Encoder for Evt2Encoder {
    fn begin(&mut self, sensor: Sensor, out: &mut Vec<u8>) {
        head::write(Format::Evt2, sensor.size, out);
    }

    fn encode(&mut self, events: &Batch, out: &mut Vec<u8>) -> Result<(), (usize, String)> {
        out.reserve(4 * events.len());
        for i in 0..events.len() {
            let (x, y) = coordinates(events, i, 2048)?;
            let t = events.t[i];
            let word = |high: u32| out.extend_from_slice(&(TIME_HIGH << 28 | high).to_le_bytes());
            self.high.to(t >> 6, t, word).map_err(|why| (i, why))?;
            let kind = u32::from(events.polarity[i] == 1);
            let low = (t & 0x3f) as u32;
            out.extend_from_slice(&(kind << 28 | low << 22 | x << 11 | y).to_le_bytes());
        }
        Ok(())
    }
}
