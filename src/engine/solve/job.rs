//! Jobs for whoever works elsewhere, and what comes of them, as bytes.
//!
//! A job is a line of JSON that says what is to be done, and then for each component a line in the form of a certificate file, which holds
//! its problem, its best packing and its witnesses. An answer is the same without the problems. Whatever bytes come, from a job
//! or from a worker, they are refused or they are well-formed: a packing is legal, and a tree of nodes has the shape of one.

use std::io::Write;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::effort::away::DEEPEST;
use super::part::{Charged, Part};
use super::task::Task;
use super::threads::with_room;
use crate::budget::{Budget, Lost, Options, Phase, Step, Watch};
use crate::certify::file::{Document, read, write};
use crate::certify::{Certificate, Claim, Component, Node, Prices};
use crate::problem::reduce::Reduced;
use crate::problem::{BitMatrix, Pattern, Problem, Solution};

/// Of this crate: another version may do the same job another way.
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct JobDoc {
    version: String,
    #[serde(with = "TaskDoc")]
    task: Task,
    seed: u64,
    without: Vec<String>,
    seconds: Option<f64>,
    parts: Vec<State>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnswerDoc {
    version: String,
    /// Why it was not done.
    refused: Option<String>,
    parts: Vec<State>,
}

/// What every version of a job says.
#[derive(Deserialize)]
struct AnyDoc {
    version: String,
}

/// Bin type, items with copies, how many such bins.
type SeenDoc = (usize, Vec<(usize, u64)>, u64);

/// What is known of a component, but for what a certificate file says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct State {
    lower: u64,
    certified: u64,
    impossible: bool,
    #[serde(with = "PhaseDoc")]
    phase: Phase,
    seen: Vec<SeenDoc>,
    /// What it may take; in an answer what it took.
    work: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Task", rename_all = "camelCase", deny_unknown_fields)]
enum TaskDoc {
    Bounds,
    Plan,
    Fill,
    Close { round: u64 },
    Enumerate,
    Cheapest,
    Columns,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Phase", rename_all = "camelCase")]
enum PhaseDoc {
    Bounds,
    Heuristics,
    Enumeration,
    ColumnGeneration,
    Dive,
    Tabu,
    BranchAndPrice,
    Milp,
    Check,
}

/// What a job says of one component, or an answer.
pub(super) struct Sheet {
    state: State,
    /// That of an answer is empty.
    problem: Problem,
    solution: Option<Solution>,
    /// What the nodes prove, and then what those prove that lean on maximum counts.
    claims: Vec<Claim>,
}

impl Sheet {
    /// What is known of a component, and the work that it may take.
    pub fn of(part: &Part, work: u64) -> Self {
        Self { problem: part.reduced.problem.clone(), ..Self::answer(part, work) }
    }

    /// The same without the problem, and with the work that it took.
    fn answer(part: &Part, work: u64) -> Self {
        let seen = part.seen.iter().map(|pattern| (pattern.bin, pattern.items.clone(), pattern.count)).collect();
        let Part { lower, certified, impossible, phase, .. } = *part;
        let component =
            |bound: u64, nodes: &[Node]| vec![Component { items: Vec::new(), bound, nodes: nodes.to_vec() }];
        let own =
            Claim { bound: certified, scale: 1, components: component(certified, &part.nodes), ..Claim::default() };
        let charged = part.charge.as_ref().map(|charge| Claim {
            bound: charge.lower,
            scale: charge.scale,
            shared: charge.shared.clone(),
            prices: Prices { clusters: charge.offset, ..Prices::default() },
            components: component(charge.charged, &charge.nodes),
            ..Claim::default()
        });
        Self {
            state: State { lower, certified, impossible, phase, seen, work },
            problem: nothing(),
            solution: part.solution.clone(),
            claims: [own].into_iter().chain(charged).collect(),
        }
    }

    /// The work that it took.
    pub fn work(&self) -> u64 {
        self.state.work
    }

    /// A component of which this alone is known.
    fn into_part(self) -> Result<(Part, u64), String> {
        let reduced =
            Reduced { problem: self.problem.clone(), items: Vec::new(), bins: Vec::new(), resources: Vec::new() };
        let (mut part, work) = (Part::of(Vec::new(), reduced), self.state.work);
        self.learned_by(&mut part)?;
        Ok((part, work))
    }

    /// Makes it what is known of a component, unless it cannot be right: then nothing changes.
    pub fn learned_by(self, part: &mut Part) -> Result<(), String> {
        let Self { state, solution, claims, .. } = self;
        let problem = &part.reduced.problem;
        if let Some(solution) = &solution {
            solution.check(problem).map_err(|why| format!("a packing: {why}"))?;
            if solution.patterns.iter().any(|pattern| pattern.items.is_empty()) {
                return Err("a packing with an empty bin".to_owned());
            }
        }
        let seen = state.seen.into_iter().map(|(bin, items, count)| Pattern { bin, items, count });
        let seen: Vec<Pattern> = seen.collect();
        for (index, pattern) in seen.iter().enumerate() {
            // more copies than there are could pass what a sum can hold
            if pattern.items.iter().any(|&(_, copies)| copies > problem.copies()) {
                return Err("a bin of more copies than there are".to_owned());
            }
            pattern.check(index, problem).map_err(|why| format!("a bin that was seen: {why}"))?;
        }
        let bins = solution.as_ref().map(Solution::bins);
        let worse = bins.is_none() && part.solution.is_some() || bins > part.value() && part.value().is_some();
        let contradiction = bins.is_some_and(|bins| state.lower > bins || state.impossible);
        if worse || contradiction || state.lower < part.lower || state.certified > state.lower {
            return Err("its figures contradict one another".to_owned());
        }
        let mut claims = claims.into_iter().map(|claim| witness(problem, claim));
        let Charged { nodes, .. } = claims.next().ok_or("there is no witness")??;
        let charge = claims.next().transpose()?;
        if charge.as_ref().is_some_and(|charge| charge.shared.len() != problem.bins().len()) {
            return Err("its charges are not one a bin type".to_owned());
        }
        (part.lower, part.certified, part.impossible, part.phase) =
            (state.lower, state.certified, state.impossible, state.phase);
        (part.nodes, part.charge, part.solution, part.seen) = (nodes, charge, solution, seen);
        Ok(())
    }
}

/// The problem of nothing.
fn nothing() -> Problem {
    // nothing in it could be wrong
    Problem::new(0, Vec::new(), BitMatrix::new(0), Vec::new()).expect("nothing fits together")
}

/// The nodes of a claim of one component, if they have the shape of a tree over the items of the problem.
fn witness(problem: &Problem, claim: Claim) -> Result<Charged, String> {
    let Claim { bound, scale, shared, prices, mut components, .. } = claim;
    let Component { bound: charged, nodes, .. } = components.pop().ok_or("a witness without a component")?;
    if !nodes.is_empty() && shape(problem, &nodes).is_none() {
        return Err("the nodes of a witness are no tree".to_owned());
    }
    Ok(Charged { lower: bound, charged, scale, shared, offset: prices.clusters, nodes })
}

/// Whether nodes are a tree with the right numbers of items everywhere; `None`: they are not, or it is a very deep one.
fn shape(problem: &Problem, nodes: &[Node]) -> Option<()> {
    // of each node the items of its case and its depth, once its parent was there
    let mut cases: Vec<Option<(usize, usize)>> = vec![None; nodes.len()];
    *cases.last_mut()? = Some((problem.items().len(), 0));
    for (index, node) in nodes.iter().enumerate().rev() {
        let (items, depth) = cases[index].filter(|&(_, depth)| depth < DEEPEST)?;
        let mut child = |child: usize, items: usize| {
            let place = cases.get_mut(child).filter(|place| child < index && place.is_none())?;
            *place = Some((items, depth + 1));
            Some(())
        };
        let one_each = |weights: &[u64]| (weights.len() == items).then_some(());
        let priced = |prices: &[u64]| {
            let room = |capacity: &[u64]| {
                let worth = capacity.iter().zip(prices).map(|(&room, &price)| u128::from(room) * u128::from(price));
                worth.into_iter().try_fold(0u128, u128::checked_add)
            };
            let sums = problem.bins().iter().all(|bin| room(&bin.capacity).is_some());
            (prices.len() == problem.dimensions() && sums).then_some(())
        };
        match node {
            Node::Weights { weights, .. } => one_each(weights)?,
            // problems with groups are not sent
            Node::Grouped { .. } => return None,
            Node::Resources { weights, prices, .. } => one_each(weights).and(priced(prices))?,
            Node::Cover { rows } => rows.iter().try_for_each(|row| priced(row))?,
            &Node::Unplaceable { item } => (item < items).then_some(())?,
            &Node::Branch { a, b, together, apart } => {
                (a < items && b < items).then_some(())?;
                together.map_or(Some(()), |it| child(it, items + 1))?;
                child(apart, items)?;
            }
            Node::Exclude { weights, below, .. } => {
                one_each(weights)?;
                child(*below, items)?;
            }
            Node::Fluid { classes, unions, .. } => {
                classes.iter().try_for_each(|class| {
                    priced(&class.prices).and(class.items.iter().all(|&item| item < items).then_some(()))
                })?;
                let all = unions.iter().flat_map(|union| &union.classes).all(|&class| class < classes.len());
                all.then_some(())?;
            }
            Node::Presence { items: those, few, many, .. } => {
                those.iter().all(|&item| item < items).then_some(())?;
                child(*few, items)?;
                child(*many, items)?;
            }
        }
    }
    Some(())
}

/// A job: the same step for these components, within so much time.
pub(super) fn job(task: Task, options: &Options, time: Option<Duration>, sheets: Vec<Sheet>) -> Result<Vec<u8>, Lost> {
    let without = options.without.iter().map(|step| step.name().to_owned()).collect();
    let (version, seconds) = (VERSION.to_owned(), time.map(|time| time.as_secs_f64()));
    written(sheets, |parts| JobDoc { version, task, seed: options.seed, without, seconds, parts })
        .map_err(Lost::Unwritten)
}

/// What came of a job of so many components.
pub(super) fn answer(bytes: &[u8], count: usize) -> Result<Vec<Sheet>, Lost> {
    let (line, rest) = first_line(bytes).map_err(|why| Lost::Wrong(format!("not an answer: {why}")))?;
    let lost = |(why, is_of_another)| if is_of_another { Lost::Refused(why) } else { Lost::Wrong(why) };
    let doc: AnswerDoc = read_line(line, "an answer").map_err(lost)?;
    if let Some(why) = doc.refused {
        return Err(Lost::Refused(why));
    }
    if doc.parts.len() != count {
        return Err(Lost::Wrong(format!("it is of {} components, not of {count}", doc.parts.len())));
    }
    sheets(doc.parts, rest).map_err(Lost::Wrong)
}

/// Does a job of [`Workers`](crate::Workers), and returns the bytes for its [`Reply`](crate::Reply). A job that cannot be
/// read, that is of another version or that `watch` called off is answered with why; so the same bytes come of the same job, as long as
/// it has no limit of time. Takes one thread, and memory as the component does; complexity: the work that the job says.
///
/// ```
/// use tenantry::engine::{Silent, work_on};
/// let answer = String::from_utf8(work_on(b"rubbish", &Silent))?;
/// assert!(answer.contains("\"refused\":\"not a job"), "{answer}");
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[must_use]
pub fn work_on(job: &[u8], watch: &dyn Watch) -> Vec<u8> {
    let done = done(job, watch)
        .and_then(|sheets| written(sheets, |parts| AnswerDoc { version: VERSION.to_owned(), refused: None, parts }));
    done.unwrap_or_else(|why| {
        let doc = AnswerDoc { version: VERSION.to_owned(), refused: Some(why), parts: Vec::new() };
        written(Vec::new(), |_| doc).unwrap_or_default()
    })
}

fn done(job: &[u8], watch: &dyn Watch) -> Result<Vec<Sheet>, String> {
    let (line, rest) = first_line(job).map_err(|why| format!("not a job: {why}"))?;
    let doc: JobDoc = read_line(line, "a job").map_err(|(why, _)| why)?;
    let step = |name: &String| Step::ALL.into_iter().find(|step| step.name() == name);
    let without = doc.without.iter().map(step).collect::<Option<Vec<Step>>>().ok_or("it leaves out an unknown step")?;
    let time = doc.seconds.map(Duration::try_from_secs_f64).transpose().map_err(|why| why.to_string())?;
    let options = Options { time_limit: time, seed: doc.seed, without, threads: Some(1), ..Options::default() };
    let parts = sheets(doc.parts, rest)?.into_iter().map(Sheet::into_part).collect::<Result<Vec<_>, String>>()?;
    let done = with_room(|| {
        let budget = Budget::new(&options, u64::MAX, watch);
        let one = |(mut part, work): (Part, u64)| {
            let own = budget.child(work);
            doc.task.run(&mut part, &options, &own);
            Sheet::answer(&part, own.spent())
        };
        parts.into_iter().map(one).collect()
    });
    if watch.cancelled() { Err("the worker was called off".to_owned()) } else { Ok(done) }
}

fn first_line(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let end = bytes.iter().position(|&byte| byte == b'\n').ok_or("it has no line")?;
    Ok((&bytes[..end], &bytes[end + 1..]))
}

/// The first line of a job or an answer, if it is one of this version; or why not, and whether it is one of another.
fn read_line<D: for<'de> Deserialize<'de>>(line: &[u8], what: &str) -> Result<D, (String, bool)> {
    let wrong = |why: serde_json::Error| (format!("not {what}: {why}"), false);
    let AnyDoc { version } = serde_json::from_slice(line).map_err(wrong)?;
    if version != VERSION {
        let why = format!("{what} of tenantry {}, and this is {VERSION}", version.escape_debug());
        return Err((why, true));
    }
    serde_json::from_slice(line).map_err(wrong)
}

/// A line of these states, and then a line of each sheet.
fn written<D: Serialize>(sheets: Vec<Sheet>, doc: impl FnOnce(Vec<State>) -> D) -> Result<Vec<u8>, String> {
    let mut lines = Vec::new();
    let mut states = Vec::with_capacity(sheets.len());
    for Sheet { state, problem, solution, claims } in sheets {
        write(&mut lines, &problem, solution.as_ref(), &Certificate { claims }).map_err(|why| why.to_string())?;
        states.push(state);
    }
    let mut bytes = serde_json::to_vec(&doc(states)).map_err(|why| why.to_string())?;
    bytes.push(b'\n');
    bytes.write_all(&lines).map_err(|why| why.to_string())?;
    Ok(bytes)
}

fn sheets(states: Vec<State>, mut rest: &[u8]) -> Result<Vec<Sheet>, String> {
    let mut all = Vec::with_capacity(states.len());
    for state in states {
        let (line, more) = first_line(rest)?;
        let Document { problem, solution, certificate } = read(line).map_err(|why| why.to_string())?;
        all.push(Sheet { state, problem, solution, claims: certificate.claims });
        rest = more;
    }
    if rest.is_empty() { Ok(all) } else { Err("it does not end where it should".to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use super::*;
    use crate::budget::Silent;
    use crate::problem::BinType;
    use crate::problem::random::Random;
    use crate::problem::reduce::Rules;

    /// Two resources and three bin types; what classes conflict is drawn.
    fn drawn(random: &mut Random, limited: bool) -> Problem {
        let mut builder = Problem::builder(2);
        for kind in 0..3 {
            let capacity = vec![100 + 20 * kind, 110 + 5 * kind];
            let max_count = (limited && kind > 0).then(|| 1 + random.below(4));
            builder.bin_type(BinType { capacity, cost: 3 + kind, max_count });
        }
        let count = 8 + random.index(10);
        for item in 0..count {
            let class = builder.class();
            (0..item).filter(|_| random.chance(250)).for_each(|other| _ = builder.conflict(class, other));
            builder.item(&[random.between(5, 60), random.between(5, 60)], random.between(1, 2), class);
        }
        builder.build().unwrap()
    }

    /// All that a step may change.
    fn known(part: &Part) -> String {
        let Part { lower, certified, nodes, solution, seen, charge, impossible, phase, .. } = part;
        format!("{:?}", ((lower, certified, nodes), (solution, seen, charge), (impossible, phase)))
    }

    fn tasks() -> impl Iterator<Item = Task> {
        let close = |round| Task::Close { round };
        [Task::Bounds, Task::Plan, Task::Fill, close(0), Task::Enumerate, close(1), Task::Columns, Task::Cheapest]
            .into_iter()
    }

    /// What comes of a step elsewhere.
    fn there(task: Task, part: &Part, options: &Options, work: u64) -> Vec<u8> {
        work_on(&job(task, options, None, vec![Sheet::of(part, work)]).unwrap(), &Silent)
    }

    fn taken(bytes: &[u8], part: &mut Part) -> Result<u64, Lost> {
        let [sheet] = <[Sheet; 1]>::try_from(answer(bytes, 1)?).ok().unwrap();
        let work = sheet.work();
        sheet.learned_by(part).map_err(Lost::Wrong).map(|()| work)
    }

    #[test]
    fn what_is_done_there_is_what_is_done_here() {
        let mut random = Random::new(11);
        let (mut charged, mut seen) = (0, 0);
        for round in 0..24u64 {
            let problem = drawn(&mut random, round % 2 == 0);
            let rules = Rules { max_counts: true, costs: true, merge: true };
            let mut here = Part::new(&problem, (0..problem.items().len()).collect(), rules);
            let mut away = here.clone();
            let without = if round % 3 == 0 { Step::SEARCHES.to_vec() } else { Vec::new() };
            let options = Options { seed: round, without, ..Options::default() };
            for task in tasks() {
                let work = [3_000_000, 300_000, 20_000][random.index(3)];
                let budget = Budget::of_work(work);
                task.run(&mut here, &options, &budget);
                let spent = taken(&there(task, &away, &options, work), &mut away);
                assert_eq!(spent, Ok(budget.spent()), "{task:?} of {round}");
                assert_eq!(known(&away), known(&here), "{task:?} of {round}");
            }
            charged += usize::from(here.charge.is_some());
            seen += here.seen.len();
        }
        assert!(charged > 0 && seen > 0, "{charged} {seen}");
    }

    #[test]
    fn rubbish_is_refused_wherever_it_comes_from() {
        let mut random = Random::new(5);
        let problem = drawn(&mut random, true);
        let rules = Rules { max_counts: true, costs: true, merge: true };
        let mut part = Part::new(&problem, (0..problem.items().len()).collect(), rules);
        let (options, work) = (Options::default(), 300_000);
        for task in tasks().take(4) {
            taken(&there(task, &part, &options, work), &mut part).unwrap();
        }
        let before = known(&part);
        let sent = job(Task::Columns, &options, None, vec![Sheet::of(&part, work)]).unwrap();
        let given = work_on(&sent, &Silent);
        assert!(answer(&given, 2).is_err());
        for bytes in [&sent, &given] {
            for _ in 0..1_500 {
                // a byte less, another byte, the end cut off
                let mut spoilt = bytes.clone();
                let at = random.index(spoilt.len());
                match random.below(3) {
                    0 => _ = spoilt.remove(at),
                    1 => spoilt[at] = b"0123456789[]{},-\"\n"[random.index(18)],
                    _ => spoilt.truncate(at),
                }
                let _answered = work_on(&spoilt, &Silent);
                let mut other = part.clone();
                match taken(&spoilt, &mut other) {
                    Err(_) => assert_eq!(known(&other), before),
                    Ok(_) => assert!(other.solution.is_none_or(|it| it.check(&other.reduced.problem).is_ok())),
                }
            }
        }
    }

    #[test]
    fn a_packing_that_is_not_legal_and_another_version_are_refused() {
        let mut random = Random::new(7);
        let problem = drawn(&mut random, false);
        let rules = Rules { max_counts: true, costs: false, merge: true };
        let mut part = Part::new(&problem, (0..problem.items().len()).collect(), rules);
        part.construct(0, 100_000, &Budget::of_work(100_000));
        let given = |change: &dyn Fn(&mut Sheet)| {
            let mut sheet = Sheet::answer(&part, 1);
            change(&mut sheet);
            let doc = |parts| AnswerDoc { version: VERSION.to_owned(), refused: None, parts };
            taken(&written(vec![sheet], doc).unwrap(), &mut part.clone())
        };
        let bins = part.value().unwrap();
        assert_eq!(given(&|_| {}), Ok(1));
        let wrong = |given: Result<u64, Lost>| matches!(given, Err(Lost::Wrong(_)));
        assert!(wrong(given(&|sheet| _ = sheet.solution.as_mut().unwrap().patterns.pop())));
        assert!(wrong(given(&|sheet| sheet.solution.as_mut().unwrap().patterns[0].bin = 9)));
        assert!(wrong(given(&|sheet| sheet.solution = None)));
        assert!(wrong(given(&|sheet| sheet.state.lower = bins + 1)));
        assert!(wrong(given(&|sheet| sheet.state.impossible = true)));
        assert!(wrong(given(&|sheet| sheet.claims.clear())));
        let leaf = |weights| Node::Weights { weights, capacity: 1 };
        let items = part.reduced.problem.items().len();
        let tree = vec![
            leaf(vec![1; items + 1]),
            Node::Resources { weights: vec![1; items], capacity: 2, prices: vec![3, u64::MAX], divisor: 4 },
            Node::Branch { a: 0, b: items - 1, together: Some(0), apart: 1 },
            Node::Exclude { weights: vec![5; items], capacity: 6, below: 2 },
        ];
        let mut grown = part.clone();
        grown.nodes.clone_from(&tree);
        let shared = vec![u64::MAX; part.reduced.problem.bins().len()];
        grown.charge = Some(Charged { lower: 1, charged: 2, scale: 3, shared, offset: i128::MIN, nodes: tree });
        let mut other = part.clone();
        Sheet::answer(&grown, 1).learned_by(&mut other).unwrap();
        assert_eq!(known(&other), known(&grown));
        let doc = |parts| AnswerDoc { version: VERSION.to_owned(), refused: None, parts };
        let mut other = part.clone();
        assert_eq!(taken(&written(vec![Sheet::answer(&grown, 7)], doc).unwrap(), &mut other), Ok(7));
        assert_eq!(known(&other), known(&grown));
        for nodes in [
            vec![leaf(vec![1; items + 1])],
            vec![leaf(vec![1; items]), leaf(vec![1; items])],
            vec![Node::Unplaceable { item: items }],
            vec![Node::Branch { a: 0, b: 1, together: None, apart: 0 }],
            vec![Node::Cover { rows: vec![vec![u64::MAX; 3]] }],
            once(leaf(vec![1; items]))
                .chain((0..DEEPEST).map(|below| Node::Exclude { weights: vec![1; items], capacity: 1, below }))
                .collect(),
        ] {
            assert!(
                wrong(given(&|sheet| sheet.claims[0].components[0].nodes.clone_from(&nodes))),
                "{:?}",
                nodes.last()
            );
        }
        let other = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(VERSION, "0.0.9").into_bytes();
        let sent = job(Task::Plan, &Options::default(), None, vec![Sheet::of(&part, 1)]).unwrap();
        let why = "a job of tenantry 0.0.9, and this is ".to_owned() + VERSION;
        assert_eq!(taken(&work_on(&other(sent.clone()), &Silent), &mut part.clone()), Err(Lost::Refused(why)));
        let given = taken(&other(work_on(&sent, &Silent)), &mut part.clone());
        assert!(matches!(given, Err(Lost::Refused(why)) if why.starts_with("an answer of tenantry 0.0.9")));
    }
}
