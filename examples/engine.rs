//! The engine alone, without Kubernetes: jobs that may not run on one machine, machines of two kinds, the cheapest set of
//! them, and the proof.

use tenantry::engine::{BinType, Objective, Options, Problem, Proof, Silent, Solution, Status, pack};

/// What each kind of machine offers (cores, GiB), and what one costs.
const MACHINES: [([u64; 2], u64); 2] = [([16, 64], 10), ([32, 256], 22)];
/// What the jobs of each kind take (cores, GiB), how many there are, and whose they are.
const JOBS: [([u64; 2], u64, usize); 4] = [([4, 8], 6, 0), ([2, 30], 5, 1), ([8, 16], 3, 2), ([1, 2], 12, 0)];
/// Owners who do not share a machine.
const RIVALS: [(usize, usize); 2] = [(0, 1), (1, 2)];

/// The fewest machines, then the least cost: the packing, and the values of both.
///
/// # Errors
/// The problem contradicts itself, or asks for what the engine cannot do.
pub fn packed() -> Result<(Solution, Vec<u64>), Box<dyn std::error::Error>> {
    let mut builder = Problem::builder(2);
    for (size, cost) in MACHINES {
        builder.bin_type(BinType { capacity: size.to_vec(), cost, max_count: None });
    }
    builder.classes(3);
    for (one, other) in RIVALS {
        builder.conflict(one, other);
    }
    for (size, count, owner) in JOBS {
        builder.item(&size, count, owner);
    }
    let problem = builder.build()?;
    let levels = [Objective::Clusters, Objective::Cost];
    let (answer, proof) = pack(&problem, &levels, &Options::default(), &Silent)?;
    if answer.status != Status::Optimal || proof != Proof::Certified {
        return Err(format!("not proved: {:?}, {proof:?}", answer.status).into());
    }
    let solution = answer.solution.ok_or("an optimal answer has a solution")?;
    Ok((solution, answer.levels.iter().filter_map(|level| level.value).collect()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (solution, values) = packed()?;
    println!("{} machines at {}, proved", values[0], values[1]);
    for pattern in &solution.patterns {
        println!("{} x machine {}: {:?}", pattern.count, pattern.bin, pattern.items);
    }
    Ok(())
}
