//! The engines of the restricted master against one another and against microlp.

#[path = "master/generate.rs"]
mod generate;

use generate::{Column, Packing};
use good_lp::{Expression, ResolutionError, Solution, SolverModel, microlp, variable, variables};
use tenantry::engine::internals::master::{Master, MasterError, Outcome, Reoptimised, Row, Sense, Simplex};
use tenantry::engine::random::Random;
use tenantry::engine::{Budget, Options, Silent, Stop};

const PLENTY: u64 = u64::MAX / 2;

fn budget() -> Budget<'static> {
    Budget::new(&Options::default(), PLENTY, &Silent)
}

/// The optimum by microlp, `None` where infeasible.
fn by_microlp(rows: &[Row], columns: &[Column]) -> Option<f64> {
    let mut variables = variables!();
    let x: Vec<_> = columns.iter().map(|_| variables.add(variable().min(0))).collect();
    let cost: Expression = columns.iter().zip(&x).map(|(column, &x)| column.0 * x).sum();
    let mut left = vec![Expression::from(0.0); rows.len()];
    for (column, &x) in columns.iter().zip(&x) {
        for &(row, entry) in &column.1 {
            left[row] += entry * x;
        }
    }
    let mut model = variables.minimise(cost.clone()).using(microlp);
    for (row, left) in rows.iter().zip(left) {
        model = model.with(match row.sense {
            Sense::Cover => left.geq(row.rhs),
            Sense::AtMost => left.leq(row.rhs),
            Sense::Exactly => left.eq(row.rhs),
        });
    }
    match model.solve() {
        Ok(solution) => Some(solution.eval(cost)),
        Err(ResolutionError::Infeasible) => None,
        Err(other) => panic!("{other}"),
    }
}

/// What every answer must satisfy.
fn check(master: &dyn Master, outcome: Outcome, rows: &[Row], columns: &[Column]) {
    let (duals, primal) = (master.duals(), master.primal());
    assert_eq!((duals.len(), primal.len(), master.columns()), (rows.len(), columns.len(), columns.len()));
    assert!(duals.iter().chain(primal).all(|value| value.is_finite()));
    let scale = columns.iter().fold(1.0_f64, |largest, column| largest.max(column.0));
    for (row, &dual) in rows.iter().zip(duals) {
        match row.sense {
            Sense::Cover => assert!(dual >= 0.0),
            Sense::AtMost => assert!(dual <= 0.0),
            Sense::Exactly => {}
        }
    }
    let by_duals: f64 = rows.iter().zip(duals).map(|(row, dual)| row.rhs * dual).sum();
    assert!((by_duals - master.objective()).abs() <= 1e-9 * (1.0 + by_duals.abs()));
    for (j, column) in columns.iter().enumerate() {
        let value: f64 = column.1.iter().map(|&(row, entry)| duals[row] * entry).sum();
        match outcome {
            Outcome::Optimal => {
                assert!(value <= column.0 + 1e-7 * scale, "column {j}: {value} > {}", column.0);
                assert!((master.reduced_cost(j) - (column.0 - value)).abs() < 1e-9 * scale);
            }
            Outcome::Infeasible => assert!(value <= 1e-7, "column {j}: ray {value}"),
        }
    }
    if outcome == Outcome::Infeasible {
        assert!(by_duals > 0.0);
        return;
    }
    let mut left = vec![0.0; rows.len()];
    for (column, &x) in columns.iter().zip(primal) {
        assert!(x >= 0.0);
        column.1.iter().for_each(|&(row, entry)| left[row] += entry * x);
    }
    for (row, left) in rows.iter().zip(left) {
        let (short, over) = (row.rhs - left, left - row.rhs);
        let violation = match row.sense {
            Sense::Cover => short,
            Sense::AtMost => over,
            Sense::Exactly => short.abs(),
        };
        assert!(violation <= 1e-4 * (1.0 + row.rhs), "violation {violation}");
    }
    let by_primal: f64 = columns.iter().zip(primal).map(|(column, x)| column.0 * x).sum();
    assert!((by_primal - by_duals).abs() <= 1e-4 * scale * (1.0 + rows.len() as f64), "{by_primal} {by_duals}");
    assert!(master.basic().len() <= rows.len() && master.basic().iter().all(|&column| column < columns.len()));
}

