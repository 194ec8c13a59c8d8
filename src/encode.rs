//! Names to indices: a fleet and its conflict graph become a problem, in a canonical form that a stranger can re-derive.
//!
//! # The canonical form
//!
//! 1. *Units*: the workloads that must share a cluster, united (together groups and shared namespaces, overlapping ones
//!    merged); every other workload is a unit of its own; per-cluster workloads are in none, nor is a split of no replicas. Units are ordered by their
//!    first workload (by tenant, namespace and name, as all workloads of a fleet are).
//! 2. *Dimensions*: the resources of the fleet in their order, as the workloads take them that name no pool; then again
//!    for each dedicated pool that a workload names, pools ascending by name. A unit's size is the sum of what its
//!    workloads take: replicas times request, plus the fixed request, `pods` included. No scaling. What a tenant
//!    takes once in a cluster is added, without a pool, to some of the units that hold its workloads, no two of which may
//!    share one: in the order of the units, each that conflicts with all of the tenant's that were taken before it. Then
//!    `namespaces`, and `tenants`, each where a site has a maximum of them that is less than all sizes come to: a unit's size
//!    is how many it bears, where a namespace (a tenant) is borne by units that are taken in that same way.
//! 3. *Bin types*: the sites, which are the templates by name, each in every set of its regions of which nothing tells one
//!    from another: no workload (nor where one that stays in its region runs), no `maxClusters`, no `costFactor`. Sets by their regions, regions by name. Then the existing
//!    clusters by name; those of equal capacity and cost that are open to the same units (at the same charges), kept or not, and
//!    under the same limits are one bin type, of which there are at most as many, where the first of them stands. Capacity is what
//!    is usable; where that is unlimited, or above 2^62, it is the sum of all units' sizes. Cost in thousandths, times the
//!    region's factor and rounded up, 0 where none is given. A `maxCount` or `maxClusters` that speaks of one bin type is its
//!    maximum count (the smaller, of two); of several it is a shared limit: those of the templates, by name, then those of the
//!    regions, by name. Kept clusters are kept bins. Limits on values are limits on values, cost in thousandths; that on the
//!    moves only where these are charged.
//! 4. *Eligibility*: a site is open to a unit if it is open to each of its workloads: an existing cluster like a template of its
//!    shape, but for its mode, and for who must be elsewhere on the day judged. Of a unit with several copies one is open to each
//!    cluster where some of its workloads must be, and to that alone. Where at most so many of them may be in a region, as many are
//!    open to each region alone (by name, of those that have a site that is open to it) as the others leave over, those in
//!    clusters where they must be among them. The rest may be wherever the unit may. Of a split one replica is open to each
//!    cluster where some must be, by name, and to that alone, as long as there are replicas; then, of each cluster where it runs
//!    today, by name, as many as run there beside that one; then the new ones. These are open wherever the workload may be, but of
//!    the cordoned clusters to their own alone. Where fewer are left than run, all of those are open to all of these clusters.
//! 5. *Conflicts*: two units conflict if some workload of one may not share with some workload of the other.
//! 6. *Classes*: units `u` and `v` are of one class if every third unit conflicts with both or with neither (an
//!    equivalence relation). A class conflicts with itself if its units conflict with one another. Classes are numbered by
//!    their first unit. The replicas of a split are units that do not conflict with one another, whatever others of their kind do.
//! 7. *Item types*: units of equal class, size and eligibility are copies of one item type, and so are copies of one unit of
//!    equal eligibility, which no other unit is with: it has a number, in the order of the units with several copies. Each replica
//!    of a split is a unit of its own; what its tenant takes once in a cluster is added to the first. Item types are ordered by
//!    class, then size (lexicographic), then the list of eligible bin types (lexicographic), then the charge, then that number
//!    (without one first).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::{Count, Fleet, Rooms, Seats, Site, Standing, Tenant};
use crate::problem::{
    BinSet, BinType, BitMatrix, Charge, ItemType, Limit, MAX_TOTAL, Most, Pattern, Problem, Solution, Terms,
};
use crate::trust::{MAX_CLASSES, TrustGraph};

/// What the indices of a problem stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The units of each item type, each its workloads; as many as the type's demand, by first workload. Replicas of a split
    /// are one unit.
    units: Vec<Vec<Vec<usize>>>,
    /// Of each item type with replicas of splits how many of its demand each of its units is; of all others nothing.
    shares: Vec<Vec<u64>>,
    /// The sites of each bin type, ascending: one, or existing clusters that nothing tells apart.
    bins: Vec<Vec<usize>>,
    /// The bin type of each site.
    bin_of: Vec<usize>,
    /// Of each item type whose unit has several copies the bin types that are open to it; of all others nothing.
    open: Vec<Option<Rc<[usize]>>>,
    /// The item types of each split.
    splits: BTreeMap<usize, Vec<Replicas>>,
    /// What the dimensions after those of the resources count.
    counted: Vec<Count>,
}

/// Replicas of a split that are of one item type.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Replicas {
    item: usize,
    count: u64,
    /// The bin types that are open to it.
    open: Rc<[usize]>,
    /// Those where it runs today, or must be, ascending.
    homes: Vec<usize>,
}

