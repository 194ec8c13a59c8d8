"""Archives of evidence: a fleet, its plan and what proves it, in one ZIP file (``tenantry bundle``)."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from typing import Any

from .certificate import DEFAULT_WORK
from .migration import check_migration
from .plan import check_parsed
from .reading import UnreadableError, Verdict, is_list, is_object, parse

SCHEMA = "tenantry-evidence/v1"
MANIFEST = "manifest.json"
FILES = (
    MANIFEST,
    "README.txt",
    "fleet.json",
    "source.txt",
    "plan.json",
    "plan.txt",
    "report.html",
    "certificate.json",
    "audit.json",
    "migration.json",
)
MOST = 4 << 30  # bytes that are unpacked, all files together
NOT_LOOKED_AT = ("README.txt", "source.txt", "plan.txt", "report.html", "audit.json")


def check_evidence(data: bytes, *, as_of: str | None = None, work: int = DEFAULT_WORK) -> Verdict:
    """Checks an archive: that its files are those of its manifest, the plan with its certificate, and the migration.

    Waivers are judged on ``as_of``, or else on the day of the evidence. What is in it for people, and the audit, is not
    made again here; ``Verdict.note`` says so.

    Raises:
        UnreadableError: it is no such archive, or a document in it cannot be read.
    """
    files, strangers = unpacked(data)
    manifest = parse(files.pop(MANIFEST))
    wrong = listed(manifest, files)
    if wrong is None and strangers:
        wrong = f"{strangers[0]!r} is no file of such an archive"
    if wrong is not None:
        return Verdict("REFUTED", place=MANIFEST, why=wrong)
    documents = {name: parse(data) for name, data in files.items() if name.endswith(".json")}
    fleet, plan = (documents.get(name) for name in ("fleet.json", "plan.json"))
    if fleet is None or plan is None:
        raise UnreadableError("the archive has no fleet.json, or no plan.json")
    if is_object(plan):
        said = {"asOf": "asOf", "fleetDigest": "fleetDigest", "status": "status", "proof": "proof"}
        for key, of_plan in said.items():
            if manifest.get(key) != plan.get(of_plan):
                return Verdict("REFUTED", place=f"{MANIFEST}: {key}", why="the plan says otherwise")
    day = as_of if as_of is not None else manifest["asOf"]
    verdict = check_parsed(fleet, plan, documents.get("certificate.json"), as_of=day, work=work)
    if verdict.word == "VERIFIED" and "migration.json" in documents:
        moves = check_migration(fleet, plan, documents["migration.json"], as_of=day, work=work)
        if moves.word != "VERIFIED":
            return Verdict(moves.word, place=f"migration: {moves.place}", why=moves.why, note=moves.note)
    skipped = ", ".join(name for name in NOT_LOOKED_AT if name in files)
    notes = [verdict.note, f"(judged on {day}; not made again here: {skipped})"]
    return Verdict(verdict.word, verdict.bounds, verdict.place, verdict.why, " ".join(filter(None, notes)))


def unpacked(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The files of an archive, none of them twice there or too long; and the names of others, not unpacked."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableError(f"not an archive of evidence: {error}") from error
    left, files, strangers = MOST, dict[str, bytes](), list[str]()
    for entry in archive.infolist():
        name = entry.filename
        if name not in FILES:
            strangers.append(name)
            continue
        if name in files:
            raise UnreadableError(f"not an archive of evidence: {name} is in it twice")
        try:
            with archive.open(entry) as file:
                files[name] = file.read(left + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
            raise UnreadableError(f"{name}: {error}") from error
        left -= len(files[name])
        if left < 0:
            raise UnreadableError(f"the archive holds more than {MOST >> 30} GiB")
    if MANIFEST not in files:
        raise UnreadableError(f"not an archive of evidence: it has no {MANIFEST}")
    return files, strangers


def listed(manifest: Any, files: dict[str, bytes]) -> str | None:
    """What is not as the manifest says; ``None``: every file is the one that it names."""
    rows = manifest.get("files") if is_object(manifest) else None
    if not is_list(rows) or manifest.get("schema") != SCHEMA or not isinstance(manifest.get("asOf"), str):
        raise UnreadableError(f"{MANIFEST}: not a manifest of evidence")
    named: list[str] = []
    for row in rows:
        if not is_object(row) or set(row) != {"name", "what", "bytes", "sha256"}:
            raise UnreadableError(f"{MANIFEST}: not a manifest of evidence")
        name = row["name"]
        if name in named or name not in files:
            return f"{name} is missing, or named twice"
        named.append(name)
        data = files[name]
        if (len(data), hashlib.sha256(data).hexdigest()) != (row["bytes"], row["sha256"]):
            return f"{name} is not the file that the manifest names"
    unnamed = sorted(set(files) - set(named))
    return f"{unnamed[0]} is not named" if unnamed else None