/// An LP with all kinds of rows; some infeasible, many degenerate.
fn random_rows(random: &mut Random) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..1 + random.index(7)).map(|_| Row::cover(random.index(4) as f64)).collect();
    rows.extend((0..random.index(3)).map(|_| Row::at_most(random.index(6) as f64)));
    if random.index(3) == 0 {
        rows.push(Row::exactly(random.index(6) as f64));
    }
    rows
}

fn random_column(random: &mut Random, rows: &[Row]) -> Column {
    let one = random.index(rows.len());
    let mut entries = Vec::new();
    for (row, kind) in rows.iter().enumerate() {
        match kind.sense {
            Sense::Cover if row == one || random.index(3) == 0 => entries.push((row, 1.0 + random.index(3) as f64)),
            Sense::AtMost if random.index(2) == 0 => entries.push((row, 1.0)),
            Sense::Exactly if random.index(4) > 0 => entries.push((row, 1.0)),
            _ => {}
        }
    }
    let cost = [1.0, 1.0, 1.0, 2.0, 3.0, 0.0][random.index(6)];
    (cost, entries)
}

fn agree(name: &str, make: fn(&[Row], u64) -> Box<dyn Master>) {
    let mut infeasible = 0;
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let rows = random_rows(&mut random);
        let mut columns: Vec<Column> = Vec::new();
        let mut warm = make(&rows, seed);
        for _ in 0..3 {
            for _ in 0..random.index(10) {
                let column = random_column(&mut random, &rows);
                assert_eq!(warm.add_column(column.0, &column.1), Ok(columns.len()));
                columns.push(column);
            }
            let outcome = warm.solve(&budget()).unwrap_or_else(|error| panic!("{name} {seed}: {error}"));
            check(&*warm, outcome, &rows, &columns);
            let mut cold = make(&rows, seed + 1);
            columns.iter().for_each(|column| assert!(cold.add_column(column.0, &column.1).is_ok()));
            if random.index(2) == 0 {
                cold.start_from(&warm.basic());
            }
            assert_eq!(cold.solve(&budget()), Ok(outcome), "{name} {seed}");
            check(&*cold, outcome, &rows, &columns);
            match by_microlp(&rows, &columns) {
                None => {
                    assert_eq!(outcome, Outcome::Infeasible, "{name} {seed}");
                    infeasible += 1;
                }
                Some(optimum) => {
                    assert_eq!(outcome, Outcome::Optimal, "{name} {seed}");
                    for objective in [warm.objective(), cold.objective()] {
                        assert!((objective - optimum).abs() < 2e-3, "{name} {seed}: {objective} {optimum}");
                    }
                }
            }
        }
    }
    assert!((500..8000).contains(&infeasible), "{infeasible}");
}

fn simplex(rows: &[Row], seed: u64) -> Box<dyn Master> {
    Box::new(Simplex::new(rows, seed).unwrap())
}

#[test]
fn simplex_agrees_with_microlp_on_small_masters() {
    agree("simplex", simplex);
}

#[cfg(feature = "highs")]
fn highs(rows: &[Row], seed: u64) -> Box<dyn Master> {
    Box::new(tenantry::engine::internals::master::Highs::new(rows, seed).unwrap())
}

#[cfg(feature = "highs")]
#[test]
fn highs_agrees_with_microlp_on_small_masters() {
    agree("HiGHS", highs);
}

#[cfg(feature = "highs")]
#[test]
fn highs_agrees_with_the_simplex_on_packing_masters() {
    for (items, density, seed) in [(60, 0, 1), (250, 0, 2), (120, 30, 3), (200, 20, 4)] {
        let packing = Packing::new(items, density, seed);
        let rows: Vec<Row> = packing.demands.iter().map(|&demand| Row::cover(demand as f64)).collect();
        let (objectives, columns) = generate_columns(&packing, highs, 40);
        assert!(!objectives.is_empty());
        let mut both = [simplex(&rows, 1), highs(&rows, 1)];
        let objectives = both.each_mut().map(|master| {
            columns.iter().for_each(|column| assert!(master.add_column(column.0, &column.1).is_ok()));
            assert_eq!(master.solve(&budget()), Ok(Outcome::Optimal));
            check(&**master, Outcome::Optimal, &rows, &columns);
            master.objective()
        });
        assert!((objectives[0] - objectives[1]).abs() < 1e-2, "{objectives:?}");
    }
}