/// A cluster: its site, its workloads (whole units), and of the splits among them the replicas that are there.
pub type Content<'a> = (usize, &'a [usize], &'a [(usize, u64)]);

impl Encoding {
    /// The units that are copies of an item type: each a list of workloads, ascending. Replicas of one split are one.
    #[must_use]
    pub fn units(&self, item: usize) -> &[Vec<usize>] {
        &self.units[item]
    }

    /// How many of an item type's demand each of its units is, where these are not one each.
    #[must_use]
    pub fn shares(&self, item: usize) -> &[u64] {
        &self.shares[item]
    }

    /// Whether a workload is a split.
    #[must_use]
    pub fn is_split(&self, workload: usize) -> bool {
        self.splits.contains_key(&workload)
    }

    /// What the dimensions after those of the resources count.
    pub(crate) fn counted(&self) -> &[Count] {
        &self.counted
    }

    /// The sites of a bin type, ascending.
    #[must_use]
    pub fn sites(&self, bin: usize) -> &[usize] {
        &self.bins[bin]
    }

    /// Clusters (with their workloads ascending) in indices; in what order they are given means nothing.
    #[must_use]
    pub fn solution<'a>(&self, clusters: impl Iterator<Item = Content<'a>>) -> Solution {
        let mut clusters: Vec<Content> = clusters.collect();
        if !self.open.iter().all(Option::is_none) {
            clusters.sort_unstable(); // who comes first takes the place with the least choice
        }
        let seated = self.seated(&clusters);
        let mut item_of: FxHashMap<usize, usize> = FxHashMap::default();
        // of units with several copies the item types, those first that are open to the fewest, and how many copies are left
        let mut several: FxHashMap<usize, Vec<(usize, u64)>> = FxHashMap::default();
        for (item, units) in self.units.iter().enumerate() {
            let firsts = units.iter().filter_map(|unit| unit.first().copied());
            match &self.open[item] {
                None => item_of.extend(firsts.map(|first| (first, item))),
                Some(_) => firsts.take(1).for_each(|first| {
                    several.entry(first).or_default().push((item, units.len() as u64));
                }),
            }
        }
        let width = |item: usize| self.open[item].as_ref().map_or(0, |open| open.len());
        several.values_mut().for_each(|list| list.sort_by_key(|&(item, _)| (width(item), item)));
        let mut pattern = |(&(site, workloads, _), seated): (&Content, BTreeMap<usize, u64>)| {
            let bin = self.bin_of[site];
            let mut items = seated;
            for workload in workloads.iter().filter(|workload| !self.splits.contains_key(workload)) {
                let open = |item: usize| self.open[item].as_ref().is_some_and(|open| open.contains(&bin));
                let copy = several.get_mut(workload).and_then(|list| {
                    // a list lies in another or beside it: whoever has least choice goes first
                    let found = list.iter_mut().find(|(item, left)| *left > 0 && open(*item))?;
                    found.1 -= 1;
                    Some(found.0)
                });
                if let Some(item) = copy.or_else(|| item_of.get(workload).copied()) {
                    *items.entry(item).or_insert(0) += 1;
                }
            }
            Pattern { bin, items: items.into_iter().collect(), count: 1 }
        };
        Solution::grouped(clusters.iter().zip(seated).map(&mut pattern).collect())
    }

    /// The replicas of splits in clusters as item types: whoever runs there today or must be there first, then whoever is left;
    /// clusters by their bin types and by what they hold, whatever their order.
    fn seated(&self, clusters: &[Content]) -> Vec<BTreeMap<usize, u64>> {
        let mut seated = vec![BTreeMap::new(); clusters.len()];
        if self.splits.is_empty() {
            return seated;
        }
        let key = |&at: &usize| {
            let (site, workloads, parts) = clusters[at];
            let (mut workloads, mut parts) = (workloads.to_vec(), parts.to_vec());
            workloads.sort_unstable();
            parts.sort_unstable();
            (self.bin_of[site], workloads, parts)
        };
        let mut order: Vec<usize> = (0..clusters.len()).collect();
        order.sort_by_cached_key(key);
        let mut left: BTreeMap<usize, Vec<(&Replicas, u64)>> = BTreeMap::new();
        for (&split, list) in &self.splits {
            let mut list: Vec<(&Replicas, u64)> = list.iter().map(|it| (it, it.count)).collect();
            list.sort_by_key(|(it, _)| (it.open.len(), it.item));
            left.insert(split, list);
        }
        let mut waiting: Vec<Vec<(usize, u64)>> = clusters.iter().map(|&(.., parts)| parts.to_vec()).collect();
        for at_home in [true, false] {
            for &at in &order {
                let (bin, seated) = (self.bin_of[clusters[at].0], &mut seated[at]);
                for (split, replicas) in &mut waiting[at] {
                    for (it, left) in left.get_mut(split).into_iter().flatten() {
                        let may = it.open.contains(&bin) && (!at_home || it.homes.contains(&bin));
                        let taken = if may { (*left).min(*replicas) } else { 0 };
                        if taken > 0 {
                            *seated.entry(it.item).or_insert(0) += taken;
                            *left -= taken;
                            *replicas -= taken;
                        }
                    }
                }
            }
        }
        seated
    }

    /// What the indices stand for where only these item types are left, in this order.
    #[must_use]
    pub fn only(&self, items: &[usize]) -> Self {
        let units = items.iter().map(|&item| self.units[item].clone()).collect();
        let shares = items.iter().map(|&item| self.shares[item].clone()).collect();
        let open = items.iter().map(|&item| self.open[item].clone()).collect();
        let renumbered = |it: &Replicas| {
            let item = items.iter().position(|&item| item == it.item)?;
            Some(Replicas { item, ..it.clone() })
        };
        let splits = self.splits.iter().map(|(&split, list)| (split, list.iter().filter_map(renumbered).collect()));
        let (bins, bin_of, counted) = (self.bins.clone(), self.bin_of.clone(), self.counted.clone());
        Self { units, shares, bins, bin_of, open, splits: splits.collect(), counted }
    }

    /// Number of item types.
    #[must_use]
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// True where there is nothing to place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }
}

