//! A list that is copied by sharing: a copy is one count more, and whoever changes a shared page changes a copy of it.

use std::sync::Arc;

/// Items to a page.
const PAGE: usize = 32;

/// Grows by whole pages, and never shrinks.
#[derive(Debug, Clone)]
pub struct Pages<T> {
    pages: Arc<Vec<Arc<[T]>>>,
    len: usize,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self {
            pages: Arc::default(),
            len: 0,
        }
    }
}

impl<T: Clone + Default> Pages<T> {
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds an empty item, and says where.
    pub fn grow(&mut self) -> u32 {
        if self.len.is_multiple_of(PAGE) {
            let page: Arc<[T]> = (0..PAGE).map(|_| T::default()).collect();
            Arc::make_mut(&mut self.pages).push(page);
        }
        self.len += 1;
        (self.len - 1) as u32
    }

    #[inline]
    pub fn at(&self, index: u32) -> &T {
        let index = index as usize;
        &self.pages[index / PAGE][index % PAGE]
    }

    pub fn at_mut(&mut self, index: u32) -> &mut T {
        let index = index as usize;
        let page = &mut Arc::make_mut(&mut self.pages)[index / PAGE];
        &mut Arc::make_mut(page)[index % PAGE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_it_had() {
        let mut pages = Pages::default();
        for number in 0..100u64 {
            let at = pages.grow();
            *pages.at_mut(at) = number;
        }
        let before = pages.clone();
        *pages.at_mut(70) = 7;
        assert_eq!((*before.at(70), *pages.at(70)), (70, 7));
        assert_eq!((before.len(), pages.len(), *pages.at(99)), (100, 100, 99));
        // What neither changed is there once.
        assert!(Arc::ptr_eq(&before.pages[0], &pages.pages[0]));
    }
}
