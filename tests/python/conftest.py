from __future__ import annotations

from pathlib import Path

import pytest
import tenantry

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def examples() -> Path:
    return ROOT / "examples"


@pytest.fixture(scope="session")
def acme(examples: Path) -> tenantry.Fleet:
    return tenantry.Fleet.load(examples / "acme.yaml")


@pytest.fixture(scope="session")
def acme_plan(acme: tenantry.Fleet) -> tenantry.Plan:
    return tenantry.plan(acme)
