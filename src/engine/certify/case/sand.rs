//! What a leaf of fluid classes must prove: all there is weighs enough, and no bin of sand weighs too much.

use fixedbitset::FixedBitSet;

use super::super::failure::{Failure, refuted};
use super::super::fluid::{self, Kind};
use super::super::{FluidClass, FluidUnion};
use super::{Case, of_some};
use crate::budget::Budget;

/// Whether the second list, ascending, has all of the first.
fn within(part: &[usize], whole: &[usize]) -> bool {
    part.iter().all(|it| whole.binary_search(it).is_ok())
}

impl Case<'_> {
    /// What sand proves: no bin of it is too heavy.
    pub(super) fn fluid(
        &self,
        (classes, unions): (&[FluidClass], &[FluidUnion]),
        capacity: u64,
        bound: u64,
        budget: &Budget,
    ) -> Result<(), Failure> {
        if self.factor != 0 || !self.merged.is_empty() {
            return refuted("classes are fluid where nothing is charged and no items were merged");
        }
        if capacity == 0 {
            return refuted("the capacity is 0");
        }
        let dimensions = self.problem.dimensions();
        let mut seen = FixedBitSet::with_capacity(self.items.len());
        for FluidClass { items, prices, .. } in classes {
            budget.spend((items.len() * dimensions * (1 + self.bins.len())) as u64)?;
            let known = of_some(items, self.items.len());
            if !known || items.iter().any(|&item| seen.put(item)) || prices.len() != dimensions {
                return refuted("classes of item types of their own, ascending, and one price a dimension are needed");
            }
        }
        // no overflow: a problem's total size is far below 2^64
        let all = |class: &FluidClass, bin: Option<usize>| -> Vec<u128> {
            let inside = class.items.iter().filter(|&&item| bin.is_none_or(|bin| self.fits(item, bin)));
            inside.fold(vec![0; dimensions], |mut sum, &item| {
                let sizes = sum.iter_mut().zip(self.size(item));
                sizes.for_each(|(sum, &size)| *sum += u128::from(size) * u128::from(self.demand[item]));
                sum
            })
        };
        budget.spend(unions.iter().map(|union| union.classes.len() as u64 * (1 + dimensions as u64)).sum())?;
        if unions.iter().any(|union| !of_some(&union.classes, classes.len())) {
            return refuted("unions of classes of the node are needed, ascending");
        }
        let mut total = 0i128;
        let mut takes: Vec<Vec<u128>> = Vec::with_capacity(classes.len());
        for class in classes {
            let sizes = all(class, None);
            let weights = sizes.iter().zip(&class.prices).map(|(&all, &price)| all.checked_mul(price.into()));
            for weight in weights {
                let weight = weight.and_then(|weight| i128::try_from(weight).ok());
                total = weight.and_then(|weight| total.checked_add(weight)).ok_or(Failure::Undecided)?;
            }
            if class.presence != 0 {
                let worth = self.present(class.presence, &class.items, &sizes, budget)?;
                total = total.checked_add(worth).ok_or(Failure::Undecided)?;
            }
            takes.push(sizes);
        }
        for FluidUnion { classes: of, presence } in unions {
            let mut items: Vec<usize> = of.iter().flat_map(|&class| classes[class].items.iter().copied()).collect();
            items.sort_unstable();
            let sizes: Vec<u128> = (0..dimensions).map(|q| of.iter().map(|&class| takes[class][q]).sum()).collect();
            let worth = self.present(*presence, &items, &sizes, budget)?;
            total = total.checked_add(worth).ok_or(Failure::Undecided)?;
        }
        if bound > 0 && i128::from(capacity) * i128::from(bound - 1) >= total {
            return refuted(format!("the classes weigh {total} over {capacity}, less than the bound of {bound}"));
        }
        let pairs: u64 = classes.iter().map(|class| class.items.len() as u64).sum();
        budget.spend(pairs.saturating_mul(pairs))?;
        let friends = |a: &FluidClass, b: &FluidClass| {
            a.items.iter().any(|&one| b.items.iter().any(|&other| !self.conflict(one, other)))
        };
        let rows: Vec<Vec<bool>> =
            classes.iter().map(|a| classes.iter().map(|b| !std::ptr::eq(a, b) && friends(a, b)).collect()).collect();
        let mut unions_of: Vec<Vec<usize>> = vec![Vec::new(); classes.len()];
        for (union, FluidUnion { classes, .. }) in unions.iter().enumerate() {
            classes.iter().for_each(|&class| unions_of[class].push(union));
        }
        let presences: Vec<i64> = unions.iter().map(|union| union.presence).collect();
        for &bin in self.bins {
            let kinds: Vec<Kind> = classes
                .iter()
                .zip(&rows)
                .zip(&unions_of)
                .map(|((class, friends), unions)| Kind {
                    all: all(class, Some(bin)),
                    prices: &class.prices,
                    presence: class.presence,
                    friends,
                    unions: unions.clone(),
                })
                .collect();
            let limit = self.limit(bin, capacity);
            let room = &self.problem.bins()[bin].capacity;
            if let Some(found) = fluid::heavier(&kinds, &presences, room, limit, budget)? {
                let set: Vec<String> = found.iter().map(usize::to_string).collect();
                let set = set.join(", ");
                return refuted(format!("a bin of type {bin} may weigh more than {limit}: classes {set}"));
            }
        }
        Ok(())
    }

    /// What the bins weigh that hold one of these items: as many as there must be, where that counts for them, else as may be.
    fn present(&self, presence: i64, items: &[usize], sizes: &[u128], budget: &Budget) -> Result<i128, Failure> {
        budget.spend((items.len() * (1 + self.presences.len())) as u64)?;
        let bins = match presence < 0 {
            true => self.holding_at_most(items)?,
            false => self.holding_at_least(items, sizes),
        };
        i128::from(presence).checked_mul(bins.into()).ok_or(Failure::Undecided)
    }

    /// How many bins hold one of these items at most.
    fn holding_at_most(&self, items: &[usize]) -> Result<u64, Failure> {
        let above = self.presences.iter().filter(|it| it.few && within(items, it.items));
        let most = above.map(|it| it.most).min();
        most.map_or_else(|| refuted("nothing says how many bins hold one of a class at most"), Ok)
    }

    /// How many bins hold one of these items, which take so much together, at least.
    fn holding_at_least(&self, items: &[usize], sizes: &[u128]) -> u64 {
        let above = self.presences.iter().filter(|it| !it.few && within(it.items, items));
        let above = above.map(|it| it.most.saturating_add(1));
        let left = items.iter().any(|&item| self.demand[item] > 0);
        let by_size = sizes.iter().enumerate().map(|(q, &all)| {
            let widest = self.bins.iter().map(|&bin| self.problem.bins()[bin].capacity[q]).max().unwrap_or(0);
            u64::try_from(all.div_ceil(u128::from(widest.max(1)))).unwrap_or(0)
        });
        above.chain(by_size).fold(u64::from(left), u64::max)
    }
}
