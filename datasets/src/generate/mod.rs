//! Made-up data of any length: every number follows from a seed and its row, so that neither chunks nor threads matter
//! and nothing is kept between them.

mod chance;
mod events;
mod table;

pub use events::{Events, EventsSource};
pub use table::{Table, TableSource};
