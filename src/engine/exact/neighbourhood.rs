//! Large neighbourhood search below a dive (Shaw 1998): some of the bins that it fixed are released, and it dives again.
//!
//! A dive fails near its bottom, where a few dozen bins are left and the relaxation exceeds them by a hair. What it has
//! fixed until then is nearly right: the relaxation still kept within the price. So it is enough to let other bins be
//! the last ones: the search walks over partial packings whose relaxation fits, and each step is as cheap as the small
//! problem that it leaves open.

use std::rc::Rc;

use crate::budget::Stop;
use crate::pricing::Pricer;
use crate::problem::Pattern;

use super::columns::Column;
use super::dive::{Course, Diver, Reached, Stage, Start};
use super::effort::neighbourhood::{LARGEST, LOTS, SMALLEST};
use super::float::{to_float, to_integer};
use super::noise::Noise;

/// Tries to finish the partial packing `base`, for so many rounds without progress, until so much work was
/// spent. `root`: columns and duals of everything.
///
/// # Errors
/// [`Stop`] when the budget is used up.
pub(super) fn search(
    diver: &Diver,
    pricers: &mut [Pricer],
    root: &Start,
    mut base: Stage,
    (patience, until): (u32, u64),
    seed: u64,
) -> Result<Option<Vec<Pattern>>, Stop> {
    let mut random = Noise(seed.wrapping_mul(0x9e6c_63d0_876a_5f4b) ^ 0x5bd1_e995);
    let price = |bin: &Pattern| diver.prices[bin.bin].saturating_mul(bin.count);
    let whole = base.fixed.iter().map(price).fold(base.left, u64::saturating_add);
    let mut least = base.left;
    let mut futile = 0;
    for round in 1u64.. {
        let share = SMALLEST + (LARGEST - SMALLEST) * random.fraction();
        let open = base.left.saturating_add(to_integer(share * to_float(whole)));
        let mut level = release(diver, root, &base, open, &mut random);
        let course = Course { seed: seed.wrapping_add(round), ..COURSE };
        futile += 1;
        if diver.relax(&mut level, pricers, course)? {
            match diver.dive(level, pricers, course)? {
                Reached::All(found) => return Ok(Some(found)),
                Reached::Part(level) => base = *level,
            }
            if base.left < least {
                least = base.left;
                futile = 0;
            }
        }
        if futile >= patience || diver.budget.spent() > until {
            break;
        }
    }
    Ok(None)
}

/// How the released part is dived into.
const COURSE: Course = Course { share: 0.1, noise: 0.2, retries: 4, seed: 0, thorough: 250 };

/// Equal bins dealt out into lots: the index of each lot's bins, and how many they are.
fn lots(fixed: &[Pattern]) -> Vec<(usize, u64)> {
    let dealt = |(index, bin): (usize, &Pattern)| {
        let (lots, count) = (bin.count.min(LOTS), bin.count);
        (0..lots).map(move |lot| (index, count / lots + u64::from(lot < count % lots)))
    };
    fixed.iter().enumerate().flat_map(dealt).collect()
}

/// The partial packing without some of its bins, such that about `open` is to be spent. Bins with a high reduced cost go
/// first, but for chance.
fn release(diver: &Diver, root: &Start, base: &Stage, open: u64, random: &mut Noise) -> Stage {
    let dearest = to_float(diver.prices.iter().copied().max().unwrap_or(1).max(1));
    // how much the reduced cost counts beside chance: by chance
    let weight = 30.0 * random.fraction() * random.fraction();
    let lots = lots(&base.fixed);
    let mut ranked: Vec<(f64, usize)> = (lots.iter().enumerate())
        .map(|(lot, &(index, _))| {
            let bin = &base.fixed[index];
            let value: f64 = bin.items.iter().map(|&(item, copies)| root.duals[item] * to_float(copies)).sum();
            let waste = to_float(diver.prices[bin.bin]) / dearest - value;
            (random.fraction() + weight * waste, lot)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut level = base.clone();
    let mut columns: Vec<Column> = Vec::new();
    let mut basic: Vec<usize> = Vec::new();
    for (_, lot) in ranked {
        if level.left >= open {
            break;
        }
        let (index, count) = lots[lot];
        let bin = &base.fixed[index];
        let price = diver.prices[bin.bin];
        // no more of them than are to be open
        let count = (open - level.left).checked_div(price).unwrap_or(count).clamp(1, count);
        for &(item, copies) in &bin.items {
            level.demand[item] += copies * count;
        }
        level.left += price * count;
        level.coupling.release(bin.bin, count);
        level.fixed[index].count -= count;
        basic.push(columns.len());
        columns.push(Column { bin: bin.bin, items: bin.items.clone() });
    }
    level.fixed.retain(|bin| bin.count > 0);
    let offset = columns.len();
    basic.extend(base.state.basic.iter().map(|index| offset + index));
    columns.extend(base.state.columns.iter().cloned());
    columns.extend(root.columns.iter().cloned());
    level.state = Rc::new(Start { columns, basic, duals: root.duals.clone(), ..Start::default() });
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bins_are_dealt_out_into_few_lots() {
        let bin = |count| Pattern { bin: 0, items: vec![(0, 1)], count };
        assert_eq!(lots(&[bin(1), bin(3)]), [(0, 1), (1, 1), (1, 1), (1, 1)]);
        let many = lots(&[bin(1_000_000_000_001)]);
        assert_eq!((many.len() as u64, many.iter().map(|lot| lot.1).sum::<u64>()), (LOTS, 1_000_000_000_001));
    }
}
