//! The rules of sharing, read a second time: one pair of workloads at a time, straight from their definition.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::date::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fleet::{Fleet, KeptApart, Matcher, RuleId, Selector, Sharing, Workload};

/// Reads the rules of a fleet on one day.
pub(crate) struct Reader<'a> {
    fleet: &'a Fleet,
    /// What no rule tells apart is of one kind; numbered in the order of what rules look at.
    kind: Vec<usize>,
    /// The number of what each kind is selected for.
    standing: Vec<usize>,
    chosen: Vec<Chosen>,
    /// Whether those that are named to be kept apart are looked at.
    named: bool,
    /// What each waiver takes away.
    waives: Vec<Vec<RuleId>>,
    known: RefCell<Known>,
}

/// What separates two workloads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons {
    /// The rules, waivers applied, ascending.
    pub standing: Vec<RuleId>,
    /// The waivers that took a rule away, ascending.
    pub waivers: Vec<usize>,
}

/// Everything that the reasons of a pair depend on.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    /// The standings of the two, the lower first: rules of two sides are met either way round.
    places: [usize; 2],
    one_tenant: bool,
    /// What separates them without distrust rules.
    plain: Vec<RuleId>,
}

/// Answers so far.
#[derive(Default)]
struct Known {
    of: FxHashMap<Question, Rc<Reasons>>,
    size: usize,
}

/// Numbers that are kept of answers, before all of them are forgotten.
const MOST_KNOWN: usize = 1 << 22;

impl Known {
    fn keep(&mut self, question: Question, found: Rc<Reasons>) {
        self.size += 16 + question.plain.len() + found.standing.len() + found.waivers.len();
        if self.size > MOST_KNOWN {
            *self = Self::default();
        }
        self.of.insert(question, found);
    }
}

/// The distrust rules and the waivers in force that select a workload, ascending: as subject, as neighbour, as the first
/// side, as the second.
type Chosen = [Vec<usize>; 4];

/// Something that a selector names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Workload(usize),
    Tenant(usize),
    Level(usize),
    Class(usize, usize),
    /// It names only exceptions, or nothing.
    Anything,
}

impl<'a> Reader<'a> {
    /// The rules but for entries that name workloads to be kept apart, which [`amiss`](super::copies::amiss) holds against clusters
    /// and regions. Complexity: linear in the workloads, and for each of their kinds in the rules that name something of it.
    pub fn new(fleet: &'a Fleet, as_of: Date) -> Self {
        Self::reading(fleet, as_of, false)
    }

    /// All rules: of a pair that is named to be kept apart that is a reason as well.
    pub fn of_all(fleet: &'a Fleet, as_of: Date) -> Self {
        Self::reading(fleet, as_of, true)
    }

    fn reading(fleet: &'a Fleet, as_of: Date, named: bool) -> Self {
        let policy = fleet.policy();
        let mut sides: Vec<(usize, usize, &Selector)> = Vec::new();
        for (index, rule) in policy.distrust.iter().enumerate() {
            sides.extend([(0, index, &rule.subject), (1, index, &rule.neighbour)]);
        }
        for (index, waiver) in policy.waivers.iter().enumerate().filter(|(_, waiver)| as_of <= waiver.expires) {
            let [first, second] = &waiver.between;
            sides.extend([(2, index, first), (3, index, second)]);
        }
        let kind = kinds(fleet, &sides, named);
        let mut firsts: Vec<Option<usize>> = vec![None; kind.iter().max().map_or(0, |&last| last + 1)];
        kind.iter().enumerate().for_each(|(workload, &kind)| _ = firsts[kind].get_or_insert(workload));
        let filed = filed(&sides);
        let mut numbers: FxHashMap<Chosen, usize> = FxHashMap::default();
        let mut chosen: Vec<Chosen> = Vec::new();
        let mut standing = Vec::with_capacity(firsts.len());
        // every kind has a first workload
        for first in firsts.into_iter().flatten() {
            let found = choose(fleet, &sides, &filed, first);
            let next = chosen.len();
            standing.push(*numbers.entry(found).or_insert_with_key(|found| {
                chosen.push(found.clone());
                next
            }));
        }
        let waives = policy.waivers.iter().map(|waiver| waiver.waives.iter().copied().collect()).collect();
        Self { fleet, kind, standing, chosen, named, waives, known: RefCell::default() }
    }