/// Column generation on a packing instance, each round checked; returns the objectives of the rounds.
fn generate_columns(
    packing: &Packing,
    make: fn(&[Row], u64) -> Box<dyn Master>,
    rounds: usize,
) -> (Vec<f64>, Vec<Column>) {
    let rows: Vec<Row> = packing.demands.iter().map(|&demand| Row::cover(demand as f64)).collect();
    let mut master = make(&rows, 7);
    let mut columns = packing.start();
    columns.iter().for_each(|column| assert!(master.add_column(column.0, &column.1).is_ok()));
    let mut objectives = Vec::new();
    for _ in 0..rounds {
        let outcome = master.solve(&budget()).unwrap();
        assert_eq!(outcome, Outcome::Optimal);
        check(&*master, outcome, &rows, &columns);
        objectives.push(master.objective());
        let new = packing.price(master.duals());
        if new.is_empty() {
            break;
        }
        new.iter().for_each(|column| assert!(master.add_column(column.0, &column.1).is_ok()));
        columns.extend(new);
    }
    (objectives, columns)
}

#[test]
fn simplex_agrees_with_microlp_on_packing_masters() {
    for (items, density) in [(60, 0), (250, 0), (60, 20), (120, 40)] {
        for seed in 0..3 {
            let packing = Packing::new(items, density, seed);
            let rows: Vec<Row> = packing.demands.iter().map(|&demand| Row::cover(demand as f64)).collect();
            let (objectives, mut columns) = generate_columns(&packing, simplex, 60);
            assert!(objectives.windows(2).all(|pair| pair[1] <= pair[0] + 1e-3));
            let last = objectives.len() - 1;
            if objectives.len() == 60 {
                columns.truncate(columns.len() - packing.price(&[]).len());
            }
            let optimum = by_microlp(&rows, &columns).unwrap();
            // columns priced out in the last round would only lower it
            assert!(optimum <= objectives[last] + 1e-2, "{optimum} {}", objectives[last]);
        }
    }
}

#[test]
fn hostile_input_is_refused() {
    let bad = |rhs| Simplex::new(&[Row::cover(rhs)], 0).err();
    for rhs in [-1.0, f64::NAN, f64::INFINITY, 1e10] {
        assert_eq!(bad(rhs), Some(MasterError::Input));
    }
    let mut master = Simplex::new(&[Row::cover(1.0)], 0).unwrap();
    for (cost, entry) in
        [(f64::NAN, (0, 1.0)), (-1.0, (0, 1.0)), (1.0, (1, 1.0)), (1.0, (0, f64::NAN)), (1e10, (0, 1.0))]
    {
        assert_eq!(master.add_column(cost, &[entry]), Err(MasterError::Input));
    }
    assert_eq!(master.set_demand(1, 0.0), Err(MasterError::Input));
    assert_eq!(master.set_demand(0, f64::NAN), Err(MasterError::Input));
    assert_eq!(master.add_column(1.0, &[(0, 1.0), (0, 1.0)]), Ok(0));
    assert_eq!(master.solve(&budget()), Ok(Outcome::Optimal));
    assert!((master.objective() - 0.5).abs() < 1e-4);
}

