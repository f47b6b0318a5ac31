"""The pinned packages: which version, why it is there, and the sha256 of every file that may be taken for it.

shared/requirements.txt says versions and reasons, for people. shared/requirements.lock adds the hashes of all
published files of these versions, made by `make lock`; pip checks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from deploy.layer.errors import LayerError
from deploy.layer.target import Target

REQUIREMENTS = "shared/requirements.txt"
LOCK = "shared/requirements.lock"
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package in one version. `hashes` are hexadecimal sha256 of its published files."""

    requirement: Requirement
    reason: str
    hashes: frozenset[str]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        return next(iter(self.requirement.specifier)).version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def line(self) -> str:
        """As pip reads it, without its marker."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash=sha256:{one}" for one in sorted(self.hashes))])


def read(root: Path) -> tuple[Pin, ...]:
    """All pins, in the order of shared/requirements.txt. Raises LayerError where the two files do not agree."""
    reasons = dict(_reasons((root / REQUIREMENTS).read_text("utf-8")))
    locked = {pin.name: pin for pin in _locked((root / LOCK).read_text("utf-8"))}
    for name, (requirement, _) in reasons.items():
        if name not in locked or locked[name].requirement.specifier != requirement.specifier:
            raise LayerError(f"{LOCK} has no hashes for {requirement}: run `make lock`")
    for name in locked.keys() - reasons.keys():
        raise LayerError(f"{LOCK} has {name}, {REQUIREMENTS} has not: run `make lock`")
    return tuple(Pin(requirement, reason, locked[name].hashes) for name, (requirement, reason) in reasons.items())


def wanted(pins: Iterable[Pin], target: Target) -> tuple[Pin, ...]:
    """Those whose marker holds for the target."""
    markers = target.markers()
    return tuple(pin for pin in pins if pin.requirement.marker is None or pin.requirement.marker.evaluate(markers))


def _reasons(text: str) -> Iterable[tuple[str, tuple[Requirement, str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        stated, _, reason = line.partition("#")
        if not stated.strip():
            continue
        where = f"{REQUIREMENTS}, line {number}"
        requirement = _requirement(stated.strip(), where)
        if not reason.strip():
            raise LayerError(f"{where}: {requirement} has no reason; say after a # why the layer ships it")
        yield canonicalize_name(requirement.name), (requirement, reason.strip())


def _locked(text: str) -> Iterable[Pin]:
    for line in text.replace("\\\n", " ").splitlines():
        stated = line.partition("#")[0].strip()
        if stated:
            hashes = frozenset(_HASH.findall(stated))
            requirement = _requirement(stated.partition("--hash")[0].strip(), LOCK)
            if not hashes:
                raise LayerError(f"{LOCK}: {requirement} has no hash: run `make lock`")
            yield Pin(requirement, "", hashes)


def _requirement(text: str, where: str) -> Requirement:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise LayerError(f"{where}: {text!r} is not a requirement such as six==1.17.0") from None
    pinned = [one for one in requirement.specifier if one.operator == "==" and not one.version.endswith(".*")]
    if len(pinned) != 1 or len(requirement.specifier) != 1:
        raise LayerError(f"{where}: {requirement} is not pinned; write {requirement.name}== and one version")
    return requirement
