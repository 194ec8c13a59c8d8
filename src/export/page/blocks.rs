//! What a report is made of. The facts are put into these once; the templates say how each looks in a page, in a notebook
//! and in Markdown, and know nothing else.

/// A part of the report with a title.
#[derive(Debug)]
pub(super) struct Section {
    /// Its name in the page: a word of ours.
    pub id: &'static str,
    pub title: &'static str,
    pub blocks: Vec<Block>,
}

#[derive(Debug)]
pub(super) enum Block {
    /// A sentence.
    Text(String),
    /// A sentence that nobody should miss.
    Warning(String),
    List(Vec<String>),
    Table(Table),
    Matrix(Matrix),
    Graph(Graph),
}

/// Rows of text and figures.
#[derive(Debug)]
pub(super) struct Table {
    pub caption: String,
    pub heads: Vec<Head>,
    pub rows: Vec<Vec<Cell>>,
    /// Its order says something, or there is nothing to order.
    pub plain: bool,
    /// What is left out, and how to get it.
    pub more: Option<String>,
}

#[derive(Debug)]
pub(super) struct Head {
    pub text: String,
    /// Figures are under it.
    pub figures: bool,
}

#[derive(Debug, Default)]
pub(super) struct Cell {
    pub text: String,
    /// What the text is of, on a line of its own where there is one.
    pub of: Option<String>,
    /// How long its bar is, in thousandths of the whole, which is 1,000 at most.
    pub bar: Option<u64>,
}

/// Who has how much where: rows by columns, most of it empty.
#[derive(Debug)]
pub(super) struct Matrix {
    pub caption: String,
    /// What the rows and the columns are.
    pub corner: &'static str,
    pub columns: Vec<String>,
    pub rows: Vec<MatrixRow>,
    pub more: Option<String>,
}

#[derive(Debug)]
pub(super) struct MatrixRow {
    pub name: String,
    /// One for each column, 0 is empty.
    pub cells: Vec<u64>,
}

/// Nodes on a circle, and which of them are joined. What it shows is in the table that follows it.
#[derive(Debug)]
pub(super) struct Graph {
    pub title: String,
    pub nodes: Vec<GraphNode>,
    /// Both ends of each edge.
    pub edges: Vec<[(i64, i64); 2]>,
}

#[derive(Debug)]
pub(super) struct GraphNode {
    pub label: String,
    pub at: (i64, i64),
    /// Its members are joined with one another.
    pub ring: bool,
}

/// So many columns fit on paper.
const FIT_ON_PAPER: usize = 25;

impl Matrix {
    /// Whether it is too wide for paper, where nobody scrolls: there each row is said in words.
    pub fn is_wide(&self) -> bool {
        self.columns.len() > FIT_ON_PAPER
    }

    /// The cells of a row that are not empty.
    pub fn in_words(&self, row: &MatrixRow) -> String {
        let some = self.columns.iter().zip(&row.cells).filter(|(_, count)| **count > 0);
        some.map(|(column, count)| format!("{column} {count}")).collect::<Vec<_>>().join(", ")
    }
}

impl Table {
    /// An empty table; a head that begins with `#` is one of figures.
    pub fn new(caption: impl Into<String>, heads: &[&str]) -> Self {
        let head = |text: &&str| Head { text: text.trim_start_matches('#').to_owned(), figures: text.starts_with('#') };
        Self {
            caption: caption.into(),
            heads: heads.iter().map(head).collect(),
            rows: Vec::new(),
            plain: false,
            more: None,
        }
    }

    pub fn plain(self) -> Self {
        Self { plain: true, ..self }
    }

    pub fn row<T: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Says that only the first of so many rows are here; `rest` says where the others are.
    pub fn of(mut self, all: usize, rest: &str) -> Self {
        let missing = all.saturating_sub(self.rows.len());
        self.more = (missing > 0).then(|| format!("{missing} more of {all} are left out: {rest}"));
        self
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        count.to_string().into()
    }
}

/// The first names, and how many there are beside them.
pub(super) fn few<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}