#[test]
fn empty_masters_have_answers() {
    let mut nothing = Simplex::new(&[], 0).unwrap();
    assert_eq!(nothing.solve(&budget()), Ok(Outcome::Optimal));
    assert_eq!(nothing.add_column(1.0, &[]), Ok(0));
    assert_eq!(nothing.solve(&budget()), Ok(Outcome::Optimal));
    assert_eq!(nothing.primal(), [0.0]);
    let mut bare = Simplex::new(&[Row::cover(2.0), Row::at_most(1.0)], 0).unwrap();
    assert_eq!(bare.solve(&budget()), Ok(Outcome::Infeasible));
    assert!(bare.duals()[0] > 0.0 && bare.objective() > 0.0);
    assert_eq!(bare.add_column(1.0, &[(0, 1.0), (1, 1.0)]), Ok(0));
    assert_eq!(bare.solve(&budget()), Ok(Outcome::Infeasible));
    assert_eq!(bare.add_column(5.0, &[(0, 3.0), (1, 1.0)]), Ok(1));
    assert_eq!(bare.solve(&budget()), Ok(Outcome::Optimal));
    assert_eq!(bare.set_demand(0, 4.0), Ok(()));
    assert_eq!(bare.solve(&budget()), Ok(Outcome::Infeasible));
    assert_eq!(bare.set_demand(0, 0.0), Ok(()));
    assert_eq!(bare.solve(&budget()), Ok(Outcome::Optimal));
    assert!(bare.objective().abs() < 1e-9);
}

#[test]
fn a_stopped_master_goes_on() {
    let packing = Packing::new(120, 30, 5);
    let rows: Vec<Row> = packing.demands.iter().map(|&demand| Row::cover(demand as f64)).collect();
    let mut whole = Simplex::new(&rows, 3).unwrap();
    let mut pieces = Simplex::new(&rows, 3).unwrap();
    for column in packing.start() {
        assert_eq!(whole.add_column(column.0, &column.1), pieces.add_column(column.0, &column.1));
    }
    assert_eq!(whole.solve(&budget()), Ok(Outcome::Optimal));
    let mut stops = 0;
    let outcome = loop {
        match pieces.solve(&Budget::new(&Options::default(), 20_000, &Silent)) {
            Err(MasterError::Stopped(Stop::Work)) => stops += 1,
            other => break other,
        }
        assert!(stops < 10_000);
    };
    assert_eq!(outcome, Ok(Outcome::Optimal));
    assert!(stops > 3, "{stops}");
    assert!((whole.objective() - pieces.objective()).abs() < 1e-2);
}

#[test]
fn equal_seeds_give_equal_answers() {
    let packing = Packing::new(100, 20, 9);
    let (first, columns) = generate_columns(&packing, simplex, 20);
    let (second, again) = generate_columns(&packing, simplex, 20);
    assert_eq!(first, second);
    assert_eq!(columns, again);
}

/// Very degenerate: an assignment-like master, every right-hand side equal.
#[test]
fn degenerate_masters_end() {
    for n in [10, 40, 120] {
        let mut random = Random::new(n as u64);
        let rows: Vec<Row> = (0..n).map(|_| Row::cover(1.0)).collect();
        let mut master = Simplex::new(&rows, 1).unwrap();
        let mut columns = Vec::new();
        for _ in 0..10 * n {
            let (a, b, c) = (random.index(n), random.index(n), random.index(n));
            let mut entries = vec![(a, 1.0)];
            entries.extend([b, c].into_iter().filter(|&other| other > a).map(|other| (other, 1.0)));
            entries.dedup_by_key(|entry| entry.0);
            if entries.len() == 3 && entries[1].0 == entries[2].0 {
                entries.pop();
            }
            let mut column = (1.0, entries);
            column.1.sort_by_key(|entry| entry.0);
            column.1.dedup_by_key(|entry| entry.0);
            assert!(master.add_column(column.0, &column.1).is_ok());
            columns.push(column);
        }
        let outcome = master.solve(&budget()).unwrap();
        check(&master, outcome, &rows, &columns);
        assert_eq!(by_microlp(&rows, &columns).is_some(), outcome == Outcome::Optimal);
        if let Some(optimum) = by_microlp(&rows, &columns) {
            assert!((optimum - master.objective()).abs() < 1e-2);
        }
    }
}

