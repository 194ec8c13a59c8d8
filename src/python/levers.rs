//! Levers: what they are, a fleet without some of them, what they cost, and what would have to change.

use std::collections::BTreeSet;
use std::sync::Arc;

use pyo3::prelude::*;

use super::fleet::Fleet;
use super::planning::solver;
use super::run::{self, Listener, apart, heard, short};
use super::working::with_workers;
use crate::error::{Error, Result};
use crate::export;
use crate::fleet::{LeverKind, ValueLimits};
use crate::pipeline::{self, LeverChoice, PricesOptions, Question, RelaxGoal, RelaxOptions, WhyNotOptions};
use crate::report::{Prices, Relaxed, WhyNot};

/// The id, kind, path and words of each lever of a fleet; with the pairs of classes or without.
#[pyfunction]
pub(super) fn levers(py: Python<'_>, fleet: &Fleet, classes: bool) -> PyResult<Vec<[String; 4]>> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let mut levers = fleet.levers();
        if classes {
            levers.extend(fleet.levers_of_classes());
        }
        Ok(levers.into_iter().map(|it| [it.id, it.kind.word().to_owned(), it.path, it.says]).collect())
    })
}

/// The fleet with these levers pulled.
#[pyfunction]
pub(super) fn without(py: Python<'_>, fleet: &Fleet, ids: Vec<String>) -> PyResult<Fleet> {
    let fleet = Arc::clone(&fleet.inner);
    let rest = apart(py, move || {
        let levers = ids.iter().map(|id| fleet.lever(id)).collect::<Result<Vec<_>>>()?;
        Ok(fleet.without(&levers)?)
    });
    rest.map(Into::into)
}

/// The fleet with limits at other values, in text.
#[pyfunction]
pub(super) fn with_limits(py: Python<'_>, fleet: &Fleet, limits: Vec<(String, String)>) -> PyResult<Fleet> {
    let fleet = Arc::clone(&fleet.inner);
    let changed = apart(py, move || fleet.with_limits(limits.iter().map(|(id, value)| (id.as_str(), value.as_str()))));
    changed.map(Into::into)
}

/// Which levers count: kinds, further ids, ids that are kept, weights.
type Choice = (Option<Vec<String>>, Vec<String>, Vec<String>, Vec<(String, u64)>);

fn choice((kinds, also, keep, weights): Choice) -> Result<LeverChoice> {
    let kinds = kinds.map(|kinds| kinds.iter().map(|word| LeverKind::of_word(word)).collect::<Result<BTreeSet<_>>>());
    Ok(LeverChoice { kinds: kinds.transpose()?, also, keep, weights: weights.into_iter().collect() })
}

/// The document of `relax`, and whether Ctrl-C cut it short. `goal` is `clusters` or `cost` with a number in text, or
/// `feasible`. The time limit counts from `began`.
#[pyfunction]
#[pyo3(signature = (fleet, *, goal, most, choice, sets, began, time_limit, work_limit, seed, threads, as_of, workers=None, hears=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn relax(
    py: Python<'_>,
    fleet: &Fleet,
    goal: String,
    most: Option<String>,
    choice: Choice,
    sets: usize,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
    as_of: Option<String>,
    workers: Option<Py<PyAny>>,
    hears: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, bool)> {
    let since = run::began(py, began)?;
    let (started, listener) = (Some(since), hears.map(|hears| Listener { hears, since }));
    let fleet = Arc::clone(&fleet.inner);
    let (found, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let goal = match most {
            Some(most) => {
                let limit = ValueLimits::one(&goal, &most).map_err(Error::Usage)?;
                match (limit.clusters, limit.cost) {
                    (Some(most), _) => RelaxGoal::Clusters(most),
                    (None, cost) => RelaxGoal::Cost(cost.unwrap_or_default()),
                }
            }
            None => RelaxGoal::Feasible,
        };
        let mut options = RelaxOptions::new(goal);
        options.solver = with_workers(solver(time_limit, work_limit, seed, threads)?, workers);
        options.levers = self::choice(choice)?;
        options.as_of = as_of.as_deref().map(str::parse).transpose()?;
        (options.started, options.sets) = (started, sets);
        pipeline::relax(&fleet, &options, switch)?.to_json()
    })?;
    Ok((found?, interrupted))
}

