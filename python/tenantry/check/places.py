"""Where clusters can stand, and who may be in them: regions, jurisdictions, ``admits``, ``provides`` and ``needs``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .reading import UnreadableError, Written, is_list
from .shape import counted
from .words import distinct, name

if TYPE_CHECKING:
    from .fleet import Template, Workload

MILLION = 10**6  # a factor of one
MOST_REGIONS, MOST_SITES = 200, 5_000
ALL = "all"


@dataclass
class Region:
    """A region, with its factor in millionths."""

    name: str
    jurisdictions: list[str]
    most: int | None
    factor: int


@dataclass
class Site:
    """A kind of place: clusters of one template, in regions of which nothing tells one from another."""

    template: Template
    regions: list[str]
    factor: int

    def bars(self, workload: Workload) -> str | None:
        """Why a workload may not be there, whatever room there is."""
        template = self.template
        if not workload.regions.issuperset(self.regions):
            return "region"
        if template.admits is not None and not template.admits(workload, ""):
            return "admits"
        return None if workload.needs <= template.provides else "needs"

    def allows(self, workload: Workload) -> bool:
        """Whether a workload may be there, whatever room there is."""
        return self.bars(workload) is None

    def cost(self, further: int) -> int | None:
        """Of a cluster with so many nodes beyond the least number, in thousandths."""
        template = self.template
        return None if template.cost is None else self.times(template.cost + template.node_cost * further)

    def times(self, thousandths: int) -> int:
        """Times the factor, rounded up."""
        return -(-thousandths * self.factor // MILLION)

    @property
    def node_cost(self) -> int:
        """What a further node costs at least: the sum of a cluster is rounded up once."""
        return self.template.node_cost * self.factor // MILLION


def listed(value: Any, place: str) -> list[str]:
    """A word, or a list of at least one."""
    entries = value if is_list(value) else [value]
    if not entries:
        raise UnreadableError(f"{place}: a list of no words says nothing")
    return [name(word, place) for word in distinct(entries, place)]


def decimal(value: Any, place: str) -> Fraction:
    """A factor, as it is written."""
    written = str(value) if type(value) in (int, str, Written) else ""
    whole, point, part = written.partition(".")
    if not (whole + part).isascii() or not whole.isdigit() or (point and not part.isdigit()):
        raise UnreadableError(f"{place}: {value!r} is no factor")
    return Fraction(written)


def read_regions(whole: dict[str, Any]) -> dict[str, Region]:
    """The regions by name."""
    regions: dict[str, Region] = {}
    entries = whole.get("regions", [])
    if "regions" in whole and not 1 <= len(entries) <= MOST_REGIONS:
        raise UnreadableError(f"regions: a list of 1 to {MOST_REGIONS}, or the key left out")
    for title in distinct((entry["name"] for entry in entries), "regions"):
        name(title, "regions", slash=False)
    for entry in entries:
        place = f"region {entry['name']}"
        jurisdictions = listed(entry["jurisdictions"], place) if "jurisdictions" in entry else []
        if ALL in (entry["name"], *jurisdictions):
            raise UnreadableError(f"{place}: nothing is called {ALL}")
        factor = decimal(entry.get("costFactor", 1), place) * MILLION
        if factor.denominator != 1 or not 1 <= factor <= 1000 * MILLION:
            raise UnreadableError(f"{place}: a factor above 0, at most 1000, with at most 6 decimals is needed")
        most = counted(entry["maxClusters"], place) if "maxClusters" in entry else None
        regions[entry["name"]] = Region(entry["name"], jurisdictions, most, int(factor))
    if whole.get("defaults", {}).get("regions", ALL) != ALL:
        raise UnreadableError(f"defaults.regions: {ALL} is needed")
    if "regions" in whole.get("defaults", {}) and not regions:
        raise UnreadableError("defaults.regions: there are no regions")
    return {title: regions[title] for title in sorted(regions)}


def stated(
    regions: dict[str, Region], owner: dict[str, Any], place: str, within: frozenset[str] | None = None
) -> frozenset[str] | None:
    """The regions that somebody states; within those of its tenant. None: nothing is stated."""
    found: list[set[str]] = []
    for key in ("regions", "jurisdictions"):
        if key not in owner:
            continue
        if not regions:
            raise UnreadableError(f"{place}: {key}, and there are no regions")
        union: set[str] = set()
        words = listed(owner[key], f"{place}.{key}")
        for word in words:
            if key == "regions" and word == ALL and len(words) == 1:
                means = set(regions)
            elif key == "regions":
                means = {word} & set(regions)
            else:
                means = {region.name for region in regions.values() if word in region.jurisdictions}
            outside = within is not None and (means - within if key == "regions" else not means & within)
            if not means or outside:
                raise UnreadableError(f"{place}.{key}: {word!r} is none, or none that its tenant allows")
            union |= means
        found.append(union)
    if not found:
        return None
    left = found[0].intersection(*found[1:], *(() if within is None else (within,)))
    if not left:
        raise UnreadableError(f"{place}: no region is left")
    return frozenset(left)


def sites(
    templates: Iterable[Template],
    regions: dict[str, Region],
    placed: list[Workload],
    stays: Iterable[str | None] = (),
) -> list[Site]:
    """Each template in each set of its regions that no workload, limit or factor tells apart, in order.

    Neither does a stay in the region: ``stays`` are those where somebody stays, on whatever day.
    """
    lists = {tuple(sorted(workload.regions)) for workload in placed}
    wanted = sorted(lists | {(region,) for region in stays if region is not None})
    kinds = {
        region.name: (
            tuple(region.name in words for words in wanted),
            region.factor,
            region.name if region.most is not None else None,
        )
        for region in regions.values()
    }
    found: list[Site] = []
    for template in templates:
        sets: dict[object, list[str]] = {}
        for title in sorted(template.regions):
            sets.setdefault(kinds[title], []).append(title)
        factors = [regions[group[0]].factor for group in sets.values()]
        found += [Site(template, group, factor) for group, factor in zip(sets.values(), factors, strict=True)]
        if not template.regions:
            found.append(Site(template, [], MILLION))
    if len(found) > max(MOST_SITES, len({site.template.name for site in found})):
        raise UnreadableError(f"regions: templates and regions make more than {MOST_SITES} kinds of places")
    return found