/// Wide ranges of numbers: every solve ends with a checked answer or an error, never a NaN or an endless loop.
#[test]
fn badly_scaled_masters_end() {
    let mut errors = 0;
    for seed in 0..1500 {
        let mut random = Random::new(seed + 77);
        let mut power = |low: i32, high: i32| 10.0_f64.powi(low + random.index((high - low + 1) as usize) as i32);
        let rows: Vec<Row> = (0..8)
            .map(|row| {
                let rhs = power(-3, 6);
                [Row::cover(rhs), Row::cover(rhs), Row::at_most(rhs), Row::exactly(rhs)]
                    [if row < 5 { 0 } else { row - 4 }]
            })
            .collect();
        let mut master = Simplex::new(&rows, seed).unwrap();
        let mut columns = Vec::new();
        for _ in 0..3 {
            for _ in 0..10 {
                let mut entries = Vec::new();
                for row in 0..rows.len() {
                    if power(0, 1) > 5.0 {
                        entries.push((row, power(-4, 4) * if power(0, 4) > 5e3 { -1.0 } else { 1.0 }));
                    }
                }
                let cost = power(-3, 5);
                assert!(master.add_column(cost, &entries).is_ok());
                columns.push((cost, entries));
            }
            match master.solve(&budget()) {
                Ok(Outcome::Optimal) => {
                    let duals = master.duals();
                    assert!(duals.iter().chain(master.primal()).all(|value| value.is_finite()));
                    for (j, (cost, entries)) in columns.iter().enumerate() {
                        // a dual may be wrong by 1e-9 of the largest cost, and is multiplied by the entries
                        let size: f64 =
                            entries.iter().map(|&(row, entry)| (duals[row].abs() * 1e-6 + 1e-3) * entry.abs()).sum();
                        assert!(
                            master.reduced_cost(j) >= -1e-3 - 1e-6 * cost - size,
                            "{seed} {}",
                            master.reduced_cost(j)
                        );
                    }
                }
                Ok(Outcome::Infeasible) => assert!(master.duals().iter().all(|dual| dual.is_finite())),
                Err(MasterError::Numerical) => errors += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(errors < 45, "{errors}");
}

/// A master whose demands move keeps agreeing with a fresh one.
#[test]
fn moving_demands_are_followed() {
    for seed in 0..40 {
        let packing = Packing::new(30 + seed as usize, 20, seed);
        let mut rows: Vec<Row> = packing.demands.iter().map(|&demand| Row::cover(demand as f64)).collect();
        let mut random = Random::new(seed);
        let mut master = Simplex::new(&rows, 1).unwrap();
        let mut columns = packing.start();
        for _ in 0..200 {
            let mut order: Vec<usize> = (0..rows.len()).collect();
            (1..order.len()).for_each(|at| order.swap(at, random.index(at + 1)));
            columns.push(packing.fill(&order));
        }
        columns.iter().for_each(|column| assert!(master.add_column(column.0, &column.1).is_ok()));
        for _ in 0..6 {
            let outcome = master.solve(&budget()).unwrap();
            check(&master, outcome, &rows, &columns);
            assert_eq!(outcome, Outcome::Optimal);
            let mut fresh = Simplex::new(&rows, 2).unwrap();
            columns.iter().for_each(|column| assert!(fresh.add_column(column.0, &column.1).is_ok()));
            fresh.start_from(&master.basic());
            assert_eq!(fresh.solve(&budget()), Ok(outcome));
            assert!((fresh.objective() - master.objective()).abs() < 5e-3);
            for _ in 0..5 {
                let row = random.index(rows.len());
                rows[row].rhs = random.index(6) as f64;
                assert_eq!(master.set_demand(row, rows[row].rhs), Ok(()));
            }
        }
    }
}

/// Several bin types with maximum counts, against microlp.
#[test]
fn masters_with_maximum_counts_agree_with_microlp() {
    for seed in 0..12 {
        let packing = Packing::new(60, 15, seed);
        let mut random = Random::new(seed);
        let n = packing.sizes.len();
        let mut rows: Vec<Row> = packing.demands.iter().map(|&demand| Row::cover(demand as f64)).collect();
        rows.extend([Row::at_most(9.0), Row::at_most(25.0)]);
        if seed % 2 == 0 {
            rows.push(Row::exactly(34.0));
        }
        let mut master = Simplex::new(&rows, seed).unwrap();
        let mut columns: Vec<Column> = Vec::new();
        for _ in 0..4 {
            for _ in 0..150 {
                let mut order: Vec<usize> = (0..n).collect();
                (1..n).for_each(|at| order.swap(at, random.index(at + 1)));
                let kind = random.index(3);
                let (_, mut entries) = packing.fill(&order);
                if kind < 2 {
                    entries.push((n + kind, 1.0));
                }
                if seed % 2 == 0 {
                    entries.push((n + 2, 1.0));
                }
                let cost = [1.0, 1.5, 3.0][kind];
                assert!(master.add_column(cost, &entries).is_ok());
                columns.push((cost, entries));
            }
            let outcome = master.solve(&budget()).unwrap();
            check(&master, outcome, &rows, &columns);
            match by_microlp(&rows, &columns) {
                Some(optimum) => {
                    assert!((optimum - master.objective()).abs() < 1e-2, "{optimum} {}", master.objective())
                }
                None => assert_eq!(outcome, Outcome::Infeasible),
            }
        }
    }
}

#[test]
fn barred_columns_leave_the_solution() {
    let (mut optimal, mut infeasible, mut reached) = (0, 0, 0);
    for seed in 0..2_000 {
        let mut random = Random::new(seed);
        let rows: Vec<Row> = (0..2 + random.index(12)).map(|_| Row::cover(1.0 + random.index(2) as f64)).collect();
        let columns: Vec<Column> = (0..5 + random.index(40)).map(|_| random_column(&mut random, &rows)).collect();
        let mut master = Simplex::new(&rows, seed).unwrap();
        columns.iter().for_each(|column| assert!(master.add_column(column.0, &column.1).is_ok()));
        if master.solve(&budget()) != Ok(Outcome::Optimal) {
            continue;
        }
        let mut left: Vec<bool> = vec![true; columns.len()];
        for _ in 0..4 {
            for (column, left) in left.iter_mut().enumerate().filter(|_| random.index(6) == 0) {
                *left = false;
                master.bar(column);
            }
            let before = master.objective();
            let (mut few, mut early) = (master.clone(), master.clone());
            assert!(few.reoptimise(1e6, 1, &budget()).is_ok());
            let ended = master.reoptimise(1e6, u64::MAX, &budget()).unwrap();
            let allowed: Vec<Column> =
                columns.iter().zip(&left).filter(|entry| *entry.1).map(|entry| entry.0.clone()).collect();
            let feasible = |duals: &[f64], column: &Column| {
                let value: f64 = column.1.iter().map(|&(row, entry)| duals[row] * entry).sum();
                assert!(value <= column.0 + 1e-6 * (1.0 + duals.iter().fold(0.0, |most, &dual| dual.max(most))));
            };
            allowed.iter().for_each(|column| feasible(master.duals(), column));
            match by_microlp(&rows, &allowed) {
                None => {
                    assert_eq!(ended, Reoptimised::Ceiling, "{seed}");
                    assert!(master.objective() >= 1e6);
                    // and again: there is no top
                    assert_eq!(master.reoptimise(2e6, u64::MAX, &budget()), Ok(Reoptimised::Ceiling), "{seed}");
                    assert!(master.objective() >= 2e6);
                    allowed.iter().for_each(|column| feasible(master.duals(), column));
                    infeasible += 1;
                    break;
                }
                Some(optimum) => {
                    assert_eq!(ended, Reoptimised::Optimal, "{seed}");
                    assert!((master.objective() - optimum).abs() < 2e-3, "{seed}: {} {optimum}", master.objective());
                    assert!(left.iter().zip(master.primal()).all(|(&left, &value)| left || value < 1e-6));
                    optimal += 1;
                    assert!(before <= optimum + 2e-3 && few.objective() <= optimum + 2e-3, "{seed}");
                    if optimum > before + 0.1 {
                        let half = f64::midpoint(before, optimum);
                        assert_eq!(early.reoptimise(half, u64::MAX, &budget()), Ok(Reoptimised::Ceiling), "{seed}");
                        assert!(early.objective() >= half - 1e-6 && early.objective() <= optimum + 2e-3);
                        allowed.iter().for_each(|column| feasible(early.duals(), column));
                        reached += 1;
                    }
                }
            }
        }
    }
    assert!(optimal > 1_000 && infeasible > 100 && reached > 50, "{optimal} {infeasible} {reached}");
}
