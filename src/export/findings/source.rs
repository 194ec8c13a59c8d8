//! Where in a fleet's text the clusters and workloads stand that findings are about.

use std::collections::BTreeMap;

use crate::fleet::{Fleet, Lines};
use crate::report::{AuditedViolation, EndingSoon, EndsWhat};

/// The file of a fleet, and the lines of what has a name in it. [`Default`]: no file is known.
#[derive(Clone, Debug, Default)]
pub struct AuditSource {
    pub(super) file: Option<String>,
    clusters: BTreeMap<String, usize>,
    /// By identity, and by tenant, namespace and name.
    workloads: BTreeMap<String, usize>,
    tenants: BTreeMap<String, usize>,
    /// Templates and regions.
    places: BTreeMap<String, usize>,
    /// By the ids of levers.
    rules: BTreeMap<String, usize>,
    waivers: BTreeMap<String, usize>,
}

/// What a finding is about.
#[derive(Clone, Debug)]
pub(super) enum About {
    /// A workload, an existing cluster, a template or a region, as messages name them.
    Name(String),
    Cluster(String),
    Tenant(String),
    /// A rule by its id.
    Rule(String),
    Waiver(String),
}

/// The names that a message sets between back quotes.
pub(super) fn named(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

impl AuditSource {
    /// The places in a text, of a fleet that was read from it. Complexity: reads the text once more.
    #[must_use]
    pub fn new(fleet: &Fleet, file: &str, text: &str, json: bool) -> Self {
        let document = fleet.document();
        let lines = Lines::new(text, json);
        let mut source = Self { file: Some(file.to_owned()), ..Self::default() };
        for (row, it) in document.workloads.iter().enumerate() {
            let Some(line) = lines.line(&format!("workloads[{row}]")) else { continue };
            let namespace =
                it.namespace.as_ref().map_or_else(|| format!("{}-{}", it.tenant, it.name), ToString::to_string);
            let key = format!("{}/{namespace}/{}", it.tenant, it.name);
            if let Ok(workload) = fleet.find(&key) {
                source.workloads.insert(fleet.identity(workload), line);
            }
            source.workloads.insert(key, line);
        }
        fn of<'n>(lines: &Lines<'_>, list: &str, names: impl Iterator<Item = &'n str>) -> BTreeMap<String, usize> {
            let line = |(row, name): (usize, &str)| Some((name.to_owned(), lines.line(&format!("{list}[{row}]"))?));
            names.enumerate().filter_map(line).collect()
        }
        source.clusters = of(&lines, "existingClusters", document.existing_clusters.iter().map(|it| &*it.name));
        source.tenants = of(&lines, "tenants", document.tenants.iter().map(|it| &*it.name));
        source.places = of(&lines, "regions", document.regions.iter().map(|it| &*it.name));
        source.places.extend(of(&lines, "clusterTemplates", document.cluster_templates.iter().map(|it| &*it.name)));
        let waivers = document.policy.iter().flat_map(|it| &it.waivers);
        source.waivers = of(&lines, "policy.waivers", waivers.map(|it| &*it.id));
        let rules = fleet.levers().into_iter();
        source.rules = rules.filter_map(|it| Some((it.id, lines.line(&it.path)?))).collect();
        // a reason that many say stands where the first of them says it
        for word in ["level", "sharing", "distrusts"] {
            let first =
                source.rules.iter().filter(|(id, _)| id.starts_with(&format!("{word}:"))).map(|(_, &line)| line);
            if let Some(line) = first.min() {
                source.rules.insert(word.to_owned(), line);
            }
        }
        source
    }

    /// A file of which no line is known.
    #[must_use]
    pub fn of_file(file: &str) -> Self {
        Self { file: Some(file.to_owned()), ..Self::default() }
    }

    /// The line of the first of these that has one.
    pub(super) fn line_of(&self, about: &[About]) -> Option<usize> {
        let name = |it: &About| match it {
            About::Name(name) => self.workloads.get(name),
            About::Cluster(name) => self.clusters.get(name),
            About::Tenant(name) => self.tenants.get(name),
            About::Rule(id) => self.rules.get(id),
            About::Waiver(id) => self.waivers.get(id),
        };
        // a workload before the cluster or template that is named with it
        let place = |it: &About| match it {
            About::Name(name) => self.clusters.get(name).or_else(|| self.places.get(name)),
            _ => None,
        };
        about.iter().find_map(name).or_else(|| about.iter().find_map(place)).copied()
    }

    /// The line of what ends.
    pub(super) fn line_of_end(&self, it: &EndingSoon) -> Option<usize> {
        let name = it.name.clone();
        self.line_of(&[match it.what {
            EndsWhat::Waiver => About::Waiver(name),
            EndsWhat::TenantStay => About::Tenant(name),
            EndsWhat::Stay => About::Name(name),
        }])
    }

    /// The line of the first workload or cluster that a note lists behind its colon.
    pub(super) fn line_of_note(&self, message: &str) -> Option<usize> {
        let listed = message.rsplit_once(": ").map_or("", |(_, list)| list);
        let listed = listed.split(" and ").next().unwrap_or_default().split(", ");
        self.line_of(&listed.map(|name| About::Name(name.to_owned())).collect::<Vec<_>>())
    }

    /// The line of a violation's workload, or of its cluster.
    pub(super) fn line(&self, it: &AuditedViolation) -> Option<usize> {
        let workload = it.workload.as_ref().and_then(|workload| self.workloads.get(workload));
        workload.or_else(|| self.clusters.get(it.cluster.as_ref()?)).copied()
    }

    /// The file as a reference by RFC 3986; none for standard input.
    pub(super) fn uri(&self) -> Option<String> {
        let file = self.file.as_ref().filter(|file| !file.starts_with('<'))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let mut uri = String::new();
        if file.starts_with('/') {
            uri.push_str("file://");
        }
        for byte in file.replace('\\', "/").bytes() {
            if plain(byte) {
                uri.push(char::from(byte));
            } else {
                uri.push_str(&format!("%{byte:02X}"));
            }
        }
        Some(uri)
    }
}