    /// The number of a workload's kind: equal where no rule can tell a difference.
    pub fn kind(&self, workload: usize) -> usize {
        self.kind[workload]
    }

    /// Groups workloads between which no rule can tell a difference: everything that a rule may look at is equal.
    pub fn kinds(&self, workloads: &[usize]) -> Vec<Vec<usize>> {
        let mut sorted: Vec<(usize, usize)> = workloads.iter().map(|&index| (self.kind[index], index)).collect();
        sorted.sort_unstable();
        sorted.chunk_by(|a, b| a.0 == b.0).map(|kind| kind.iter().map(|&(_, index)| index).collect()).collect()
    }

    /// Whether some rule might separate two of these workloads: true too often (waivers are not looked at), never false
    /// where one does. Complexity: linear in the kinds, in what they are selected for and in whom their tenants distrust.
    pub fn suspicious(&self, kinds: &[Vec<usize>]) -> bool {
        let (fleet, policy) = (self.fleet, self.fleet.policy());
        let all: Vec<&Workload> = kinds.iter().map(|kind| &fleet.workloads()[kind[0]]).collect();
        let Some(first) = all.first().filter(|_| kinds.len() > 1 || kinds[0].len() > 1) else { return false };
        let one_tenant = all.iter().all(|it| it.tenant == first.tenant);
        let floor = all.iter().map(|it| it.accepts).max();
        if floor > all.iter().map(|it| it.trust).min()
            || all.iter().any(|it| it.sharing == Sharing::Workload || (it.sharing == Sharing::Tenant && !one_tenant))
            || all.iter().any(|it| it.separation_classes != first.separation_classes)
        {
            return true;
        }
        for rule in &policy.apart {
            let values: BTreeSet<Option<usize>> = all.iter().map(|it| it.attributes[rule.attribute]).collect();
            if values.iter().filter(|value| value.is_some() || !rule.missing_any).count() > 1 {
                return true;
            }
        }
        let tenants: FxHashSet<usize> = all.iter().map(|it| it.tenant).collect();
        let refuses = |&tenant: &usize| fleet.tenants()[tenant].distrusts.iter().any(|other| tenants.contains(other));
        if all.iter().map(|it| &it.tenant).any(refuses) {
            return true;
        }
        let stood: BTreeSet<usize> = kinds.iter().map(|kind| self.standing[self.kind[kind[0]]]).collect();
        let side = |side: usize| stood.iter().flat_map(move |&it| self.chosen[it][side].iter().copied());
        let subjects: FxHashSet<usize> = side(0).collect();
        let hit = |rule: &usize| subjects.contains(rule);
        side(1).filter(|&rule| !(one_tenant && policy.distrust[rule].neighbour.other_tenant)).any(|rule| hit(&rule))
    }

    /// The ids of the reasons that separate two different workloads, waivers applied.
    pub fn standing(&self, u: usize, v: usize) -> Vec<String> {
        self.reasons(u, v).standing.iter().map(|&rule| self.name(rule)).collect()
    }

