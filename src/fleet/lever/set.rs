//! Limits at other values, tighter or looser: another fleet.

use super::{MAXIMUMS, Place, number};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::document::{Amount, Document, MaximumsDocument};
use crate::fleet::problems::{nearest, quoted};

/// The forms of ids, as messages show them.
const FORMS: &str = "`maxCount:TEMPLATE`, `maxClusters:REGION`, `maximum:TEMPLATE=WHAT` and `headroom:TEMPLATE`";

impl Fleet {
    /// The fleet with limits at other values, each by its id: `maxCount:TEMPLATE`, `maxClusters:REGION`, `headroom:TEMPLATE`, and
    /// `maximum:TEMPLATE=WHAT` where `WHAT` is `preset`, `nodes`, `pods`, `namespaces` or `tenants`; an existing cluster may stand for the
    /// template. A value is what the document would say, or `none`: no limit. It does not matter whether there is one
    /// today. For rules, see [`without`](Self::without).
    ///
    /// ```
    /// # let text = "{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
    /// #     workloads: [{name: web, tenant: a, requests: {cpu: 5, memory: 1Gi}}, {name: api, tenant: a, requests: {cpu: 3, memory: 1Gi}}], \
    /// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}";
    /// use tenantry::{Fleet, PlanOptions};
    ///
    /// let fleet = Fleet::from_yaml(text)?;
    /// let roomy = fleet.with_limits([("headroom:t", "20%")])?;
    /// let clusters = |fleet: &Fleet| fleet.plan(&PlanOptions::default()).map(|plan| plan.summary.clusters);
    /// assert_eq!((clusters(&fleet)?, clusters(&roomy)?), (Some(1), Some(2)));
    /// assert!(fleet.with_limits([("maxCount:x", "3")]).is_err());
    /// # Ok::<(), tenantry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`]: there is no such limit, or the value is none; [`Error::Fleet`] where what comes out is no fleet.
    pub fn with_limits<'a>(&self, limits: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut document = self.document().clone();
        for (id, value) in limits {
            set(&mut document, id, Some(value).filter(|value| *value != "none"))?;
        }
        Ok(Self::from_document(document)?)
    }
}

fn set(document: &mut Document, id: &str, value: Option<&str>) -> Result<()> {
    let (kind, of) = id.split_once(':').unwrap_or((id, ""));
    match kind {
        "maxCount" => {
            let row = named("template", of, document.cluster_templates.iter().map(|it| &*it.name))?;
            document.cluster_templates[row].max_count = count(id, value)?;
        }
        "maxClusters" => {
            let row = named("region", of, document.regions.iter().map(|it| &*it.name))?;
            document.regions[row].max_clusters = count(id, value)?;
        }
        "headroom" => {
            *place(document, of)?.headroom_mut(document) = value.map(Amount::text);
        }
        "maximum" => {
            let (of, what) = of.rsplit_once('=').unwrap_or((of, ""));
            let maximums = place(document, of)?.maximums_mut(document);
            maximum(maximums.get_or_insert_default(), id, what, value)?;
            if maximums.as_ref().is_some_and(|it| *it == MaximumsDocument::default()) {
                *maximums = None; // as a document says it that has none
            }
        }
        _ => return Err(Error::Usage(format!("there is no limit {}: limits are {FORMS}", quoted(id)))),
    }
    Ok(())
}

fn maximum(maximums: &mut MaximumsDocument, id: &str, what: &str, value: Option<&str>) -> Result<()> {
    if what == "preset" {
        maximums.preset = value.map(str::to_owned);
        return Ok(());
    }
    let Some(number) = number(maximums, what) else {
        let words = MAXIMUMS.join(", ");
        return Err(Error::Usage(format!("{} names no maximum: there are {words}", quoted(id))));
    };
    *number = count(id, value)?;
    Ok(())
}

