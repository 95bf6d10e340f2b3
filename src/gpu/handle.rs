//! Shared ownership that is known to be `Send` and `Sync`.

use std::ops::Deref;
use std::sync::Arc;

/// An `Arc` whose threads' safety was proved where it was made. A plain `Arc` would have every crate that moves a
/// session to another thread prove it again through all of wgpu's types, which passes the compiler's recursion limit.
pub(super) struct Handle<T: 'static>(Arc<dyn Deref<Target = T> + Send + Sync>);

struct Held<T>(T);

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Send + Sync> Handle<T> {
    pub(super) fn new(value: T) -> Self {
        Handle(Arc::new(Held(value)))
    }
}

impl<T> Handle<T> {
    pub(super) fn same(a: &Self, b: &Self) -> bool {
        std::ptr::eq::<T>(&**a, &**b)
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Handle(self.0.clone())
    }
}

impl<T> Deref for Handle<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
