"""Whether a migration goes from what runs today to a plan, and keeps every rule on the way: step by step."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NoReturn

from .digest import digest
from .existing import Existing
from .fleet import Fleet
from .named import apart_on_the_way, together_on_the_way
from .nodes import few_enough, needed, pods_once
from .parted import Parted, away, contents, planned, running
from .plan import DEFAULT_WORK, legal
from .reading import Budget, Figures, RefutedError, UndecidedError, UnreadableError, Verdict, plain, text, today
from .shape import PLAN, TEXTS, flag, maybe, some, table, whole, word
from .words import day, is_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from .existing import Whereabouts
    from .fleet import Template, Workload
    from .nodes import Pool
    from .parted import Counts
    from .places import Site
    from .shape import Kind

ACTIONS = ("create", "start", "switch", "stop", "release")
STEP = table(
    {"action": word(*ACTIONS), "cluster": text},
    {
        "workloads": TEXTS,
        "replicas": whole,
        **dict.fromkeys(("from", "template", "region"), text),
        "temporary": flag,
        "givenUp": flag,
    },
)
REASONS = some(table({"rule": text, "message": text}))
SUMMARY: dict[str, Kind] = dict.fromkeys(
    (
        *("batches", "steps", "moved", "new", "pods", "stays", "stoppedFirst", "created", "released", "left"),
        *("brokenToday", "brokenAfter"),
    ),
    whole,
)
MIGRATION = table(
    {
        "schema": word("tenantry-migration/v1"),
        **dict.fromkeys(("version", "name", "fleetDigest", "asOf", "until"), text),
        "status": word("complete", "prefix", "impossible", "impossible-directly", "not-found"),
        "options": table(
            {
                "maxInFlight": maybe(whole),
                "first": maybe(whole),
                "allowDowntime": flag,
                "extraClusters": whole,
                "extraTemplate": maybe(text),
            }
        ),
        "summary": table({**SUMMARY, "states": maybe(whole)}, {"givenUp": whole}),
        "batches": some(table({"number": whole, "steps": some(STEP)})),
        "left": some(
            table(
                {"workloads": TEXTS, "from": TEXTS, "to": maybe(text), "reasons": REASONS, "waitsFor": TEXTS},
                {"replicas": whole},
            )
        ),
        "circle": TEXTS,
        "broken": REASONS,
        "notCovered": TEXTS,
    },
    {"stopped": word("time", "work", "cancelled")},
)


def check_migration(
    fleet: Any, plan: Any, migration: Any, *, as_of: str | None = None, work: int = DEFAULT_WORK
) -> Verdict:
    """Goes through a migration from what runs today to a plan of the fleet.

    VERIFIED says that every state on the way keeps the rules, but for what is broken today in the same place, and that
    the end is what the migration's status says: the plan, or not. Raises UnreadableError.
    """
    try:
        fleet, plan, migration = plain(fleet), plain(plan), plain(migration)
    except RecursionError as error:
        raise UnreadableError("nested too deep") from error
    try:
        return gone_through(fleet, plan, migration, None if as_of is None else day(as_of, "as_of"), Budget(work))
    except RefutedError as refuted:
        return Verdict("REFUTED", place=refuted.place, why=refuted.why)
    except UndecidedError as undecided:
        return Verdict("UNDECIDED", note=str(undecided))


def gone_through(document: Any, plan: Any, migration: Any, as_of: str | None, budget: Budget) -> Verdict:
    """The verdict, or an exception that says it."""
    PLAN(plan, "plan")
    MIGRATION(migration, "migration")
    fleet = Fleet(document, as_of)
    if not fleet.existing:
        raise UnreadableError("existingClusters: nobody runs anywhere yet")
    fleet.as_of = fleet.as_of or today()
    if plan.get("clusters") is None:
        raise RefutedError("plan.clusters", "the plan places nothing")
    right = digest(document)
    for title, stated in (("plan", plan), ("migration", migration)):
        if stated["fleetDigest"] != right:
            raise RefutedError(f"{title}.fleetDigest", "it was made for another version of the fleet")
    fleet.held_apart(budget)
    legal(fleet, plan, budget, Figures(lambda: True))
    if not is_day(migration["until"]):
        raise RefutedError("migration.until", f"{migration['until']!r} is no day")
    state = State(fleet, plan, migration, budget)
    for index, batch in enumerate(migration["batches"]):
        state.place = f"migration.batches[{index}]"
        if batch["number"] != index + 1:
            state.refute(f"it has the number {batch['number']}")
        state.batch(batch["steps"])
    state.end()
    if state.unsure:
        raise UndecidedError(f"no placement of the pods on the nodes was found: {state.unsure[0]}")
    return Verdict("VERIFIED", note="every state on the way keeps the rules")


class State:
    """Who stands in which cluster, by name."""

    fleet: Fleet
    migration: Any
    budget: Budget
    today: Counts
    target: Counts

    def __init__(self, fleet: Fleet, plan: Any, migration: Any, budget: Budget) -> None:
        self.fleet, self.migration, self.budget = fleet, migration, budget
        self.known: dict[str, Workload] = {workload.identity: workload for workload in fleet.placed}
        by_key = {(w.tenant, w.namespace, w.name): w.identity for w in fleet.placed}
        self.goal: defaultdict[str, set[str]] = defaultdict(set)
        self.today, self.target = running(fleet), planned(fleet, plan)
        self.parts: Counter[tuple[str, str]] = Counter(self.today)
        splits = {workload.identity for workload in fleet.placed if workload.split}
        for row in plan["assignments"]:
            self.goal[by_key[row["tenant"], row["namespace"], row["workload"]]].add(row["cluster"])
        self.planned: set[str] = {cluster["name"] for cluster in plan["clusters"]}
        self.sites: dict[str, Site] = {cluster.name: cluster for cluster in fleet.existing}
        self.regions: dict[str, str] = {}
        self.where: dict[str, Whereabouts] = {
            w.identity: fleet.whereabouts[w.tenant, w.namespace, w.name] for w in fleet.placed
        }
        self.beside: dict[str, list[str]] = {
            it.identity: [other.identity for other in unit] for unit in fleet.units for it in unit
        }
        self.stands: defaultdict[str, set[str]] = defaultdict(set)
        for who, where in self.where.items():
            for title in where.runs_in if who not in splits else ():
                self.stands[title].add(who)
        for who, title in self.parts:
            self.stands[title].add(who)
        self.days: list[str] = sorted({str(fleet.as_of), max(str(fleet.as_of), migration["until"])})
        self.place: str = "migration"
        self.unsure: list[str] = []
        self.shares: dict[tuple[str, str], bool] = {}

    def refute(self, why: str) -> NoReturn:
        """Ends the check."""
        raise RefutedError(self.place, why)

    def at(self, who: str) -> list[str]:
        """The clusters where a workload runs."""
        return sorted(cluster for cluster, here in self.stands.items() if who in here)

    def batch(self, steps: list[Any]) -> None:
        """All starts, and with them every rule; then all stops."""
        order = [ACTIONS.index(step["action"]) for step in steps]
        if order != sorted(order):
            self.refute("its steps are not in order")
        before = {cluster: set(here) for cluster, here in self.stands.items()}
        started: set[tuple[str, str]] = set()
        stopped: set[tuple[str, str]] = set()
        parted = Parted(self)
        for step in steps:
            self.step(step, (started, stopped, before), parted)
        self.gains(started, before, parted)
        for who, cluster in stopped:
            self.stands[cluster].discard(who)
        parted.end()
        less = Counter(who for step in steps if step.get("givenUp", False) for who in step.get("workloads", []))
        self.after(started, stopped, before, less)
        for step in steps:
            if step["action"] == "release" and not isinstance(self.sites.get(step["cluster"]), Existing):
                self.sites.pop(step["cluster"], None)

    def step(
        self,
        step: Any,
        so_far: tuple[set[tuple[str, str]], set[tuple[str, str]], dict[str, set[str]]],
        parted: Parted,
    ) -> None:
        """Does one step; what it asks of the others of its batch is there."""
        started, stopped, before = so_far
        named, cluster, action = step.get("workloads", []), step["cluster"], step["action"]
        if step.get("givenUp", False) and action != "stop":
            self.refute("only who stops can be given up")
        if unknown := [who for who in named if who not in self.known]:
            self.refute(f"there is no workload {unknown[0]} that could move")
        splits = [who for who in named if self.known[who].split]
        named = [who for who in named if who not in splits]
        if "replicas" in step and named:
            self.refute(f"so many replicas are said of {named[0]}, which is no split")
        if action == "create":
            self.create(step)
        elif action == "start":
            self.start(step, named, started)
            started |= {(who, cluster) for who in splits}
        elif action == "switch":
            if any((who, cluster) not in started for who in named):
                self.refute(f"traffic goes to {cluster}, and not all of it starts there")
        elif action == "stop":
            for who in named:
                if who not in before.get(cluster, ()) or (who, cluster) in stopped:
                    self.refute(f"{who} stops in {cluster}, and does not run there")
                stopped.add((who, cluster))
        elif any(
            parted.left(who, cluster) > 0 if self.known[who].split else (who, cluster) not in stopped
            for who in self.stands[cluster]
        ):
            self.refute(f"{cluster} is released, and somebody is in it")
        for who in splits:
            parted.step(who, step)

    def create(self, step: Any) -> None:
        """A new cluster, of a template that there is, where it can stand."""
        cluster, region = step["cluster"], step.get("region")
        fitting = (
            site
            for site in self.fleet.sites
            if not isinstance(site, Existing) and site.template.name == step.get("template")
            if (region is None and not site.regions) or region in site.regions
        )
        site = next(fitting, None)
        if site is None:
            self.refute(f"{cluster} is made of a template, or in a region, that there is not")
        if cluster in self.sites:
            self.refute(f"{cluster} is made, and is there already")
        self.sites[cluster] = site
        if region is not None:
            self.regions[cluster] = region

    def start(self, step: Any, named: list[str], started: set[tuple[str, str]]) -> None:
        """Workloads start where they do not run; away from the plan only for a time, and only who may."""
        cluster = step["cluster"]
        if cluster not in self.sites:
            self.refute(f"there is no cluster {cluster}")
        for who in named:
            if who in self.stands[cluster]:
                self.refute(f"{who} starts twice")
            self.stands[cluster].add(who)
            started.add((who, cluster))
            aside = cluster not in self.goal[who]
            if aside != step.get("temporary", False):
                self.refute(f"{who} in {cluster}: `temporary` is wrong")
            if aside:
                self.visits(who)

    def visits(self, who: str) -> None:
        """A stay elsewhere: of nobody who keeps state or stays, nor beside such a one; of no split that is pinned."""
        for other in self.beside.get(who, [who]):
            it = self.where[other]
            if it.stateful or (self.known[other].split and it.pins) or it.held(str(self.fleet.as_of)):
                self.refute(f"{who} stays elsewhere for a time, and may not")

    def gains(self, started: set[tuple[str, str]], before: dict[str, set[str]], parted: Parted) -> None:
        """Every cluster that gains somebody keeps every rule with all who start and all who still run."""
        for cluster in sorted({at for _, at in started}):
            site = self.sites[cluster]
            there = contents(self, cluster)
            new = [self.known[who] for who, at in sorted(started) if at == cluster]
            for workload in new:
                self.admitted(workload, site, cluster)
            for workload in new:
                self.budget.spend(5 * len(there))
                for other in there:
                    if other.index != workload.index and not self.share(workload, other):
                        self.refute(f"{workload.identity} and {other.identity} may not share {cluster}")
            shape = site.template
            if not shape.carries or not self.fleet.has_room(shape, there) or not few_enough(self.fleet, shape, there):
                self.refute(f"{cluster} gains somebody and holds too much")
            if shape.packs and any(not self.as_planned(it, cluster) for it in there):
                # whom the plan has there as well fit its nodes as they do in the plan
                self.on_nodes(shape, there, cluster)
        parted.gains()
        if any(rule.region for rule in self.fleet.kept_apart):
            apart_on_the_way(self, started, before)
        self.counted(before)

    def as_planned(self, workload: Workload, cluster: str) -> bool:
        """Whether the plan has a workload there, of a split as many replicas."""
        if workload.split:
            return workload.replicas <= self.target[workload.identity, cluster]
        return cluster in self.goal[workload.identity]

    def admitted(self, workload: Workload, site: Site, cluster: str) -> None:
        """The cluster takes a workload, whoever is there."""
        where = self.where[workload.identity]
        if isinstance(site, Existing):
            ours = site.name in where.runs_in
            closed = site.mode == "drain" or (site.mode == "cordon" and not ours) or not site.allows(workload)
        else:
            closed = not self.fleet.open(site, workload) and not self.pinned(workload, site)
        if closed or where.away(str(self.fleet.as_of), site):
            self.refute(f"{workload.identity} comes to {cluster}, which takes nobody like it")

    def pinned(self, workload: Workload, site: Site) -> bool:
        """Whether a pin keeps a workload from a new cluster: that, and room, are looked at elsewhere."""
        return bool(self.where[workload.identity].held(str(self.fleet.as_of))) and site.allows(workload)

    def share(self, one: Workload, other: Workload) -> bool:
        """Whether two may share a cluster from the one day to the other."""
        key = (one.identity, other.identity)
        if key not in self.shares:
            today = self.fleet.as_of
            free = True
            for last in self.days:
                self.fleet.as_of = last
                free = free and not self.fleet.reasons(one, other)
            self.fleet.as_of = today
            self.shares[key] = free
        return self.shares[key]

    def on_nodes(self, shape: Template, here: list[Workload], cluster: str) -> None:
        """The pods fit the nodes: a simple search finds them a place, or a bound shows that there is none."""
        if stand(self.fleet, shape, here):
            return
        most = sum(pool.most for pool in shape.pools)
        if needed(self.fleet, shape, here) > most:
            self.refute(f"the pods do not fit the nodes of {cluster}")
        self.unsure.append(f"{self.place}, {cluster}")

    def counted(self, before: dict[str, set[str]]) -> None:
        """No more clusters than there may be, unless there were as many."""

        def used(stands: dict[str, set[str]], cluster: str) -> bool:
            site = self.sites[cluster]
            return bool(stands.get(cluster)) or (isinstance(site, Existing) and site.keep)

        def limits(stands: dict[str, set[str]]) -> Counter[tuple[str, str]]:
            count: Counter[tuple[str, str]] = Counter()
            for cluster, site in self.sites.items():
                if used(stands, cluster):
                    title = site.of if isinstance(site, Existing) else site.template.name
                    count["template", title] += 1
                    if cluster in self.regions or site.regions:
                        count["region", self.regions.get(cluster) or site.regions[0]] += 1
            return count

        was, now = limits(before), limits(self.stands)
        most = {("template", it.name): it.max_count for it in self.fleet.templates}
        most |= {("region", it.name): it.most for it in self.fleet.regions.values()}
        for key, limit in most.items():
            if limit is not None and now[key] > limit and now[key] > was[key]:
                self.refute(f"{now[key]} clusters of {key[0]} {key[1]} are in use, at most {limit} may be")
        exist = {cluster.name for cluster in self.fleet.existing}
        lent, earlier = (
            sum(bool(here) and cluster not in self.planned | exist for cluster, here in stands.items())
            for stands in (self.stands, before)
        )
        if lent > self.migration["options"]["extraClusters"] and lent > earlier:
            self.refute(f"{lent} clusters that the plan does not have are in use, more than may be lent")

    def after(
        self,
        started: set[tuple[str, str]],
        stopped: set[tuple[str, str]],
        before: dict[str, set[str]],
        less: Counter[str],
    ) -> None:
        """Who ran still runs, nobody in too many clusters or regions, and who belongs together is together."""
        moved = {who for who, _ in started | stopped if not self.known[who].split}
        comes, goes = (Counter(who for who, _ in steps) for steps in (started, stopped))
        for who in sorted(moved):
            ran = [cluster for cluster, here in before.items() if who in here]
            self.runs_on(who, len(ran), comes[who])
            self.far_apart(who, ran)
            copies = self.known[who].copies
            if less[who] != min(max(0, goes[who] - comes[who]), max(0, len(ran) - copies)):
                self.refute(f"{less[who]} copies of {who} are said to be given up")
            if any(it == who and cluster in self.where[who].held(str(self.fleet.as_of)) for it, cluster in stopped):
                self.refute(f"{who} stops where it must be")
        for unit in self.fleet.units:
            names = {workload.identity for workload in unit}
            if names & moved:
                torn = any(0 < len(names & here) < len(names) for here in before.values())
                gained, lost = ({at for who, at in steps if who in names} for steps in (started, stopped))
                for cluster in sorted(gained if torn else gained | lost):
                    if self.parted(unit, self.stands, cluster):
                        self.refute(f"{unit[0].identity} and those that must be with it are not all in {cluster}")
        if self.fleet.in_region:
            together_on_the_way(self, moved, before)

    def may_stop(self, who: str) -> bool:
        """Whether a workload may stop before it starts elsewhere."""
        where = self.where[who]
        downtime: bool = self.migration["options"]["allowDowntime"] and where.downtime
        return downtime or (where.stateful and bool(where.runs_in))

    def runs_on(self, who: str, ran: int, comes: int) -> None:
        """As many copies run as must, and no more than may; of who may stop first, one at a time."""
        where, copies, now = self.where[who], self.known[who].copies, len(self.at(who))
        keeps, today = where.stateful and bool(where.runs_in), len(where.runs_in)
        if now > max(copies, ran):
            self.refute(f"{who} runs in {now} clusters")
        if now < (min(copies, today) - 1 if self.may_stop(who) else min(copies, max(today, ran))):
            self.refute(f"{who} stops, and runs in {now} clusters")
        if keeps and comes and ran + comes > copies:
            self.refute(f"{who} keeps state, and starts before it has stopped")

    def far_apart(self, who: str, ran: list[str]) -> None:
        """Not more copies in a region than may be, or were; the only one of a region goes only while it pauses."""
        workload, now = self.known[who], self.at(who)
        if workload.most is None:
            return
        was, here = (Counter(map(self.region, clusters)) for clusters in (ran, now))
        if crowded := [at for at, count in here.items() if count > max(workload.most, was[at])]:
            self.refute(f"{who} has {here[crowded[0]]} copies in {crowded[0]}")
        pauses = self.may_stop(who) and len(now) < workload.copies
        if workload.each and not pauses and (gone := sorted(set(was) & workload.regions - set(here))):
            self.refute(f"{who} has no copy in {gone[0]} any more")

    def region(self, cluster: str) -> str:
        """Where a cluster is."""
        return self.regions.get(cluster) or next(iter(self.sites[cluster].regions), "")

    def parted(self, unit: list[Workload], stands: dict[str, set[str]], cluster: str) -> bool:
        """Whether some of a unit are in a cluster, and others that run as often as they shall are not."""
        here = stands.get(cluster, set())
        away = [workload for workload in unit if workload.identity not in here]
        return 0 < len(away) < len(unit) and any(
            sum(it.identity in there for there in stands.values()) >= it.copies for it in away
        )

    def end(self) -> None:
        """The end is the plan if the status says so, and as many are left as are said to be."""
        self.place = "migration.status"
        missing = away(self)
        for who, goal in self.goal.items():
            if self.known[who].split:
                continue
            now = self.at(who)
            missing += len(goal.difference(now)) + max(0, len(now) - len(goal))
        if (not missing) != (self.migration["status"] == "complete"):
            self.refute(f"{missing} workloads are not where the plan has them")
        self.place = "migration.summary.left"
        if self.migration["summary"]["left"] != missing:
            self.refute(f"{missing} workloads are not where the plan has them")
        left = [
            cluster
            for cluster, here in self.stands.items()
            if here and cluster not in self.planned and not isinstance(self.sites.get(cluster), Existing)
        ]
        if left and not missing:
            self.refute(f"somebody is left in {left[0]}, which the plan does not have")


def stand(fleet: Fleet, shape: Template, here: list[Workload]) -> bool:
    """Whether a simple search finds the pods a place on the nodes: the largest first, by one measure or another."""

    def largest(shares: dict[str, float]) -> float:
        return max(shares.values(), default=0.0)

    def all_of_them(shares: dict[str, float]) -> float:
        return sum(shares.values())

    def one(key: str) -> Callable[[dict[str, float]], float]:
        return lambda shares: shares.get(key, 0.0)

    measures = [largest, all_of_them, *map(one, fleet.resources)]
    return any(packed(fleet, shape, here, measure) for measure in measures)


def packed(fleet: Fleet, shape: Template, here: list[Workload], measure: Callable[[dict[str, float]], float]) -> bool:
    """Whether the pods find a place on nodes, the largest first, each on the first node that takes it."""
    waiting = [it for it in [*here, *fleet.platform] if not it.per_node]
    further = shape.further
    pods = pods_once(fleet, here)
    for group in fleet.groups:
        pools = [pool for pool in shape.pools if pool.takes(group)]
        nodes: list[dict[str, int | None]] = []
        used: Counter[int] = Counter()

        def size(workload: Workload, pools: list[Pool] = pools) -> float:
            most = {key: max((pool.node[key] or 0 for pool in pools), default=0) for key in workload.pod}
            return measure({key: each / most[key] for key, each in workload.pod.items() if most[key]})

        for workload in sorted((it for it in waiting if it.pool == group), key=lambda it: (-size(it), it.identity)):
            for _ in range(workload.replicas):
                pods += 1
                left = next((left for left in nodes if takes(left, workload.pod)), None)
                for number, pool in enumerate(pools) if left is None else ():
                    counts = used[number] >= pool.least
                    if used[number] < pool.most and takes(pool.node, workload.pod) and not (counts and further == 0):
                        used[number] += 1
                        further = further - 1 if counts and further is not None else further
                        pods += pool.agents
                        left = dict(pool.node)
                        nodes.append(left)
                        break
                if left is None:
                    return False
                for key, each in workload.pod.items():
                    left[key] = None if (rest := left[key]) is None else rest - each
    return pods <= shape.maximums.get("pods", pods)


def takes(left: dict[str, int | None], pod: dict[str, int]) -> bool:
    """Whether what is left of a node takes a pod."""
    return all((rest := left[key]) is None or each <= rest for key, each in pod.items())
