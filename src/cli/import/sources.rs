//! What an import reads: the files of the command line, standard input among them.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::fleet::Warning;
use crate::fleet::import::{Content, FileOptions, KubernetesOptions, Source, SourceArgument, read_sources};

use super::super::input::{self, Input, Spooled};
use super::KubernetesArgs;

/// Largest file that an error shows a line of.
const MAX_SHOWN: u64 = 64 << 20;

pub(super) struct Sources {
    pub sources: Vec<Source>,
    pub warnings: Vec<Warning>,
    /// Keeps a long standard input until the import is over.
    _spooled: Option<Spooled>,
}

impl Sources {
    pub fn find(args: &KubernetesArgs) -> Result<Self, Error> {
        let mut arguments: Vec<SourceArgument> = args.files.iter().map(|file| argument(file)).collect();
        let mut stdin = arguments.iter_mut().filter(|argument| argument.path.as_os_str() == "-");
        let (first, second) = (stdin.next(), stdin.next());
        if second.is_some() {
            return Err(Error::Usage("standard input can be read once only".to_owned()));
        }
        let mut spooled = None;
        if let Some(argument) = first {
            argument.path = PathBuf::from("<stdin>");
            match input::spool()? {
                Spooled::Text(text) => argument.content = Some(Content::Text(text)),
                Spooled::File(file) => {
                    argument.content = Some(Content::File(file.path().to_owned()));
                    spooled = Some(Spooled::File(file));
                }
            }
        }
        let root = args.tenant_from.as_ref().and_then(|from| from.root.clone());
        let found = read_sources(&arguments, &FileOptions { root, exclude: args.exclude.clone() })?;
        Ok(Self { sources: found.sources, warnings: found.warnings, _spooled: spooled })
    }

    /// The texts that an error speaks of.
    pub fn inputs(&self, error: &Error, options: &KubernetesOptions) -> Vec<Input> {
        let Error::Fleet(error) = error else { return Vec::new() };
        let named = |name: &str| error.problems.iter().any(|problem| problem.path.starts_with(name));
        let sources =
            self.sources.iter().chain(&options.templates).chain(&options.policy).filter(|source| named(&source.name));
        sources.filter_map(|source| Some(Input { name: source.name.clone(), text: shown(&source.content)? })).collect()
    }
}

/// The text of a source that is short enough to be looked into; it may be gone by now.
fn shown(content: &Content) -> Option<String> {
    match content {
        Content::Text(text) => Some(text.clone()),
        Content::File(path) => {
            let short = std::fs::metadata(path).is_ok_and(|about| about.len() <= MAX_SHOWN);
            if short { input::read(path).ok().map(|input| input.text) } else { None }
        }
    }
}

/// Splits `NAME=FILE`, unless there is a file of that whole name.
fn argument(file: &Path) -> SourceArgument {
    let plain = SourceArgument { path: file.to_owned(), ..SourceArgument::default() };
    let Some((name, path)) = file.to_str().and_then(|text| text.split_once('=')) else { return plain };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if !is_name || file.exists() {
        return plain;
    }
    SourceArgument { path: PathBuf::from(path), cluster: Some(name.to_owned()), content: None }
}
