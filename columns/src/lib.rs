//! Typed arrays, validity bitmaps and chunks of gapwave, in Arrow's memory layout.
//!
//! - [`Array`]: numbers of one [`DType`] in row-major order, with an optional validity [`Bitmap`]. The first axis is
//!   the rows; cutting rows copies nothing.
//! - [`View`] and [`Out`]: the same, borrowed, as kernels read and write them.
//! - [`Meta`]: type and shape without data, which is all that a plan needs.
//! - [`Chunk`]: some consecutive rows of a table.
//!
//! ```
//! use gapwave_columns::{Array, Bitmap};
//! let a = Array::from(vec![1.0f64, 2.0, 3.0]).with_valid(Bitmap::from_fn(3, |i| i != 1))?;
//! assert_eq!(a.slice_rows(1, 2)?.as_slice::<f64>()?, &[2.0, 3.0]);
//! assert_eq!(a.valid().unwrap().count_zeros(), 1);
//! # Ok::<(), gapwave_columns::Error>(())
//! ```

mod array;
mod array_mut;
mod beside;
mod bitmap;
mod chunk;
mod dtype;
mod error;
mod meta;
mod view;

pub use array::Array;
pub use array_mut::ArrayMut;
pub use beside::{Beside, Columns};
pub use bitmap::{Bitmap, Bits, BitsMut};
pub use chunk::{Attrs, Chunk, Sensor};
pub use dtype::{DType, Element};
pub use error::{Error, Result};
pub use meta::{Len, Meta};
pub use num_complex::{Complex, Complex32, Complex64};
pub use view::{Out, View};
