//! A fleet made in Rust, part by part.

use super::Fleet;
use super::document::{
    Amount, AnyWord, ApartDocument, AttributeDocument, DistrustDocument, Document, ExistingDocument, LevelDocument,
    LimitsDocument, MissingAmountsDocument, MissingDocument, MissingRequestsDocument, OneOrMany, PolicyDocument,
    RegionDocument, SelectorDocument, SeparateDocument, TemplateDocument, TenantDocument, TogetherDocument,
    WaiverDocument, WorkloadDocument,
};
use crate::error::{FleetError, InputProblem};

/// The place of the reason of the rule that was added last.
type ReasonOf = fn(&mut PolicyDocument) -> Option<&mut Option<String>>;

/// Collects the parts of a fleet; [`FleetBuilder::build`] checks them all, as if they had been read from a document.
///
/// ```
/// use tenantry::Fleet;
/// use tenantry::fleet::document::{SelectorDocument, TemplateDocument, TenantDocument, WorkloadDocument};
///
/// let fleet = Fleet::builder()
///     .name("acme")
///     .attribute("environment", ["production", "staging"])
///     .any_attribute("customer")
///     .separate("environment").because("trouble in staging must not reach customers")
///     .distrust("no-guests", SelectorDocument::key("tenant", "payments"), SelectorDocument::key("tenant", "other"))
///     .tenant(TenantDocument::new("shop").trust("trusted").attribute("environment", "production"))
///     .tenant(TenantDocument::new("payments").trust("trusted").attribute("environment", "production"))
///     .workload(WorkloadDocument::new("shop", "frontend").replicas(3).cpu("100m").memory("64Mi"))
///     .workload(WorkloadDocument::new("payments", "ledger").cpu(2).memory("4Gi"))
///     .template(TemplateDocument::new("standard").allocatable("cpu", 16).allocatable("memory", "64Gi"))
///     .build()?;
/// assert_eq!(fleet.workloads().len(), 2);
/// # Ok::<(), tenantry::FleetError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct FleetBuilder {
    document: Document,
    /// Where the reason of the rule added last stands.
    last: Option<ReasonOf>,
    /// A reason was given before any rule.
    stray: bool,
}

impl Fleet {
    /// A fleet to be made part by part.
    #[must_use]
    pub fn builder() -> FleetBuilder {
        FleetBuilder::default()
    }
}

fn strings<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Vec<String> {
    values.into_iter().map(Into::into).collect()
}

impl FleetBuilder {
    fn policy(&mut self) -> &mut PolicyDocument {
        self.document.policy.get_or_insert_default()
    }

