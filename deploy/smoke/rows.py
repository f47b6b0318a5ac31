"""The requests of `make demo` and `make smoke`: what each sends, and what it must come to."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PHOTOS = Path(".local/photos")
PEOPLE = {
    "obama": "Obama1",
    "obama2": "Obama2",
    "obama3": "Obama3",
    "biden": "Biden",
    "collins": "Collins",
    "coffee": "coffee cup",
}
ENROLLED = "user-1001"
USER_FIELD = "MerchantUserId"


@dataclass(frozen=True)
class Step:
    """One request: `pictures` by field, `expected` HTTP status and outcome; `again` repeats an earlier step."""

    path: str
    what: str
    pictures: Mapping[str, str]
    expected: tuple[int, str]
    fields: Mapping[str, str] = field(default_factory=dict)
    again: int | None = None

    @property
    def people(self) -> str:
        return ", ".join(PEOPLE[who] for who in self.pictures.values())

    def body(self, biz_id: str, user_prefix: str = "") -> dict[str, str]:
        """As JSON; `user_prefix` goes before the user id, where the step names one."""
        fields = {name: user_prefix + value if name == USER_FIELD else value for name, value in self.fields.items()}
        return {
            "MerchantBizId": biz_id,
            **fields,
            **{name: photograph(who) for name, who in self.pictures.items()},
        }


def photograph(who: str) -> str:
    """In Base64."""
    (path,) = PHOTOS.glob(f"{who}.*")
    return base64.b64encode(path.read_bytes()).decode()


def _pair(source: str, target: str, prefix: str = "FacePicture") -> dict[str, str]:
    return {f"Source{prefix}": source, f"Target{prefix}": target}


def _three(first: str, second: str, third: str) -> dict[str, str]:
    return {f"Source{letter}FacePicture": who for letter, who in zip("ABC", (first, second, third), strict=True)}


_PHOTOGRAPHS = {"SourceImageType": "FacePic", "TargetImageType": "FacePic"}
_SEARCH = {"MerchantUserId": "sign-up-7", "VerifyModel": "0"}

STEPS = (
    Step("face-compare", "one person twice", _pair("obama", "obama2"), (200, "passed")),
    Step("face-compare", "two people", _pair("obama", "biden"), (200, "failed")),
    Step("face-compare", "one has no face", _pair("obama", "coffee"), (422, "refused")),
    Step("face-cross-compare", "chain, one person", _three("obama", "obama2", "obama3"), (200, "passed")),
    Step(
        "face-cross-compare",
        "circle, one person",
        _three("obama", "obama2", "obama3"),
        (200, "passed"),
        {"CompareModel": "1"},
    ),
    Step(
        "face-cross-compare",
        "circle, three people",
        _three("obama", "biden", "collins"),
        (200, "failed"),
        {"CompareModel": "1"},
    ),
    Step(
        "face-duplication-check",
        "search, nobody enrolled",
        {"SourceFacePicture": "obama3"},
        (200, "unique"),
        _SEARCH,
    ),
    Step(
        "add-face-record",
        f"enrol {ENROLLED}",
        {"FacePicture": "obama"},
        (200, "enrolled"),
        {USER_FIELD: ENROLLED},
    ),
    Step(
        "face-duplication-check",
        "search, enrolled person",
        {"SourceFacePicture": "obama3"},
        (200, "duplicate"),
        _SEARCH,
    ),
    Step("face-duplication-check", "search, somebody else", {"SourceFacePicture": "biden"}, (200, "unique"), _SEARCH),
    Step(
        "face-duplication-check",
        "1:1, no search",
        _pair("obama", "obama2"),
        (200, "passed"),
        {"MerchantUserId": "sign-up-8", "VerifyModel": "1"},
    ),
    Step(
        "compare-faces",
        "one person, rate 0.001",
        _pair("obama", "obama2", "ImageValue"),
        (200, "passed"),
        {**_PHOTOGRAPHS, "FalseAcceptRate": "0.001"},
    ),
    Step("compare-faces", "two people", _pair("obama", "biden", "ImageValue"), (200, "failed"), _PHOTOGRAPHS),
    Step("face-compare", "row 1 again, same id", _pair("obama", "obama2"), (200, "passed"), again=0),
)

USERS = sorted({step.fields[USER_FIELD] for step in STEPS if USER_FIELD in step.fields})