/// What makes two units copies of one item type, in the order of the canonical form: class, size, eligible bin types, of a unit with
/// several copies its number, and charge: whether there are charges or not, those copies stand in the same order.
///
/// Bin types and charges by their places among those that there are, ascending.
type Kind = (usize, Vec<u64>, usize, Option<usize>, usize);

/// Copies of a unit, or replicas of a split, that may be at the same sites.
struct Row {
    unit: usize,
    copies: u64,
    /// Of replicas of a split, where they run today.
    homes: Option<Vec<usize>>,
    /// Number of the list of sites.
    list: usize,
    charge: usize,
    /// Of a unit with several copies.
    number: Option<usize>,
    size: Vec<u64>,
}

/// What a unit is charged: wherever it does not stay, and at the sites where some of it would stay.
type Charged = (u64, Vec<(usize, u64)>);

/// Builds the problem. Complexity: linear in workloads times sites, quadratic in classes of units.
///
/// # Errors
/// [`Error::Fleet`] with code `too-large` where the sum of some resource passes 2^62; with code `too-many-classes` where
/// units hold more different sets of trust classes than [`MAX_CLASSES`], before the memory is taken.
pub fn encode(fleet: &Fleet, graph: &TrustGraph) -> Result<(Problem, Encoding)> {
    encoded(fleet, graph, false)
}

/// The same with the charges of moves, which tell more units and clusters apart.
///
/// # Errors
/// As [`encode`].
pub fn encode_charged(fleet: &Fleet, graph: &TrustGraph) -> Result<(Problem, Encoding)> {
    encoded(fleet, graph, true)
}

