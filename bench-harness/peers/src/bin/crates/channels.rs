//! flume beside the standard library's bounded channel: one thread hands chunks to another, at most two under way.

use crate::Question;
use gapwave_harness::{Fault, Side, work};
use std::sync::Arc;

const DEPTH: usize = 2;
/// Chunks of an iteration of the bare hand-over.
const BARE: usize = 2000;
/// Chunks of an iteration in which both threads work.
const WORKED: usize = 64;
/// Numbers of a chunk.
const ROWS: usize = 64 << 10;

type Chunk = Arc<Vec<f64>>;

/// Hands `chunks` over; both ends go through all numbers of each where `working`.
fn hand_over(
    chunks: usize,
    working: bool,
    data: &[f64],
    send: impl Fn(Chunk) -> bool + Send,
    receive: impl Fn() -> Option<Chunk>,
) -> Result<f64, Fault> {
    let small: Chunk = Arc::new(vec![1.0]);
    std::thread::scope(|s| {
        let producer = s.spawn(move || {
            (0..chunks)
                .all(|_| send(if working { Arc::new(data.iter().map(|x| x * 0.5).collect()) } else { small.clone() }))
        });
        let mut total = 0.0;
        while let Some(chunk) = receive() {
            total += chunk.iter().sum::<f64>();
        }
        if producer.join().is_ok_and(|sent| sent) { Ok(total) } else { Err("not all chunks were sent".into()) }
    })
}

fn side(name: &str, working: bool, flume: bool) -> Side<'static> {
    let chunks = if working { WORKED } else { BARE };
    // Halves of even numbers: sums without rounding.
    let data: Vec<f64> = (0..ROWS).map(|i| (i % 1024) as f64 * 2.0).collect();
    let expected = if working { data.iter().sum::<f64>() * 0.5 * chunks as f64 } else { chunks as f64 };
    let run = move |total: &mut f64| -> Result<(), Fault> {
        *total = if flume {
            let (send, receive) = flume::bounded(DEPTH);
            hand_over(chunks, working, &data, move |c| send.send(c).is_ok(), || receive.recv().ok())?
        } else {
            let (send, receive) = std::sync::mpsc::sync_channel(DEPTH);
            hand_over(chunks, working, &data, move |c| send.send(c).is_ok(), || receive.recv().ok())?
        };
        Ok(())
    };
    let verify = move |total: &mut f64| match *total == expected {
        true => Ok(()),
        false => Err(format!("sum {total}, expected {expected}")),
    };
    Side { name: name.into(), work: work(0.0, run, verify) }
}

pub(crate) fn questions() -> Vec<Question> {
    let question = |shape: String, elements, working| Question {
        id: "channels/chunks",
        shape,
        elements,
        threads: 2,
        sides: vec![side("std::sync::mpsc::sync_channel", working, false), side("flume::bounded", working, true)],
    };
    vec![
        question(format!("{BARE} bare hand-overs, {DEPTH} deep"), BARE as u64, false),
        question(format!("{WORKED} chunks of {ROWS} numbers made and summed, {DEPTH} deep"), WORKED as u64, true),
    ]
}
