"""One function a tool: from the arguments to the answer, by the Python face."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tenantry.fleet import Fleet
from tenantry.mcp.answers import about_fleet, about_plan, answer
from tenantry.mcp.errors import RefusedError
from tenantry.mcp.inputs import Inputs
from tenantry.mcp.limits import ROWS, Limits
from tenantry.planning import plan as plan_fleet
from tenantry.plans import Plan
from tenantry.progress import Progress

Tell = Callable[[Progress], object]


class Call:
    """One call: what was asked, and how much it may take."""

    def __init__(self, inputs: Inputs, limits: Limits, tell: Tell) -> None:
        """Begins the time of the call."""
        self.inputs = inputs
        self.arguments: Mapping[str, Any] = inputs.arguments
        self.limits = limits
        self.tell = tell
        self.ends: float = time.monotonic() + self.arguments.get("time_limit", limits.time)

    def run(self, tool: str) -> dict[str, Any]:
        """The answer of a tool."""
        by_name: dict[str, Callable[[], dict[str, Any]]] = {
            "validate": self._validate,
            "plan": self._plan,
            "explain": self._explain,
            "why_not": self._why_not,
            "prices": self._prices,
            "place": self._place,
            "diff": self._diff,
        }
        return by_name[tool]()

    def _validate(self) -> dict[str, Any]:
        fleet = self.inputs.fleet()
        document = {
            "name": fleet.name,
            "digest": fleet.digest,
            "workloads": list(fleet.workloads),
            "tenants": list(fleet.tenants),
            "templates": list(fleet.templates),
            "existing": list(fleet.existing),
            "warnings": list(fleet.warnings),
        }
        text = f"{fleet.name or 'the fleet'}: {len(fleet)} workloads of {len(fleet.tenants)} tenants, without error"
        return self._answer("validate", document, "\n".join([text, *map("warning: {}".format, fleet.warnings)]), fleet)

    def _plan(self) -> dict[str, Any]:
        fleet = self.inputs.fleet()
        made = self._planned(fleet, self._left())
        return self._answer("plan", made.to_dict(), made.summary(), fleet, plan=about_plan(made))

    def _explain(self) -> dict[str, Any]:
        fleet, as_of = self.inputs.fleet(), self.arguments.get("as_of")
        first, second = self.arguments.get("first"), self.arguments.get("second")
        if (first is None) != (second is None):
            raise RefusedError("arguments", "`first` and `second` are given together, or neither is")
        if first is not None and second is not None:
            document, text = fleet._core.explain(first, second, as_of)
            return self._answer("explain", json.loads(document), text, fleet)
        made = self._planned(fleet, self._left())
        why = made.why(time_limit=self._left(), work_limit=self.arguments.get("work_limit"))
        return self._answer("explain", why.to_dict(), why.text(), fleet, plan=about_plan(made))

    def _why_not(self) -> dict[str, Any]:
        fleet, given = self.inputs.fleet(), self.arguments
        names = ("together_with", "in_cluster", "clusters", "keep", "as_of")
        asked: dict[str, Any] = {key: given[key] for key in names if key in given}
        answered = fleet.why_not(given.get("who"), **asked, **self._search())
        return self._answer("why_not", answered.to_dict(), str(answered), fleet)

    def _prices(self) -> dict[str, Any]:
        fleet, given = self.inputs.fleet(), self.arguments
        asked = {key: given[key] for key in ("by", "ladder", "tenants", "keep", "as_of") if key in given}
        prices = fleet.prices(**asked, **self._search())
        return self._answer("prices", prices.to_dict(), str(prices), fleet)

    def _place(self) -> dict[str, Any]:
        fleet, given = self.inputs.fleet(), self.arguments
        further = given.get("further_text")
        if further is not None and len(further.encode("utf-8", "surrogatepass")) > self.limits.input_bytes:
            raise RefusedError("limit", f"`further_text` has more than {self.limits.input_bytes} bytes")
        places = fleet.place(
            *given.get("workloads", ()),
            together=given.get("together", False),
            further=further,
            as_of=given.get("as_of"),
        )
        return self._answer("place", places.to_dict(), places.text, fleet)

    def _diff(self) -> dict[str, Any]:
        sides = [self.inputs.plan_or_fleet(name) for name in ("before", "after")]
        plans: list[Plan] = []
        for number, side in enumerate(sides):
            # a fleet gets an equal share of what is left
            later = sum(isinstance(it, Fleet) for it in sides[number:])
            plans.append(side if isinstance(side, Plan) else self._planned(side, self._left() / later))
        before, after = plans
        diff = before.diff(after)
        about = {"before": about_plan(before), "after": about_plan(after)}
        return self._answer("diff", diff.to_dict(), str(diff), None, **about)

    def _planned(self, fleet: Fleet, seconds: float) -> Plan:
        given = self.arguments
        return plan_fleet(
            fleet,
            time_limit=seconds,
            work_limit=given.get("work_limit"),
            seed=given.get("seed", 0),
            as_of=given.get("as_of"),
            objective=given.get("objective"),
            progress=self.tell,
        )

    def _search(self) -> dict[str, Any]:
        given = self.arguments
        return {"time_limit": self._left(), "work_limit": given.get("work_limit"), "seed": given.get("seed", 0)}

    def _left(self) -> float:
        return max(0.0, self.ends - time.monotonic())

    def _answer(self, tool: str, document: Any, text: str, fleet: Fleet | None, **about: Any) -> dict[str, Any]:
        if fleet is not None:
            about = {"fleet": about_fleet(fleet), **about}
        return answer(tool, document, text, self.arguments.get("max_rows", ROWS), self.limits.answer_bytes, **about)
