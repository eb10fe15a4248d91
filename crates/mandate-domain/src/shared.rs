//! Holders whose type says nothing of what is inside.
//!
//! For each handler's future the compiler proves that it may move between threads, and for each proof it walks through all
//! types the future holds: a database's pools, compiled templates, date formats. A trait object ends the walk.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

trait Held<T>: Send + Sync {
    fn get(&self) -> &T;
    fn get_mut(&mut self) -> &mut T;
    fn take(self: Box<Self>) -> T;
}

impl<T: Send + Sync> Held<T> for T {
    fn get(&self) -> &T {
        self
    }

    fn get_mut(&mut self) -> &mut T {
        self
    }

    fn take(self: Box<Self>) -> T {
        *self
    }
}

/// One value that many hold, as an [`Arc`].
pub struct Shared<T: 'static>(Arc<dyn Held<T>>);

impl<T: Send + Sync + 'static> Shared<T> {
    /// Shares `value`.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: 'static> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: 'static> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        (*self.0).get()
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt((*self.0).get(), f)
    }
}

/// One value that one holds, as a [`Box`].
pub struct Sole<T: 'static>(Box<dyn Held<T>>);

impl<T: Send + Sync + 'static> Sole<T> {
    /// Holds `value`.
    pub fn new(value: T) -> Self {
        Self(Box::new(value))
    }
}

impl<T: 'static> Sole<T> {
    /// What was held.
    pub fn into_inner(self) -> T {
        self.0.take()
    }
}

impl<T: 'static> Deref for Sole<T> {
    type Target = T;

    fn deref(&self) -> &T {
        (*self.0).get()
    }
}

impl<T: 'static> DerefMut for Sole<T> {
    fn deref_mut(&mut self) -> &mut T {
        (*self.0).get_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_hold_one_value() {
        let one = Shared::new(String::from("one"));
        let other = one.clone();
        assert_eq!((one.as_str(), format!("{other:?}")), ("one", String::from("\"one\"")));
        assert!(std::ptr::eq::<String>(&*one, &*other));
    }

    #[test]
    fn one_changes_and_gives_back_what_it_holds() {
        let mut sole = Sole::new(vec![1]);
        sole.push(2);
        assert_eq!((sole.len(), sole.into_inner()), (2, vec![1, 2]));
    }
}
