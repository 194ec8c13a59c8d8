//! A resolved cluster template.

use std::sync::Arc;

use super::door::Door;
use super::shape::Shape;
use crate::compact::{Text, TextMap};

/// A shape that further clusters can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterTemplate {
    /// Its name.
    pub name: String,
    /// The regions where its clusters can stand; indices in [`Fleet::regions`](super::Fleet::regions), ascending. Empty where
    /// the fleet has none.
    pub regions: Vec<usize>,
    /// Who may be in its clusters.
    pub door: Arc<Door>,
    /// What a cluster of it offers and costs.
    pub shape: Arc<Shape>,
    /// How many clusters of it there may be.
    pub max_count: Option<u64>,
    /// Free labels.
    pub labels: TextMap<Text>,
}