    /// The fleet's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.document.name = Some(name.into());
        self
    }

    /// The day against which waivers are judged, `YYYY-MM-DD`.
    #[must_use]
    pub fn as_of(mut self, day: impl Into<String>) -> Self {
        self.document.as_of = Some(day.into());
        self
    }

    /// Declares a closed attribute: these values, each its own class.
    #[must_use]
    pub fn attribute<S: Into<String>>(mut self, name: impl Into<String>, values: impl IntoIterator<Item = S>) -> Self {
        self.policy().attributes.insert(name.into(), AttributeDocument::Values(strings(values)));
        self
    }

    /// Declares an attribute of any values, each its own class.
    #[must_use]
    pub fn any_attribute(mut self, name: impl Into<String>) -> Self {
        self.policy().attributes.insert(name.into(), AttributeDocument::Any(AnyWord::Any));
        self
    }

    /// Declares a closed attribute by its classes, each with its aliases (`"*"`: every other value).
    #[must_use]
    pub fn classes<C: Into<String>, A: Into<OneOrMany>>(
        mut self,
        name: impl Into<String>,
        classes: impl IntoIterator<Item = (C, A)>,
    ) -> Self {
        let classes = classes.into_iter().map(|(class, aliases)| (class.into(), aliases.into())).collect();
        self.policy().attributes.insert(name.into(), AttributeDocument::Classes(classes));
        self
    }

    /// Adds a trust level above those added before; the first one takes the place of the built-in three.
    #[must_use]
    pub fn level(mut self, name: impl Into<String>, sharing: impl Into<String>, accepts: impl Into<String>) -> Self {
        let level = LevelDocument { name: name.into(), sharing: sharing.into(), accepts: accepts.into(), reason: None };
        self.policy().levels.get_or_insert_default().push(level);
        self.last = Some(|policy| policy.levels.as_mut()?.last_mut().map(|level| &mut level.reason));
        self
    }

    /// Why the rule added last is there (a level, separation, technical conflict, refusal or group; a waiver carries its
    /// own): shown wherever the rule is.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        match self.last.and_then(|place| place(self.policy())) {
            Some(place) => *place = Some(reason.into()),
            None => self.stray = true,
        }
        self
    }

    /// Classes of this attribute must not share a cluster.
    #[must_use]
    pub fn separate(self, by: impl Into<String>) -> Self {
        self.separated(SeparateDocument { by: by.into(), ..SeparateDocument::default() })
    }

    /// The same, with the class of what these tenants leave open.
    #[must_use]
    pub fn separate_with_missing<S: Into<String>>(
        self,
        by: impl Into<String>,
        class: impl Into<String>,
        tenants: impl IntoIterator<Item = S>,
    ) -> Self {
        let missing = Some(MissingDocument { class: class.into(), tenants: strings(tenants) });
        self.separated(SeparateDocument { by: by.into(), missing, reason: None })
    }

    /// Different values of this attribute must not share a cluster, for technical reasons; with `missing_any`, a missing
    /// value goes with every value.
    #[must_use]
    pub fn apart(self, by: impl Into<String>, missing_any: bool) -> Self {
        let missing = missing_any.then_some(AnyWord::Any);
        self.kept_apart(ApartDocument { by: by.into(), missing, ..ApartDocument::default() })
    }

    /// No two of these workloads may be in one cluster.
    #[must_use]
    pub fn apart_in_clusters<S: Into<String>>(
        self,
        id: impl Into<String>,
        members: impl IntoIterator<Item = S>,
    ) -> Self {
        self.members_apart(id.into(), strings(members), "cluster")
    }

    /// No two of these workloads may be in one region.
    #[must_use]
    pub fn apart_in_regions<S: Into<String>>(
        self,
        id: impl Into<String>,
        members: impl IntoIterator<Item = S>,
    ) -> Self {
        self.members_apart(id.into(), strings(members), "region")
    }

    fn members_apart(self, id: String, members: Vec<String>, by: &str) -> Self {
        let rule =
            ApartDocument { id: Some(id), members: Some(members), by: by.to_owned(), ..ApartDocument::default() };
        self.kept_apart(rule)
    }

    fn kept_apart(mut self, rule: ApartDocument) -> Self {
        self.policy().apart.push(rule);
        self.last = Some(|policy| policy.apart.last_mut().map(|rule| &mut rule.reason));
        self
    }

    /// `subject` refuses `neighbour`.
    #[must_use]
    pub fn distrust(mut self, id: impl Into<String>, subject: SelectorDocument, neighbour: SelectorDocument) -> Self {
        self.policy().distrust.push(DistrustDocument { id: id.into(), subject, neighbour, reason: None });
        self.last = Some(|policy| policy.distrust.last_mut().map(|rule| &mut rule.reason));
        self
    }

    /// These workloads must share one cluster.
    #[must_use]
    pub fn together<S: Into<String>>(mut self, id: impl Into<String>, members: impl IntoIterator<Item = S>) -> Self {
        let members = Some(strings(members));
        self.policy().together.push(TogetherDocument { id: id.into(), members, ..TogetherDocument::default() });
        self.grouped()
    }

    /// All that these workloads have must stand in one region.
    #[must_use]
    pub fn together_in_region<S: Into<String>>(
        mut self,
        id: impl Into<String>,
        members: impl IntoIterator<Item = S>,
    ) -> Self {
        let (members, in_) = (Some(strings(members)), Some("region".to_owned()));
        self.policy().together.push(TogetherDocument { id: id.into(), members, in_, ..TogetherDocument::default() });
        self.grouped()
    }

    /// The matching workloads of each tenant must share one cluster.
    #[must_use]
    pub fn together_by_tenant(mut self, id: impl Into<String>, matching: SelectorDocument) -> Self {
        let by = Some("tenant".to_owned());
        self.policy().together.push(TogetherDocument {
            id: id.into(),
            by,
            where_: Some(matching),
            ..TogetherDocument::default()
        });
        self.grouped()
    }

    fn separated(mut self, rule: SeparateDocument) -> Self {
        self.policy().separate.push(rule);
        self.last = Some(|policy| policy.separate.last_mut().map(|rule| &mut rule.reason));
        self
    }

    fn grouped(mut self) -> Self {
        self.last = Some(|policy| policy.together.last_mut().map(|group| &mut group.reason));
        self
    }

    /// An approved, expiring exception.
    #[must_use]
    pub fn waiver(mut self, waiver: WaiverDocument) -> Self {
        self.policy().waivers.push(waiver);
        self
    }

    /// Adds a tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: TenantDocument) -> Self {
        self.document.tenants.push(tenant);
        self
    }

    /// Adds a workload.
    #[must_use]
    pub fn workload(mut self, workload: WorkloadDocument) -> Self {
        self.document.workloads.push(workload);
        self
    }

    /// Adds a region.
    #[must_use]
    pub fn region(mut self, region: RegionDocument) -> Self {
        self.document.regions.push(region);
        self
    }

    /// Tenants and templates that state neither regions nor jurisdictions may be in every region.
    #[must_use]
    pub fn all_regions(mut self) -> Self {
        self.document.defaults.get_or_insert_default().regions = Some("all".to_owned());
        self
    }

    /// Adds a cluster template.
    #[must_use]
    pub fn template(mut self, template: TemplateDocument) -> Self {
        self.document.cluster_templates.push(template);
        self
    }

    /// Adds a cluster that there is.
    #[must_use]
    pub fn existing(mut self, cluster: ExistingDocument) -> Self {
        self.document.existing_clusters.push(cluster);
        self
    }

    /// Workloads that do not say where they run run nowhere yet; without it, and with existing clusters, they are an error.
    #[must_use]
    pub fn runs_nowhere_yet(mut self) -> Self {
        self.document.defaults.get_or_insert_default().runs_in = Some(Vec::new());
        self
    }

    /// Requests of pods that state none; without it they are an error.
    #[must_use]
    pub fn missing_requests(mut self, cpu: impl Into<Amount>, memory: impl Into<Amount>) -> Self {
        let amounts = MissingAmountsDocument { cpu: Some(cpu.into()), memory: Some(memory.into()) };
        self.document.defaults.get_or_insert_default().missing_requests =
            Some(MissingRequestsDocument::Amounts(amounts));
        self
    }

    /// What is to be made small, most important first.
    #[must_use]
    pub fn objective<S: Into<String>>(mut self, levels: impl IntoIterator<Item = S>) -> Self {
        self.document.objective = Some(strings(levels));
        self
    }

    /// The highest values that a plan may have.
    #[must_use]
    pub fn limits(mut self, limits: LimitsDocument) -> Self {
        self.document.limits = Some(limits);
        self
    }

    /// The document so far.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its path.
    pub fn build(self) -> Result<Fleet, FleetError> {
        if self.stray {
            let message = "a reason was given before any rule that it could be the reason of";
            let problem = InputProblem::new("contradiction", "policy", message);
            return Err(FleetError { problems: vec![problem], omitted: 0 });
        }
        Fleet::from_document(self.document)
    }
}
