//! Limits on untrusted input.

/// What a document may cost to read. [`Default`] suits a planner that reads its own organisation's files; a service
/// that reads strangers' files should lower them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: usize,
    /// Depth of nested lists and maps.
    pub depth: usize,
    /// YAML aliases that may be expanded, in total.
    pub aliases: usize,
    /// Nodes (scalars, lists and maps, sixteen bytes of text counting as another) that aliases may expand to, in total.
    pub alias_nodes: usize,
    /// Entries of one list or map.
    pub items: usize,
    /// Problems that an error reports; the rest are counted.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 256 << 20, depth: 32, aliases: 1_000, alias_nodes: 1_000_000, items: 2_000_000, problems: 100 }
    }
}