fn encoded(fleet: &Fleet, graph: &TrustGraph, charged: bool) -> Result<(Problem, Encoding)> {
    let units = fleet.units();
    let (class_of, conflicts) = unit_classes(fleet, graph)?;
    let mut carries = carriers(fleet, &class_of, &conflicts);
    let counts = counts(fleet, &class_of, &conflicts);
    let mut numbers: FxHashMap<Vec<usize>, usize> = FxHashMap::default();
    let mut lists: Vec<Vec<usize>> = Vec::new(); // of sites: most units may be in the same ones
    let mut charges: Vec<Charged> = Vec::new(); // those that differ
    let mut charge_numbers: FxHashMap<Charged, usize> = FxHashMap::default();
    let mut rows: Vec<Row> = Vec::with_capacity(units.len());
    let mut several = 0;
    for (index, unit) in units.iter().enumerate() {
        let carried = carries.remove(&index).unwrap_or_default();
        let borne = counts.iter().map(|it| it.borne.get(&index).copied().unwrap_or(0)).collect::<Vec<u64>>();
        let full = [size(fleet, unit, &carried)?, borne].concat();
        let mut add = |sites: Vec<usize>, charge: Charged, row: Row| {
            let charge = *charge_numbers.entry(charge).or_insert_with_key(|charge| {
                charges.push(charge.clone());
                charges.len() - 1
            });
            let list = *numbers.entry(sites).or_insert_with_key(|list| {
                lists.push(list.clone());
                lists.len() - 1
            });
            rows.push(Row { list, charge, ..row });
        };
        let row = |copies, size: &Vec<u64>| Row {
            unit: index,
            copies,
            homes: None,
            list: 0,
            charge: 0,
            number: None,
            size: size.clone(),
        };
        if fleet.workloads()[unit[0]].is_split() {
            let plain = [size(fleet, unit, &[])?, vec![0; counts.len()]].concat();
            let mut first = u64::from(full != plain);
            for Seats { sites, replicas, homes } in fleet.seats(unit[0], graph.as_of(), false) {
                let charge = if charged { charge_of(fleet, unit[0], &homes, &sites) } else { Charged::default() };
                for (copies, size) in [(first, &full), (replicas - first, &plain)] {
                    if copies > 0 {
                        let homes = Some(homes.clone());
                        add(sites.clone(), charge.clone(), Row { homes, ..row(copies, size) });
                    }
                }
                first = 0;
            }
            continue;
        }
        let number = (fleet.workloads()[unit[0]].copies() > 1).then_some(several);
        several += usize::from(number.is_some());
        for Rooms { sites, copies } in fleet.rooms(unit, graph.as_of()) {
            let charge = if charged { charge(fleet, unit, &sites) } else { Charged::default() };
            add(sites, charge, Row { number, ..row(copies, &full) });
        }
    }
    let shapes = shapes(fleet, &rows, &counts)?;
    let (bins, bin_of) = alike(fleet, &shapes, &lists, &charges);
    let (lists, list_of) = ranked(lists.iter().map(|list| in_bins(list, &bin_of)));
    let of_bins = |(base, except): &Charged| {
        let mut except: Vec<(usize, u64)> = except.iter().map(|&(site, charge)| (bin_of[site], charge)).collect();
        except.sort_unstable();
        except.dedup();
        (*base, except)
    };
    let (charges_of_bins, charge_of) = ranked(charges.iter().map(of_bins));
    let eligible: Vec<BinSet> = lists.iter().map(|list| list.iter().copied().collect()).collect();

    let mut types: FxHashMap<Kind, Vec<(Vec<usize>, u64)>> = FxHashMap::default();
    let mut replicas: FxHashMap<Kind, Vec<(usize, u64, Vec<usize>)>> = FxHashMap::default();
    for Row { unit, copies, homes, list, charge, number, size } in rows {
        let kind = (class_of[unit], size, list_of[list], number, charge_of[charge]);
        if let Some(homes) = homes {
            let mut homes: Vec<usize> =
                homes.into_iter().map(|cluster| bin_of[fleet.existing()[cluster].site]).collect();
            if let [only] = lists[kind.2][..] {
                homes.push(only); // it must be there
            }
            homes.sort_unstable();
            homes.dedup();
            replicas.entry(kind.clone()).or_default().push((units[unit][0], copies, homes));
            types.entry(kind).or_default().push((units[unit].clone(), copies));
            continue;
        }
        let ours = types.entry(kind).or_default();
        (0..copies).for_each(|_| ours.push((units[unit].clone(), 1)));
    }
    let mut types: Vec<_> = types.into_iter().collect();
    types.sort_unstable_by(|a, b| a.0.cmp(&b.0));

    let mut items = Vec::with_capacity(types.len());
    let units = Vec::with_capacity(types.len());
    let (shares, open, splits) = (Vec::with_capacity(types.len()), Vec::new(), BTreeMap::new());
    let counted: Vec<Count> = counts.iter().map(|it| it.count).collect();
    let dimensions = fleet.dimensions().count() + counted.len();
    let mut encoding = Encoding { units, shares, bins, bin_of: bin_of.clone(), open, splits, counted };
    let (mut charges, mut numbers) = (Vec::new(), Vec::new());
    for (kind, units) in types {
        let held = replicas.remove(&kind).unwrap_or_default();
        let (class, size, list, number, charge) = kind;
        let shares = if held.is_empty() { Vec::new() } else { units.iter().map(|(_, share)| *share).collect() };
        let demand = units.iter().map(|(_, share)| *share).fold(0, u64::saturating_add);
        for (split, count, homes) in held {
            let (item, open) = (items.len(), Rc::clone(&lists[list]));
            encoding.splits.entry(split).or_default().push(Replicas { item, count, open, homes });
        }
        encoding.shares.push(shares);
        numbers.push(number);
        encoding.open.push(number.map(|_| Rc::clone(&lists[list])));
        let (base, ref except) = charges_of_bins[charge];
        charges.push(Charge { base, except: except.clone() });
        items.push(ItemType { size, demand, class, eligible: eligible[list].clone() });
        encoding.units.push(units.into_iter().map(|(unit, _)| unit).collect());
    }
    let (bins, terms) = bin_types(fleet, &shapes, &encoding);
    let most = fleet.value_limits();
    // moves that are not charged count nothing
    let moves = most.moves.filter(|_| charged).map(|most| most.saturating_add(fleet.charged_as_new()));
    let most = Most { clusters: most.clusters, cost: most.cost, moves };
    let terms = Terms { charges, units: numbers, most, ..terms };
    let problem = Problem::new(dimensions, items, conflicts, bins)
        .and_then(|problem| problem.with(terms))
        .map_err(|error| too_large(&error.to_string()))?;
    Ok((problem, encoding))
}

/// The island of each unit: units of different ones share no cluster, whatever their sizes. Numbers say nothing. Complexity: the
/// square of the classes over 64.
///
/// # Errors
/// As [`encode`].
pub fn islands(fleet: &Fleet, graph: &TrustGraph) -> Result<Vec<usize>> {
    let (class_of, conflicts) = unit_classes(fleet, graph)?;
    let mut island: Vec<usize> = vec![0; conflicts.len()];
    let mut alone = FixedBitSet::with_capacity(conflicts.len());
    let mut all = FixedBitSet::with_capacity(conflicts.len());
    all.insert_range(..);
    for classes in conflicts.islands(all) {
        let first = classes[0];
        // units that refuse their own kind, too
        alone.set(first, classes.len() == 1 && conflicts.contains(first, first));
        classes.into_iter().for_each(|class| island[class] = first);
    }
    let own =
        |(unit, &class): (usize, &usize)| if alone.contains(class) { conflicts.len() + unit } else { island[class] };
    Ok(class_of.iter().enumerate().map(own).collect())
}

