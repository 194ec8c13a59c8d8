//! Every engine on every drawn problem of 10 to 25 items: the whole method, the method without heuristics, branch and
//! price alone, exhaustive search, and a compact model in floating point that shares nothing with them.
//!
//! The compact model takes minutes with microlp where it has more than a dozen items; with the feature `highs`
//! (`make test-highs`) HiGHS solves it for all of them.

use good_lp::{Expression, Solution as _, Solver, SolverModel, Variable, constraint, variable, variables};
use tenantry::engine::generate::{Graph, Instance, Sizes};
use tenantry::engine::internals::enumerate::{Aim, enumerate, is_small};
use tenantry::engine::internals::{Goal, close_gap};
use tenantry::engine::random::Random;
use tenantry::engine::{
    BinType, BitMatrix, Budget, ItemType, Objective, Options, Pattern, Problem, Silent, Solution, Status, Step,
    Verdict, check, solve,
};

/// A problem with so many copies: one to three resources, or five to seven, one to three bin types, every kind of conflict graph; with
/// `limited` also maximum counts.
fn random(random: &mut Random, copies: u64, limited: bool) -> Problem {
    let dimensions = [1, 2, 3, 5 + random.index(3)][random.index(4)];
    let kinds = 1 + random.below(3);
    let bin = |random: &mut Random, kind: u64| BinType {
        capacity: (0..dimensions).map(|_| 60 + 35 * kind + random.below(20)).collect(),
        cost: 5 + 4 * kind + random.below(5),
        max_count: (limited && random.below(2) == 0).then(|| 1 + random.below(copies / 2)),
    };
    let bins: Vec<BinType> = (0..kinds).map(|kind| bin(random, kind)).collect();
    let mut items = Vec::new();
    let mut left = copies;
    let choosy = random.below(3) == 0;
    let largest = [25, 40, 60][random.index(3)];
    while left > 0 {
        let demand = 1 + random.below(left.min(3)) * u64::from(random.below(3) == 0);
        left -= demand;
        let some: Vec<usize> = (0..bins.len()).filter(|_| !choosy || random.below(4) > 0).collect();
        let eligible = some.into_iter().chain([bins.len() - 1]).collect();
        let size = (0..dimensions).map(|_| 5 + random.below(largest - 4)).collect();
        items.push(ItemType { size, demand, class: items.len(), eligible });
    }
    let classes = items.len();
    let graph = random.below(5);
    let density = 1 + random.below(6);
    let drawn: Vec<u64> = (0..classes).map(|_| random.below(100)).collect();
    let mut conflicts = BitMatrix::new(classes);
    for a in 0..classes {
        for b in 0..a {
            let joined = match graph {
                0 => false,
                // a threshold graph, tenants that refuse one another, a cycle, G(n, q)
                1 => drawn[a] + drawn[b] < 25 * density,
                2 => drawn[a] % 4 != drawn[b] % 4,
                3 => a == b + 1 || (b == 0 && a + 1 == classes),
                _ => random.below(10) < density,
            };
            if joined {
                conflicts.insert(a, b);
            }
        }
        if random.below(12) == 0 {
            conflicts.insert(a, a);
        }
    }
    Problem::new(dimensions, items, conflicts, bins).unwrap()
}

