"""The bucket: what it should be, against what is there.

Versioning stays off: erasure removes the current version of a person's pictures, and a bucket that has or had
versioning would keep the others. It is never switched here, since OSS can suspend but not end it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.provision import lifecycle
from deploy.provision.steps import Step, Verdict

if TYPE_CHECKING:
    from deploy.provision.lifecycle import FoundRule, Rule

PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Encryption:
    """`algorithm` AES256 (OSS's own key) or KMS; `key_id` of KMS, None: OSS's default key there."""

    algorithm: str
    key_id: str | None = None

    def __post_init__(self) -> None:
        if self.key_id is not None and self.algorithm != "KMS":
            raise ValueError("only KMS has a key id")

    def __str__(self) -> str:
        return self.algorithm if self.key_id is None else f"{self.algorithm} with the key {self.key_id}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """What should be."""

    name: str
    region: str
    encryption: Encryption
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class FoundBucket:
    """What is there. `versioning` None: never on. `region` without `oss-`."""

    region: str
    acl: str = PRIVATE
    is_blocked: bool = False
    encryption: Encryption | None = None
    versioning: str | None = None
    rules: tuple[FoundRule, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateBucket:
    """With the ACL private."""


@dataclass(frozen=True, slots=True)
class SetPrivate:
    """The ACL of an existing bucket."""


@dataclass(frozen=True, slots=True)
class BlockPublicAccess:
    """Whatever any ACL or policy says."""


@dataclass(frozen=True, slots=True)
class SetEncryption:
    encryption: Encryption


def plan(want: Bucket, found: FoundBucket | None, *, may_shorten: bool) -> list[Step]:
    """The bucket first, then what is set for it; a bucket in another region ends the plan."""
    resource = f"bucket {want.name}"
    if found is None:
        made = Step(resource, Verdict.CREATED, f"{PRIVATE}, in {want.region}", CreateBucket())
        return [made, *_settings(want, FoundBucket(want.region), may_shorten)]
    if found.region != want.region:
        return [Step(resource, Verdict.DIFFERS, f"it is in {found.region}, not in {want.region}: choose another name")]
    if found.acl != PRIVATE:
        first = Step(resource, Verdict.CHANGED, f"ACL {found.acl} → {PRIVATE}", SetPrivate())
    else:
        first = Step(resource, Verdict.UNCHANGED)
    return [first, *_settings(want, found, may_shorten)]


def _settings(want: Bucket, found: FoundBucket, may_shorten: bool) -> list[Step]:
    return [
        _public_access(found),
        _encryption(want.encryption, found.encryption),
        _versioning(found.versioning),
        lifecycle.plan(want.rules, found.rules, may_shorten=may_shorten),
    ]


def _public_access(found: FoundBucket) -> Step:
    if found.is_blocked:
        return Step("public access", Verdict.UNCHANGED)
    return Step("public access", Verdict.CHANGED, "blocked", BlockPublicAccess())


def _encryption(want: Encryption, found: Encryption | None) -> Step:
    """A stronger or another key is set, for objects written from now on; nobody's KMS key is given up for none."""
    if found == want:
        return Step("encryption", Verdict.UNCHANGED)
    if found is None:
        return Step("encryption", Verdict.CREATED, str(want), SetEncryption(want))
    if want.algorithm == "KMS":
        return Step("encryption", Verdict.CHANGED, f"{found} → {want}", SetEncryption(want))
    return Step("encryption", Verdict.DIFFERS, f"it is {found}, more than {want}: set BUCKET_ENCRYPTION to keep it")


def _versioning(found: str | None) -> Step:
    if found is None:
        return Step("versioning", Verdict.UNCHANGED, "off")
    detail = f"it is {found}: older versions would outlive an erasure; use a bucket that never had it"
    return Step("versioning", Verdict.DIFFERS, detail)
