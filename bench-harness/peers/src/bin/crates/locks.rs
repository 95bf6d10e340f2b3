//! parking_lot's mutex beside the standard library's, around a pool of buffers as the GPU path has one.

use crate::Question;
use gapwave_harness::{Fault, Side, work};
use std::collections::VecDeque;
use std::sync::Arc;

/// Idle buffers, by their sizes.
const SIZES: [u64; 8] = [1 << 20, 1 << 22, 1 << 20, 1 << 24, 1 << 22, 1 << 20, 1 << 16, 1 << 22];
/// What is taken and given back.
const CLASS: u64 = 1 << 22;
/// Times that each of two threads does so in one iteration.
const EACH: u64 = 100_000;

struct Buffer {
    size: u64,
    _handle: Arc<()>,
}

struct State {
    idle: VecDeque<Buffer>,
    idle_bytes: u64,
    used_bytes: u64,
    most_used: u64,
}

impl State {
    fn new() -> Self {
        let idle: VecDeque<_> = SIZES.map(|size| Buffer { size, _handle: Arc::new(()) }).into();
        State { idle, idle_bytes: SIZES.iter().sum(), used_bytes: 0, most_used: 0 }
    }

    fn take(&mut self, class: u64) -> Option<Buffer> {
        let at = self.idle.iter().rposition(|b| b.size == class)?;
        let buffer = self.idle.remove(at)?;
        self.idle_bytes -= class;
        self.used_bytes += class;
        self.most_used = self.most_used.max(self.used_bytes);
        Some(buffer)
    }

    fn give_back(&mut self, buffer: Buffer) {
        self.used_bytes -= buffer.size;
        self.idle_bytes += buffer.size;
        self.idle.push_back(buffer);
    }

    fn whole(&self) -> Result<(), String> {
        match (self.idle.len(), self.used_bytes, self.idle_bytes, self.most_used) {
            (8, 0, bytes, most) if bytes == SIZES.iter().sum::<u64>() && most >= CLASS => Ok(()),
            other => Err(format!("the pool is {other:?}")),
        }
    }
}

/// What both mutexes can do.
trait Lock: Send + Sync + 'static {
    fn new(state: State) -> Self;
    fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R;
}

impl Lock for std::sync::Mutex<State> {
    fn new(state: State) -> Self {
        std::sync::Mutex::new(state)
    }
    fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.lock().unwrap_or_else(|e| e.into_inner()))
    }
}

impl Lock for parking_lot::Mutex<State> {
    fn new(state: State) -> Self {
        parking_lot::Mutex::new(state)
    }
    fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.lock())
    }
}

fn once<L: Lock>(pool: &L) -> Result<(), Fault> {
    let buffer = pool.with(|s| s.take(CLASS)).ok_or("no buffer")?;
    pool.with(|s| s.give_back(std::hint::black_box(buffer)));
    Ok(())
}

fn alone<L: Lock>(name: &str) -> Side<'static> {
    let verify = |pool: &mut L| pool.with(|s| s.whole());
    Side { name: name.into(), work: work(L::new(State::new()), |pool| once(pool), verify) }
}

fn two<L: Lock>(name: &str) -> Side<'static> {
    let many = |pool: &L| (0..EACH).try_for_each(|_| once(pool)).map_err(|e| e.to_string());
    let run = move |pool: &mut L| -> Result<(), Fault> {
        let pool = &*pool;
        std::thread::scope(|s| {
            let other = s.spawn(move || many(pool));
            many(pool)?;
            other.join().map_err(|_| "a thread panicked")?
        })?;
        Ok(())
    };
    Side { name: name.into(), work: work(L::new(State::new()), run, |pool| pool.with(|s| s.whole())) }
}

pub(crate) fn questions() -> Vec<Question> {
    type Std = std::sync::Mutex<State>;
    type ParkingLot = parking_lot::Mutex<State>;
    vec![
        Question {
            id: "locks/pool",
            shape: "a buffer taken and given back: two locks each".into(),
            elements: 1,
            threads: 1,
            sides: vec![alone::<Std>("std::sync::Mutex"), alone::<ParkingLot>("parking_lot::Mutex")],
        },
        Question {
            id: "locks/pool",
            shape: format!("two threads at the same pool, {EACH} times each"),
            elements: 2 * EACH,
            threads: 2,
            sides: vec![two::<Std>("std::sync::Mutex"), two::<ParkingLot>("parking_lot::Mutex")],
        },
    ]
}