/// The document of `prices`, and whether Ctrl-C cut it short. The time limit counts from `began`.
#[pyfunction]
#[pyo3(signature = (fleet, *, cost, choice, ladder, tenants, began, time_limit, work_limit, seed, threads, as_of, workers=None, hears=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn prices(
    py: Python<'_>,
    fleet: &Fleet,
    cost: bool,
    choice: Choice,
    ladder: Vec<String>,
    tenants: bool,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
    as_of: Option<String>,
    workers: Option<Py<PyAny>>,
    hears: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, bool)> {
    let since = run::began(py, began)?;
    let (started, listener) = (Some(since), hears.map(|hears| Listener { hears, since }));
    let fleet = Arc::clone(&fleet.inner);
    let (found, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let solver = with_workers(solver(time_limit, work_limit, seed, threads)?, workers);
        let as_of = as_of.as_deref().map(str::parse).transpose()?;
        let options = PricesOptions { solver, started, as_of, cost, levers: self::choice(choice)?, ladder, tenants };
        pipeline::prices(&fleet, &options, switch)?.to_json()
    })?;
    Ok((found?, interrupted))
}

/// The document of `why-not`, and whether Ctrl-C cut it short. Of `together` and `cluster` one, or a number of clusters in text. The time
/// limit counts from `began`.
#[pyfunction]
#[pyo3(signature = (fleet, *, who, together, cluster, most, choice, began, time_limit, work_limit, seed, threads, as_of, workers=None, hears=None))]
#[expect(clippy::too_many_arguments, reason = "one a parameter of the Python function")]
pub(super) fn why_not(
    py: Python<'_>,
    fleet: &Fleet,
    who: String,
    together: Option<String>,
    cluster: Option<String>,
    most: u64,
    choice: Choice,
    began: f64,
    time_limit: Option<f64>,
    work_limit: Option<u64>,
    seed: u64,
    threads: Option<usize>,
    as_of: Option<String>,
    workers: Option<Py<PyAny>>,
    hears: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, bool)> {
    let since = run::began(py, began)?;
    let (started, listener) = (Some(since), hears.map(|hears| Listener { hears, since }));
    let fleet = Arc::clone(&fleet.inner);
    let (found, interrupted) = heard(py, listener.as_ref(), move |switch| {
        let question = match (together, cluster) {
            (Some(with), _) => Question::Together { who, with },
            (None, Some(cluster)) => Question::In { who, cluster },
            (None, None) => Question::Clusters(most),
        };
        let mut options = WhyNotOptions::new(question);
        options.solver = with_workers(solver(time_limit, work_limit, seed, threads)?, workers);
        options.levers = self::choice(choice)?;
        options.as_of = as_of.as_deref().map(str::parse).transpose()?;
        options.started = started;
        pipeline::why_not(&fleet, &options, switch)?.to_json()
    })?;
    Ok((found?, interrupted))
}

/// Checks that `document` is one of `why-not` and returns it in canonical form.
#[pyfunction]
pub(super) fn read_why_not(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || WhyNot::from_json(document)?.to_json())
}

/// A document of `why-not` as text.
#[pyfunction]
pub(super) fn why_not_text(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(export::why_not_text(&WhyNot::from_json(document)?)))
}

/// Checks that `document` is one of `relax` and returns it in canonical form.
#[pyfunction]
pub(super) fn read_relaxed(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Relaxed::from_json(document)?.to_json())
}

/// Checks that `document` is one of `prices` and returns it in canonical form.
#[pyfunction]
pub(super) fn read_prices(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Prices::from_json(document)?.to_json())
}

/// A document of `relax` as text.
#[pyfunction]
pub(super) fn relaxed_text(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(export::relaxed_text(&Relaxed::from_json(document)?)))
}

/// A document of `prices` as text.
#[pyfunction]
pub(super) fn prices_text(py: Python<'_>, document: &str) -> PyResult<String> {
    short(py, || Ok(export::prices_text(&Prices::from_json(document)?)))
}
