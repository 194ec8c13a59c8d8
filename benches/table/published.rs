//! Published instances: bin packing with and without conflicts as `n C`, then a line `i w j1 j2 ...` per item with its neighbours above i
//! (Muritiba, Iori, Malaguti and Toth 2010); class-constrained packing as `n Q C B`, then a line `w q` per item of class q, at most B classes
//! a bin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tenantry::engine::random::Random;
use tenantry::engine::{Problem, ProblemBuilder, Terms};

use crate::classes::{Class, Named, Source, Target};

/// What a set of instances is called, by how its folder or its files begin, and what it is held to: the limit, must and aim.
fn sets() -> Vec<(&'static str, &'static str, f64, Target, Target)> {
    let mean = |seconds: f64, target: Target| Target { mean: Some(seconds), ..target };
    let proved = |seconds: f64| Target::proved(1.0, seconds);
    let (must, aim) = (mean(200.0 / 800.0, proved(10.0)), mean(60.0 / 800.0, proved(2.0)));
    vec![
        ("BPPC_", "published (Muritiba et al. 2010)", 60.0, must, aim),
        ("AI202", "published, augmented IRUP 202", 60.0, proved(10.0), mean(1.0, proved(10.0))),
        ("ANI201", "published, augmented non-IRUP 201", 60.0, proved(10.0), mean(1.0, proved(10.0))),
        ("Hard", "published, Hard28", 60.0, proved(10.0), mean(1.0, proved(10.0))),
        ("AI403", "published, augmented IRUP 403", 60.0, proved(60.0), proved(60.0)),
        ("ANI402", "published, augmented non-IRUP 402", 60.0, proved(60.0), proved(60.0)),
        ("AI601", "published, augmented IRUP 601", 60.0, Target::gap(1, 60.0), proved(60.0)),
        ("ANI600", "published, augmented non-IRUP 600", 60.0, Target::gap(1, 60.0), proved(60.0)),
        ("ccbpp", "published, class-constrained", 60.0, mean(1.0, proved(60.0)), mean(0.2, proved(60.0))),
    ]
}

/// The sets in a folder and in the folders in it: files `.txt`, with best known values from `.csv` tables in that folder.
pub fn classes(folder: &Path) -> Result<Vec<Class>, String> {
    let entries = |folder: &Path| -> Result<Vec<PathBuf>, String> {
        let read = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut paths: Vec<PathBuf> = read.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        Ok(paths)
    };
    let ends = |path: &Path, with: &str| path.extension().is_some_and(|ending| ending == with);
    let top = entries(folder)?;
    let mut best = BTreeMap::new();
    for table in top.iter().filter(|path| ends(path, "csv")) {
        best.extend(best_known(table)?);
    }
    let mut files = Vec::new();
    for path in top {
        if path.is_dir() {
            files.extend(entries(&path)?);
        } else {
            files.push(path);
        }
    }
    let begins = |path: &Path, with: &str| {
        let name = |part: Option<&std::ffi::OsStr>| part.is_some_and(|part| part.to_string_lossy().starts_with(with));
        name(path.file_name()) || (path.parent() != Some(folder) && name(path.parent().and_then(Path::file_name)))
    };
    let class = |(start, name, limit, must, aim): (&str, &str, f64, Target, Target)| {
        let instance = |path: &PathBuf| {
            let stem = path.file_stem()?.to_string_lossy().into_owned();
            let known = best.get(&stem).copied();
            Some(Named { name: stem, source: Source::File(path.clone()), known })
        };
        let own = files.iter().filter(|path| ends(path, "txt") && begins(path, start));
        let instances: Vec<Named> = own.filter_map(instance).collect();
        Class { name: name.into(), limit, fleet: false, must, aim, instances }
    };
    let found: Vec<Class> = sets().into_iter().map(class).filter(|class| !class.instances.is_empty()).collect();
    if found.is_empty() {
        return Err(format!("{}: no published instances that have a name here", folder.display()));
    }
    Ok(found)
}

