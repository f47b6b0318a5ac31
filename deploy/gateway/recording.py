"""Records the examples of the description anew, from a local cloud: `make openapi ARGS="--record"`.

Real photographs are sent; an example keeps the first characters of each, so that none is part of this repository.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.gateway.examples import FILE, Example
from deploy.smoke.rows import photograph
from local.demo import local_cloud

KEPT_CHARACTERS = 32
"""Of a picture's Base64: enough to see that it is one."""
_ID = "e0c34a77f5ac40a5aa5e6ed20c35{:04d}"
_USER = "user-1001"
_PAIR = {"SourceFacePicture": "obama", "TargetFacePicture": "obama2"}
_MAINLAND = {"SourceImageValue": "obama", "TargetImageValue": "obama2"}


@dataclass(frozen=True, slots=True)
class Scene:
    """One request and how to bring its answer about: `pictures` by field, `fault` of the service for one call."""

    name: str
    path: str
    summary: str
    fields: Mapping[str, str | bool] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    fault: tuple[str, str] | None = None


SCENES = (
    Scene("OnePerson", "/v1/face-compare", "One person", {"MerchantBizId": _ID.format(1)}, _PAIR),
    Scene(
        "OtherInput",
        "/v1/face-compare",
        "Other input under a used id",
        {"MerchantBizId": _ID.format(1)},
        {**_PAIR, "TargetFacePicture": "biden"},
    ),
    Scene("PictureMissing", "/v1/face-compare", "A picture is missing", {}, {"SourceFacePicture": "obama"}),
    Scene("NoFace", "/v1/face-compare", "No face in a picture", {}, {**_PAIR, "TargetFacePicture": "coffee"}),
    Scene(
        "Later",
        "/v1/face-compare",
        "To be answered later",
        {"MerchantBizId": _ID.format(2)},
        _PAIR,
        {"Prefer": "respond-async"},
    ),
    Scene("Throttled", "/v1/face-compare", "Too many calls", {}, _PAIR, fault=("FaceCompare", "throttle")),
    Scene(
        "ByObject",
        "/v1/face-compare",
        "An object that is not there",
        {"SourceFacePictureObject": "pictures/1001/id-card.jpg"},
        {"TargetFacePicture": "obama"},
    ),
    Scene(
        "ThreePictures",
        "/v1/face-cross-compare",
        "Two pictures of one person, one of another",
        {"CompareModel": "1"},
        {"SourceAFacePicture": "obama", "SourceBFacePicture": "obama2", "SourceCFacePicture": "biden"},
    ),
    Scene("Enrolled", "/v1/add-face-record", "Enrolled", {"MerchantUserId": _USER}, {"FacePicture": "obama"}),
    Scene(
        "Duplicate",
        "/v1/face-duplication-check",
        "The face is enrolled already",
        {"VerifyModel": "0", "AutoRegistration": False, "MerchantUserId": "user-1002"},
        {"SourceFacePicture": "obama3"},
    ),
    Scene(
        "Unique",
        "/v1/face-duplication-check",
        "A new face, enrolled at once",
        {"VerifyModel": "0", "AutoRegistration": True, "MerchantUserId": "user-1003"},
        {"SourceFacePicture": "biden"},
    ),
    Scene(
        "ReferenceMissing",
        "/v1/face-duplication-check",
        "VerifyModel 1 needs a target",
        {"VerifyModel": "1", "MerchantUserId": "user-1002"},
        {"SourceFacePicture": "obama3"},
    ),
    Scene(
        "OnePersonMainland",
        "/v1/compare-faces",
        "One person",
        {"SourceImageType": "FacePic", "TargetImageType": "IDPic", "FalseAcceptRate": "0.0001"},
        _MAINLAND,
    ),
    Scene(
        "NoFacePhotograph",
        "/v1/compare-faces",
        "Two pictures from ID cards",
        {"SourceImageType": "IDPic", "TargetImageType": "IDPic"},
        _MAINLAND,
    ),
    Scene("Decision", f"/v1/results/{_ID.format(1)}", "A decision", method="GET"),
    Scene("Unknown", f"/v1/results/{_ID.format(9)}", "An unknown id", method="GET"),
    Scene("Decisions", f"/v1/users/{_USER}/results?MaxResults=2", "A user's decisions", method="GET"),
    Scene("Erased", f"/v1/users/{_USER}", "A user, forgotten", method="DELETE"),
)


def record() -> None:
    """Plays every scene in a fresh local cloud and writes examples.json."""
    with local_cloud() as url, httpx.Client(base_url=url, timeout=90, trust_env=False) as client:
        recorded = list(_played(client))
    FILE.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _played(client: httpx.Client) -> Iterator[Example]:
    for scene in SCENES:
        if scene.fault is not None:
            action, fault = scene.fault
            client.post("/_local/faults", json={"action": action, "fault": fault, "times": 9}).raise_for_status()
        pictures = {name: photograph(who) for name, who in scene.pictures.items()}
        sent: Any = {**scene.fields, **pictures} if scene.method == "POST" else None
        answer = client.request(scene.method, scene.path, json=sent, headers=dict(scene.headers))
        client.delete("/_local/faults").raise_for_status()
        cut = {name: text[:KEPT_CHARACTERS] for name, text in pictures.items()}
        yield {
            "name": scene.name,
            "summary": scene.summary,
            "method": scene.method,
            "path": scene.path.partition("?")[0],
            "request": {**scene.fields, **cut} if scene.method == "POST" else None,
            "status": answer.status_code,
            "answer": answer.json(),
        }
