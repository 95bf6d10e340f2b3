//! Work that is shared out over the threads of a pool.

use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// Items up to which the thread that calls takes part.
const FEW: usize = 64;
/// How long that thread watches for the others before it sleeps: to be woken takes as long.
const WATCH: Duration = Duration::from_micros(100);

/// Calls `f` for each item, over the threads of the pool that this is called in if they are `shared` out.
///
/// Called from outside of the pool, rayon sleeps until it is done, and takes two wake-ups for it: 130 µs, for work of 50 µs
/// (two virtual cores). Few items are therefore taken by the calling thread too, each thread from a place of its own
/// on, so that it finds in its cache what it had there the last time: 29 µs where the other threads were awake still.
pub(crate) fn for_each<I: Send>(shared: bool, items: impl Iterator<Item = I>, f: impl Fn(I) + Sync + Send) {
    if !shared || rayon::current_num_threads() == 1 {
        return items.for_each(f);
    }
    let items: Vec<I> = items.collect();
    let threads = rayon::current_num_threads().min(items.len());
    if threads <= 1 {
        return items.into_iter().for_each(f);
    }
    if items.len() > FEW || rayon::current_thread_index().is_some() {
        return items.into_par_iter().for_each(f);
    }
    let items: Vec<_> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    let work = |thread: usize| {
        let (before, after) = items.split_at(thread * items.len() / threads);
        for item in after.iter().chain(before) {
            // What another thread holds it has taken.
            let taken = match item.try_lock() {
                Ok(mut item) => item.take(),
                Err(TryLockError::Poisoned(e)) => PoisonError::into_inner(e).take(),
                Err(TryLockError::WouldBlock) => None,
            };
            if let Some(item) = taken {
                f(item);
            }
        }
    };
    let (work, ended) = (&work, &AtomicUsize::new(1));
    rayon::in_place_scope(|scope| {
        for thread in 1..threads {
            scope.spawn(move |_| {
                work(thread);
                ended.fetch_add(1, Ordering::Release);
            });
        }
        work(0);
        let since = Instant::now();
        while ended.load(Ordering::Acquire) < threads && since.elapsed() < WATCH {
            std::hint::spin_loop();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn every_item_is_taken_once() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for count in [0, 1, 2, 3, 7, FEW, FEW + 1] {
            let run = || {
                let mut numbers = vec![0; count];
                for_each(true, numbers.iter_mut().enumerate(), |(i, n)| *n += i + 1);
                assert!(numbers.into_iter().eq(1..=count));
            };
            run();
            pool.install(run);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        for bad in 0..8 {
            let run = || for_each(true, 0..8, |i| assert_ne!(i, bad));
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "{bad}");
        }
    }
}
