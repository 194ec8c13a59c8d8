//! The classes of instances, what must hold for each, and what is aimed at.

use tenantry::engine::Problem;
use tenantry::engine::generate::{Graph, Instance, Shape, ShapedFleet, Sizes, StandingFleet, TenantFleet};

use crate::published;

/// Where an instance comes from.
pub enum Source {
    Recipe(Instance, u64),
    Fleet(TenantFleet, u64),
    Standing(StandingFleet, u64),
    Shaped(ShapedFleet, u64),
    File(std::path::PathBuf),
}

impl Source {
    pub fn problem(&self) -> Result<Problem, String> {
        match self {
            Self::Recipe(recipe, seed) => recipe.build(*seed).map_err(|error| error.to_string()),
            Self::Fleet(fleet, seed) => fleet.build(*seed).map_err(|error| error.to_string()),
            Self::Standing(fleet, seed) => fleet.build(*seed).map_err(|error| error.to_string()),
            Self::Shaped(fleet, seed) => fleet.build(*seed).map_err(|error| error.to_string()),
            Self::File(path) => published::read(path),
        }
    }
}

/// An instance.
pub struct Named {
    pub name: String,
    pub source: Source,
    /// The best value that the literature knows.
    pub known: Option<u64>,
}

/// What a class is held to.
#[derive(Clone, Copy, Default)]
pub struct Target {
    /// Share of the instances with a gap of at most `gap` within `seconds`.
    pub share: f64,
    /// CPU seconds of an instance.
    pub seconds: f64,
    /// Bins.
    pub gap: u64,
    /// The gap as a share of the bound, instead; 0: `gap` counts.
    pub relative: f64,
    /// Further: largest gap of any instance at the limit.
    pub worst: Option<u64>,
    /// Further: the mean CPU seconds of an instance.
    pub mean: Option<f64>,
}

impl Target {
    pub const fn proved(share: f64, seconds: f64) -> Self {
        Self { share, seconds, gap: 0, relative: 0.0, worst: None, mean: None }
    }

    pub const fn gap(gap: u64, seconds: f64) -> Self {
        Self { share: 1.0, seconds, gap, relative: 0.0, worst: None, mean: None }
    }
}

/// A row of the table.
pub struct Class {
    pub name: String,
    /// CPU seconds at which a run is stopped.
    pub limit: f64,
    /// Run in a process of its own, peak memory reported.
    pub fleet: bool,
    pub must: Target,
    pub aim: Target,
    pub instances: Vec<Named>,
}

/// Every class, with its instances.
pub fn all(seed: u64, quick: bool) -> Vec<Class> {
    let mut classes = published_recipes(seed, quick);
    classes.extend(random_graphs(seed, quick));
    classes.extend(small_items(seed, quick));
    classes.extend(vectors(seed, quick));
    classes.extend(clouds(seed, quick));
    classes.extend(many_resources(seed, quick));
    classes.extend(fleets(seed, quick));
    classes.extend(standing(seed, quick));
    classes.extend(shaped(seed, quick));
    classes
}

/// Fleets some of whose clusters stand already: 10 and 40 larger ones beside a small template, each of its own shape or of few;
/// some kept, and at most half of them.
fn standing(seed: u64, quick: bool) -> Vec<Class> {
    let class = |(label, standing, shapes, kept, most): (&str, usize, usize, usize, u64)| {
        let fleet = TenantFleet { workloads: 2_000, per_bin: 14, ..TenantFleet::default() };
        let recipe = StandingFleet { fleet, standing, shapes, kept, most };
        let name = format!("fleet 2k beside {label}");
        let instances = (seed..seed + if quick { 1 } else { 3 })
            .map(|s| Named { name: format!("{name} s{s}"), source: Source::Standing(recipe, s), known: None })
            .collect();
        Class { name, limit: 10.0, fleet: true, must: Target::gap(1, 10.0), aim: Target::proved(1.0, 10.0), instances }
    };
    let recipes = [
        ("10 clusters", 10, 0, 0, 0),
        ("40 clusters", 40, 0, 0, 0),
        ("40 clusters of 4 shapes", 40, 4, 0, 0),
        ("40 clusters, 10 of them kept", 40, 0, 10, 0),
        ("40 clusters, at most 20 of them", 40, 0, 0, 20),
    ];
    recipes.into_iter().map(class).collect()
}

