//! Tables and plans that are kept.

use crate::Result;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

/// The last few tables that were made: making one costs as much as a transform, or more.
pub(super) struct Kept<K, V: ?Sized>(Mutex<Vec<(K, Arc<V>)>>);

impl<K: PartialEq, V: ?Sized> Kept<K, V> {
    pub(super) const fn new() -> Self {
        Kept(Mutex::new(Vec::new()))
    }

    /// The table of `key` of those that can always be made.
    pub(super) fn always(&self, key: K, most: usize, make: impl FnOnce() -> Arc<V>) -> Arc<V> {
        let made: Result<_, Infallible> = self.get(key, most, || Ok(make()));
        made.unwrap_or_else(|e| match e {})
    }

    /// The table of `key`, made where it is not kept, of which the last `most` are. No lock is held meanwhile.
    pub(super) fn get<E>(&self, key: K, most: usize, make: impl FnOnce() -> Result<Arc<V>, E>) -> Result<Arc<V>, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = lock().iter().find(|(k, _)| *k == key) {
            return Ok(found.clone());
        }
        let made = make()?;
        let mut kept = lock();
        // Another thread may have made it meanwhile.
        if let Some((_, found)) = kept.iter().find(|(k, _)| *k == key) {
            return Ok(found.clone());
        }
        kept.push((key, made.clone()));
        let over = kept.len().saturating_sub(most);
        kept.drain(..over);
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_few_are_kept() {
        let kept = Kept::<usize, [usize]>::new();
        let get = |k| kept.get::<()>(k, 2, || Ok([k].into())).unwrap();
        let first = get(1);
        assert!(Arc::ptr_eq(&first, &get(1)));
        get(2);
        get(3);
        assert!(!Arc::ptr_eq(&first, &get(1)), "the oldest was dropped");
        assert_eq!(kept.0.lock().unwrap().len(), 2);
    }
}
