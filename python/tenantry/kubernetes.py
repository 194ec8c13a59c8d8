"""Kubernetes manifests and dumps: what is asked of the engine to make a fleet of them."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from tenantry import _core
from tenantry._narrow import is_path
from tenantry.errors import UsageError
from tenantry.values import simpler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class KubernetesOptions(TypedDict, total=False):
    """How Kubernetes objects become a fleet: the keyword arguments of `Fleet.from_kubernetes`, which explains them."""

    tenant: str | None
    tenant_from: str | None
    trust: str | None
    trust_from: str | None
    attributes: Mapping[str, str | Sequence[str]] | None
    separate: Sequence[str]
    labels: Mapping[str, str] | None
    namespace: str | None
    platform_namespaces: Sequence[str]
    except_namespaces: Sequence[str]
    qualify_namespaces: bool
    merge_namespaces: bool
    same_across: Sequence[str]
    policy: str | os.PathLike[str] | Mapping[str, Any] | None
    templates: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
    missing_requests: str
    pool_max: Mapping[str, int] | None
    regions: Mapping[str, str] | None
    ignore_kinds: Sequence[str]
    exclude: Sequence[str]
    name: str | None


def read(
    paths: Iterable[str | os.PathLike[str]],
    clusters: Mapping[str, str | os.PathLike[str]] | None,
    given: KubernetesOptions,
    *,
    draft: bool,
) -> tuple[_core.Fleet | None, str]:
    """The fleet, unless it is to be a draft, and the document's text; warnings are given on the way."""
    options: dict[str, Any] = dict(given)
    files: list[tuple[str, str | None]] = [(os.fspath(path), None) for path in paths]
    files += [(os.fspath(path), name) for name, path in (clusters or {}).items()]
    if not files:
        raise UsageError("nothing to read: name files or directories")
    attributes: Mapping[str, Any] = options.get("attributes") or {}
    options["attributes"] = [
        (name, [origins] if isinstance(origins, str) else list(origins)) for name, origins in attributes.items()
    ]
    for key in ("labels", "pool_max", "regions"):
        options[key] = dict(options.get(key) or {})
    for key in ("separate", "platform_namespaces", "except_namespaces", "same_across", "ignore_kinds", "exclude"):
        if isinstance(options.get(key), str):
            raise UsageError(f"`{key}` is a list of strings, not one string")
        options[key] = list(options.get(key, ()))
    for key in ("policy", "templates"):
        options[key] = _document(options.get(key), key)
    try:
        asked = json.dumps(options)
    except TypeError as error:
        raise UsageError(f"an option is no text: {error}") from None
    fleet, text, told = _core.import_kubernetes(files, asked, draft)
    for code, message in told:
        warnings.warn(f"{message} [{code}]", stacklevel=3)
    return fleet, text


def _document(value: Any, key: str) -> tuple[str, str] | None:
    if value is None:
        return None
    if is_path(value):
        path = Path(value)
        return str(path), path.read_text(encoding="utf-8-sig")
    return f"<{key}>", json.dumps(value, default=simpler, allow_nan=False)