/// A table's best known values by the stem of the file: its columns `instance` or `file`, and `best` or `bins`.
fn best_known(table: &Path) -> Result<BTreeMap<String, u64>, String> {
    let text = std::fs::read_to_string(table).map_err(|error| format!("{}: {error}", table.display()))?;
    let fields = |line: &str| line.split([',', ';']).map(|field| field.trim().to_owned()).collect::<Vec<_>>();
    let mut lines = text.lines().map(fields);
    let head = lines.next().unwrap_or_default();
    let column = |names: [&str; 2]| head.iter().position(|field| names.contains(&field.as_str()));
    let (Some(name), Some(value)) = (column(["instance", "file"]), column(["best", "bins"])) else {
        return Ok(BTreeMap::new());
    };
    let known = |line: Vec<String>| {
        let stem = Path::new(line.get(name)?).file_stem()?.to_string_lossy().into_owned();
        Some((stem, line.get(value)?.parse().ok()?))
    };
    Ok(lines.filter_map(known).collect())
}

/// Reads a file of either format and shuffles its items: the files of the t classes list an optimum in order.
pub fn read(path: &Path) -> Result<Problem, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let numbers = |line: &str| line.split_whitespace().map(|word| word.parse().ok()).collect::<Option<Vec<usize>>>();
    let lines: Option<Vec<Vec<usize>>> = text.lines().filter(|line| !line.trim().is_empty()).map(numbers).collect();
    let built = lines.and_then(|lines| match *lines.first()?.as_slice() {
        [len, capacity] => with_conflicts(len, capacity as u64, &lines[1..]),
        [len, groups, capacity, most] if lines.len() == len + 1 => {
            class_constrained(groups, capacity as u64, most as u64, &lines[1..])
        }
        _ => None,
    });
    built.ok_or_else(|| format!("{}: not in a published format", path.display()))?
}

fn built(builder: ProblemBuilder) -> Result<Problem, String> {
    builder.build().map_err(|error| error.to_string())
}

/// `None`: no such lines.
fn class_constrained(groups: usize, capacity: u64, most: u64, lines: &[Vec<usize>]) -> Option<Result<Problem, String>> {
    let pair = |line: &Vec<usize>| <[usize; 2]>::try_from(line.as_slice()).ok().filter(|&[_, group]| group < groups);
    let mut items: Vec<[usize; 2]> = lines.iter().map(pair).collect::<Option<_>>()?;
    Random::new(1).shuffle(&mut items);
    let mut builder = Problem::builder(1);
    builder.bin(&[capacity]);
    let class = builder.class();
    items.iter().for_each(|&[size, _]| _ = builder.item(&[size as u64], 1, class));
    let groups = items.iter().map(|&[_, group]| Some(group)).collect();
    let terms = Terms { groups, most_groups: vec![Some(most)], ..Terms::default() };
    let problem = built(builder).and_then(|problem| problem.with(terms).map_err(|error| error.to_string()));
    Some(problem)
}

/// `None`: no such lines.
fn with_conflicts(len: usize, capacity: u64, lines: &[Vec<usize>]) -> Option<Result<Problem, String>> {
    let mut place: Vec<usize> = (0..len).collect();
    Random::new(1).shuffle(&mut place);
    let mut builder = Problem::builder(1);
    builder.bin(&[capacity]);
    let classes = builder.classes(len);
    let mut sizes = vec![0; len];
    for line in lines {
        let (&[item, size], neighbours) = line.split_at_checked(2)? else { return None };
        if line.iter().skip(2).chain([&item]).any(|&item| item == 0 || item > len) {
            return None;
        }
        sizes[place[item - 1]] = size as u64;
        for &other in neighbours {
            builder.conflict(classes + place[item - 1], classes + place[other - 1]);
        }
    }
    for (item, &size) in sizes.iter().enumerate() {
        builder.item(&[size], 1, classes + item);
    }
    Some(built(builder))
}
