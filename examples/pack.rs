//! Packs published instances: `pack [--time-limit S] [--work-limit N] [--seed N] FILE...`, one JSON line each.
//!
//! Reads the format of Muritiba, Iori, Malaguti & Toth (2010) (`n C`, then `i w j1 j2 ...`), its form for several resources
//! (`.vbpc`: `n d C_1 ... C_d`, then `i w_1 ... w_d j1 j2 ...`) and DIMACS graphs (`.col`: the fewest colours). Items are
//! shuffled by the seed first: some published files list the optimum in order.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tenantry::engine::{
    BinSet, BinType, BitMatrix, Budget, ItemType, Objective, Options, Problem, Silent, Verdict, check, solve,
};

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number =
            |value: Option<String>| value.and_then(|value| value.parse::<f64>().ok()).filter(|value| *value >= 0.0);
        match argument.as_str() {
            "--time-limit" | "--seed" | "--work-limit" => {
                let Some(value) = number(arguments.next()) else {
                    eprintln!("{argument} wants a number");
                    return ExitCode::from(2);
                };
                match argument.as_str() {
                    "--time-limit" => options.time_limit = Some(Duration::from_secs_f64(value)),
                    "--seed" => options.seed = value as u64,
                    _ => options.work_limit = Some(value as u64),
                }
            }
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        eprintln!("usage: pack [--time-limit S] [--work-limit N] [--seed N] FILE...");
        return ExitCode::from(2);
    }
    let mut failed = false;
    for file in files {
        let problem = std::fs::read_to_string(&file).map_err(|error| error.to_string()).and_then(|text| {
            if file.ends_with(".col") {
                read_colouring(&text, options.seed)
            } else {
                read_packing(&text, file.ends_with(".vbpc"), options.seed)
            }
        });
        match problem {
            Ok(problem) => println!("{}", pack(&file, &problem, &options)),
            Err(error) => {
                eprintln!("{file}: {error}");
                failed = true;
            }
        }
    }
    if failed { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

fn pack(file: &str, problem: &Problem, options: &Options) -> serde_json::Value {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let name =
        std::path::Path::new(file).file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let answer = solve(problem, &[Objective::Clusters], options, &Silent).expect("no terms");
    let (seconds, cpu_seconds) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let budget = Budget::new(&Options::default(), 20_000_000_000, &Silent);
    let verdict = match check(problem, answer.solution.as_ref(), &answer.certificate, &budget) {
        Verdict::Verified { .. } => "certified",
        Verdict::Refuted { .. } => "refuted",
        Verdict::Undecided => "claimed",
    };
    let level = answer.levels.first().copied();
    serde_json::json!({
        "instance": name,
        "bins": level.and_then(|level| level.value),
        "lowerBound": level.map(|level| level.bound),
        "certified": level.map(|level| level.certified),
        "status": format!("{:?}", answer.status).to_lowercase(),
        "proof": verdict,
        "seconds": round(seconds),
        "cpuSeconds": round(cpu_seconds),
        "phase": format!("{:?}", answer.closed_by),
        "types": problem.items().len(),
    })
}

fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// User and system time of this process so far; wall-clock time where the system does not say.
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0.0, |time| time.as_secs_f64());
    };
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn read_packing(text: &str, several: bool, seed: u64) -> Result<Problem, String> {
    let mut lines = text.lines().map(|line| {
        line.split_whitespace()
            .map(|word| word.parse::<u64>().map_err(|_| format!("not a number: {word}")))
            .collect::<Result<Vec<_>, _>>()
    });
    let header = lines.next().ok_or("empty file")??;
    let dimensions = if several { header.get(1).copied().unwrap_or(0) as usize } else { 1 };
    let capacity = header.get(1 + usize::from(several)..).unwrap_or_default().to_vec();
    if capacity.len() != dimensions || dimensions == 0 {
        return Err("the first line does not give the capacities".into());
    }
    let len = header[0] as usize;
    let mut sizes = Vec::new();
    let mut edges = Vec::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            continue;
        }
        if line.len() <= dimensions || line[0] != sizes.len() as u64 + 1 {
            return Err(format!("item {} expected", sizes.len() + 1));
        }
        sizes.push(line[1..=dimensions].to_vec());
        for &other in &line[dimensions + 1..] {
            if other == 0 || other > header[0] {
                return Err(format!("no item {other}"));
            }
            edges.push((sizes.len() - 1, other as usize - 1));
        }
    }
    if sizes.len() != len {
        return Err(format!("{} items, {len} expected", sizes.len()));
    }
    build(capacity, sizes, &edges, seed)
}

fn read_colouring(text: &str, seed: u64) -> Result<Problem, String> {
    let mut len = 0;
    let mut edges = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| {
            words.get(at).and_then(|word: &&str| word.parse::<usize>().ok()).ok_or(format!("bad line: {line}"))
        };
        match words.first() {
            Some(&"p") => len = number(2)?,
            Some(&"e") => {
                let (a, b) = (number(1)?, number(2)?);
                if a == 0 || b == 0 || a > len || b > len {
                    return Err(format!("bad edge: {line}"));
                }
                if a != b {
                    edges.push((a - 1, b - 1));
                }
            }
            _ => {}
        }
    }
    build(Vec::new(), vec![Vec::new(); len], &edges, seed)
}

/// Shuffles, then merges items of equal size and equal neighbourhood.
fn build(capacity: Vec<u64>, sizes: Vec<Vec<u64>>, edges: &[(usize, usize)], seed: u64) -> Result<Problem, String> {
    let len = sizes.len();
    let mut place: Vec<usize> = (0..len).collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
    for end in (1..len).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        place.swap(end, (state % (end as u64 + 1)) as usize);
    }
    let mut rows = vec![BTreeSet::new(); len];
    let mut shuffled = vec![Vec::new(); len];
    for (item, size) in sizes.into_iter().enumerate() {
        shuffled[place[item]] = size;
    }
    for &(a, b) in edges {
        rows[place[a]].insert(place[b]);
        rows[place[b]].insert(place[a]);
    }
    let eligible = BinSet::all(1);
    let mut kinds: BTreeMap<(Vec<u64>, Vec<usize>), usize> = BTreeMap::new();
    let mut items: Vec<ItemType> = Vec::new();
    let mut first = Vec::new();
    for (item, size) in shuffled.into_iter().enumerate() {
        let kind = *kinds.entry((size.clone(), rows[item].iter().copied().collect())).or_insert_with(|| {
            first.push(item);
            items.push(ItemType { size, demand: 0, class: items.len(), eligible: eligible.clone() });
            items.len() - 1
        });
        items[kind].demand += 1;
    }
    let mut conflicts = BitMatrix::new(items.len());
    for (a, &item) in first.iter().enumerate() {
        for (b, &other) in first.iter().enumerate().take(a) {
            if rows[item].contains(&other) {
                conflicts.insert(a, b);
            }
        }
    }
    let bins = vec![BinType { capacity, cost: 1, max_count: None }];
    let dimensions = bins[0].capacity.len();
    Problem::new(dimensions, items, conflicts, bins).map_err(|error| error.to_string())
}
