//! The suffix programme: what the cliques from a position on can add to a bin, at most.

use crate::budget::{Budget, Stop};

use super::view::View;

/// One table a view. A row stands for a suffix of the cliques, a column for room: `table[row][c]` bounds what the suffix can
/// add to a bin with `c` steps of room. Row 0 is the empty suffix.
#[derive(Clone, Debug)]
pub(super) struct Programme {
    tables: Vec<Vec<u64>>,
    /// Position -> row of the suffix that starts with its clique.
    row_from: Vec<usize>,
    /// Position -> row of the suffix that starts after its clique.
    row_after: Vec<usize>,
}

impl Programme {
    /// Room for so many views and positions.
    pub fn new(views: usize, len: usize) -> Self {
        Self { tables: vec![Vec::new(); views], row_from: vec![0; len], row_after: vec![0; len] }
    }

    /// Fills the tables for these values, with at most `most` copies; `group` is the clique of each position, ascending.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub fn fill(
        &mut self,
        group: &[usize],
        views: &[View],
        value: &[u64],
        most: &[u64],
        budget: &Budget,
    ) -> Result<(), Stop> {
        let mut rows = 1;
        let mut end = group.len();
        for table in &mut self.tables {
            table.clear();
        }
        for (view, table) in views.iter().zip(&mut self.tables) {
            table.resize(view.full_steps + 1, 0);
        }
        while end > 0 {
            let mut start = end;
            while start > 0 && group[start - 1] == group[end - 1] {
                start -= 1;
            }
            let used = (start..end).any(|at| most[at] > 0);
            for at in start..end {
                self.row_after[at] = rows - 1;
                self.row_from[at] = if used { rows } else { rows - 1 };
            }
            if used {
                for (view, table) in views.iter().zip(&mut self.tables) {
                    let width = view.full_steps + 1;
                    table.extend_from_within((rows - 1) * width..);
                    let (before, new) = table.split_at_mut(rows * width);
                    let old = &before[(rows - 1) * width..];
                    let mut work = width;
                    for at in start..end {
                        for copies in 1..=most[at] {
                            let Some(size) = usize::try_from(copies).ok().and_then(|k| view.steps[at].checked_mul(k))
                            else {
                                break;
                            };
                            if size >= width {
                                break;
                            }
                            let gain = value[at] * copies;
                            // when an item takes no room, only all its copies matter
                            if size == 0 && copies < most[at] {
                                continue;
                            }
                            for (cell, &without) in new[size..].iter_mut().zip(old) {
                                *cell = (*cell).max(without + gain);
                            }
                            work += width - size;
                        }
                    }
                    budget.spend(work as u64 / 4 + 1)?;
                }
                rows += 1;
            }
            end = start;
        }
        Ok(())
    }
    /// The row of the suffix that starts with the clique of the position.
    #[inline]
    pub fn row_from(&self, at: usize) -> usize {
        self.row_from[at]
    }

    /// The row of the suffix that starts after the clique of the position.
    #[inline]
    pub fn row_after(&self, at: usize) -> usize {
        self.row_after[at]
    }

    /// What the suffix of `row` can add to a bin that has `room` left in the view of this index.
    #[inline]
    pub fn bound(&self, index: usize, view: &View, row: usize, room: u64) -> u64 {
        self.tables[index][row * (view.full_steps + 1) + view.room(room)]
    }
}
