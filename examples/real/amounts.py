"""Amounts of resources on a command line, for the scripts beside."""

from __future__ import annotations

import argparse


def sizes(text: str) -> dict[str, str]:
    """``cpu=500m,memory=1Gi`` as a map."""
    try:
        return dict(part.split("=") for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"not of the form cpu=500m,memory=1Gi: {text}") from None
