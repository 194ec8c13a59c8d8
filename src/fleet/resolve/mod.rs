//! Document -> fleet: inherit, look up, validate; everything that is wrong at once.

mod amounts;
mod attributes;
mod canonical;
mod company;
mod copies;
mod declare;
mod everywhere;
mod existing;
mod ground;
mod kept_apart;
mod names;
mod objective;
mod places;
mod pools;
mod regions;
mod rules;
mod selectors;
mod separations;
mod sites;
mod slips;
mod suspicious;
mod templates;
mod together;
mod trust;
mod twins;
mod units;
mod waivers;
mod workloads;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::date::Date;

pub(super) use amounts::decimal;
pub(super) use names::{NotFound, WorkloadIndex};
pub(super) use trust::{Owner, stances};

use self::amounts::Resources;
use self::attributes::Attributes;
use self::names::{Tenants, check_text};
use self::trust::Levels;
use super::document::{Document, FLEET_SCHEMA, PolicyDocument};
use super::policy::{Policy, RuleId};
use super::problems::{Path, Problems, nearest, quoted};
use super::sharing::Sharing;
use super::{Fleet, Held, Warning, digest};
use crate::abreast::{MANY, abreast};
use crate::budget::Objective;
use crate::compact::{Text, TextMap};
use crate::error::InputProblem;

/// Templates, and node pools, that a fleet may have: every workload is held against each.
const MOST_TEMPLATES: usize = 1_000;

/// Resolves a document. `None` where anything has been reported, here or before.
pub(super) fn resolve(document: Document, problems: &mut Problems) -> Option<Fleet> {
    let document = Arc::new(document);
    let many = document.workloads.len() >= MANY;
    // the digest of many rows, for which they are written, is not waited for
    let write = || many.then(|| digest::Rows::of(&document.workloads));
    let (fleet, written) = abreast(many, || resolved(&document, problems), write);
    let mut fleet = fleet?;
    let digest = || written.as_ref().map(|written| digest::digest(&fleet.document, &fleet.rows, written));
    let (warnings, digest) = abreast(many, || warnings(&fleet), digest);
    fleet.warnings.extend(warnings);
    fleet.digest = digest.map_or_else(OnceLock::new, OnceLock::from);
    Some(fleet)
}

/// What a fleet as a whole makes one wonder.
fn warnings(fleet: &Fleet) -> Vec<Warning> {
    let mut warnings = suspicious::amounts(&fleet.document);
    warnings.extend(slips::slips(fleet));
    warnings.extend(everywhere::unwelcome(fleet));
    warnings.extend(copies::given_up(fleet));
    warnings.extend(copies::replicas_given_up(fleet));
    warnings.extend(copies::of_nothing(fleet));
    if fleet.units.is_empty() {
        let message = "the fleet holds no workload to place: a plan of no clusters, optimal as it is, says nothing about what \
                       you run";
        warnings.push(Warning { code: Warning::EMPTY_FLEET, message: message.to_owned() });
    } else if nobody_separated(fleet) {
        let message = "nobody is separated: no separation, no distrust, and everything trusts everything. Any workload may share a \
                       cluster with any other; only namespaces lie between them";
        warnings.push(Warning { code: "nobody-separated", message: message.to_owned() });
    }
    warnings
}

