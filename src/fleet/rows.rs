//! The rows of a document's long lists, taken out one at a time while it is read: a million of them never stand in memory
//! as a tree.

use super::located::{Entry, Node};

/// The lists of the document that may be long.
pub(super) const LISTS: [&str; 2] = ["tenants", "workloads"];

/// What takes a row of one of the [`LISTS`], by its index there.
pub(crate) type Take<'t> = &'t mut dyn FnMut(usize, &Node);

/// Where a reader puts the rows. The list itself stays behind, empty.
pub(crate) struct Outlet<'t> {
    take: Option<Take<'t>>,
    asked: [bool; 2],
}

impl<'t> Outlet<'t> {
    /// Nothing is taken out: the tree is whole.
    pub fn none() -> Self {
        Self { take: None, asked: [false; 2] }
    }

    /// Rows go there.
    pub fn to(take: Take<'t>) -> Self {
        Self { take: Some(take), asked: [false; 2] }
    }

    /// The list that begins under this key of the document, if its rows are taken out: the first one of that name. `earlier`:
    /// the entries before it.
    pub fn list(&mut self, key: &str, earlier: &[Entry]) -> Option<usize> {
        self.take.as_ref()?;
        let list = LISTS.iter().position(|&name| name == key)?;
        let first = !std::mem::replace(&mut self.asked[list], true);
        (first && !earlier.iter().any(|entry| entry.key == key)).then_some(list)
    }

    /// Gives a row of that list away.
    pub fn row(&mut self, list: usize, node: &Node) {
        if let Some(take) = &mut self.take {
            take(list, node);
        }
    }
}
