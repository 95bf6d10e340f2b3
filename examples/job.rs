//! Work in the background: progress, waiting, cancelling.
//!
//! `cargo run --release --example job`

use gapwave::kernels::impute::linear::Linear;
use gapwave::kernels::{case, impute::locf::Locf};
use gapwave::{Array, Bitmap, Chunk, Error, Pipeline, Session};
use std::time::Duration;

fn table(rows: usize) -> gapwave::Result<Chunk> {
    let missing = Bitmap::from_fn(rows, |i| case::random(1, i as u64) % 10 != 0);
    let values = Array::from(case::uniform_f64(2, rows)).with_valid(missing)?;
    Ok(Chunk::new([("value", values)])?)
}

fn main() -> gapwave::Result<()> {
    let session = Session::cpu()?.with_chunk_rows(50_000);

    let steps = Pipeline::from_table(table(5_000_000)?).then(Linear { max_gap: Some(3), ..Linear::default() });
    let job = session.spawn(steps.then(Locf::default()));
    while !job.is_done() {
        let p = job.progress();
        println!("{} of {} rows", p.rows, p.total);
        std::thread::sleep(Duration::from_millis(20));
    }
    let (filled, provenances) = job.wait()?;
    for p in &provenances {
        println!("{p}");
    }
    println!("{:?}", filled.expect("there is no sink").cols[0]);

    let job = session.spawn(Pipeline::from_table(table(5_000_000)?).then(Linear::default()));
    job.cancel();
    match job.wait() {
        Err(Error::Cancelled) => println!("cancelled"),
        other => println!("it was done before: {:?}", other.map(|(_, p)| p.len())),
    }
    Ok(())
}
