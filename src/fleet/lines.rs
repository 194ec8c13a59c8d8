//! Path -> line in the text of a fleet document.

use super::limits::Limits;
use super::located::Node;
use super::problems::find;
use super::{json, yaml};

/// The lines of a fleet document by the paths that problems, levers and facts name.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    /// `None`: the text cannot be read.
    root: Option<Node<'t>>,
}

impl<'t> Lines<'t> {
    /// Of a text in YAML, or in JSON. Of one that cannot be read no line is known. Complexity: reads the text once more.
    ///
    /// ```
    /// use tenantry::fleet::Lines;
    ///
    /// let lines = Lines::new("schema: tenantry/v1\ntenants:\n  - {name: a, trust: trusted}\n  - name: b\n    trust: trusted\n", false);
    /// assert_eq!((lines.line("tenants[1].trust"), lines.line("")), (Some(5), None));
    /// assert_eq!(lines.line("tenants[1].labels.env"), Some(4)); // it is not there: where it would be
    /// ```
    #[must_use]
    pub fn new(text: &'t str, json: bool) -> Self {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let limits = Limits::default();
        Self { root: (if json { json::read(text, &limits) } else { yaml::read(text, &limits) }).ok() }
    }

    /// The line, from 1, of a path such as `workloads[3].requests.cpu`; of what is not there, that of the nearest part that it
    /// would be in. `None` for the document as a whole, and for what is no path.
    #[must_use]
    pub fn line(&self, path: &str) -> Option<usize> {
        self.position(path).map(|(line, _)| line)
    }

    /// Line and column, from 1.
    pub(super) fn position(&self, path: &str) -> Option<(usize, usize)> {
        if path.is_empty() {
            return None;
        }
        find(self.root.as_ref()?, path).map(|(line, column)| (line as usize, column as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "\
schema: tenantry/v1
policy:
  attributes:
    'a.b': [x, y]
tenants:
  - {name: one, trust: trusted, labels: {env: live}}
  - name: two
    labels:
      env: test
      'odd [1].key': z
workloads:
  - name: web
    requests:
      cpu: 1
      nvidia.com/gpu: 2
";

    #[test]
    fn every_part_has_its_line() {
        let lines = Lines::new(YAML, false);
        for (path, line) in [
            ("schema", 1),
            ("policy", 2),
            ("policy.attributes[\"a.b\"]", 4),
            ("tenants[0].labels.env", 6),
            ("tenants[1]", 7),
            ("tenants[1].labels.env", 9),
            ("tenants[1].labels[\"odd [1].key\"]", 10),
            ("workloads[0].requests.cpu", 14),
            ("workloads[0].requests[\"nvidia.com/gpu\"]", 15),
        ] {
            assert_eq!(lines.line(path), Some(line), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_has_the_line_of_what_it_would_be_in() {
        let lines = Lines::new(YAML, false);
        for (path, line) in [
            ("workloads[0].requests.memory", 13),
            ("workloads[7].name", 11),
            ("tenants[1].labels[\"cut off…\"]", 8),
            ("nowhere", 1),
        ] {
            assert_eq!(lines.line(path), Some(line), "{path}");
        }
        for path in ["", "workloads[", "workloads[x]", "workloads[0", "labels[\"a\"", "a..b", "a[0]b", "[\"a\"]]"] {
            assert_eq!(lines.line(path), None, "{path}");
        }
    }

    #[test]
    fn json_and_marks_and_what_cannot_be_read() {
        let text = "\u{FEFF}{\n\"tenants\": [\n{\"name\": \"a\"},\n{\"name\":\n\"b\"}]}";
        assert_eq!(Lines::new(text, true).line("tenants[1].name"), Some(5));
        assert_eq!(Lines::new("{", true).line("tenants"), None);
        assert_eq!(Lines::new("a: [", false).line("a"), None);
    }
}
