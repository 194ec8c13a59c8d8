//! Colouring: graphs with known chromatic numbers, of the families of the DIMACS challenge (Johnson & Trick 1996). No
//! sizes, every vertex its own class: the fewest bins are the fewest colours.

use tenantry::engine::{
    Answer, BinSet, BinType, BitMatrix, Budget, ItemType, Objective, Options, Problem, Silent, Status, Verdict, check,
    solve,
};

type Edges = Vec<(usize, usize)>;

/// Vertices are squares; two squares are adjacent iff a queen on one attacks the other.
fn queen(rows: usize, columns: usize) -> (usize, Edges) {
    let squares: Vec<(usize, usize)> = (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))).collect();
    let attacks =
        |a: (usize, usize), b: (usize, usize)| a.0 == b.0 || a.1 == b.1 || a.0.abs_diff(b.0) == a.1.abs_diff(b.1);
    (squares.len(), pairs(squares.len(), |a, b| attacks(squares[a], squares[b])))
}

/// Mycielski's construction (1955), from an edge: no triangles, and a colour more every time. `myciel(3)` has 11
/// vertices and 20 edges, as the file of that name.
fn myciel(level: usize) -> (usize, Edges) {
    let (mut len, mut edges) = (2, vec![(0, 1)]);
    for _ in 1..level {
        let shadows: Edges = edges.iter().flat_map(|&(a, b)| [(a, b), (a, b + len), (b, a + len)]).collect();
        edges = shadows;
        edges.extend((0..len).map(|vertex| (len + vertex, 2 * len)));
        len = 2 * len + 1;
    }
    (len, edges)
}

/// Characters of a book who meet in its chapters: the main cast in the first one, then every newcomer with some of those
/// who have met before. All characters of a chapter are adjacent; a newcomer's neighbours are a clique, so the graph is
/// chordal and the largest chapter, the first, is its chromatic number.
fn book(characters: usize, cast: usize) -> (usize, Edges) {
    let mut edges = pairs(cast, |_, _| true);
    let mut chapters: Vec<Vec<usize>> = vec![(0..cast).collect()];
    for newcomer in cast..characters {
        // a stride without a period stands in for chance
        let mut chapter = chapters[newcomer * 7919 % chapters.len()].clone();
        let turn = newcomer * 31 % chapter.len();
        chapter.rotate_left(turn);
        chapter.truncate(newcomer * 104_729 % cast);
        edges.extend(chapter.iter().map(|&other| (other, newcomer)));
        chapter.push(newcomer);
        chapters.push(chapter);
    }
    (characters, edges)
}

fn pairs(len: usize, mut adjacent: impl FnMut(usize, usize) -> bool) -> Edges {
    let all: Vec<(usize, usize)> = (0..len).flat_map(|a| (a + 1..len).map(move |b| (a, b))).collect();
    all.into_iter().filter(|&(a, b)| adjacent(a, b)).collect()
}

fn colouring(len: usize, edges: &Edges) -> Problem {
    let mut conflicts = BitMatrix::new(len);
    for &(a, b) in edges {
        conflicts.insert(a, b);
    }
    let eligible = BinSet::all(1);
    let items = (0..len).map(|class| ItemType { size: Vec::new(), demand: 1, class, eligible: eligible.clone() });
    let bins = vec![BinType { capacity: Vec::new(), cost: 1, max_count: None }];
    Problem::new(0, items.collect(), conflicts, bins).unwrap()
}

fn solved(problem: &Problem, options: &Options) -> Answer {
    let answer = solve(problem, &[Objective::Clusters], options, &Silent).unwrap();
    answer.solution.as_ref().unwrap().check(problem).unwrap();
    let budget = Budget::new(&Options::default(), 5_000_000_000, &Silent);
    let verdict = check(problem, answer.solution.as_ref(), &answer.certificate, &budget);
    assert!(matches!(verdict, Verdict::Verified { .. }), "{verdict:?}");
    answer
}

/// The engine finds and proves the chromatic number.
fn coloured(name: &str, len: usize, edges: &Edges, colours: u64) {
    let answer = solved(&colouring(len, edges), &Options::default());
    assert_eq!((answer.status, answer.levels[0].value), (Status::Optimal, Some(colours)), "{name}");
}

#[test]
fn queens() {
    // n colours suffice where n is prime to 6, by knight's moves; the others are published with the files
    for (rows, columns, colours) in [(4, 4, 5), (5, 5, 5), (6, 6, 7), (7, 7, 7), (8, 8, 9), (8, 12, 12)] {
        let (len, edges) = queen(rows, columns);
        coloured(&format!("queen{rows}_{columns}"), len, &edges, colours);
    }
}

#[test]
fn queens_have_the_published_number_of_edges() {
    for (rows, columns, edges) in [(5, 5, 160), (6, 6, 290), (7, 7, 476), (8, 8, 728), (8, 12, 1368)] {
        assert_eq!(queen(rows, columns).1.len(), edges);
    }
}

#[test]
fn mycielski_graphs() {
    for (level, len, edges) in [(2, 5, 5), (3, 11, 20), (4, 23, 71)] {
        let graph = myciel(level);
        assert_eq!((graph.0, graph.1.len()), (len, edges));
        coloured(&format!("myciel{level}"), graph.0, &graph.1, level as u64 + 1);
    }
}

/// Their fractional chromatic number hardly grows (Larsen, Propp & Ullman 1995), so a proof is a large tree from here on:
/// under a limit, the colouring is the best and the bound true.
#[test]
fn a_mycielski_graph_too_large_to_prove() {
    let (len, edges) = myciel(5);
    assert_eq!((len, edges.len()), (47, 236));
    let options = Options { work_limit: Some(200_000_000), ..Options::default() };
    let answer = solved(&colouring(len, &edges), &options);
    assert_eq!(answer.levels[0].value, Some(6));
    assert!((4..=6).contains(&answer.levels[0].bound), "{:?}", answer.levels);
}

#[test]
fn book_graphs() {
    for (characters, cast) in [(74, 11), (80, 10), (138, 11), (561, 13)] {
        let (len, edges) = book(characters, cast);
        assert!(edges.len() > 2 * len, "{}", edges.len());
        coloured(&format!("book of {characters}"), len, &edges, cast as u64);
    }
}

#[test]
fn odd_wheels_and_complete_graphs() {
    for rim in [5, 9, 31] {
        let mut edges: Edges = (0..rim).map(|at| (at, (at + 1) % rim)).collect();
        edges.extend((0..rim).map(|at| (at, rim)));
        coloured(&format!("wheel of {rim}"), rim + 1, &edges, 4);
    }
    coloured("K40", 40, &pairs(40, |_, _| true), 40);
    coloured("K20,20", 40, &pairs(40, |a, b| a < 20 && b >= 20), 2);
    // triangle-free with 4 colours, and with three: Petersen's graph
    let edges: Edges = (0..5).flat_map(|at| [(at, (at + 1) % 5), (at, at + 5), (5 + at, 5 + (at + 2) % 5)]).collect();
    coloured("Petersen", 10, &edges, 3);
}
