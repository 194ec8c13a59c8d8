//! Evidence to be filed away: a fleet, its plan, the certificate of the bound and what follows from them, in one archive that
//! says of each file what it is and what it was. The same fleet, plan and certificate give the same bytes.
//!
//! What is in it is checked like anything else that comes from somewhere: see [`Evidence::read`]. Nothing is unpacked to a disk.

mod archive;
mod gather;
mod manifest;

#[cfg(feature = "cli")]
pub(crate) use gather::page;
pub use gather::{Filed, gather};
pub use manifest::{EVIDENCE_SCHEMA, EvidenceFile, EvidenceManifest, schema};

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The files that an archive may hold, in the order in which they are written, and what each is.
const FILES: [(&str, &str); 10] = [
    (MANIFEST, "what is in here, and the digest of each file"),
    (README, "how to check it"),
    (FLEET, "the fleet document"),
    (SOURCE, "the text that the fleet was read from"),
    (PLAN, "the plan document"),
    (TEXT, "the plan for people"),
    (REPORT, "the plan on one page"),
    (CERTIFICATE, "what proves the bound of the plan"),
    (AUDIT, "what is wrong today"),
    (MIGRATION, "an order of the moves from what runs today to the plan"),
];
const MANIFEST: &str = "manifest.json";
const README: &str = "README.txt";
/// The fleet document, as JSON.
pub const FLEET: &str = "fleet.json";
/// The text that the fleet was read from.
pub const SOURCE: &str = "source.txt";
/// The plan document.
pub const PLAN: &str = "plan.json";
/// The plan for people.
pub const TEXT: &str = "plan.txt";
/// The plan on one page.
pub const REPORT: &str = "report.html";
/// The certificate of its bound.
pub const CERTIFICATE: &str = "certificate.json";
/// What is wrong today.
pub const AUDIT: &str = "audit.json";
/// The order of the moves.
pub const MIGRATION: &str = "migration.json";

/// An archive: its manifest, and the texts that it names.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    manifest: EvidenceManifest,
    texts: BTreeMap<&'static str, String>,
}

impl Evidence {
    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &EvidenceManifest {
        &self.manifest
    }

    /// A file by its name, such as [`PLAN`]; `None` where it has none of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// Takes a file out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.texts.remove(name)
    }

    /// The archive: a ZIP file. Linear in what it holds.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is too large for the format.
    pub fn write(&self) -> Result<Vec<u8>> {
        archive::write(self)
    }

    /// Reads an archive, and lists what in it is not what its manifest says: files that are missing, others that it does not name,
    /// digests that differ. That its documents are right is not looked at here.
    ///
    /// # Errors
    /// [`Error::PlanDocument`] where it is no such archive at all, or holds more than 4 GiB.
    pub fn read(bytes: &[u8]) -> Result<(Self, Vec<String>)> {
        archive::read(bytes)
    }
}

fn refused(why: impl std::fmt::Display) -> Error {
    Error::PlanDocument(format!("not an archive of evidence: {why}"))
}
