"""Splits on the way to a plan: how many replicas run where, step by step."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .existing import Existing
from .splits import part

if TYPE_CHECKING:
    from .fleet import Fleet, Workload
    from .migration import State

Counts = Counter[tuple[str, str]]  # of a workload in a cluster, by name


def running(fleet: Fleet) -> Counts:
    """The replicas of splits that run today."""
    splits = [workload for workload in fleet.placed if workload.split]
    where = {it.identity: fleet.whereabouts[it.tenant, it.namespace, it.name].running for it in splits}
    return Counter({(who, at): count for who, here in where.items() for at, count in here.items() if count})


def planned(fleet: Fleet, plan: Any) -> Counts:
    """The replicas of splits that a plan has."""
    by_key = {(it.tenant, it.namespace, it.name): it for it in fleet.placed if it.split}
    rows = ((by_key.get((row["tenant"], row["namespace"], row["workload"])), row) for row in plan["assignments"])
    return Counter({(it.identity, row["cluster"]): row["replicas"] for it, row in rows if it is not None})


def of(counts: Counts, who: str) -> dict[str, int]:
    """Of a split how many replicas are in each cluster."""
    return {cluster: count for (it, cluster), count in counts.items() if it == who and count > 0}


def contents(state: State, cluster: str) -> list[Workload]:
    """Who is in a cluster: of a split as many replicas as are there."""
    found = [state.known[who] for who in sorted(state.stands[cluster])]
    return [part(it, state.parts[it.identity, cluster]) if it.split else it for it in found]


class Parted:
    """What of splits starts and stops in one batch."""

    state: State
    before: Counts
    started: Counts
    stopped: Counts

    def __init__(self, state: State) -> None:
        self.state, self.before = state, Counter(state.parts)
        self.started, self.stopped = Counts(), Counts()
        self.less: Counter[str] = Counter()

    def step(self, who: str, step: Any) -> None:
        """So many replicas start, change, or stop."""
        state, cluster, action, count = self.state, step["cluster"], step["action"], step.get("replicas", 0)
        key = (who, cluster)
        if count == 0:
            state.refute(f"it is not said how many replicas of {who}")
        if action == "start":
            state.parts[key] += count
            state.stands[cluster].add(who)
            self.started[key] += count
            aside = key not in state.target
            if aside != step.get("temporary", False):
                state.refute(f"{who} in {cluster}: `temporary` is wrong")
            if aside:
                state.visits(who)
        elif action == "stop":
            self.stopped[key] += count
            if self.stopped[key] > self.before[key]:
                state.refute(f"more of {who} stop in {cluster} than run there")
            self.less[who] += count if step.get("givenUp", False) else 0
        elif action == "switch" and count > self.started[key]:
            state.refute(f"traffic goes to {cluster}, and not all of it starts there")

    def left(self, who: str, cluster: str) -> int:
        """How many are in a cluster when the stops are done."""
        return self.state.parts[who, cluster] - self.stopped[who, cluster]

    def gains(self) -> None:
        """With all starts a cordoned cluster has no more than run there today."""
        for who, cluster in self.started:
            site = self.state.sites[cluster]
            count, today = self.state.parts[who, cluster], self.state.today[who, cluster]
            if isinstance(site, Existing) and site.mode == "cordon" and count > today:
                self.state.refute(f"{count} replicas of {who} in {cluster}, where {today} run and nobody comes")

    def end(self) -> None:
        """The stops are done: enough runs, in few enough clusters, and some where some must be."""
        state = self.state
        for (who, cluster), count in self.stopped.items():
            state.parts[who, cluster] -= count
            if state.parts[who, cluster] == 0:
                del state.parts[who, cluster]
                state.stands[cluster].discard(who)
        for who in sorted({who for who, _ in [*self.started, *self.stopped]}):
            self.runs_on(who)

    def runs_on(self, who: str) -> None:
        """Of one split."""
        state = self.state
        it, where = state.known[who], state.where[who]
        was, now, today = of(self.before, who), of(state.parts, who), of(state.today, who)
        ran, runs, wanted = sum(was.values()), sum(now.values()), min(it.replicas, sum(today.values()))
        starts, stops = (sum(of(counts, who).values()) for counts in (self.started, self.stopped))
        if runs > max(it.replicas, ran):
            state.refute(f"{who} runs with {runs} replicas")
        # the replicas of one cluster at a time, where it may stop before it starts
        enough = min(it.replicas, max(sum(today.values()), ran))
        if runs < (wanted - max(today.values(), default=0) if state.may_stop(who) else enough):
            state.refute(f"{who} stops, and runs with {runs} replicas")
        if where.stateful and where.runs_in and starts and ran + starts > it.replicas:
            state.refute(f"{who} keeps state, and starts before it has stopped")
        if len(now) > max(it.most_clusters, len(was)):
            state.refute(f"{who} is split over {len(now)} clusters")
        if gone := sorted(where.held(str(state.fleet.as_of)) & set(was) - set(now)):
            state.refute(f"{who} stops where some of it must be, in {gone[0]}")
        if self.less[who] != min(max(0, stops - starts), max(0, ran - it.replicas)):
            state.refute(f"{self.less[who]} replicas of {who} are said to be given up")


def away(state: State) -> int:
    """Replicas that are not where the plan has them, and those beyond its number."""
    count = 0
    for who in (who for who, it in state.known.items() if it.split):
        now, goal = of(state.parts, who), of(state.target, who)
        count += sum(max(0, wanted - now.get(cluster, 0)) for cluster, wanted in goal.items())
        count += max(0, sum(now.values()) - sum(goal.values()))
    return count
