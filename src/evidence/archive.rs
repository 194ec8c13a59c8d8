//! The ZIP file: written the same way every time, read with limits.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{EVIDENCE_SCHEMA, Evidence, EvidenceManifest, FILES, MANIFEST, refused};
use crate::document::{self, digest};
use crate::error::{Error, Result};

/// More bytes than this are not unpacked, all files together.
const MOST: u64 = 4 << 30;
/// More files than this are not looked at one by one.
const MOST_FILES: usize = 1_000;

/// The archive of these files, each at the same hour of 1980.
pub(super) fn write(evidence: &Evidence) -> Result<Vec<u8>> {
    let failed = |error: zip::result::ZipError| Error::Usage(format!("the archive cannot be written: {error}"));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let manifest = document::text(&evidence.manifest)?;
    for (name, _) in FILES {
        let text = if name == MANIFEST { Some(manifest.as_str()) } else { evidence.text(name) };
        let Some(text) = text else { continue };
        let large = text.len() as u64 > u64::from(u32::MAX) / 2;
        zip.start_file(name, options.large_file(large)).map_err(failed)?;
        zip.write_all(text.as_bytes()).map_err(|error| failed(error.into()))?;
    }
    Ok(zip.finish().map_err(failed)?.into_inner())
}

pub(super) fn read(bytes: &[u8]) -> Result<(Evidence, Vec<String>)> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| refused(error.to_string()))?;
    if zip.len() > MOST_FILES {
        return Err(refused(format!("it holds {} files", zip.len())));
    }
    let start = usize::try_from(zip.central_directory_start()).unwrap_or(usize::MAX);
    named_once(bytes.get(start..).unwrap_or_default(), zip.len())?;
    let mut wrong = Vec::new();
    let mut texts: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut left = MOST;
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|error| refused(error.to_string()))?;
        let shown = String::from_utf8_lossy(file.name_raw()).into_owned();
        let Some(&(name, _)) = FILES.iter().find(|(name, _)| *name == shown) else {
            wrong.push(format!("`{shown}` is no file of such an archive: it was not looked at"));
            continue;
        };
        let mut unpacked = Vec::new();
        // what a file says of its length is not believed
        file.take(left + 1).read_to_end(&mut unpacked).map_err(|error| refused(format!("{name}: {error}")))?;
        left = left
            .checked_sub(unpacked.len() as u64)
            .ok_or_else(|| refused(format!("it holds more than {} GiB", MOST >> 30)))?;
        let text = String::from_utf8(unpacked).map_err(|_| refused(format!("{name} is not UTF-8 text")))?;
        texts.insert(name, text);
    }
    let manifest = texts.remove(MANIFEST).ok_or_else(|| refused(format!("it has no {MANIFEST}")))?;
    let manifest: EvidenceManifest =
        document::read(&manifest, "a manifest of evidence", EVIDENCE_SCHEMA, |it: &EvidenceManifest| &it.schema)?;
    let mut named: Vec<&str> = Vec::new();
    for file in &manifest.files {
        let name = file.name.as_str();
        if named.contains(&name) {
            wrong.push(format!("the manifest names `{name}` twice"));
        }
        named.push(name);
        match texts.get(name) {
            None => wrong.push(format!("`{name}` is missing")),
            Some(text) if text.len() as u64 != file.bytes || digest(text.as_bytes()) != file.sha256 => {
                wrong.push(format!("`{name}` is not the file that the manifest names: its digest differs"));
            }
            Some(_) => {}
        }
    }
    let unnamed = texts.keys().filter(|name| !named.contains(name));
    wrong.extend(unnamed.map(|name| format!("`{name}` is not in the manifest")));
    Ok((Evidence { manifest, texts }, wrong))
}

