//! Copying host memory with more than one core: one core alone does not keep up with a PCIe bus, and touching fresh
//! pages costs more still.

use parking_lot::Mutex;
use std::sync::OnceLock;

/// Below so many bytes, starting threads costs more than it gains.
const WORTH_IT: u64 = 4 << 20;
/// Bytes of one piece of work.
pub(super) const PIECE: usize = 1 << 20;
/// Most threads: memory is saturated by then.
const THREADS: usize = 4;

/// Half of the cores, so that those who produce or use the data keep theirs.
fn threads() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    let cores = *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from));
    (cores / 2).clamp(1, THREADS)
}

/// Does every job, `bytes` in all, on as many threads as pay. Threads of its own rather than rayon's: the caller
/// holds a lock, and a waiting rayon thread may take up work that wants the same lock.
pub(super) fn each<J: Send>(jobs: Vec<J>, bytes: u64, work: impl Fn(J) + Sync) {
    on_threads(jobs, if bytes < WORTH_IT { 1 } else { threads() }, work);
}

fn on_threads<J: Send>(jobs: Vec<J>, threads: usize, work: impl Fn(J) + Sync) {
    if threads <= 1 {
        return jobs.into_iter().for_each(work);
    }
    let jobs = Mutex::new(jobs.into_iter());
    let drain = || {
        while let Some(job) = next(&jobs) {
            work(job);
        }
    };
    std::thread::scope(|s| {
        for _ in 1..threads {
            // Where no thread is to be had, this one does the work alone.
            let _ = std::thread::Builder::new().name("gapwave-copy".into()).spawn_scoped(s, drain);
        }
        drain();
    });
}

/// The lock is held for taking only.
fn next<J>(jobs: &Mutex<std::vec::IntoIter<J>>) -> Option<J> {
    jobs.lock().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once() {
        for threads in [1, 2, 5] {
            let (from, mut to) = ((0..10_007u32).collect::<Vec<_>>(), vec![0u32; 10_007]);
            let jobs: Vec<_> = to.chunks_mut(100).zip(from.chunks(100)).collect();
            on_threads(jobs, threads, |(to, from): (&mut [u32], &[u32])| to.copy_from_slice(from));
            assert_eq!(from, to);
        }
    }
}