/// The fewest bins, and the least cost with them: the asymmetric representatives model (Campêlo, Campos & Corrêa 2008 for
/// colouring). Copy `i` may represent a bin, of a type `t`; a copy is in the bin of a representative that is not after it.
/// `None` where the solver finds nothing.
fn compact<S: Solver>(problem: &Problem, solver: S, tune: impl Fn(S::Model) -> S::Model) -> Option<(u64, u64)> {
    let items = problem.items();
    let copies: Vec<usize> = (0..items.len()).flat_map(|item| vec![item; items[item].demand as usize]).collect();
    let (n, bins) = (copies.len(), problem.bins());
    let dearest = bins.iter().map(|bin| bin.cost).max().unwrap_or(0);
    let count = (1 + dearest * n as u64) as f64;
    let mut vars = variables!();
    let kinds: Vec<Vec<Variable>> =
        (0..n).map(|_| bins.iter().map(|_| vars.add(variable().binary())).collect()).collect();
    // inside[i][j - i]: copy j in the bin of representative i
    let inside: Vec<Vec<Option<Variable>>> = (0..n)
        .map(|i| {
            let may = |j: usize| i == j || !problem.conflict(copies[i], copies[j]);
            (i..n).map(|j| may(j).then(|| vars.add(variable().binary()))).collect()
        })
        .collect();
    let objective: Expression = (0..n)
        .flat_map(|i| (0..bins.len()).map(move |t| (i, t)))
        .map(|(i, t)| (count + bins[t].cost as f64) * kinds[i][t])
        .sum();
    let mut model = tune(vars.minimise(objective).using(solver));
    for j in 0..n {
        let homes: Expression = (0..=j).filter_map(|i| inside[i][j - i]).sum();
        model = model.with(constraint!(homes == 1.0));
    }
    for i in 0..n {
        let open: Expression = kinds[i].iter().sum();
        let own = inside[i][0].expect("a copy may be with itself");
        model = model.with(constraint!(open == own));
        for j in i..n {
            let Some(there) = inside[i][j - i] else { continue };
            let takes = (0..bins.len()).filter(|&t| problem.fits_alone(copies[j], t));
            let taking: Expression = takes.map(|t| kinds[i][t]).sum();
            model = model.with(constraint!(there <= taking));
            for k in i + 1..j {
                if let Some(other) = inside[i][k - i].filter(|_| problem.conflict(copies[j], copies[k])) {
                    model = model.with(constraint!(there + other <= own));
                }
            }
        }
        for q in 0..problem.dimensions() {
            let load = (i..n).filter_map(|j| inside[i][j - i].map(|there| items[copies[j]].size[q] as f64 * there));
            let load: Expression = load.sum();
            let room: Expression = (0..bins.len()).map(|t| bins[t].capacity[q] as f64 * kinds[i][t]).sum();
            model = model.with(constraint!(load <= room));
        }
    }
    for (t, bin) in bins.iter().enumerate() {
        if let Some(most) = bin.max_count {
            let used: Expression = kinds.iter().map(|row| row[t]).sum();
            model = model.with(constraint!(used <= most as f64));
        }
    }
    let solved = model.solve().ok()?;
    let used = |t: usize| (0..n).filter(|&i| solved.value(kinds[i][t]) > 0.5).count() as u64;
    let used: Vec<u64> = (0..bins.len()).map(used).collect();
    Some((used.iter().sum(), used.iter().zip(bins).map(|(used, bin)| used * bin.cost).sum()))
}

/// Each copy in a bin of its own, where no maximum count forbids it.
fn alone(problem: &Problem) -> Option<Solution> {
    let pattern = |item: usize| {
        let bin = (0..problem.bins().len()).find(|&bin| problem.fits_alone(item, bin))?;
        Some(Pattern { bin, items: vec![(item, 1)], count: problem.items()[item].demand })
    };
    let patterns = (0..problem.items().len()).map(pattern).collect::<Option<Vec<_>>>()?;
    Some(Solution { patterns }).filter(|solution| solution.check(problem).is_ok())
}

/// How often each engine had its say, and how often the method proved the cost as well within its work limit.
#[derive(Debug, Default)]
struct Asked {
    all: u64,
    infeasible: u64,
    costs: u64,
    priced: u64,
    enumerated: u64,
    modelled: u64,
}

/// Work for one engine and problem.
const WORK: u64 = 50_000_000;

/// The fewest bins, and the least cost with them (or what bounds it from above and below, where that is not proved).
type Value = (u64, u64, u64);

/// What the method says; `None` where no packing exists.
fn said(problem: &Problem, without: &[Step]) -> Option<Value> {
    let options = Options { threads: Some(1), work_limit: Some(WORK), without: without.to_vec(), ..Options::default() };
    let answer = solve(problem, &[Objective::Clusters, Objective::Cost], &options, &Silent).unwrap();
    let verdict = check(problem, answer.solution.as_ref(), &answer.certificate, &Budget::new(&options, 0, &Silent));
    assert!(!matches!(verdict, Verdict::Refuted { .. }) || answer.certificate.claims.is_empty(), "{verdict:?}");
    let Some(solution) = &answer.solution else {
        assert_eq!(answer.status, Status::Infeasible, "{problem:?} {answer:?}");
        return None;
    };
    solution.check(problem).unwrap();
    assert_eq!(answer.levels[0].bound, solution.bins(), "{problem:?} {answer:?}");
    let cost = solution.cost(problem) as u64;
    assert_eq!(answer.status == Status::Optimal, answer.levels[1].bound == cost, "{problem:?} {answer:?}");
    Some((solution.bins(), answer.levels[1].bound, cost))
}