/// What a unit is charged at the sites that are open to it: the cost of the moves of its members that run elsewhere.
fn charge(fleet: &Fleet, unit: &[usize], open: &[usize]) -> Charged {
    let mut base = 0u64;
    let mut stays: BTreeMap<usize, u64> = BTreeMap::new();
    for it in unit.iter().filter_map(|&workload| fleet.whereabouts(workload)).filter(|it| !it.runs_in.is_empty()) {
        base = base.saturating_add(it.move_cost);
        for site in it.runs_in.iter().map(|&cluster| fleet.existing()[cluster].site) {
            let stay = stays.entry(site).or_insert(0);
            *stay = stay.saturating_add(it.move_cost);
        }
    }
    stays.retain(|site, stay| *stay > 0 && open.binary_search(site).is_ok());
    (base, stays.into_iter().map(|(site, stay)| (site, base - stay.min(base))).collect())
}

/// The same of a replica of a split that runs in one of these clusters.
fn charge_of(fleet: &Fleet, split: usize, homes: &[usize], open: &[usize]) -> Charged {
    let cost = fleet.whereabouts(split).map_or(0, |it| it.move_cost);
    if homes.is_empty() || cost == 0 {
        return Charged::default();
    }
    let homes = homes.iter().map(|&cluster| fleet.existing()[cluster].site);
    let mut stays: Vec<usize> = homes.filter(|site| open.binary_search(site).is_ok()).collect();
    stays.sort_unstable();
    (cost, stays.into_iter().map(|site| (site, 0)).collect())
}

/// Those that differ, ascending, and the place of each among them.
fn ranked<T: Ord>(all: impl Iterator<Item = T>) -> (Vec<T>, Vec<usize>) {
    let mut order: Vec<(T, usize)> = all.zip(0..).collect();
    order.sort_unstable();
    let (mut found, mut place) = (Vec::new(), vec![0; order.len()]);
    for (one, at) in order {
        if found.last() != Some(&one) {
            found.push(one);
        }
        place[at] = found.len() - 1;
    }
    (found, place)
}

/// The bin types of a list of sites, ascending.
fn in_bins(sites: &[usize], bin_of: &[usize]) -> Rc<[usize]> {
    let mut bins: Vec<usize> = sites.iter().map(|&site| bin_of[site]).collect();
    bins.sort_unstable();
    bins.dedup();
    bins.into()
}

fn too_large(what: &str) -> Error {
    let problem = InputProblem::new("too-large", "", "the fleet's figures are too large to be added up").with_got(what);
    Error::Fleet(FleetError { problems: vec![problem.with_expected("sums below 2^62")], omitted: 0 })
}

/// The units that carry what a tenant takes once in a cluster, with those tenants. A cluster holds at most one unit for
/// each tenant, so no legal plan is lost. Complexity: linear in workloads; for each tenant, its classes times the words
/// of a row.
fn carriers(fleet: &Fleet, class_of: &[usize], conflicts: &BitMatrix) -> FxHashMap<usize, Vec<usize>> {
    let mut units_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    if fleet.tenants().iter().any(Tenant::takes_once) {
        for (index, unit) in fleet.units().iter().enumerate() {
            for tenant in fleet.overheads(unit) {
                units_of.entry(tenant).or_default().push(index);
            }
        }
    }
    let mut carriers: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (tenant, units) in units_of {
        for index in strangers(&units, class_of, conflicts) {
            carriers.entry(index).or_default().push(tenant);
        }
    }
    carriers
}

/// Of these units, in their order, each that conflicts with all that were taken before it: no two of them share a cluster.
fn strangers(units: &[usize], class_of: &[usize], conflicts: &BitMatrix) -> Vec<usize> {
    let mut taken = FixedBitSet::with_capacity(conflicts.len());
    let mut accepted: FxHashMap<usize, bool> = FxHashMap::default();
    let mut found = Vec::new();
    for &index in units {
        let class = class_of[index];
        let again = accepted.get(&class).map(|&accepted| accepted && conflicts.contains(class, class));
        let accept = again.unwrap_or_else(|| taken.is_subset(conflicts.row(class)));
        if again.is_none() {
            accepted.insert(class, accept);
            taken.set(class, accept);
        }
        found.extend(accept.then_some(index));
    }
    found
}

/// A dimension of what is counted once in a cluster.
struct Counted {
    count: Count,
    /// How many each unit bears; of those that bear some.
    borne: FxHashMap<usize, u64>,
    /// By site, how many a cluster may hold beside those of the platform.
    most: Vec<Option<u64>>,
}

/// The dimensions of namespaces and tenants that can matter. Of each of these a cluster holds at most one unit that bears it, so
/// no legal plan is lost. Complexity: linear in workloads; for each namespace and tenant, its classes times the words of a row.
fn counts(fleet: &Fleet, class_of: &[usize], conflicts: &BitMatrix) -> Vec<Counted> {
    let mut found = Vec::new();
    for count in Count::ALL {
        let most: Vec<Option<u64>> = (0..fleet.sites().len()).map(|site| fleet.most_counted(count, site)).collect();
        let Some(least) = most.iter().flatten().min() else { continue };
        let mut borne: FxHashMap<usize, u64> = FxHashMap::default();
        let mut all = 0u64;
        for unit in fleet.holders(count).iter().flat_map(|units| strangers(units, class_of, conflicts)) {
            *borne.entry(unit).or_insert(0) += 1;
            // of a split one replica bears it; it has no copies
            all = all.saturating_add(fleet.workloads()[fleet.units()[unit][0]].copies());
        }
        if *least < all {
            found.push(Counted { count, borne, most });
        }
    }
    found
}