/// That the central directory names no file twice. Of two files of one name the reader of archives shows the last and another
/// program may show the first, so the entries are gone through as they stand (APPNOTE.TXT 4.3.12); `shown` is how many files the
/// reader shows.
fn named_once(directory: &[u8], shown: usize) -> Result<()> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    const FIXED: usize = 46;
    let mut names: BTreeSet<&[u8]> = BTreeSet::new();
    let mut rest = directory;
    while rest.starts_with(SIGNATURE) {
        let length = |at: usize| match rest.get(at..at + 2) {
            Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
            _ => 0, // then the entry is cut short, and so is its name
        };
        let (name, more) = (length(28), length(30) + length(32));
        let cut = || refused("its directory is cut short");
        let name_of = rest.get(FIXED..FIXED + name).ok_or_else(cut)?;
        rest = rest.get(FIXED + name + more..).ok_or_else(cut)?;
        if !names.insert(name_of) {
            return Err(refused(format!("`{}` is in it twice", String::from_utf8_lossy(name_of).escape_debug())));
        }
    }
    if names.len() != shown {
        return Err(refused(format!("its directory names {} files, and {shown} are found", names.len())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Options, Silent};
    use crate::evidence::{Filed, PLAN, gather};
    use crate::{Fleet, PlanOptions};

    fn evidence() -> Evidence {
        let fleet = "{schema: tenantry/v1, asOf: \"2026-11-23\", tenants: [{name: a, trust: trusted}],
            workloads: [{name: w, tenant: a, requests: {cpu: 1, memory: 1Gi}}],
            clusterTemplates: [{name: t, allocatable: {cpu: 4, memory: 8Gi}}]}";
        let read = Fleet::from_yaml(fleet).unwrap();
        let plan = read.plan(&PlanOptions::default()).unwrap();
        let filed = Filed { fleet: &read, source: Some(fleet), plan: &plan, certificate: None };
        gather(filed, &Options::default(), &Silent).unwrap()
    }

    /// An archive of these files.
    fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn the_same_evidence_is_the_same_bytes() {
        let bytes = evidence().write().unwrap();
        assert_eq!(bytes, evidence().write().unwrap());
        let (read, wrong) = Evidence::read(&bytes).unwrap();
        assert_eq!((read, wrong), (evidence(), Vec::new()));
    }

    #[test]
    fn what_is_not_what_the_manifest_says_is_named() {
        let whole = evidence();
        let manifest = document::text(&whole.manifest).unwrap();
        let all: Vec<(&str, &str)> = whole.texts.iter().map(|(&name, text)| (name, text.as_str())).collect();
        let said = |files: Vec<(&str, &str)>| Evidence::read(&zipped(&files)).unwrap().1;
        let with = |more: (&'static str, &'static str)| {
            let others = all.iter().copied().filter(|(name, _)| *name != more.0);
            others.chain([(MANIFEST, manifest.as_str()), more]).collect::<Vec<_>>()
        };
        assert_eq!(
            said(with((PLAN, "{}"))),
            ["`plan.json` is not the file that the manifest names: its digest differs"]
        );
        let stranger = "`../x` is no file of such an archive: it was not looked at";
        assert_eq!(said(with(("../x", ""))), [stranger]);
        assert_eq!(said(with(("audit.json", "{}"))), ["`audit.json` is not in the manifest"]);
        let without = all.iter().copied().filter(|(name, _)| *name != PLAN).chain([(MANIFEST, manifest.as_str())]);
        assert_eq!(said(without.collect()), ["`plan.json` is missing"]);
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        // the writer refuses it, too: a name of the same length is overwritten, in the file's own header and in the directory
        let (name, other) = (PLAN.as_bytes(), b"plaN.json");
        let mut bytes = zipped(&[(MANIFEST, "{}"), (PLAN, "{}"), ("plaN.json", "{\"other\": 1}")]);
        let places: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(other)).collect();
        assert_eq!(places.len(), 2);
        for at in places {
            bytes[at..at + name.len()].copy_from_slice(name);
        }
        let error = Evidence::read(&bytes).unwrap_err().to_string();
        assert!(error.contains("`plan.json` is in it twice"), "{error}");
        // cut short in the middle of an entry
        assert!(named_once(b"PK\x01\x02\0\0", 1).is_err() && named_once(b"", 0).is_ok() && named_once(b"", 1).is_err());
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        for (bytes, why) in [
            (b"PK".to_vec(), "not an archive of evidence"),
            (zipped(&[]), "no manifest.json"),
            (zipped(&[(MANIFEST, "{}")]), "not a manifest of evidence"),
            (zipped(&[("plan.json", "{}")]), "no manifest.json"),
        ] {
            let error = Evidence::read(&bytes).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