/// Whether the least cost can be the same by both.
fn agree(one: Option<Value>, other: Option<Value>) -> bool {
    match (one, other) {
        (Some((bins, low, high)), Some((same, below, above))) => bins == same && low <= above && below <= high,
        (one, other) => one == other,
    }
}

/// What the engines of the library say of one problem; panics where they differ. `None`: no packing exists.
fn agreed(problem: &Problem, asked: &mut Asked) -> Option<Value> {
    let value = said(problem, &[]);
    asked.all += 1;
    asked.infeasible += u64::from(value.is_none());
    asked.costs += u64::from(value.is_some_and(|(_, low, high)| low == high));
    assert!(agree(value, said(problem, &Step::SEARCHES)), "{problem:?}");
    // branch and price alone, from the worst packing there is
    let options = Options { without: Step::SEARCHES.to_vec(), work_limit: Some(10 * WORK), ..Options::default() };
    let budget = Budget::new(&options, 0, &Silent);
    if let (Some(start), Some((bins, ..))) = (alone(problem), value) {
        let closed = close_gap(problem, &Goal::count(problem), &start, &[], 0, &options, &budget);
        let found = closed.solution.unwrap_or(start);
        found.check(problem).unwrap();
        assert_eq!((found.bins(), closed.lower), (bins, bins), "{problem:?}");
        asked.priced += 1;
    }
    if is_small(problem) {
        let few = Options { work_limit: Some(WORK), ..options };
        let found = enumerate(problem, Aim { bins: 0, cost: Some(0) }, None, &Budget::new(&few, 0, &Silent));
        if found.complete {
            let cost = |solution: &Solution| solution.cost(problem) as u64;
            let found = found.better.map(|solution| (solution.bins(), cost(&solution), cost(&solution)));
            assert!(agree(found, value), "{found:?} {value:?} {problem:?}");
            asked.enumerated += 1;
            return found;
        }
    }
    value
}

/// The compact model's answer against the engines'.
fn modelled(found: Option<(u64, u64)>, value: Option<Value>, problem: &Problem) {
    let found = found.map(|(bins, cost)| (bins, cost, cost));
    assert!(agree(found, value), "{found:?} {value:?} {problem:?}");
}

#[test]
fn the_compact_model_agrees_where_microlp_is_fast() {
    let mut source = Random::new(1);
    let mut asked = Asked::default();
    for round in 0..400 {
        let copies = 6 + source.below(5);
        let problem = random(&mut source, copies, round % 3 == 0);
        let value = agreed(&problem, &mut asked);
        modelled(compact(&problem, good_lp::microlp, |model| model), value, &problem);
        asked.modelled += 1;
    }
    assert!(asked.modelled == 400 && asked.infeasible > 5, "{asked:?}");
}

#[test]
fn the_engines_agree() {
    let mut source = Random::new(2);
    let mut asked = Asked::default();
    for round in 0..120 {
        let copies = 10 + source.below(9);
        let problem = random(&mut source, copies, round % 3 == 0);
        agreed(&problem, &mut asked);
    }
    assert!(asked.priced > 80 && asked.enumerated > 80 && asked.infeasible > 0, "{asked:?}");
}

#[test]
#[cfg(feature = "highs")]
fn the_compact_model_agrees_through_highs() {
    let mut source = Random::new(3);
    let mut asked = Asked::default();
    for round in 0..200 {
        let copies = 10 + source.below(11);
        let problem = random(&mut source, copies, round % 3 == 0);
        let value = agreed(&problem, &mut asked);
        let exact = |model: good_lp::solvers::highs::HighsProblem| {
            model.set_mip_rel_gap(0.0).expect("a gap of 0").set_threads(1)
        };
        modelled(compact(&problem, good_lp::highs, exact), value, &problem);
        asked.modelled += 1;
    }
    assert!(asked.modelled == 200 && asked.infeasible > 0, "{asked:?}");
}

/// So many islands that share no bin, of small items, one of them far larger than the others; three bin types, the larger ones few.
fn islands(random: &mut Random, count: usize) -> (Problem, Vec<u64>) {
    let loads: Vec<u64> = (0..count).map(|island| if island == 0 { 800 } else { 20 + random.below(150) }).collect();
    let bins = [(100, Some(random.below(count as u64) + 2)), (60, Some(random.below(count as u64) + 2)), (35, None)];
    let bin = |(capacity, max_count)| BinType { capacity: vec![capacity], cost: 1, max_count };
    let mut items = Vec::new();
    for (class, &load) in loads.iter().enumerate() {
        // thrice the size one, and ones for the rest
        let eligible: tenantry::engine::BinSet = (0..3).collect();
        let item = |size: u64, demand: u64| ItemType { size: vec![size], demand, class, eligible: eligible.clone() };
        items.extend([item(3, load / 6), item(1, load - load / 6 * 3)]);
    }
    let mut conflicts = BitMatrix::new(count);
    for a in 0..count {
        (0..a).for_each(|b| conflicts.insert(a, b));
    }
    (Problem::new(1, items, conflicts, bins.map(bin).to_vec()).unwrap(), loads)
}