fn size(fleet: &Fleet, unit: &[usize], carries: &[usize]) -> Result<Vec<u64>> {
    let mut size = vec![0u64; fleet.dimensions().count()];
    for &workload in unit {
        let workload = &fleet.workloads()[workload];
        let group = workload.pool.map_or(0, |pool| 1 + pool) * fleet.resources().len();
        let parts = if workload.is_split() { &workload.pod } else { &workload.total };
        for (sum, &part) in size[group..].iter_mut().zip(parts.iter()) {
            *sum = sum.checked_add(part).ok_or_else(|| too_large("one unit passes 2^64"))?;
        }
    }
    for &tenant in carries {
        for (sum, &part) in size.iter_mut().zip(&fleet.tenants()[tenant].overhead) {
            *sum = sum.checked_add(part).ok_or_else(|| too_large("one unit passes 2^64"))?;
        }
    }
    Ok(size)
}

/// Capacity and cost of each site, what it may count among the capacities.
fn shapes(fleet: &Fleet, rows: &[Row], counts: &[Counted]) -> Result<Vec<(Vec<u64>, u64)>> {
    let mut totals = vec![0u128; fleet.dimensions().count() + counts.len()];
    for row in rows {
        for (total, &part) in totals.iter_mut().zip(&row.size) {
            *total += u128::from(part) * u128::from(row.copies);
        }
    }
    let mut unlimited = Vec::with_capacity(totals.len());
    let names = fleet.dimensions().map(|(_, resource)| resource).chain(counts.iter().map(|it| it.count.name()));
    for (total, resource) in totals.iter().zip(names) {
        let total = u64::try_from(*total).ok().filter(|&total| total <= MAX_TOTAL);
        unlimited.push(total.ok_or_else(|| too_large(&format!("the sum of {resource}")))?);
    }
    let groups: Vec<Option<usize>> = std::iter::once(None).chain((0..fleet.pools().len()).map(Some)).collect();
    let shape = |(index, site): (usize, &Site)| {
        let capacity = groups
            .iter()
            .flat_map(|&pool| (0..fleet.resources().len()).map(move |resource| fleet.room(index, pool, resource)))
            .chain(counts.iter().map(|it| it.most[index]))
            .zip(&unlimited)
            .map(|(usable, &all)| usable.filter(|&usable| usable <= MAX_TOTAL).unwrap_or(all))
            .collect();
        (capacity, site.cost(0).unwrap_or(0))
    };
    Ok(fleet.sites().iter().enumerate().map(shape).collect())
}

/// The sites of each bin type, and the bin type of each site: existing clusters that nothing tells apart are one.
fn alike(
    fleet: &Fleet,
    shapes: &[(Vec<u64>, u64)],
    lists: &[Vec<usize>],
    charges: &[Charged],
) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut let_in: Vec<Vec<usize>> = vec![Vec::new(); fleet.sites().len()]; // for each site the lists that hold it
    for (number, list) in lists.iter().enumerate() {
        list.iter().for_each(|&site| let_in[site].push(number));
    }
    let mut charged: Vec<Vec<(usize, u64)>> = vec![Vec::new(); fleet.sites().len()];
    for (number, (_, except)) in charges.iter().enumerate() {
        except.iter().for_each(|&(site, charge)| charged[site].push((number, charge)));
    }
    let limits = |site: usize| {
        let ours = fleet.limits().iter().enumerate().filter(move |(_, limit)| limit.sites.binary_search(&site).is_ok());
        ours.map(|(index, _)| index).collect::<Vec<usize>>()
    };
    let mut known = FxHashMap::default();
    let (mut bins, mut bin_of): (Vec<Vec<usize>>, Vec<usize>) = (Vec::new(), Vec::new());
    for (index, site) in fleet.sites().iter().enumerate() {
        let bin = match site.what {
            Standing::Existing { cluster } => {
                let mark =
                    (&shapes[index], fleet.existing()[cluster].keep, limits(index), &let_in[index], &charged[index]);
                *known.entry(mark).or_insert(bins.len())
            }
            _ => bins.len(),
        };
        if bin == bins.len() {
            bins.push(Vec::new());
        }
        bins[bin].push(index);
        bin_of.push(bin);
    }
    (bins, bin_of)
}

