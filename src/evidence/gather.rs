//! What belongs to a plan that is filed away.

use std::collections::BTreeMap;

use super::{
    AUDIT, CERTIFICATE, EVIDENCE_SCHEMA, Evidence, EvidenceFile, EvidenceManifest, FILES, FLEET, MANIFEST, MIGRATION,
    PLAN, README, REPORT, SOURCE, TEXT,
};
use crate::budget::{Options, Watch};
use crate::certify::Verdict;
use crate::document::digest;
use crate::error::{Error, Result};
use crate::export::{self, Report};
use crate::fleet::Fleet;
use crate::migrate::Migration;
use crate::pipeline::certificate::{self, check_certificate};
use crate::pipeline::{self, AuditOptions, MigrateOptions, Ruling};
use crate::plan::Plan;

/// Work of going through a certificate before it is filed.
const WORK: u64 = 20_000_000_000;
const WORDS: &str = "\
A plan of tenantry, with what proves it. Nothing in here has to be taken on trust:

  tenantry check evidence.zip              goes through all of it again
  python -m tenantry.check evidence.zip    the same by other code, in Python alone

Both read the rules of the fleet for themselves, hold the placement and its figures against them, check the certificate of
the bound in whole numbers, and go through the migration step by step. Waivers are judged on the day of the evidence (asOf
in manifest.json). That what the fleet document says is what really runs is for its owner to show.
";

/// What is filed away.
#[derive(Clone, Copy, Debug)]
pub struct Filed<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// The text that it was read from, if it is to be kept beside the document.
    pub source: Option<&'a str>,
    /// Its plan.
    pub plan: &'a Plan,
    /// The certificate document of the plan, if there is one.
    pub certificate: Option<&'a str>,
}

/// Gathers the evidence of a plan: beside what is given the plan for people, as text and as a page, and, where clusters exist, an
/// audit of today and the order of the moves. `limits` are those of ordering the moves.
///
/// ```
/// use tenantry::engine::{Options, Silent};
/// use tenantry::evidence::{Evidence, Filed, gather};
/// use tenantry::{Fleet, PlanOptions, certificate};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: untrusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let planned = tenantry::plan_with_proof(&fleet, &PlanOptions::default(), &Silent)?;
/// let proof = certificate::write(&planned)?;
/// let filed = Filed { fleet: &fleet, source: None, plan: &planned.plan, certificate: Some(&proof) };
/// let evidence = gather(filed, &Options::default(), &Silent)?;
/// let (read, wrong) = Evidence::read(&evidence.write()?)?;
/// assert!(read == evidence && wrong.is_empty());
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] where the plan is not legal for the fleet, or is one of another version of it or of another day, and where the
/// certificate is refuted; [`Error::PlanDocument`] where that is none.
pub fn gather(filed: Filed<'_>, limits: &Options, watch: &dyn Watch) -> Result<Evidence> {
    let Filed { fleet, source, plan, certificate } = filed;
    let day = plan.day();
    match pipeline::check(fleet, plan, day)?.ruling() {
        Ruling::Legal | Ruling::Nothing => {}
        Ruling::Illegal | Ruling::Wrong => {
            return Err(Error::Usage(
                "the plan is not legal for this fleet, or says what is not so (`check` lists it)".to_owned(),
            ));
        }
        Ruling::Drifted => {
            return Err(Error::Usage("the plan was made for another version of this fleet".to_owned()));
        }
    }
    let mut texts: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut left_out = Vec::new();
    texts.insert(README, WORDS.to_owned());
    texts.insert(FLEET, fleet.to_json() + "\n");
    texts.extend(source.map(|source| (SOURCE, source.to_owned())));
    texts.insert(PLAN, export::json(plan)?);
    texts.insert(TEXT, export::text(plan));
    if let Some(certificate) = certificate {
        let read = certificate::read(certificate.as_bytes())?;
        // what could not be decided is filed: a check with more work may
        if let Verdict::Refuted { place, why } = check_certificate(fleet, plan, &read, day, WORK)? {
            return Err(Error::Usage(format!("the certificate is refuted at {place}: {why}")));
        }
    }
    match certificate {
        Some(certificate) => _ = texts.insert(CERTIFICATE, certificate.to_owned()),
        None => left_out.push(format!("{CERTIFICATE}: the plan came without one")),
    }
    let mut migration = None;
    if fleet.existing().is_empty() {
        left_out.push(format!("{AUDIT}, {MIGRATION}: the fleet has no existing clusters"));
    } else {
        let options = AuditOptions { as_of: day, ..AuditOptions::default() };
        texts.insert(AUDIT, pipeline::audit(fleet, &options)?.to_json()?);
        if plan.clusters.is_some() {
            let options = MigrateOptions { solver: limits.clone(), as_of: day, ..MigrateOptions::default() };
            let made = migration.insert(pipeline::migrate(fleet, plan, &options, watch)?);
            texts.insert(MIGRATION, made.to_json()?);
        } else {
            left_out.push(format!("{MIGRATION}: the plan places nothing"));
        }
    }
    texts.insert(REPORT, page(Report::new(fleet, plan)?, migration.as_ref())?);
    let files = FILES.iter().filter(|(name, _)| *name != MANIFEST);
    let files = files.filter_map(|&(name, what)| {
        let bytes = texts.get(name)?.as_bytes();
        Some(EvidenceFile {
            name: name.to_owned(),
            what: what.to_owned(),
            bytes: bytes.len() as u64,
            sha256: digest(bytes),
        })
    });
    let manifest = EvidenceManifest {
        schema: EVIDENCE_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: fleet.name().to_owned(),
        fleet_digest: fleet.digest().to_owned(),
        as_of: plan.as_of.clone(),
        status: plan.status,
        proof: plan.proof,
        files: files.collect(),
        left_out,
    };
    Ok(Evidence { manifest, texts })
}

/// The page of a plan that somebody has checked, with the order of the moves where there is one.
///
/// # Errors
/// [`Error::Usage`] where they are not of its fleet.
pub(crate) fn page(report: Report<'_>, migration: Option<&Migration>) -> Result<String> {
    match migration {
        Some(migration) => report.with_migration(migration)?.html(),
        None => report.html(),
    }
}
