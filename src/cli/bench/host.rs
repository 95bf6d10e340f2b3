//! Calls from host memory to host memory.

use super::cases::Prepared;
use super::device::Start;
use super::places::Place;
use super::ring;
use crate::{ArrayMut, Session};
use gapwave_columns::{Array, Out, View};
use gapwave_harness::{Counts, Fault, Work};
use std::rc::Rc;

/// Calls with outputs that are reused, as a program that cares would make them; inputs and outputs take turns.
pub(super) struct HostWork<'a> {
    session: &'a Session,
    prepared: Rc<Prepared>,
    ins: Vec<Vec<Array>>,
    rooms: Vec<Vec<ArrayMut>>,
    /// The copy whose turn it was, and the rows that it wrote of each output.
    at: usize,
    rows: Vec<usize>,
    good: Option<Vec<Array>>,
    start: Start,
}

impl<'a> HostWork<'a> {
    pub(super) fn new(place: &'a Place, prepared: Rc<Prepared>, copies: usize) -> Result<Self, Fault> {
        let ins = ring::inputs(&prepared.case, copies)?;
        let rooms = || prepared.io.outs.iter().map(ArrayMut::zeros).collect::<Result<_, _>>();
        let rooms: Vec<Vec<ArrayMut>> = (0..copies).map(|_| rooms()).collect::<Result<_, _>>()?;
        let session = &place.session;
        let start = Start::now(session);
        Ok(HostWork { session, ins, rooms, at: copies - 1, rows: Vec::new(), good: None, start, prepared })
    }
}

impl Work for HostWork<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        self.at = (self.at + 1) % self.ins.len();
        let views: Vec<View<'_>> = self.ins[self.at].iter().map(Array::view).collect();
        let mut outs: Vec<Out<'_>> = self.rooms[self.at].iter_mut().map(ArrayMut::out).collect();
        self.session.run_into(self.prepared.case.kernel.as_ref(), &views, &mut outs)?;
        self.rows.clear();
        self.rows.extend(outs.iter().map(Out::rows));
        Ok(())
    }

    fn verify(&mut self) -> Result<(), String> {
        let rooms = self.rooms[self.at].iter_mut().zip(&self.rows);
        let got = rooms.map(|(room, &rows)| room.snapshot(rows)).collect::<Result<_, _>>();
        self.prepared.verify(got.map_err(|e| e.to_string())?, &mut self.good)
    }

    fn allocates_exactly(&self) -> bool {
        self.session.gpu_name().is_none()
    }

    fn copies(&self) -> u32 {
        self.ins.len() as u32
    }

    fn bytes(&mut self) -> Option<u64> {
        Some(self.prepared.bytes(self.good.as_deref()?))
    }

    fn cold_parts(&mut self) -> Vec<(&'static str, f64)> {
        self.start.cold_parts(self.session)
    }

    fn counts(&mut self) -> Counts {
        self.start.counts(self.session)
    }
}
