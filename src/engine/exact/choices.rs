//! One of a few choices for each of many, under maximum counts in common, as a linear programme.
//!
//! Modelled with good_lp, solved by microlp in floating point: in a basic solution no more choose several than there are maximum
//! counts, and what is between their choices, cut off to whole units, is where a search in whole numbers begins. Nothing that came from
//! here is believed.

use good_lp::{Expression, Solution as _, SolverModel, Variable, constraint, microlp, variable, variables};

use super::float::{to_float, to_integer};

/// What somebody may choose: so many units of each kind, at a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Units of each kind.
    pub units: Vec<u64>,
    /// What it costs.
    pub price: u64,
}

/// The units of each kind that each takes where all of them together cost the least; `most` are the maximum counts of the
/// kinds. `None` where somebody has no choice or the solver gives up. More than there is costs so much a unit that it is chosen only where
/// nothing else is left. One linear programme: a column a choice, a row for each who chooses and each kind with a maximum.
#[must_use]
pub fn choices(all: &[Vec<Choice>], most: &[Option<u64>]) -> Option<Vec<Vec<u64>>> {
    let dearest = all.iter().flatten().map(|choice| choice.price).max()?.max(1);
    let mut vars = variables!();
    let parts: Vec<Vec<Variable>> =
        all.iter().map(|own| own.iter().map(|_| vars.add(variable().min(0).max(1))).collect()).collect();
    let over: Vec<Option<Variable>> = most.iter().map(|most| most.map(|_| vars.add(variable().min(0)))).collect();
    let pairs = || all.iter().flatten().zip(parts.iter().flatten());
    let price: Expression = pairs().map(|(choice, &part)| to_float(choice.price) * part).sum();
    let beyond: Expression = over.iter().flatten().map(|&over| to_float(2 * dearest) * over).sum();
    let mut model = vars.minimise(price + beyond).using(microlp);
    for own in &parts {
        let sum: Expression = own.iter().map(|&part| Expression::from(part)).sum();
        model = model.with(constraint!(sum == 1.0));
    }
    for (kind, (most, over)) in most.iter().zip(&over).enumerate() {
        let (Some(most), Some(over)) = (most, over) else { continue };
        let units = pairs().filter(|(choice, _)| choice.units[kind] > 0);
        let sum: Expression = units.map(|(choice, &part)| to_float(choice.units[kind]) * part).sum();
        model = model.with(constraint!(sum - *over <= to_float(*most)));
    }
    let solved = model.solve().ok()?;
    let units = |(own, parts): (&Vec<Choice>, &Vec<Variable>)| -> Option<Vec<u64>> {
        let sum = |kind: usize| -> f64 {
            own.iter().zip(parts).map(|(choice, &part)| to_float(choice.units[kind]) * solved.value(part)).sum()
        };
        // what is whole but for an error of rounding is not cut
        (!own.is_empty()).then(|| (0..most.len()).map(|kind| to_integer(sum(kind) + 1e-6)).collect())
    };
    all.iter().zip(&parts).map(units).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gains_most_from_what_is_scarce_has_it() {
        let choice = |units: u64, price: u64| Choice { units: vec![units], price };
        // a unit saves the first one bin, the second two, the third three
        let all = [1, 2, 3].map(|saved| vec![choice(0, 5), choice(1, 5 - saved)]).to_vec();
        let units = |units: [u64; 3]| Some(units.map(|units| vec![units]).to_vec());
        assert_eq!(choices(&all, &[None]), units([1, 1, 1]));
        assert_eq!(choices(&all, &[Some(2)]), units([0, 1, 1]));
        assert_eq!(choices(&all, &[Some(0)]), units([0, 0, 0]));
        assert_eq!(choices(&[Vec::new()], &[None]), None);
        // between ten units and none there are some
        assert_eq!(choices(&[vec![choice(0, 10), choice(10, 2)]], &[Some(7)]), Some(vec![vec![7]]));
    }
}