fn count(id: &str, value: Option<&str>) -> Result<Option<u64>> {
    let read = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let wrong = || Error::Usage(format!("{} is a whole number or `none`, not {}", quoted(id), quoted(text)));
        text.parse().ok().filter(|_| digits).ok_or_else(wrong)
    };
    value.map(read).transpose()
}

/// A template, or else an existing cluster.
fn place(document: &Document, name: &str) -> Result<Place> {
    if let Some(row) = document.existing_clusters.iter().position(|it| it.name == name) {
        return Ok(Place::Existing(row));
    }
    let known = document.cluster_templates.iter().map(|it| &*it.name);
    let all = known.clone().chain(document.existing_clusters.iter().map(|it| &*it.name));
    match known.clone().position(|it| it == name) {
        Some(row) => Ok(Place::Template(row)),
        None => Err(unknown("template or cluster", name, all)),
    }
}

fn named<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str> + Clone) -> Result<usize> {
    known.clone().position(|it| it == name).ok_or_else(|| unknown(what, name, known))
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Error {
    let near = nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Error::Usage(format!("there is no {what} {}{near}", quoted(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{schema: tenantry/v1, defaults: {regions: all}, tenants: [{name: a, trust: trusted}],
        regions: [{name: eu, maxClusters: 4}],
        workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}],
        clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}, headroom: 10%, maximums: {pods: 50}}]}";

    #[test]
    fn limits_come_go_and_change() {
        let fleet = Fleet::from_yaml(TEXT).unwrap();
        let other = fleet.with_limits([
            ("maxCount:t", "3"),
            ("maxClusters:eu", "none"),
            ("headroom:t", "0.25"),
            ("maximum:t=pods", "none"),
            ("maximum:t=tenants", "2"),
        ]);
        let other = other.unwrap();
        let (template, region) = (&other.document().cluster_templates[0], &other.document().regions[0]);
        let maximums = template.maximums.clone().unwrap();
        assert_eq!((template.max_count, region.max_clusters), (Some(3), None));
        assert_eq!((maximums.pods, maximums.tenants), (None, Some(2)));
        assert_eq!(template.headroom.as_ref().unwrap().as_str(), "0.25");
        // back again it is the fleet that it was
        let back = [
            ("maxCount:t", "none"),
            ("maxClusters:eu", "4"),
            ("headroom:t", "10%"),
            ("maximum:t=pods", "50"),
            ("maximum:t=tenants", "none"),
        ];
        assert_eq!(other.with_limits(back).unwrap().digest(), fleet.digest());
        let bare = Fleet::from_yaml(&TEXT.replace(", maximums: {pods: 50}", "")).unwrap();
        assert_eq!(fleet.with_limits([("maximum:t=pods", "none")]).unwrap().digest(), bare.digest());
        // every lever that has a number is such a limit, whatever value its id may carry
        for lever in fleet.levers().iter().filter(|it| fleet.tighter(it).is_some()) {
            let id = if lever.id.starts_with("headroom") { "headroom:t" } else { &lever.id };
            assert!(fleet.with_limits([(id, "none")]).is_ok(), "{id}");
        }
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        let fleet = Fleet::from_yaml(TEXT).unwrap();
        for (id, value, said) in [
            ("maxCount:tt", "3", "did you mean `t`?"),
            ("maxClusters:us", "3", "no region"),
            ("maxcount:t", "3", "limits are"),
            ("distrust:pci", "3", "limits are"),
            ("maximum:t", "3", "no maximum"),
            ("maximum:t=pod", "3", "no maximum"),
            ("maxCount:t", "-1", "whole number or `none`"),
            ("maxCount:t", "+1", "whole number or `none`"),
            ("maxCount:t", "99999999999999999999", "whole number or `none`"),
            ("headroom:t", "200%", "headroom"),
            ("maximum:t=preset", "ekss", "preset"),
        ] {
            let error = fleet.with_limits([(id, value)]).unwrap_err().to_string();
            assert!(error.contains(said), "{id}={value}: {error}");
        }
    }
}