fn resolved(shared: &Arc<Document>, problems: &mut Problems) -> Option<Fleet> {
    let document: &Document = shared;
    let as_of = header(document, problems);
    let (ladder, moves_decide) = objective::objective(document, problems);
    let objective: Vec<Objective> = ladder.iter().filter_map(|level| level.decides()).collect();
    let most = objective::limits(document, problems);
    let cost_needed = objective.contains(&Objective::Cost) || most.cost.is_some();
    let no_policy = PolicyDocument::default();
    let policy = document.policy.as_ref().unwrap_or(&no_policy);
    let mut warnings = Vec::new();

    let before = problems.count();
    let names = Tenants::new(document, problems);
    let levels = Levels::new(document, problems);
    let mut attributes = Attributes::new(document, problems);
    let separations = separations::separate(policy, &names, &mut attributes, problems);
    let aparts = separations::apart(policy, &attributes, problems);
    let resources = Resources::new(document, problems);
    let (mut tenants, inheritances) =
        workloads::tenants(document, &names, &levels, (&attributes, &resources), problems);
    let pools = pools::Pools::new(document, &resources, problems);
    let ground = workloads::Ground {
        pools: &pools,
        names: &names,
        levels: &levels,
        attributes: &attributes,
        resources: &resources,
        tenants: &tenants,
        inheritances: &inheritances,
        defaults: amounts::defaults(document, problems),
    };
    let mut workloads = workloads::workloads(document, &ground, problems);
    let given = |workload: usize, attribute: &str| {
        let workload = &document.workloads[workload];
        let tenant = names.quietly(&workload.tenant).map(|tenant| names.document(tenant));
        // A name that is not declared may be a slip of this one: it has been reported.
        let gives = |map: &TextMap<Text>| map.keys().any(|key| key == attribute || attributes.quietly(key).is_none());
        gives(&workload.attributes) || tenant.is_none_or(|tenant| gives(&tenant.attributes))
    };
    let before_places = problems.count();
    let regions = regions::Regions::new(document, problems);
    places::wishes(document, &names, &regions, &mut workloads, problems);
    copies::in_regions(document, &regions, &mut workloads, problems);
    let mut places_unsure = problems.count() > before_places;
    separations::classes(&mut workloads, &separations, &aparts, &attributes, given, problems);
    let sound = problems.count() == before && !problems.is_spoilt_below(&Path::Root);

    let index = WorkloadIndex::default();
    let ground = ground::Ground {
        names: &names,
        levels: &levels,
        attributes: &attributes,
        tenants: &tenants,
        workloads: &workloads,
        namespaces: if document.names_namespaces() {
            workloads.iter().map(|workload| workload.namespace.as_str()).collect()
        } else {
            BTreeSet::new()
        },
        index: &index,
        rules_unsure: separations.len() < policy.separate.len()
            || aparts.len() < policy.apart.iter().filter(|it| it.is_of_an_attribute()).count()
            || problems.is_spoilt_below(&Path::Root.key("policy").key("separate"))
            || problems.is_spoilt_below(&Path::Root.key("policy").key("apart")),
        sound,
    };
    let distrust = ground.distrust(policy, problems, &mut warnings);
    let (mut together, together_in_region) = ground.together(policy, &regions, problems, &mut warnings);
    let kept_apart = ground.kept_apart(policy, &regions, problems);
    let waivers = ground.waivers(policy, &reasons(policy), problems);
    let before_doors = problems.count();
    let doors = places::of_templates(document, &ground, &regions, problems, &mut warnings);
    let owns = places::of_existing(document, &ground, &regions, problems, &mut warnings);
    places_unsure |= problems.count() > before_doors;
    twins::names(document, &workloads, problems);
    together.extend(units::namespaces(&workloads, &tenants));
    let units = units::unite(&workloads, &together);
    let ties = units::Ties { together: &together, tenants: &tenants };
    company::in_company(document, (&workloads, &units), (&ties, &together_in_region, &kept_apart), problems);

    let clusters = existing::Clusters::new(document, problems);
    let before_templates = problems.count();
    let mut templates =
        fitting_templates(document, &resources, (&workloads, &pools.names), doors, cost_needed, problems);
    templates::countable_costs(&templates, &regions.list, &workloads, problems);
    for workload in workloads.iter().filter(|it| it.per_cluster && it.tenant != workloads::NOBODY) {
        tenants[workload.tenant].everywhere = true;
    }
    let everywhere = templates::Everywhere::new(&workloads, &tenants);
    for template in &mut templates {
        everywhere.take_from(Arc::make_mut(&mut template.shape));
    }
    let agents: Vec<super::Workload> = workloads.iter().filter(|it| it.per_node).cloned().collect();
    let templates_sound =
        problems.count() == before_templates && !problems.is_spoilt_below(&Path::Root.key("clusterTemplates"));
    let ground = existing::Ground {
        document,
        resources: &resources,
        everywhere: &everywhere,
        agents: (&agents, workloads.iter().position(|it| it.per_node)),
        pools: &pools.names,
        templates_sound,
        cost_needed,
    };
    let existing = existing::clusters(&clusters, &ground, problems);
    let mut whereabouts = existing::whereabouts(document, &clusters, (&workloads, regions.any()), problems);
    let by_rules = kept_apart.iter().filter(|it| it.by == super::ApartBy::Region).map(|it| &it.members[..]);
    let by_rules: Vec<&[usize]> = by_rules.chain(together_in_region.iter().map(|it| &it.members[..])).collect();
    let mut told_apart = copies::told_apart(&workloads, &by_rules);
    told_apart.extend(places::stayed_in(&whereabouts, &owns));
    let kinds = places::kinds(&regions, &workloads, &told_apart);
    let mut sites = sites::sites(&templates, &regions, &kinds, problems);
    let nowhere = document.cluster_templates.is_empty() && document.existing_clusters.is_empty();
    if nowhere && templates.is_empty() && !units.is_empty() && !problems.is_spoilt(&Path::Root.key("clusterTemplates"))
    {
        let problem = InputProblem::new(
            "no-template",
            "",
            "there are workloads to place and no cluster template to place them in",
        );
        problems.add(&Path::Root.key("clusterTemplates"), problem);
    }
    let list = Path::Root.key("clusterTemplates");
    let mut rows = document.cluster_templates.iter().enumerate();
    let unsure = places_unsure
        || pools.unsure
        || rows.any(|(index, template)| pools::unsure(template, &list.index(index), problems));
    let names_of_sites = sites::names(&sites, &templates, &[]);
    let places = units::Places {
        sites: &sites,
        names: &names_of_sites,
        regions: &regions,
        tenants: &tenants,
        unsure,
        resources: &resources,
    };
    let ties = units::Ties { together: &together, tenants: &tenants };
    units::open(&mut workloads, &places);
    if document.existing_clusters.is_empty() {
        // else it is a wish that contradicts, and a plan may not be asked for
        units::fit(&workloads, &units, &places, &ties, problems);
        units::room(document, (&workloads, &units), (&templates, &places), problems);
    }
    let mut existing = sites::add_existing(&mut sites, (&templates, &regions.list), existing, owns);
    let places = units::Places {
        sites: &sites,
        names: &names_of_sites,
        regions: &regions,
        tenants: &tenants,
        unsure,
        resources: &resources,
    };
    units::open_existing(&mut workloads, &places, &existing, &whereabouts);
    for template in templates.iter().filter(|template| !template.shape.carries) {
        let message = format!(
            "template `{}` is too small for the workloads of the platform alone: it is never used",
            template.name
        );
        warnings.push(Warning { code: "template-unusable", message });
    }
    if !problems.is_empty() {
        return None;
    }

    let mut policy = Policy {
        attributes: attributes.into_policy(),
        levels: levels.list,
        separate: separations.into_iter().map(|it| it.separation).collect(),
        apart: aparts,
        distrust,
        waivers,
        together,
        together_in_region,
        kept_apart,
    };
    let mut units = units;
    let order = canonical::order(canonical::Rows {
        tenants: &mut tenants,
        workloads: &mut workloads,
        templates: &mut templates,
        sites: &mut sites,
        existing: &mut existing,
        whereabouts: &mut whereabouts,
        policy: &mut policy,
        units: &mut units,
    });
    // nobody waits for a place who has no replicas that could stand anywhere
    units.retain(|unit| !unit.iter().any(|&it| workloads[it].is_split() && workloads[it].replicas == 0));
    let unique = names::unique(&workloads);
    let platform = (0..workloads.len()).filter(|&workload| workloads[workload].per_cluster).collect();
    Some(Fleet {
        name: document.name.clone().unwrap_or_default(),
        as_of,
        pools: pools.names,
        resources: resources.names,
        policy,
        tenants: Arc::new(tenants),
        workloads: Arc::new(workloads),
        limits: sites::limits(&sites, &templates, &existing, &regions.list),
        existing,
        whereabouts: Arc::new(whereabouts),
        regions: regions.list,
        templates,
        sites,
        levels: ladder,
        objective,
        moves_decide,
        objective_asked: false,
        most,
        held: Held::default(),
        chosen: std::collections::BTreeMap::new(),
        warnings,
        digest: OnceLock::new(),
        units: Arc::new(units),
        platform,
        unique: Arc::new(unique),
        parts: Vec::new(),
        index: WorkloadIndex::default(),
        document: Arc::clone(shared),
        rows: order.into(),
    })
}