/// Fleets of real shapes.
fn shaped(seed: u64, quick: bool) -> Vec<Class> {
    let relative = |share: f64, seconds: f64| Target { relative: share, ..Target::gap(0, seconds) };
    let (gap, proved) = (Target::gap, |seconds: f64| Target::proved(1.0, seconds));
    let recipes = [
        ("tight counts 10k", Shape::Tight, 10_000, 10.0, gap(1, 10.0), proved(2.0)),
        ("tight counts 100k", Shape::Tight, 100_000, 30.0, relative(0.005, 30.0), proved(10.0)),
        ("20 templates 10k", Shape::Templates, 10_000, 10.0, gap(1, 10.0), proved(10.0)),
        ("20 templates 100k", Shape::Templates, 100_000, 30.0, relative(0.005, 30.0), proved(30.0)),
        ("dense distrust 50 % 1k", Shape::Dense(500), 1_000, 10.0, proved(10.0), proved(1.0)),
        ("dense distrust 70 % 1k", Shape::Dense(700), 1_000, 10.0, gap(1, 10.0), proved(1.0)),
        ("dense distrust 90 % 1k", Shape::Dense(900), 1_000, 10.0, proved(10.0), proved(1.0)),
        ("dense distrust 70 % 10k", Shape::Dense(700), 10_000, 10.0, relative(0.01, 10.0), gap(1, 10.0)),
        ("dense distrust 90 % 10k", Shape::Dense(900), 10_000, 10.0, relative(0.01, 10.0), gap(1, 10.0)),
        ("GPUs 100k", Shape::Gpus, 100_000, 10.0, relative(0.003, 10.0), gap(2, 10.0)),
        ("heavy tails 100k", Shape::Heavy, 100_000, 10.0, gap(3, 10.0), proved(10.0)),
        ("sizes from a menu 300k", Shape::Menu, 300_000, 10.0, gap(1, 10.0), proved(10.0)),
        ("islands 100k", Shape::Islands, 100_000, 20.0, proved(20.0), proved(5.0)),
    ];
    let class = |(label, shape, workloads, limit, must, aim): (&str, Shape, usize, f64, Target, Target)| {
        let recipe = ShapedFleet { shape, workloads };
        let name = format!("shaped {label}");
        let instances = (seed..seed + if quick || workloads > 10_000 { 1 } else { 2 })
            .map(|s| Named { name: format!("{name} s{s}"), source: Source::Shaped(recipe, s), known: None })
            .collect();
        Class { name, limit, fleet: true, must, aim, instances }
    };
    recipes.into_iter().map(class).collect()
}

fn recipe(name: &str, items: usize, sizes: Sizes, graph: Graph, seed: u64) -> Named {
    let drawn = match graph {
        Graph::Threshold(density) => format!(" d{density}"),
        Graph::Random(density) => format!(" q{density}"),
        _ => String::new(),
    };
    let recipe = Instance { items, sizes, graph };
    Named { name: format!("{name}{drawn} s{seed}"), source: Source::Recipe(recipe, seed), known: None }
}

