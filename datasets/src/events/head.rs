//! Not written yet.

use crate::Format;

pub(super) fn of_bytes(_bytes: &[u8], _named: Option<Format>) -> Option<Format> {
    None
}