fn header(document: &Document, problems: &mut Problems) -> Option<Date> {
    let root = Path::Root;
    if document.schema != FLEET_SCHEMA {
        let problem = InputProblem::new("unsupported-schema", "", "this version of the document is not known")
            .with_got(quoted(&document.schema))
            .with_expected(FLEET_SCHEMA)
            .with_suggestion(nearest(&document.schema, [FLEET_SCHEMA]));
        problems.add(&root.key("schema"), problem);
    }
    if let Some(name) = &document.name {
        check_text(name, 253, &root.key("name"), problems);
    }
    document.as_of.as_ref().and_then(|text| date(text, &root.key("asOf"), problems))
}

/// `YYYY-MM-DD`, and a day that there is.
fn date(text: &str, path: &Path, problems: &mut Problems) -> Option<Date> {
    let date = Date::read(text);
    if date.is_none() {
        let problem =
            InputProblem::new("bad-date", "", "this is not a day").with_got(quoted(text)).with_expected("YYYY-MM-DD");
        problems.add(path, problem);
    }
    date
}

/// The reasons that a waiver can name.
fn reasons(policy: &PolicyDocument) -> Vec<(String, RuleId)> {
    let mut reasons = vec![("level".to_owned(), RuleId::Level), ("sharing".to_owned(), RuleId::Sharing)];
    reasons.extend(
        policy.separate.iter().enumerate().map(|(at, rule)| (format!("separate:{}", rule.by), RuleId::Separate(at))),
    );
    reasons.extend(
        policy.distrust.iter().enumerate().map(|(at, rule)| (format!("distrust:{}", rule.id), RuleId::Distrust(at))),
    );
    reasons.push(("distrusts".to_owned(), RuleId::Distrusts));
    let apart = policy.apart.iter().filter(|it| it.is_of_an_attribute()).enumerate();
    reasons.extend(apart.map(|(at, rule)| (format!("apart:{}", rule.by), RuleId::Apart(at))));
    reasons
}