/// The recipe of Muritiba et al. (2010): eight classes, ten densities.
fn published_recipes(seed: u64, quick: bool) -> Vec<Class> {
    let kinds = [
        ("u120", 120, Sizes::Uniform),
        ("u250", 250, Sizes::Uniform),
        ("u500", 500, Sizes::Uniform),
        ("u1000", 1000, Sizes::Uniform),
        ("t60", 60, Sizes::Triplets),
        ("t120", 120, Sizes::Triplets),
        ("t249", 249, Sizes::Triplets),
        ("t501", 501, Sizes::Triplets),
    ];
    let class = |(name, items, sizes): (&str, usize, Sizes)| {
        let seeds = if items == 1000 || quick { 1 } else { 2 };
        let densities = (0..10).step_by(if quick { 3 } else { 1 });
        let instances = densities
            .flat_map(|d| (seed..seed + seeds).map(move |s| recipe(name, items, sizes, Graph::Threshold(100 * d), s)));
        Class {
            name: format!("threshold {name}"),
            limit: 30.0,
            fleet: false,
            // 200 s and 60 s over 800
            must: Target { mean: (items >= 1000).then_some(2.0), ..Target::proved(1.0, 10.0) },
            aim: Target { mean: (items >= 1000).then_some(0.6), ..Target::proved(1.0, 2.0) },
            instances: instances.collect(),
        }
    };
    kinds.into_iter().map(class).collect()
}

fn random_graphs(seed: u64, quick: bool) -> Vec<Class> {
    let class = |items: usize, seeds: u64, must, aim| Class {
        name: format!("G(n,q) u{items}"),
        limit: if items > 250 { 30.0 } else { 10.0 },
        fleet: false,
        must,
        aim,
        instances: densities(quick)
            .flat_map(|q| (seed..seed + if quick { 1 } else { seeds }).map(move |s| (q, s)))
            .map(|(q, s)| recipe(&format!("g{items}"), items, Sizes::Uniform, Graph::Random(q), s))
            .collect(),
    };
    vec![
        class(120, 3, Target::proved(1.0, 2.0), Target::proved(1.0, 0.3)),
        class(250, 3, Target::proved(1.0, 2.0), Target::proved(1.0, 0.3)),
        // of 15 instances no share is 95 %
        class(500, 9, Target::proved(0.95, 10.0), Target::proved(0.95, 1.0)),
    ]
}

/// The small set that other solvers are run on too (`benches/peers`), and fleets of real shapes.
pub fn peers(seed: u64) -> Vec<Class> {
    vec![small_set(seed), shapes(seed)]
}

/// One fleet of each real shape and size. The limit is the least that is given to other solvers.
fn shapes(seed: u64) -> Class {
    let kinds = [
        ("tight counts", Shape::Tight),
        ("20 templates", Shape::Templates),
        ("dense distrust 50 %", Shape::Dense(500)),
        ("dense distrust 70 %", Shape::Dense(700)),
        ("dense distrust 90 %", Shape::Dense(900)),
        ("GPUs", Shape::Gpus),
        ("heavy tails", Shape::Heavy),
        ("sizes from a menu", Shape::Menu),
        ("islands", Shape::Islands),
    ];
    let named = |workloads: usize, (label, shape): (&str, Shape)| {
        let source = Source::Shaped(ShapedFleet { shape, workloads }, seed);
        Named { name: format!("{label} {}k s{seed}", workloads / 1000), source, known: None }
    };
    let instances =
        [1_000, 10_000].into_iter().flat_map(|workloads| kinds.map(|kind| named(workloads, kind))).collect();
    let (must, aim) = (Target::default(), Target::default());
    Class { name: "peers, real shapes".into(), limit: 20.0, fleet: false, must, aim, instances }
}

