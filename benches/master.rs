//! CPU time of the master LP engines on recorded rounds of column generation.
//!
//! The rounds are recorded once (columns priced greedily on our simplex's duals) and replayed on every engine, which
//! adds the columns of a round and re-solves warm. `cargo bench --bench master [--features highs] [-- ROWS...]`

#[path = "../tests/master/generate.rs"]
mod generate;

use generate::{Column, Packing};
use tenantry::engine::internals::master::{Master, Row, Simplex};
use tenantry::engine::{Budget, Options, Silent};

/// CPU seconds of this thread; the wall clock where the system does not say.
fn cpu() -> f64 {
    let read = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = read.and_then(|text| text.split(' ').next().and_then(|word| word.parse::<f64>().ok()));
    nanoseconds.map_or_else(
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64()),
        |nanoseconds| nanoseconds * 1e-9,
    )
}

fn budget() -> Budget<'static> {
    Budget::new(&Options::default(), u64::MAX / 2, &Silent)
}

/// The batches of columns of up to `limit` rounds.
fn record(packing: &Packing, rows: &[Row], limit: usize) -> Vec<Vec<Column>> {
    let mut master = Simplex::new(rows, 1).expect("sound rows");
    let mut batches = vec![packing.start()];
    while batches.len() < limit {
        for column in batches.last().into_iter().flatten() {
            master.add_column(column.0, &column.1).expect("sound column");
        }
        master.solve(&budget()).expect("solves");
        let new = packing.price(master.duals());
        if new.is_empty() {
            break;
        }
        batches.push(new);
    }
    batches
}

/// Seconds of the first solve, of all solves, the slowest round, and the objective.
fn replay(master: &mut dyn Master, batches: &[Vec<Column>]) -> (f64, f64, f64, f64) {
    let (mut first, mut all, mut slowest) = (0.0, 0.0, 0.0_f64);
    for (round, batch) in batches.iter().enumerate() {
        let start = cpu();
        for column in batch {
            master.add_column(column.0, &column.1).expect("sound column");
        }
        master.solve(&budget()).expect("solves");
        let spent = cpu() - start;
        all += spent;
        if round == 0 {
            first = spent;
        } else {
            slowest = slowest.max(spent);
        }
    }
    (first, all, slowest, master.objective())
}

/// The dual LP in microlp: a column is a constraint added to the solved model.
fn replay_microlp(rows: &[Row], batches: &[Vec<Column>]) -> (f64, f64, f64, f64) {
    use good_lp::solvers::microlp::microlp;
    use good_lp::{Expression, Solution, SolverModel, variable, variables};
    let (mut first, mut all, mut slowest, mut objective) = (0.0, 0.0, 0.0_f64, 0.0);
    for round in 0..batches.len() {
        let start = cpu();
        let mut variables = variables!();
        let pi: Vec<_> = rows.iter().map(|_| variables.add(variable().min(0))).collect();
        let value: Expression = rows.iter().zip(&pi).map(|(row, &pi)| row.rhs * pi).sum();
        let mut model = variables.maximise(value.clone()).using(microlp);
        for column in batches[..=round].iter().flatten() {
            let left: Expression = column.1.iter().map(|&(row, entry)| entry * pi[row]).sum();
            model = model.with(left.leq(column.0));
        }
        objective = model.solve().expect("solves").eval(value);
        let spent = cpu() - start;
        all += spent;
        if round == 0 {
            first = spent;
        } else {
            slowest = slowest.max(spent);
        }
    }
    (first, all, slowest, objective)
}

fn main() {
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if wanted.is_empty() { vec![200, 500, 1000] } else { wanted };
    println!(
        "| rows | density | columns | rounds | engine | first ms | ms a round | slowest ms | pivots a round | objective |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for size in sizes {
        for density in [10, 40] {
            let packing = Packing::new(size, density, 1);
            let rows: Vec<Row> = packing.demands.iter().map(|&demand| Row::cover(demand as f64)).collect();
            let batches = record(&packing, &rows, 120);
            let columns: usize = batches.iter().map(Vec::len).sum();
            let print = |engine: &str, (first, all, slowest, objective): (f64, f64, f64, f64), pivots: u64| {
                let rounds = batches.len();
                let mean = (all - first) * 1e3 / (rounds - 1).max(1) as f64;
                println!(
                    "| {} | {density} % | {columns} | {rounds} | {engine} | {:.1} | {mean:.2} | {:.1} | {:.0} | {objective:.3} |",
                    rows.len(),
                    first * 1e3,
                    slowest * 1e3,
                    pivots as f64 / rounds as f64
                );
            };
            let mut simplex = Simplex::new(&rows, 1).expect("sound rows");
            let figures = replay(&mut simplex, &batches);
            print("simplex", figures, simplex.pivots());
            let mut cold = Simplex::new(&rows, 2).expect("sound rows");
            let figures = replay(&mut cold, &[batches.concat()]);
            print("simplex, all columns at once", figures, cold.pivots() * batches.len() as u64);
            let mut again = Simplex::new(&rows, 1).expect("sound rows");
            again.start_from(&simplex.basic());
            let figures = replay(&mut again, &[batches.concat()]);
            print("simplex, rebuilt from its basis", figures, again.pivots() * batches.len() as u64);
            #[cfg(feature = "highs")]
            {
                let mut highs = tenantry::engine::internals::master::Highs::new(&rows, 1).expect("sound rows");
                let figures = replay(&mut highs, &batches);
                print("HiGHS", figures, highs.pivots());
                let mut cold = tenantry::engine::internals::master::Highs::new(&rows, 1).expect("sound rows");
                let figures = replay(&mut cold, &[batches.concat()]);
                print("HiGHS, all columns at once", figures, cold.pivots() * batches.len() as u64);
            }
            if std::env::var_os("MICROLP").is_some() {
                print("microlp, dual, rebuilt", replay_microlp(&rows, &batches), 0);
            }
        }
    }
}
