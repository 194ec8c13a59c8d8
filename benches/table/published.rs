//! The instances of Muritiba, Iori, Malaguti and Toth (2010): `n C`, then a line `i w j1 j2 ...` per item with its
//! neighbours above i.

use std::path::Path;

use tenantry::engine::Problem;
use tenantry::engine::random::Random;

use crate::classes::{Class, Named, Source, Target};

/// All files of a folder that its `best_known.csv` (or another `.csv` with lines `instance,best`) names.
pub fn class(folder: &Path) -> Result<Class, String> {
    let at = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut entries: Vec<_> = std::fs::read_dir(folder).map_err(at)?.filter_map(Result::ok).map(|e| e.path()).collect();
    entries.sort();
    let tables = entries.iter().filter(|path| path.extension().is_some_and(|ending| ending == "csv"));
    let mut best = std::collections::BTreeMap::new();
    for table in tables {
        for line in std::fs::read_to_string(table).map_err(at)?.lines().skip(1) {
            let mut fields = line.split([',', ';']);
            if let (Some(name), Some(Ok(value))) = (fields.next(), fields.next().map(|text| text.trim().parse())) {
                best.insert(name.trim().to_owned(), value);
            }
        }
    }
    let instances = entries
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .filter_map(|path| {
            let name = path.file_stem()?.to_string_lossy().into_owned();
            let known = best.get(&name).copied();
            name.starts_with("BPPC_").then_some(Named { name, source: Source::File(path), known })
        })
        .collect();
    Ok(Class {
        name: "published (Muritiba et al. 2010)".into(),
        limit: 60.0,
        fleet: false,
        must: Target { mean: Some(200.0 / 800.0), ..Target::proved(1.0, 10.0) },
        aim: Target { mean: Some(60.0 / 800.0), ..Target::proved(1.0, 2.0) },
        instances,
    })
}

/// Reads a file and shuffles its items: the files of the t classes list an optimum in order.
pub fn read(path: &Path) -> Result<Problem, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let bad = || format!("{}: not in the published format", path.display());
    let numbers = |line: &str| {
        line.split_whitespace().map(|word| word.parse::<usize>().map_err(|_| bad())).collect::<Result<Vec<_>, _>>()
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header = numbers(lines.next().unwrap_or_default())?;
    let &[len, capacity] = header.as_slice() else { return Err(bad()) };
    let mut place: Vec<usize> = (0..len).collect();
    Random::new(1).shuffle(&mut place);
    let mut builder = Problem::builder(1);
    builder.bin(&[capacity as u64]);
    let classes = builder.classes(len);
    let mut sizes = vec![0; len];
    for line in lines {
        let line = numbers(line)?;
        let (&[item, size], neighbours) = line.split_at_checked(2).ok_or_else(bad)? else { return Err(bad()) };
        if line.iter().skip(2).chain([&item]).any(|&item| item == 0 || item > len) {
            return Err(bad());
        }
        sizes[place[item - 1]] = size as u64;
        for &other in neighbours {
            builder.conflict(classes + place[item - 1], classes + place[other - 1]);
        }
    }
    for (item, &size) in sizes.iter().enumerate() {
        builder.item(&[size], 1, classes + item);
    }
    builder.build().map_err(|error| error.to_string())
}
