//! What a plan makes small: the levels, most important first; and how high they may be.

use super::names::list_of;
use super::templates::money;
use crate::error::InputProblem;
use crate::fleet::document::{Document, LimitsDocument};
use crate::fleet::problems::{Path, Problems, nearest, quoted};
use crate::fleet::{LevelObjective, ValueLimits};

/// The levels, and whether that of the moves decides the status of a plan: where nobody asked for it, it does not.
pub(super) fn objective(document: &Document, problems: &mut Problems) -> (Vec<LevelObjective>, bool) {
    let exists = !document.existing_clusters.is_empty();
    let Some(words) = &document.objective else {
        let moves = exists.then_some(LevelObjective::Moves);
        return (std::iter::once(LevelObjective::Clusters).chain(moves).collect(), exists);
    };
    let root = Path::Root;
    let path = root.key("objective");
    let mut levels = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let path = path.index(index);
        let Ok(level) = LevelObjective::named(word) else {
            let known: Vec<&str> =
                LevelObjective::NAMES.into_iter().filter(|&level| exists || level != "moves").collect();
            // What could stand here: nothing twice.
            let fits = known.iter().filter(|it| !words.iter().any(|word| word == *it));
            let problem = InputProblem::new("bad-value", "", format!("there is no objective {}", quoted(word)))
                .with_expected(list_of(&known))
                .with_suggestion(nearest(word, fits.copied()));
            problems.add(&path, problem);
            continue;
        };
        if level == LevelObjective::Moves && !exists && !problems.is_spoilt(&root.key("existingClusters")) {
            let message = "this means nothing without `existingClusters`";
            problems.add(&path, InputProblem::new("contradiction", "", message));
            continue;
        }
        if levels.contains(&level) {
            problems.add(
                &path,
                InputProblem::new("duplicate-value", "", "this objective stands above already").with_got(quoted(word)),
            );
        }
        levels.push(level);
    }
    if words.is_empty() {
        problems.add(
            &path,
            InputProblem::new("empty-list", "", "an objective has at least one level").with_expected("[clusters]"),
        );
    }
    if levels.iter().all(|level| level.decides().is_none()) {
        // alone they would have a cluster for everybody
        levels.push(LevelObjective::Clusters);
    }
    let named = levels.contains(&LevelObjective::Moves);
    if exists && !named {
        levels.push(LevelObjective::Moves);
    }
    (levels, named)
}

/// The highest values that a plan may have.
pub(super) fn limits(document: &Document, problems: &mut Problems) -> ValueLimits {
    let Some(limits) = &document.limits else { return ValueLimits::default() };
    let root = Path::Root;
    let path = root.key("limits");
    if *limits == LimitsDocument::default() && !problems.is_spoilt_below(&path) {
        let problem = InputProblem::new("empty-map", "", "this limits nothing");
        problems.add(&path, problem.with_expected("clusters, cost, moves, or several of them"));
    }
    let exists = !document.existing_clusters.is_empty() || problems.is_spoilt(&root.key("existingClusters"));
    if limits.moves.is_some() && !exists {
        let message = "this means nothing without `existingClusters`";
        problems.add(&path.key("moves"), InputProblem::new("contradiction", "", message));
    }
    let cost = limits.cost.as_ref().and_then(|amount| money(amount, &path.key("cost"), problems));
    ValueLimits { clusters: limits.clusters, cost, moves: limits.moves }
}