fn fitting_templates(
    document: &Document,
    resources: &Resources,
    workloads: (&[super::Workload], &[String]),
    doors: Vec<(Vec<usize>, super::Door)>,
    cost_needed: bool,
    problems: &mut Problems,
) -> Vec<super::ClusterTemplate> {
    let pools: usize =
        document.cluster_templates.iter().map(|template| template.node_pools.as_ref().map_or(0, Vec::len)).sum();
    if document.cluster_templates.len().max(pools) > MOST_TEMPLATES {
        let message = format!("more than {MOST_TEMPLATES} cluster templates or node pools");
        problems.add(&Path::Root.key("clusterTemplates"), InputProblem::new("too-many-items", "", message));
        return Vec::new();
    }
    templates::templates(document, resources, workloads, doors, cost_needed, problems)
}

/// No separation, no distrust, and no level, floor or sharing that keeps anybody from anybody.
fn nobody_separated(fleet: &Fleet) -> bool {
    let placed = || fleet.workloads.iter().filter(|workload| !workload.per_cluster);
    let lowest = placed().map(|workload| workload.trust).min();
    let floor = placed().map(|workload| workload.accepts).max();
    fleet.policy.separate.is_empty()
        && fleet.policy.distrust.is_empty()
        && fleet.tenants.iter().all(|tenant| tenant.distrusts.is_empty())
        && placed().all(|workload| workload.sharing == Sharing::Level)
        && lowest.is_some_and(|lowest| floor.is_some_and(|floor| floor <= lowest))
}
