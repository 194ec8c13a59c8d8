//! Every bin that is heavy enough, not only the heaviest.

use crate::budget::{Budget, Stop};

use super::bits::next;
use super::exact::Pricer;
use super::view::View;

/// Items and copies of a bin, ascending by item.
pub type Content = Vec<(usize, u64)>;

impl Pricer {
    /// All feasible bins that weigh at least `least` where an item `i` weighs `values[i]` and has `demand[i]` copies, in any
    /// order; `None` where there are more than `most`. Items without a value count too. The sum of all values times demands
    /// must be below 2^62.
    ///
    /// Complexity: with one resource and no conflicts, as many steps for each bin as it has items to pass.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub fn all(
        &mut self,
        values: &[u64],
        demand: &[u64],
        least: u64,
        most: usize,
        budget: &Budget,
    ) -> Result<Option<Vec<Content>>, Stop> {
        self.prepare_all(values, demand, budget)?;
        let rooms: Vec<u64> = self.views.iter().map(|view| view.full).collect();
        let mut search = All { pricer: self, budget, least, most, chosen: Vec::new(), bins: Vec::new() };
        let complete = search.extend(&self.active, &self.capacity, &rooms, 0, 0)?;
        Ok(complete.then_some(search.bins))
    }
}

struct All<'p, 'b> {
    pricer: &'p Pricer,
    budget: &'p Budget<'b>,
    least: u64,
    most: usize,
    chosen: Vec<(usize, u64)>,
    bins: Vec<Content>,
}

impl All<'_, '_> {
    /// Extends what is chosen, which weighs `value`, by some of `allowed` from position `from` on; false: too many bins.
    fn extend(
        &mut self,
        allowed: &[u64],
        residual: &[u64],
        rooms: &[u64],
        mut from: usize,
        value: u64,
    ) -> Result<bool, Stop> {
        let pricer = self.pricer;
        let (words, d) = (pricer.words, pricer.dimensions);
        while let Some(at) = next(allowed, from) {
            self.budget.spend(4)?;
            if value.saturating_add(self.bound(pricer.programme.row_from(at), rooms, at, 0)) < self.least {
                // what follows adds no more
                break;
            }
            let size = &pricer.sizes[at * d..(at + 1) * d];
            let fits = super::case::fitting(size, residual, pricer.most[at]);
            for copies in 1..=fits {
                let value = value + pricer.value[at] * copies;
                self.budget.spend((words + rooms.len()) as u64)?;
                if value.saturating_add(self.bound(pricer.programme.row_after(at), rooms, at, copies)) < self.least {
                    continue;
                }
                self.chosen.push((at, copies));
                if value >= self.least {
                    if self.bins.len() == self.most {
                        return Ok(false);
                    }
                    let mut bin: Content =
                        self.chosen.iter().map(|&(at, copies)| (pricer.order.items[at], copies)).collect();
                    bin.sort_unstable();
                    self.bins.push(bin);
                }
                let mut rest = vec![0; words];
                pricer.restrict(allowed, at, &mut rest);
                let residual: Vec<u64> = residual.iter().zip(size).map(|(room, size)| room - size * copies).collect();
                let rooms: Vec<u64> =
                    (pricer.views.iter().zip(rooms)).map(|(view, &room)| left(view, room, at, copies)).collect();
                if !self.extend(&rest, &residual, &rooms, at + 1, value)? {
                    return Ok(false);
                }
                self.chosen.pop();
            }
            from = at + 1;
        }
        Ok(true)
    }

    /// The most that the rows add to a bin with these rooms once so many copies of the item at a position are in it.
    fn bound(&self, row: usize, rooms: &[u64], at: usize, copies: u64) -> u64 {
        let views = self.pricer.views.iter().zip(rooms).enumerate();
        let bound =
            |(index, (view, &room))| self.pricer.programme.bound(index, view, row, left(view, room, at, copies));
        views.map(bound).min().unwrap_or(0)
    }
}

/// The room that copies of the item at a position leave.
fn left(view: &View, room: u64, at: usize, copies: u64) -> u64 {
    room.saturating_sub(view.size[at].saturating_mul(copies))
}