/// The fewest bins for islands of such loads, where sizes are small enough to fill bins to the brim: island after island, for each
/// number of the larger bins that are left.
fn fewest_on_islands(loads: &[u64], most: [u64; 2]) -> u64 {
    let mut least = vec![vec![0u64; most[1] as usize + 1]; most[0] as usize + 1];
    for &load in loads {
        let own = |a: usize, b: usize| {
            let ways = (0..=a).flat_map(|large| (0..=b).map(move |middle| (large, middle)));
            let bins = |(large, middle): (usize, usize)| {
                let rest = load.saturating_sub(100 * large as u64 + 60 * middle as u64);
                least[a - large][b - middle] + large as u64 + middle as u64 + rest.div_ceil(35)
            };
            ways.map(bins).min().unwrap()
        };
        least = (0..least.len()).map(|a| (0..least[a].len()).map(|b| own(a, b)).collect()).collect();
    }
    least[most[0] as usize][most[1] as usize]
}

#[test]
fn islands_share_what_is_few_as_well_as_can_be() {
    let mut source = Random::new(4);
    let mut best = 0;
    for round in 0..10 {
        let (problem, loads) = islands(&mut source, 14);
        let least = fewest_on_islands(&loads, [0, 1].map(|kind| problem.bins()[kind].max_count.unwrap()));
        let options = Options { work_limit: Some(30_000_000), ..Options::default() };
        let answer = solve(&problem, &[Objective::Clusters], &options, &Silent).unwrap();
        let budget = Budget::new(&options, 0, &Silent);
        let verdict = check(&problem, answer.solution.as_ref(), &answer.certificate, &budget);
        assert!(matches!(verdict, Verdict::Verified { .. }), "{round}: {verdict:?}");
        let (value, bound) = (answer.levels[0].value.unwrap(), answer.levels[0].bound);
        assert!(bound <= least && least <= value, "{round}: {bound} <= {least} <= {value}");
        assert!(value <= least + 1, "{round}: {bound}, {least}, {value}");
        best += u64::from(value == least);
    }
    assert!(best >= 7, "{best} of 10 plans have the fewest");
}

#[test]
fn items_of_ten_resources_are_proved_soon() {
    // no resource alone says how many bins these take: their load is far below
    for seed in 1..4 {
        let recipe = Instance { items: 60, sizes: Sizes::VectorMedium(10), graph: Graph::Empty };
        let problem = recipe.build(seed).unwrap();
        let load = |q: usize| problem.items().iter().map(|item| item.size[q] * item.demand).sum::<u64>().div_ceil(1000);
        let load = (0..10).map(load).max().unwrap();
        let options = Options { work_limit: Some(1_000_000_000), ..Options::default() };
        let answer = solve(&problem, &[Objective::Clusters], &options, &Silent).unwrap();
        let level = answer.levels[0];
        assert_eq!((answer.status, level.value), (Status::Optimal, Some(level.bound)), "seed {seed}");
        assert!(level.bound > load, "seed {seed}: {} of a load of {load}", level.bound);
    }
}

#[test]
fn triplets_are_proved_soon_at_every_density() {
    // with few conflicts most items have none, so that there are few classes; but bins that hold a handful are no business of classes
    for density in 0..10 {
        for seed in 1..4 {
            let recipe = Instance { items: 60, sizes: Sizes::Triplets, graph: Graph::Threshold(100 * density) };
            let problem = recipe.build(seed).unwrap();
            let options = Options { work_limit: Some(150_000_000), ..Options::default() };
            let answer = solve(&problem, &[Objective::Clusters], &options, &Silent).unwrap();
            let level = answer.levels[0];
            let found = (answer.status, level.value, level.certified);
            assert_eq!(found, (Status::Optimal, Some(level.bound), level.bound), "density {density}, seed {seed}");
            assert!(density > 0 || level.bound == 20);
        }
    }
}
