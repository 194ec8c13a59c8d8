"""Writes the reference pages of the site from the JSON Schemas that the program prints: `reference.py PROGRAM FOLDER`.

A page lists every key of a document, by the place where it stands (`policy.separate[]`), not by the name of a type.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

TITLES = {"fleet": "Fleet: every key", "plan": "Plan: every key"}
NOTES = {
    "fleet": "What the keys mean that a name alone does not tell stands in [the guide](../fleet.md).",
    "plan": "What backs a plan's bound is told in [certificates](../certificate.md).",
}


def prose(text: str) -> str:
    """A description as a table's cell: on one line, links between Rust items as the key that they mean."""

    def key(found: re.Match[str]) -> str:
        head, *rest = found[1].split("::")[-1].split("_")
        return f"`{head}{''.join(word.capitalize() for word in rest)}`"

    text = re.sub(r"\[`([^`]+)`\](?:\([^)]*::[^)]*\))?", key, text)
    return cell(" ".join(text.split()))


def cell(text: str) -> str:
    """Text that does not end its cell."""
    return text.replace("|", "\\|")


class Page:
    """One document: its definitions in the order in which they are met, each with the first place that has it."""

    def __init__(self, name: str, schema: Schema) -> None:
        self.name, self.schema = name, schema
        self.places: dict[str, list[str]] = {}
        self.queue: deque[str] = deque()
        self.meet(schema, "")
        self.order: list[str] = []
        while self.queue:
            known = self.queue.popleft()
            self.order.append(known)
            self.meet(self.definition(known), self.places[known][0])

    def definition(self, known: str) -> Schema:
        return self.schema["$defs"][known]  # type: ignore[no-any-return]

    def meet(self, part: Schema, place: str) -> None:
        """Note every reference in `part`, which stands at `place`."""
        if reference := part.get("$ref"):
            known = reference.rsplit("/", 1)[1]
            if known not in self.places:
                self.places[known] = []
                self.queue.append(known)
            if place not in self.places[known]:
                self.places[known].append(place)
        for key, value in part.get("properties", {}).items():
            self.meet(value, f"{place}.{key}" if place else key)
        if isinstance(items := part.get("items"), dict):
            self.meet(items, f"{place}[]")
        if isinstance(rest := part.get("additionalProperties"), dict):
            self.meet(rest, f"{place}.NAME" if place else "NAME")
        for form in [*part.get("anyOf", []), *part.get("oneOf", [])]:
            self.meet(form, place)

    def anchor(self, known: str) -> str:
        return re.sub("[^a-z0-9]+", "-", f"{self.name}-{self.places[known][0]}-{known}".lower()).strip("-")

    def kind(self, part: Schema) -> str:
        """The type of a value, in words."""
        if reference := part.get("$ref"):
            known = reference.rsplit("/", 1)[1]
            return f"[{self.word(known)}](#{self.anchor(known)})"
        if "const" in part:
            return f"`{json.dumps(part['const'])}`"
        if "enum" in part:
            return " or ".join(f"`{json.dumps(value)}`" for value in part["enum"])
        if forms := part.get("anyOf", part.get("oneOf")):
            return " or ".join(dict.fromkeys(self.kind(form) for form in forms))
        kinds = part.get("type", "any value")
        return " or ".join(self.simple(kind, part) for kind in ([kinds] if isinstance(kinds, str) else kinds))

    def simple(self, kind: str, part: Schema) -> str:
        match kind:
            case "array":
                least = f" ({part['minItems']} or more)" if "minItems" in part else ""
                return f"list{least} of {self.kind(part['items'])}" if part.get("items") else f"list{least}"
            case "object":
                rest = part.get("additionalProperties")
                return f"map of {self.kind(rest)}" if isinstance(rest, dict) and rest else "map"
            case "integer":
                return f"whole number from {part['minimum']}" if "minimum" in part else "whole number"
            case "string":
                return f"string like `{part['pattern']}`" if "pattern" in part else "string"
        return kind

    def word(self, known: str) -> str:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", known.removesuffix("Document"))
        return words.lower()

    def keys(self, part: Schema) -> list[str]:
        required = part.get("required", [])
        lines = ["| key | type | meaning |", "|---|---|---|"]
        for key, value in part["properties"].items():
            star = " (required)" if key in required else ""
            default = f" Default: `{json.dumps(value['default'])}`." if "default" in value else ""
            lines.append(
                f"| `{key}`{star} | {cell(self.kind(value))} | {prose(value.get('description', ''))}{cell(default)} |"
            )
        return [*lines, ""]

    def body(self, part: Schema) -> list[str]:
        lines = [prose(part["description"]), ""] if "description" in part else []
        if forms := part.get("anyOf", part.get("oneOf")):
            lines += ["| one of | meaning |", "|---|---|"]
            lines += [f"| {cell(self.kind(form))} | {prose(form.get('description', ''))} |" for form in forms]
            lines.append("")
            for form in forms:
                lines += self.keys(form) if "properties" in form else []
        elif "properties" in part:
            lines += self.keys(part)
        else:
            lines += [f"A {self.kind(part)}.", ""]
        return lines

    def text(self) -> str:
        lines = [
            f"# {TITLES[self.name]}",
            "",
            f"Written from the schema that `tenantry schema {self.name}` prints. {NOTES[self.name]}",
            "`[]` stands for each of a list, `NAME` for a key that you choose. Keys that are not listed are errors.",
            "",
            *self.keys(self.schema),
        ]
        for known in self.order:
            first, *others = self.places[known]
            lines += [f"({self.anchor(known)})=", "", f"## {self.word(known)}: `{first}`", ""]
            if others:
                lines += ["Also at " + ", ".join(f"`{place}`" for place in others) + ".", ""]
            lines += self.body(self.definition(known))
        return "\n".join(lines)


def main(program: str, folder: Path) -> None:
    """Write one page a document."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TITLES:
        printed = subprocess.run([program, "schema", name], check=True, capture_output=True, text=True).stdout
        (folder / f"{name}.md").write_text(Page(name, json.loads(printed)).text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