    /// The reasons that separate two different workloads, and the waivers that took one away. What was found once for two
    /// places in the policy is found again.
    pub fn reasons(&self, u: usize, v: usize) -> Rc<Reasons> {
        let (a, b) = (&self.fleet.workloads()[u], &self.fleet.workloads()[v]);
        if u == v || a.per_cluster || b.per_cluster {
            return Rc::default();
        }
        let places = [u, v].map(|it| self.standing[self.kind[it]]);
        let question = Question {
            places: [places[0].min(places[1]), places[0].max(places[1])],
            one_tenant: a.tenant == b.tenant,
            plain: self.plain(u, v),
        };
        if let Some(known) = self.known.borrow().of.get(&question) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.found(&question));
        self.known.borrow_mut().keep(question, Rc::clone(&found));
        found
    }

    fn found(&self, question: &Question) -> Reasons {
        let policy = self.fleet.policy();
        let met = |rule: &usize| !(question.one_tenant && policy.distrust[*rule].neighbour.other_tenant);
        let distrust = self.between(question.places, [0, 1]).into_iter().filter(met).map(RuleId::Distrust);
        let mut standing: Vec<RuleId> = question.plain.iter().copied().chain(distrust).collect();
        standing.sort();
        if standing.is_empty() {
            return Reasons::default();
        }
        let mut waivers = self.between(question.places, [2, 3]);
        waivers.retain(|&waiver| standing.iter().any(|rule| self.waives[waiver].contains(rule)));
        let waived: BTreeSet<RuleId> = waivers.iter().flat_map(|&waiver| &self.waives[waiver]).copied().collect();
        standing.retain(|rule| !waived.contains(rule));
        Reasons { standing, waivers }
    }

    /// The rules of which one workload is on the first of these sides and the other on the second, ascending.
    fn between(&self, [x, y]: [usize; 2], [first, second]: [usize; 2]) -> Vec<usize> {
        let (x, y) = (&self.chosen[x], &self.chosen[y]);
        let mut found = common(&x[first], &y[second]);
        found.extend(common(&y[first], &x[second]));
        found.sort(); // two ascending runs: linear
        found.dedup();
        found
    }

    /// The reasons before waivers, distrust rules aside.
    fn plain(&self, u: usize, v: usize) -> Vec<RuleId> {
        let (fleet, policy) = (self.fleet, self.fleet.policy());
        let (a, b) = (&fleet.workloads()[u], &fleet.workloads()[v]);
        let mut reasons = Vec::new();
        if a.trust < b.accepts || b.trust < a.accepts {
            reasons.push(RuleId::Level);
        }
        let excluded = |sharing: Sharing| match sharing {
            Sharing::Level => false,
            Sharing::Tenant => a.tenant != b.tenant,
            Sharing::Workload => true,
        };
        if excluded(a.sharing) || excluded(b.sharing) {
            reasons.push(RuleId::Sharing);
        }
        for index in 0..policy.separate.len() {
            if a.separation_classes[index] != b.separation_classes[index] {
                reasons.push(RuleId::Separate(index));
            }
        }
        let lists = |x: usize, y: usize| fleet.tenants()[x].distrusts.contains(&y);
        if lists(a.tenant, b.tenant) || lists(b.tenant, a.tenant) {
            reasons.push(RuleId::Distrusts);
        }
        for (index, rule) in policy.apart.iter().enumerate() {
            match (a.attributes[rule.attribute], b.attributes[rule.attribute]) {
                (Some(x), Some(y)) if x != y => reasons.push(RuleId::Apart(index)),
                (None, Some(_)) | (Some(_), None) if !rule.missing_any => reasons.push(RuleId::Apart(index)),
                _ => {}
            }
        }
        if self.named {
            let both = |it: &KeptApart| [u, v].iter().all(|workload| it.members.contains(workload));
            let entries = policy.kept_apart.iter().enumerate().filter(|(_, it)| both(it));
            reasons.extend(entries.map(|(index, _)| RuleId::KeptApart(index)));
        }
        reasons
    }

    pub fn name(&self, rule: RuleId) -> String {
        let policy = self.fleet.policy();
        match rule {
            RuleId::Level => "level".into(),
            RuleId::Sharing => "sharing".into(),
            RuleId::Separate(index) => format!("separate:{}", policy.attributes[policy.separate[index].attribute].name),
            RuleId::Distrust(index) => format!("distrust:{}", policy.distrust[index].id),
            RuleId::Distrusts => "distrusts".into(),
            RuleId::KeptApart(index) => format!("apart:{}", policy.kept_apart[index].id),
            RuleId::Apart(index) => format!("apart:{}", policy.attributes[policy.apart[index].attribute].name),
        }
    }
}