/// The bin types, and what limits and kept clusters make of them.
fn bin_types(fleet: &Fleet, shapes: &[(Vec<u64>, u64)], encoding: &Encoding) -> (Vec<BinType>, Terms) {
    let mut terms = Terms::default();
    let mut most: Vec<Option<u64>> = vec![None; encoding.bins.len()];
    for (bin, sites) in encoding.bins.iter().enumerate() {
        let Standing::Existing { cluster } = fleet.sites()[sites[0]].what else { continue };
        most[bin] = Some(sites.len() as u64);
        if fleet.existing()[cluster].keep {
            terms.kept.resize(encoding.bins.len(), 0);
            terms.kept[bin] = sites.len() as u64;
        }
    }
    for limit in fleet.limits() {
        match in_bins(&limit.sites, &encoding.bin_of)[..] {
            [bin] => most[bin] = Some(most[bin].map_or(limit.most, |most| most.min(limit.most))),
            ref bins => terms.limits.push(Limit { bins: bins.iter().copied().collect(), most: limit.most }),
        }
    }
    let bin = |(sites, max_count): (&Vec<usize>, Option<u64>)| {
        let (capacity, cost) = shapes[sites[0]].clone();
        BinType { capacity, cost, max_count }
    };
    (encoding.bins.iter().zip(most).map(bin).collect(), terms)
}

/// Class of each unit and the conflict relation on classes, canonical as in the module's text.
fn unit_classes(fleet: &Fleet, graph: &TrustGraph) -> Result<(Vec<usize>, BitMatrix)> {
    let units = fleet.units();
    // units of the same set of trust classes are certainly alike, but for replicas that share where others may not
    let mut numbers: FxHashMap<(Vec<usize>, Option<usize>), usize> = FxHashMap::default();
    let mut sharing: Vec<usize> = Vec::new();
    let mut sets: Vec<Vec<usize>> = Vec::new();
    let mut counts: Vec<usize> = Vec::new();
    let mut set_of = Vec::with_capacity(units.len());
    for unit in units {
        let mut set: Vec<usize> = unit.iter().filter_map(|&workload| graph.class_of(workload)).collect();
        set.sort_unstable();
        set.dedup();
        let it = &fleet.workloads()[unit[0]];
        let count = if it.is_split() { it.replicas } else { 1 };
        let alone = it.is_split() && count > 1 && set.iter().any(|&class| graph.conflict(class, class));
        let number = *numbers.entry((set, alone.then_some(unit[0]))).or_insert_with_key(|(set, alone)| {
            sets.push(set.clone());
            counts.push(0);
            sharing.extend(alone.map(|_| sets.len() - 1));
            sets.len() - 1
        });
        counts[number] = usize::try_from(count).map_or(usize::MAX, |count| count.saturating_add(counts[number]));
        set_of.push(number);
    }
    if sets.len() > MAX_CLASSES {
        return Err(too_many_sets(sets.len()));
    }
    let mut rows = conflict_rows(&sets, graph);
    sharing.into_iter().for_each(|set| rows[set].to_mut().set(set, false));
    let merged = merge_twins(&rows, &counts);
    let conflicts = class_conflicts(&rows, &counts, &merged);
    Ok((set_of.into_iter().map(|set| merged[set]).collect(), conflicts))
}

fn too_many_sets(count: usize) -> Error {
    let message = "the groups that must share a cluster mix trust classes in more ways than can be planned";
    let problem = InputProblem::new("too-many-classes", "policy.together", message)
        .with_got(format!("{count} different sets of trust classes"))
        .with_expected(format!("at most {MAX_CLASSES}: any two of them are looked at"));
    Error::Fleet(FleetError { problems: vec![problem], omitted: 0 })
}

/// For each set of trust classes the sets that it conflicts with; the diagonal is two units of that set.
fn conflict_rows<'a>(sets: &[Vec<usize>], graph: &'a TrustGraph) -> Vec<Cow<'a, FixedBitSet>> {
    // where every class is a set of its own, the graph has said it
    if sets.len() == graph.class_count() && sets.iter().enumerate().all(|(class, set)| set[..] == [class]) {
        return (0..sets.len()).map(|class| Cow::Borrowed(graph.row(class))).collect();
    }
    let mut holders: Vec<Vec<usize>> = vec![Vec::new(); graph.class_count()];
    for (number, set) in sets.iter().enumerate() {
        for &class in set {
            holders[class].push(number);
        }
    }
    // per trust class: the sets that hold some class in conflict with it
    let reached: Vec<FixedBitSet> = (0..graph.class_count())
        .map(|a| {
            let mut row = FixedBitSet::with_capacity(sets.len());
            for b in graph.row(a).ones() {
                row.extend(holders[b].iter().copied());
            }
            row
        })
        .collect();
    sets.iter()
        .map(|set| {
            let mut row = FixedBitSet::with_capacity(sets.len());
            for &class in set {
                row.union_with(&reached[class]);
            }
            Cow::Owned(row)
        })
        .collect()
}

/// Merges sets that every third unit sees alike; numbers the merged classes by their first set.
fn merge_twins(rows: &[Cow<FixedBitSet>], counts: &[usize]) -> Vec<usize> {
    let mut leader: Vec<usize> = (0..rows.len()).collect();
    for adjacent in [true, false] {
        let mut groups: FxHashMap<FixedBitSet, usize> = FxHashMap::default();
        for (index, row) in rows.iter().enumerate() {
            // with several units the diagonal is real; with one unit it may be taken either way
            if counts[index] > 1 && row.contains(index) != adjacent {
                continue;
            }
            let mut key = FixedBitSet::clone(row);
            key.set(index, adjacent);
            let first = *groups.entry(key).or_insert(index);
            if first != index {
                leader[index] = leader[first].min(leader[index]);
            }
        }
    }
    let mut numbers: Vec<Option<usize>> = vec![None; rows.len()];
    let mut next = 0;
    leader
        .iter()
        .map(|&leader| {
            *numbers[leader].get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        })
        .collect()
}

