//! The rules of sharing, read a second time: one pair of workloads at a time, straight from their definition.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::fleet::{Fleet, RuleId, Selector, Sharing};

/// Reads the rules of a fleet on one day.
pub(crate) struct Reader<'a> {
    fleet: &'a Fleet,
    as_of: Date,
    by_namespace: bool,
    by_workload: Vec<bool>,
}

impl<'a> Reader<'a> {
    pub fn new(fleet: &'a Fleet, as_of: Date) -> Self {
        let policy = fleet.policy();
        let distrust = policy.distrust.iter().flat_map(|rule| [&rule.subject, &rule.neighbour]);
        let selectors: Vec<&Selector> =
            distrust.chain(policy.waivers.iter().flat_map(|waiver| &waiver.between)).collect();
        let by_namespace = selectors.iter().any(|selector| selector.namespace.is_some());
        let mut by_workload = vec![false; fleet.workloads().len()];
        for &named in
            selectors.iter().filter_map(|selector| selector.workload.as_ref()).flat_map(|matcher| &matcher.values)
        {
            by_workload[named] = true;
        }
        Self { fleet, as_of, by_namespace, by_workload }
    }

    /// Groups workloads between which no rule can tell a difference: everything that a rule may look at is equal.
    pub fn kinds(&self, workloads: &[usize]) -> Vec<Vec<usize>> {
        let mut kinds: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for &index in workloads {
            let it = &self.fleet.workloads()[index];
            let namespace = self.by_namespace.then_some(&it.namespace);
            let named = self.by_workload[index].then_some(index);
            let key =
                (it.tenant, it.trust, it.sharing, it.accepts, &it.attributes, &it.separation_classes, namespace, named);
            kinds.entry(key).or_default().push(index);
        }
        kinds.into_values().collect()
    }

    /// The ids of the reasons that separate two different workloads, waivers applied.
    pub fn standing(&self, u: usize, v: usize) -> Vec<String> {
        let mut reasons = self.raw(u, v);
        if !reasons.is_empty() {
            reasons.retain(|&rule| {
                !self.waivers(u, v).any(|waiver| self.fleet.policy().waivers[waiver].waives.contains(&rule))
            });
        }
        reasons.into_iter().map(|rule| self.name(rule)).collect()
    }

    /// The reasons before waivers.
    pub fn raw(&self, u: usize, v: usize) -> Vec<RuleId> {
        let (fleet, policy) = (self.fleet, self.fleet.policy());
        let (a, b) = (&fleet.workloads()[u], &fleet.workloads()[v]);
        let mut reasons = Vec::new();
        if u == v || a.per_cluster || b.per_cluster {
            return reasons;
        }
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
        for (index, rule) in policy.distrust.iter().enumerate() {
            let refuses = |subject: usize, neighbour: usize| {
                let other = fleet.workloads()[subject].tenant != fleet.workloads()[neighbour].tenant;
                self.selected(&rule.subject, subject)
                    && self.selected(&rule.neighbour, neighbour)
                    && (other || !rule.neighbour.other_tenant)
            };
            if refuses(u, v) || refuses(v, u) {
                reasons.push(RuleId::Distrust(index));
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
        reasons
    }

    /// The waivers in force whose sides are these two workloads.
    pub fn waivers(&self, u: usize, v: usize) -> impl Iterator<Item = usize> + '_ {
        let waivers = self.fleet.policy().waivers.iter().enumerate();
        waivers
            .filter(move |(_, waiver)| {
                let [first, second] = &waiver.between;
                let either = |x: usize, y: usize| self.selected(first, x) && self.selected(second, y);
                self.as_of <= waiver.expires && (either(u, v) || either(v, u))
            })
            .map(|(index, _)| index)
    }

    fn selected(&self, selector: &Selector, index: usize) -> bool {
        let workload = &self.fleet.workloads()[index];
        let keys = [
            selector.tenant.as_ref().map(|it| it.values.contains(&workload.tenant) != it.not),
            selector.namespace.as_ref().map(|it| it.values.contains(&workload.namespace) != it.not),
            selector.workload.as_ref().map(|it| it.values.contains(&index) != it.not),
            selector.trust.as_ref().map(|it| it.values.contains(&workload.trust) != it.not),
        ];
        keys.iter().all(|key| *key != Some(false))
            && selector.attributes.iter().all(|(attribute, it)| match workload.attributes[*attribute] {
                Some(class) => it.values.contains(&class) != it.not,
                None => it.not,
            })
    }

    pub fn name(&self, rule: RuleId) -> String {
        let policy = self.fleet.policy();
        match rule {
            RuleId::Level => "level".into(),
            RuleId::Sharing => "sharing".into(),
            RuleId::Separate(index) => format!("separate:{}", policy.attributes[policy.separate[index].attribute].name),
            RuleId::Distrust(index) => format!("distrust:{}", policy.distrust[index].id),
            RuleId::Distrusts => "distrusts".into(),
            RuleId::Apart(index) => format!("apart:{}", policy.attributes[policy.apart[index].attribute].name),
        }
    }
}