/// The kind of each workload: equal where everything that a rule may look at is equal.
fn kinds(fleet: &Fleet, sides: &[(usize, usize, &Selector)], apart: bool) -> Vec<usize> {
    let by_namespace = sides.iter().any(|(_, _, selector)| selector.namespace.is_some());
    let named = sides.iter().filter_map(|(_, _, selector)| selector.workload.as_ref());
    let mut named: FxHashSet<usize> = named.flat_map(|matcher| &matcher.values).copied().collect();
    if apart {
        named.extend(fleet.policy().kept_apart.iter().flat_map(|it| &it.members));
    }
    let key = |(index, it): (usize, &'_ Workload)| {
        let namespace = by_namespace.then(|| it.namespace.clone());
        let named = named.contains(&index).then_some(index);
        let seen = (it.attributes.clone(), it.separation_classes.clone());
        (it.tenant, it.trust, it.sharing, it.accepts, seen, namespace, named)
    };
    let mut numbers = FxHashMap::default();
    let mut list = Vec::new();
    let mut kind = Vec::with_capacity(fleet.workloads().len());
    for it in fleet.workloads().iter().enumerate() {
        let next = list.len();
        kind.push(*numbers.entry(key(it)).or_insert_with_key(|key| {
            list.push(key.clone());
            next
        }));
    }
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_unstable_by(|&a, &b| list[a].cmp(&list[b]));
    let mut rank = vec![0; list.len()];
    order.into_iter().enumerate().for_each(|(place, number)| rank[number] = place);
    kind.into_iter().map(|number| rank[number]).collect()
}

/// Sides by what they name: a workload can be selected only by those that name something of it, or nothing.
fn filed(sides: &[(usize, usize, &Selector)]) -> BTreeMap<Name, Vec<usize>> {
    fn names(matcher: &Option<Matcher<usize>>, name: impl Fn(usize) -> Name) -> Option<Vec<Name>> {
        let matcher = matcher.as_ref().filter(|matcher| !matcher.not)?;
        Some(matcher.values.iter().map(|&value| name(value)).collect())
    }
    let mut filed: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (side, (_, _, selector)) in sides.iter().enumerate() {
        let class = selector.attributes.iter().find(|(_, matcher)| !matcher.not);
        let class = class.map(|(of, it)| it.values.iter().map(|&class| Name::Class(*of, class)).collect());
        let named = names(&selector.workload, Name::Workload)
            .or_else(|| names(&selector.tenant, Name::Tenant))
            .or(class)
            .or_else(|| names(&selector.trust, Name::Level))
            .unwrap_or_else(|| vec![Name::Anything]);
        named.into_iter().for_each(|name| filed.entry(name).or_default().push(side));
    }
    filed
}

/// What a workload is selected for.
fn choose(
    fleet: &Fleet,
    sides: &[(usize, usize, &Selector)],
    filed: &BTreeMap<Name, Vec<usize>>,
    index: usize,
) -> Chosen {
    let it = &fleet.workloads()[index];
    let classes = it.attributes.iter().enumerate().filter_map(|(of, class)| Some(Name::Class(of, (*class)?)));
    let names = [Name::Anything, Name::Workload(index), Name::Tenant(it.tenant), Name::Level(it.trust)];
    let mut chosen = Chosen::default();
    for &side in names.into_iter().chain(classes).filter_map(|name| filed.get(&name)).flatten() {
        let (which, rule, selector) = sides[side];
        if selected(fleet, selector, index) {
            chosen[which].push(rule);
        }
    }
    chosen.iter_mut().for_each(|rules| rules.sort_unstable());
    chosen
}

fn selected(fleet: &Fleet, selector: &Selector, index: usize) -> bool {
    let workload = &fleet.workloads()[index];
    let keys = [
        selector.tenant.as_ref().map(|it| it.values.contains(&workload.tenant) != it.not),
        selector.namespace.as_ref().map(|it| it.values.contains(workload.namespace.as_str()) != it.not),
        selector.workload.as_ref().map(|it| it.values.contains(&index) != it.not),
        selector.trust.as_ref().map(|it| it.values.contains(&workload.trust) != it.not),
    ];
    keys.iter().all(|key| *key != Some(false))
        && selector.attributes.iter().all(|(attribute, it)| match workload.attributes[*attribute] {
            Some(class) => it.values.contains(&class) != it.not,
            None => it.not,
        })
}

/// What two ascending lists have in common.
fn common(a: &[usize], b: &[usize]) -> Vec<usize> {
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if x == y {
            found.push(*x);
        }
        (i, j) = (i + usize::from(x <= y), j + usize::from(y <= x));
    }
    found
}
