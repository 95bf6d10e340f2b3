//! Work on a thread of its own.

use super::Session;
use crate::control::Progress;
use crate::{Control, Error, Result};
use parking_lot::{Condvar, Mutex};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Something a session can do on a thread of its own: a [`Pipeline`](crate::Pipeline), or a closure.
pub trait Work: Send + 'static {
    /// What comes of it.
    type Output: Send + 'static;

    /// Does it; looks at `control` now and then.
    fn run(self, session: &Session, control: &Control) -> Result<Self::Output>;
}

impl<F, T> Work for F
where
    F: FnOnce(&Session, &Control) -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    type Output = T;

    fn run(self, session: &Session, control: &Control) -> Result<T> {
        self(session, control)
    }
}

struct State<T> {
    result: Option<Result<T>>,
    waker: Option<Waker>,
    done: bool,
}

struct Shared<T> {
    control: Control,
    state: Mutex<State<T>>,
    ready: Condvar,
}

/// Work under way. Dropping it lets the work run on; [`Job::cancel`] stops it between chunks. It is a future too,
/// on any executor.
pub struct Job<T> {
    shared: Arc<Shared<T>>,
}

impl<T: Send + 'static> Job<T> {
    pub(super) fn start<W: Work<Output = T>>(session: Session, work: W, control: Control) -> Job<T> {
        let state = Mutex::new(State { result: None, waker: None, done: false });
        let shared = Arc::new(Shared { control, state, ready: Condvar::new() });
        let job = Job { shared: shared.clone() };
        let finish = |shared: &Shared<T>, result| {
            let waker = {
                let mut state = shared.state.lock();
                state.result = Some(result);
                state.done = true;
                state.waker.take()
            };
            shared.ready.notify_all();
            if let Some(waker) = waker {
                waker.wake();
            }
        };
        let worker = shared.clone();
        let started = std::thread::Builder::new().name("gapwave-job".into()).spawn(move || {
            let run = AssertUnwindSafe(|| work.run(&session, &worker.control));
            let result = catch_unwind(run).unwrap_or_else(|panic| {
                let text = panic
                    .downcast_ref::<&str>()
                    .map(|s| s.to_string())
                    .or_else(|| panic.downcast_ref::<String>().cloned())
                    .unwrap_or_else(|| "a panic".into());
                Err(Error::Internal(text))
            });
            finish(&worker, result);
        });
        if let Err(e) = started {
            finish(&shared, Err(Error::Usage(format!("no thread to run on: {e}"))));
        }
        job
    }

    /// Waits for the result.
    pub fn wait(self) -> Result<T> {
        let mut state = self.shared.state.lock();
        while !state.done {
            self.shared.ready.wait(&mut state);
        }
        state.result.take().unwrap_or_else(|| Err(Error::Usage("the job's result was taken before".into())))
    }

    /// The result if it is there; it can be taken once.
    pub fn poll(&self) -> Option<Result<T>> {
        self.shared.state.lock().result.take()
    }

    /// Whether the work has ended, well or not.
    pub fn is_done(&self) -> bool {
        self.shared.state.lock().done
    }

    /// Asks the work to stop at the next chunk; it then ends with [`Error::Cancelled`].
    pub fn cancel(&self) {
        self.shared.control.cancel();
    }

    /// How far the work has come.
    pub fn progress(&self) -> Progress {
        self.shared.control.progress()
    }
}

impl<T: Send + 'static> Future for Job<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let mut state = self.shared.state.lock();
        if let Some(result) = state.result.take() {
            return Poll::Ready(result);
        }
        if state.done {
            return Poll::Ready(Err(Error::Usage("the job's result was taken before".into())));
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}
