//! A resolved cluster template.

use std::sync::Arc;

use super::shape::Shape;
use crate::compact::{Text, TextMap};

/// A shape that further clusters can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterTemplate {
    /// Its name.
    pub name: String,
    /// What a cluster of it offers and costs.
    pub shape: Arc<Shape>,
    /// How many clusters of it there may be.
    pub max_count: Option<u64>,
    /// Free labels.
    pub labels: TextMap<Text>,
}
