"""A second opinion on plans and certificates, with the standard library only.

This package is meant to be read by somebody who does not believe the solver. It shares nothing with it but the
documents: it reads the fleet, decides by its own code who may share a cluster, checks the plan, makes the compact
problem and holds it against the certificate's, and checks the certificate in whole numbers of any size. In this order:

- ``reading``: strict JSON, and what a check can end in;
- ``shape``: which keys fleets and plans have, with values of what kind;
- ``words``, ``attributes``, ``fleet``: what a fleet document means;
- ``encode``: the compact problem of a fleet, in its canonical form;
- ``plan``, ``figures``: whether a plan is legal, its figures right, and whether it is the certificate's;
- ``migration``: whether the steps from what runs today to a plan keep the rules (``docs/migrating.md``);
- ``problem``, ``certificate``, ``tree``, ``heaviest``, ``covers``, ``pool``: whether a certificate proves what it
  claims (``docs/certificate.md``), with the arithmetic of ``packed``;
- ``evidence``: all of it out of one archive.
"""

from .certificate import check_certificate
from .evidence import check_evidence
from .migration import check_migration
from .plan import check_plan
from .reading import UnreadableError, Verdict, parse

__all__ = [
    "UnreadableError",
    "Verdict",
    "check_certificate",
    "check_evidence",
    "check_migration",
    "check_plan",
    "parse",
]
