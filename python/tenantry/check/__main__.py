"""The command: ``python -m tenantry.check FLEET.json PLAN.json [CERTIFICATE.json]``, or with ``--migration FILE``.

Or of an archive of evidence: ``python -m tenantry.check evidence.zip``.

It also runs without the rest of tenantry, from the folder above this one: ``python -m check ...``.

Exit codes: 0 verified, 1 refuted, 2 bad usage or an unreadable document, 3 undecided.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import (
    UnreadableError,
    Verdict,
    check_certificate,
    check_evidence,
    check_migration,
    parse,
)
from .certificate import DEFAULT_WORK
from .plan import check_parsed


def content(path: str) -> bytes:
    """The bytes of a file."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UnreadableError(str(error)) from error


def load(path: str) -> Any:
    """The document in a file."""
    try:
        return parse(content(path))
    except UnreadableError as error:
        raise UnreadableError(f"{path}: {error}") from error


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tenantry.check",
        description="Check a plan against its fleet, and the certificate of its bound. Fleets are read as JSON "
        "(`tenantry convert FLEET --to json` makes it).",
        epilog="Exit codes: 0 verified, 1 refuted, 2 bad usage or an unreadable document, 3 undecided.",
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="FLEET.json PLAN.json [CERTIFICATE.json], or EVIDENCE.zip"
    )
    parser.add_argument("--certificate-only", action="store_true", help="the only FILE is a certificate")
    parser.add_argument("--migration", metavar="FILE", help="a migration to the plan, gone through step by step")
    parser.add_argument(
        "--as-of", metavar="DATE", help="judge waivers against this day (YYYY-MM-DD) instead of the fleet's, or today"
    )
    parser.add_argument("--work-limit", type=int, default=DEFAULT_WORK, metavar="N", help="elementary steps")
    options = parser.parse_args(arguments)
    archive = len(options.files) == 1 and not options.certificate_only
    if not (archive or (len(options.files) == 1 if options.certificate_only else 2 <= len(options.files) <= 3)):
        parser.error("a fleet and a plan, an archive, or one certificate with --certificate-only, are needed")
    if options.migration is not None and (len(options.files) != 2 or options.certificate_only):
        parser.error("a migration is checked with a fleet and a plan")
    try:
        with uncollected():
            return checked(options, archive=archive)
    except UnreadableError as error:
        print(f"unreadable: {error}", file=sys.stderr)
        return 2
    except Exception as error:  # a defect; uncaught it would end with 1, which says that the plan is refuted
        print(f"unreadable: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


@contextmanager
def uncollected() -> Generator[None, None, None]:
    """Without the collector of cycles: documents have none, and it would walk through all of their rows many times."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def checked(options: argparse.Namespace, *, archive: bool) -> int:
    """Reads and checks what the command line names; the exit code."""
    if archive:
        data = content(options.files[0])
        if not data.startswith(b"PK"):
            raise UnreadableError(f"{options.files[0]}: a fleet needs a plan beside it; alone stands only an archive")
        return told(check_evidence(data, as_of=options.as_of, work=options.work_limit))
    documents = [load(path) for path in options.files]
    if len(documents) == 3 and documents[2] is None:
        raise UnreadableError(f"{options.files[2]}: null is no certificate")
    if options.certificate_only:
        verdict = check_certificate(*documents, work=options.work_limit)
    elif options.migration is not None:
        fleet, plan = documents
        migration = load(options.migration)
        verdict = check_migration(fleet, plan, migration, as_of=options.as_of, work=options.work_limit)
    else:
        fleet, plan, certificate = [*documents, None][:3]
        verdict = check_parsed(fleet, plan, certificate, as_of=options.as_of, work=options.work_limit)
    return told(verdict)


def told(verdict: Verdict) -> int:
    """Says what was found; the exit code."""
    print(verdict)
    return {"VERIFIED": 0, "REFUTED": 1, "UNDECIDED": 3}[verdict.word]


if __name__ == "__main__":
    sys.exit(main())
