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
use super::dive::{Course, Diver, Level, Reached, Start};
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
    mut base: Level,
    (patience, until): (u32, u64),
    seed: u64,
) -> Result<Option<Vec<Pattern>>, Stop> {
    let mut random = Noise(seed.wrapping_mul(0x9e6c_63d0_876a_5f4b) ^ 0x5bd1_e995);
    let whole = base.fixed.iter().map(|bin| diver.prices[bin.bin]).fold(base.left, u64::saturating_add);
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

/// Least and largest share of the whole that is released in a round.
const SMALLEST: f64 = 0.15;
/// See [`SMALLEST`].
const LARGEST: f64 = 0.6;
/// How the released part is dived into.
const COURSE: Course = Course { share: 0.1, noise: 0.2, retries: 4, seed: 0, thorough: 250 };

/// The partial packing without some of its bins, such that about `open` is to be spent. Bins with a high reduced cost go
/// first, but for chance.
fn release(diver: &Diver, root: &Start, base: &Level, open: u64, random: &mut Noise) -> Level {
    let dearest = to_float(diver.prices.iter().copied().max().unwrap_or(1).max(1));
    // how much the reduced cost counts beside chance: by chance
    let weight = 30.0 * random.fraction() * random.fraction();
    let mut ranked: Vec<(f64, usize)> = (base.fixed.iter().enumerate())
        .map(|(index, bin)| {
            let value: f64 = bin.items.iter().map(|&(item, copies)| root.duals[item] * to_float(copies)).sum();
            let waste = to_float(diver.prices[bin.bin]) / dearest - value;
            (random.fraction() + weight * waste, index)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut level = base.clone();
    let mut columns: Vec<Column> = Vec::new();
    let mut basic: Vec<usize> = Vec::new();
    let mut gone = vec![false; base.fixed.len()];
    for (_, index) in ranked {
        if level.left >= open {
            break;
        }
        let bin = &base.fixed[index];
        for &(item, copies) in &bin.items {
            level.demand[item] += copies;
        }
        level.left += diver.prices[bin.bin];
        level.coupling.release(bin.bin);
        gone[index] = true;
        basic.push(columns.len());
        columns.push(Column { bin: bin.bin, items: bin.items.clone() });
    }
    let mut kept = gone.iter();
    level.fixed.retain(|_| !kept.next().copied().unwrap_or(false));
    let offset = columns.len();
    basic.extend(base.state.basic.iter().map(|index| offset + index));
    columns.extend(base.state.columns.iter().cloned());
    columns.extend(root.columns.iter().cloned());
    level.state = Rc::new(Start { columns, basic, duals: root.duals.clone(), ..Start::default() });
    level
}