fn small_set(seed: u64) -> Class {
    use Graph::{Empty, Random, Threshold};
    use Sizes::{Small, Triplets, Uniform, VectorUniform};
    let recipes = [
        ("u120", 120, Uniform, Threshold(0)),
        ("u120", 120, Uniform, Threshold(300)),
        ("u120", 120, Uniform, Threshold(500)),
        ("u250", 250, Uniform, Threshold(0)),
        ("u250", 250, Uniform, Threshold(300)),
        ("u250", 250, Uniform, Threshold(500)),
        ("t120", 120, Triplets, Threshold(0)),
        ("t120", 120, Triplets, Threshold(300)),
        ("g120", 120, Uniform, Random(100)),
        ("g120", 120, Uniform, Random(500)),
        ("g120", 120, Uniform, Random(900)),
        ("g250", 250, Uniform, Random(300)),
        ("v2-120", 120, VectorUniform(2), Empty),
        ("v2-120", 120, VectorUniform(2), Threshold(300)),
        ("v3-120", 120, VectorUniform(3), Random(300)),
        ("small60", 60, Small, Random(300)),
        ("small60", 60, Small, Random(700)),
        ("small120", 120, Small, Random(500)),
    ];
    let mut instances: Vec<Named> =
        recipes.map(|(name, items, sizes, graph)| recipe(name, items, sizes, graph, seed)).into();
    for (workloads, tenants, distrust, per_bin) in [(1000, 60, 20, 30), (1000, 60, 300, 10), (10_000, 200, 20, 30)] {
        let fleet = TenantFleet { workloads, tenants, distrust, per_bin, ..TenantFleet::default() };
        let name = format!("fleet {workloads} d{distrust} b{per_bin} s{seed}");
        instances.push(Named { name, source: Source::Fleet(fleet, seed), known: None });
    }
    let (must, aim) = (Target::proved(1.0, 60.0), Target::proved(1.0, 1.0));
    Class { name: "peers".into(), limit: 60.0, fleet: false, must, aim, instances }
}

/// Densities of random graphs, in thousandths.
fn densities(quick: bool) -> impl Iterator<Item = u64> {
    (100..1000).step_by(if quick { 400 } else { 200 })
}

fn small_items(seed: u64, quick: bool) -> Vec<Class> {
    let class = |items: usize, limit: f64, must, aim| Class {
        name: format!("G(n,q) small items n={items}, {limit} s"),
        limit: if quick { 10.0 } else { limit },
        fleet: false,
        must,
        aim,
        instances: densities(quick)
            .flat_map(|q| (seed..seed + if quick || items > 60 { 1 } else { 2 }).map(move |s| (q, s)))
            .map(|(q, s)| recipe(&format!("small{items}"), items, Sizes::Small, Graph::Random(q), s))
            .collect(),
    };
    vec![
        class(60, 10.0, Target::proved(1.0, 10.0), Target::proved(1.0, 1.0)),
        class(120, 10.0, Target::gap(1, 10.0), Target::proved(0.8, 60.0)),
        class(120, 60.0, Target::gap(1, 60.0), Target::proved(0.8, 60.0)),
        class(250, 10.0, Target::gap(4, 10.0), Target::gap(2, 10.0)),
    ]
}

fn vectors(seed: u64, quick: bool) -> Vec<Class> {
    let class = |items: usize, must, aim| {
        let graphs = [Graph::Empty, Graph::Threshold(300), Graph::Random(300), Graph::Threshold(500)];
        let kinds = [2, 3].into_iter().flat_map(move |d| graphs.into_iter().map(move |graph| (d, graph)));
        Class {
            name: format!("2 and 3 resources u{items}"),
            limit: 30.0,
            fleet: false,
            must,
            aim,
            instances: kinds
                .flat_map(|(d, graph)| (seed..seed + if quick { 1 } else { 2 }).map(move |s| (d, graph, s)))
                .map(|(d, graph, s)| recipe(&format!("v{d}-{items}"), items, Sizes::VectorUniform(d), graph, s))
                .collect(),
        }
    };
    vec![
        class(120, Target::proved(1.0, 2.0), Target::proved(1.0, 0.5)),
        class(250, Target::proved(1.0, 2.0), Target::proved(1.0, 0.5)),
        class(500, Target { worst: Some(1), ..Target::proved(0.85, 30.0) }, Target::proved(1.0, 10.0)),
    ]
}

