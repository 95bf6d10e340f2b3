//! Work that is shared out over the threads of a pool.

use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// Items up to which the thread that calls takes part.
const FEW: usize = 64;
/// Work that is not worth handing over.
const LITTLE: Duration = Duration::from_micros(10);
/// Work that is always worth it.
const MUCH: Duration = Duration::from_micros(250);
/// How long the calling thread watches for the others before it sleeps: to be woken takes as long.
const WATCH: Duration = Duration::from_micros(100);

/// Calls `f` for each item, over the threads of the pool that this is called in if they are `shared` out.
///
/// Called from outside of the pool, rayon sleeps until it is done, and takes two wake-ups for it: 130 µs, for work of 50 µs
/// (two virtual cores). Few items are therefore taken by the calling thread too, each thread from a place of its own
/// on, so that it finds in its cache what it had there the last time: 29 µs where the other threads were awake still, and
/// 230 µs where the host gave the other core to somebody else. What is short is therefore shared out only as long as that
/// has paid.
pub(crate) fn for_each<I: Send>(shared: bool, items: impl Iterator<Item = I>, f: impl Fn(I) + Sync + Send) {
    static PAID: Paid = Paid::new();
    if !shared || rayon::current_num_threads() == 1 {
        return items.for_each(f);
    }
    let mut items: Vec<I> = items.collect();
    if items.len() > FEW || rayon::current_thread_index().is_some() {
        return items.into_par_iter().for_each(f);
    }
    let Some(last) = items.pop() else { return };
    let begin = Instant::now();
    f(last);
    // What the others would take alone.
    let alone = begin.elapsed() * items.len() as u32;
    if items.is_empty() || alone < LITTLE || (alone < MUCH && PAID.pass()) {
        return items.into_iter().for_each(f);
    }
    let begin = Instant::now();
    together(items, f);
    if alone < MUCH {
        PAID.note(begin.elapsed() < alone);
    }
}

/// Few items, by the calling thread and those of the pool.
fn together<I: Send>(items: Vec<I>, f: impl Fn(I) + Sync + Send) {
    let threads = rayon::current_num_threads().min(items.len());
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

/// Whether handing over short work has paid. After it has not several times in a row, it is passed over for a while, and
/// each time again for twice as long. Once is not enough: the others must be woken first, and are awake the next time.
struct Paid {
    failed: AtomicU32,
    /// How often it is passed over yet, and how often the next time.
    left: AtomicU32,
    next: AtomicU32,
}

impl Paid {
    const TRIES: u32 = 4;
    const LEAST: u32 = 8;
    const MOST: u32 = 256;

    const fn new() -> Self {
        Paid { failed: AtomicU32::new(0), left: AtomicU32::new(0), next: AtomicU32::new(Self::LEAST) }
    }

    fn pass(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn note(&self, paid: bool) {
        if paid {
            self.failed.store(0, Ordering::Relaxed);
            self.next.store(Self::LEAST, Ordering::Relaxed);
        } else if self.failed.fetch_add(1, Ordering::Relaxed) + 1 >= Self::TRIES {
            self.failed.store(0, Ordering::Relaxed);
            let next = self.next.load(Ordering::Relaxed);
            self.left.store(next, Ordering::Relaxed);
            self.next.store((2 * next).min(Self::MOST), Ordering::Relaxed);
        }
    }
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
    fn items_that_take_long_are_taken_by_several_threads() {
        let threads = Mutex::new(std::collections::HashSet::new());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let wait = |_| {
            std::thread::sleep(Duration::from_millis(20));
            threads.lock().unwrap().insert(std::thread::current().id());
        };
        pool.install(|| for_each(true, 0..8, wait));
        assert_eq!(threads.lock().unwrap().len(), 2);
        if rayon::current_num_threads() > 1 {
            threads.lock().unwrap().clear();
            for_each(true, 0..8, wait);
            assert!(threads.lock().unwrap().contains(&std::thread::current().id()));
            assert!(threads.lock().unwrap().len() > 1);
        }
    }

    #[test]
    fn what_does_not_pay_is_passed_over_more_and_more() {
        let paid = Paid::new();
        let passed = |p: &Paid| std::iter::from_fn(|| p.pass().then_some(())).count();
        let fail = |p: &Paid| (0..Paid::TRIES).for_each(|_| p.note(false));
        assert_eq!(passed(&paid), 0);
        for often in [8, 16, 32, 64, 128, 256, 256] {
            fail(&paid);
            assert_eq!(passed(&paid), often);
        }
        (1..Paid::TRIES).for_each(|_| paid.note(false));
        paid.note(true);
        (1..Paid::TRIES).for_each(|_| paid.note(false));
        assert_eq!(passed(&paid), 0);
        paid.note(false);
        assert_eq!(passed(&paid), 8);
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        for bad in 0..8 {
            let run = || for_each(true, 0..8, |i| assert_ne!(i, bad));
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "{bad}");
        }
    }
}
