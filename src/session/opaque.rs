//! Shared ownership that hides what it owns from the compiler's search for `Send` and `Sync`.
//!
//! wgpu's types nest so deeply that asking whether a session may cross threads runs into the compiler's recursion
//! limit, in every program that asks. Behind a trait object the question is answered here, once.

use std::ops::Deref;
use std::sync::Arc;

trait Hold<T>: Send + Sync {
    fn held(&self) -> &T;
}

impl<T: Send + Sync> Hold<T> for T {
    fn held(&self) -> &T {
        self
    }
}

/// An [`Arc`] that is `Send` and `Sync` whatever it owns, which must be both.
pub(super) struct Opaque<T: 'static>(Arc<dyn Hold<T>>);

impl<T: Send + Sync + 'static> Opaque<T> {
    pub(super) fn new(value: T) -> Self {
        Opaque(Arc::new(value))
    }
}

impl<T> Clone for Opaque<T> {
    fn clone(&self) -> Self {
        Opaque(self.0.clone())
    }
}

impl<T> Deref for Opaque<T> {
    type Target = T;

    fn deref(&self) -> &T {
        (*self.0).held()
    }
}