/// Machines of a cloud, of which every two are in conflict with some probability: two and three resources.
fn clouds(seed: u64, quick: bool) -> Vec<Class> {
    let class = |(items, resources): (usize, usize)| Class {
        name: format!("cloud machines G(n,q), {resources} resources, n={items}"),
        limit: if quick { 10.0 } else { 30.0 },
        fleet: false,
        must: Target { relative: 0.02, ..Target::gap(0, 30.0) },
        aim: Target::gap(2, 30.0),
        instances: densities(quick)
            .map(|q| {
                recipe(&format!("cloud{resources}-{items}"), items, Sizes::Cloud(resources), Graph::Random(q), seed)
            })
            .collect(),
    };
    [(250, 2), (250, 3), (500, 2), (500, 3)].into_iter().map(class).collect()
}

/// Up to 20 resources, independent of one another, without conflicts.
fn many_resources(seed: u64, quick: bool) -> Vec<Class> {
    let class = |(label, sizes): (&str, fn(usize) -> Sizes)| Class {
        name: format!("3 to 20 resources, {label} items, n=60 to 500"),
        limit: if quick { 10.0 } else { 30.0 },
        fleet: false,
        must: Target::gap(2, 30.0),
        aim: Target::gap(1, 30.0),
        instances: [3, 5, 10, 20]
            .into_iter()
            .flat_map(|resources| [60, 200, 500].map(|items| (resources, items)))
            .map(|(resources, items)| {
                recipe(&format!("r{resources}-{items}"), items, sizes(resources), Graph::Empty, seed)
            })
            .collect(),
    };
    let sizes = [Sizes::VectorUniform as fn(usize) -> Sizes, Sizes::VectorMedium, Sizes::VectorSmall];
    ["large", "medium", "small"].into_iter().zip(sizes).map(class).collect()
}

/// Tenant fleets: 2 %, 10 % and 30 % distrust; some 100, 30 and 8 workloads a cluster; one and three bin types.
fn fleets(seed: u64, quick: bool) -> Vec<Class> {
    let mut classes = Vec::new();
    for (workloads, label) in [(10_000, "10k"), (100_000, "100k"), (1_000_000, "1M")] {
        if quick && workloads > 100_000 {
            continue;
        }
        for (distrust, per_bin, bin_types) in
            [(20, 100, 1), (20, 30, 1), (20, 8, 1), (100, 30, 1), (100, 8, 1), (300, 30, 1), (300, 8, 1), (20, 30, 3)]
        {
            let easy = distrust == 20 && per_bin >= 20;
            // several bin types and the hard fleets of a million are not held to anything: they show the growth
            let (limit, must, aim) = match (easy, workloads) {
                _ if bin_types > 1 => (10.0, Target::default(), Target::default()),
                (true, 10_000) => (5.0, Target::gap(1, 0.5), Target::gap(0, 0.05)),
                (true, 100_000) => (10.0, Target::gap(1, 2.0), Target::gap(0, 0.5)),
                (true, _) => (40.0, Target::gap(1, 20.0), Target::gap(0, 5.0)),
                (false, 10_000) => (10.0, Target::gap(1, 10.0), Target::gap(0, 10.0)),
                (false, 100_000) => (30.0, Target { relative: 0.005, ..Target::gap(0, 30.0) }, Target::gap(2, 30.0)),
                (false, _) => (60.0, Target::default(), Target::default()),
            };
            let fleet = TenantFleet { workloads, distrust, per_bin, bin_types, ..TenantFleet::default() };
            let kinds = if bin_types > 1 { format!(", {bin_types} bin types") } else { String::new() };
            let name = format!("fleet {label} distrust {} % about {per_bin} a bin{kinds}", distrust / 10);
            let instances = (seed..seed + if quick || workloads > 100_000 { 1 } else { 2 })
                .map(|s| Named { name: format!("{name} s{s}"), source: Source::Fleet(fleet, s), known: None })
                .collect();
            classes.push(Class { name, limit, fleet: true, must, aim, instances });
        }
    }
    classes
}
