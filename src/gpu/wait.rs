//! The one place that waits for the device.

use super::device::Shared;
use super::faults::Fault;
use crate::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// Whether a buffer was mapped yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Ticket(Arc<AtomicU8>);

/// The states of a ticket; 0 is pending.
const DONE: u8 = 1;
const FAILED: u8 = 2;

impl Ticket {
    /// What wgpu calls when the mapping ended.
    pub(super) fn callback(&self) -> impl FnOnce(Result<(), wgpu::BufferAsyncError>) + Send + 'static {
        let state = self.0.clone();
        move |r| state.store(if r.is_ok() { DONE } else { FAILED }, Ordering::Release)
    }

    fn state(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }
}

/// Longest single wait: between two of them the lost flag is looked at.
const SLICE: Duration = Duration::from_millis(500);

/// Waits until the device has done everything up to the submission `upto`, and `mapped` is mapped if given.
///
/// # Errors
/// [`Error::Timeout`] after the device's time limit; [`Error::DeviceLost`] where wgpu panicked, the lost callback came
/// or the mapping failed; what the uncaptured-error callback had collected.
pub(super) fn wait(shared: &Shared, what: &str, upto: &wgpu::SubmissionIndex, mapped: Option<&Ticket>) -> Result<()> {
    let begin = Instant::now();
    let timeout = || Error::Timeout { limit: shared.timeout, what: what.to_owned() };
    let mut fault = shared.faults.at_wait();
    match fault {
        Some(Fault::Lost) => shared.lose("injected loss"),
        Some(Fault::Timeout) => return Err(timeout()),
        _ => {}
    }
    loop {
        shared.check()?;
        let left = shared.timeout.checked_sub(begin.elapsed()).ok_or_else(timeout)?;
        let answer = catch_unwind(AssertUnwindSafe(|| {
            if fault.take() == Some(Fault::Panic) {
                resume_unwind(Box::new("injected panic"));
            }
            shared
                .device
                .poll(wgpu::PollType::Wait { submission_index: Some(upto.clone()), timeout: Some(left.min(SLICE)) })
        }));
        match answer {
            Err(panic) => shared.lose(panic_text(&*panic)),
            // The queue took no such submission: it was already lost then.
            Ok(Err(wgpu::PollError::WrongSubmissionIndex(..))) => shared.lose("a submission was refused"),
            Ok(Err(wgpu::PollError::Timeout)) => continue,
            Ok(Ok(_)) => match mapped.map_or(DONE, Ticket::state) {
                DONE => break,
                FAILED => shared.lose("memory could not be mapped"),
                // Another thread's wait took the callback and is about to run it.
                _ => std::thread::yield_now(),
            },
        }
    }
    shared.check()
}

/// The message of a panic.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("wgpu panicked")
}