/// The conflicts of merged classes: those of the first set of each with the first sets of others, because every third set
/// sees all of a class alike. Complexity: the square of the classes, 64 at a time where none are merged.
fn class_conflicts(rows: &[Cow<FixedBitSet>], counts: &[usize], merged: &[usize]) -> BitMatrix {
    let mut firsts: Vec<usize> = Vec::new();
    let mut within = FixedBitSet::with_capacity(rows.len());
    for (set, &class) in merged.iter().enumerate() {
        if class == firsts.len() {
            firsts.push(set);
        } else if rows[firsts[class]].contains(set) {
            within.insert(class); // two units of different sets
        }
        // the diagonal of a set with a single unit says nothing; its twins' edges to it do
        if counts[set] > 1 && rows[set].contains(set) {
            within.insert(class);
        }
    }
    let among: FixedBitSet = firsts.iter().copied().collect();
    let row = |(class, &first): (usize, &usize)| {
        let mut row = squeezed(&rows[first], &among, firsts.len());
        row.set(class, within.contains(class));
        row
    };
    BitMatrix::of_rows(firsts.iter().enumerate().map(row).collect())
}

/// The bits at the places of `among`, which are `count`, moved together.
fn squeezed(row: &FixedBitSet, among: &FixedBitSet, count: usize) -> FixedBitSet {
    let mut out = FixedBitSet::with_capacity(count);
    if count == row.len() {
        out.union_with(row);
        return out;
    }
    let mut before = 0;
    for (&word, &among) in row.as_slice().iter().zip(among.as_slice()) {
        // run by run: most words are one
        let mut left = among;
        while left != 0 {
            let start = left.trailing_zeros();
            let length = (left >> start).trailing_ones();
            let run = usize::MAX >> (usize::BITS - length) << start;
            append(out.as_mut_slice(), before, (word & run) >> start);
            before += length as usize;
            left &= !run;
        }
    }
    out
}

/// Sets bits from a place on where there are none yet.
fn append(words: &mut [usize], place: usize, bits: usize) {
    let (word, shift) = (place / usize::BITS as usize, place % usize::BITS as usize);
    if bits != 0 {
        words[word] |= bits << shift;
    }
    let over = if shift == 0 { 0 } else { bits >> (usize::BITS as usize - shift) };
    if over != 0 {
        words[word + 1] |= over;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(len: usize, ones: &[usize]) -> Cow<'static, FixedBitSet> {
        let mut row = FixedBitSet::with_capacity(len);
        row.extend(ones.iter().copied());
        Cow::Owned(row)
    }

    #[test]
    fn twins_merge_and_others_do_not() {
        // 0 and 1 conflict with 2 only: open twins. 3 and 4 conflict with one another and with 2: closed twins.
        let rows = [row(5, &[2]), row(5, &[2]), row(5, &[0, 1, 3, 4]), row(5, &[2, 4]), row(5, &[2, 3])];
        assert_eq!(merge_twins(&rows, &[1; 5]), [0, 0, 1, 2, 2]);
        // with two units of 3 that do not conflict with one another, 3 and 4 differ
        assert_eq!(merge_twins(&rows, &[1, 1, 1, 2, 1]), [0, 0, 1, 2, 3]);
    }

    #[test]
    fn conflicts_of_merged_classes_are_those_of_any_two_of_their_units() {
        // three blocks of 40, 50 and 60 sets: sets of a block see all others alike; the first block is closed
        let block = |set: usize| usize::from(set >= 40) + usize::from(set >= 90);
        let apart = |a: usize, b: usize| match (block(a), block(b)) {
            (0, 0) | (0, 2) | (2, 0) => true,
            (x, y) => x != y && x + y == 3,
        };
        let rows: Vec<_> = (0..150).map(|a| row(150, &(0..150).filter(|&b| apart(a, b)).collect::<Vec<_>>())).collect();
        let merged = merge_twins(&rows, &[1; 150]);
        assert_eq!(merged, (0..150).map(block).collect::<Vec<_>>());
        let conflicts = class_conflicts(&rows, &[1; 150], &merged);
        let found: Vec<Vec<usize>> = (0..3).map(|class| conflicts.related(class).collect()).collect();
        assert_eq!(found, [vec![0, 2], vec![2], vec![0, 1]]);
        // two units of a set that refuses its own kind
        let single = [row(2, &[0]), row(2, &[])];
        for (count, refuses) in [(1, false), (2, true)] {
            assert_eq!(class_conflicts(&single, &[count, 1], &[0, 1]).contains(0, 0), refuses);
        }
        let among: FixedBitSet = [0, 1, 63, 64, 70, 129, 149].into_iter().collect();
        let squeezed = squeezed(&row(150, &[1, 2, 64, 65, 70, 149]), &among, 7);
        assert_eq!(squeezed.ones().collect::<Vec<_>>(), [1, 3, 4, 6]);
    }
}
