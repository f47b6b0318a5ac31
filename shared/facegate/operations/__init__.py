"""The operations as data (`catalogue`), their requests, results, rules and decisions."""

from __future__ import annotations

from facegate.operations.catalogue import OPERATIONS, Operation, PictureField
from facegate.operations.decisions import Decision
from facegate.operations.parsing import parse, refusal

__all__ = ["OPERATIONS", "Decision", "Operation", "PictureField", "parse", "refusal"]
