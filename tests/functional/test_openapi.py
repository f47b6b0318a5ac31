"""The description judges the running service: real requests and real answers of every path and every status."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.cloud import (
    Cloud,
    compare_faces,
    cross_compare,
    drawn,
    enrol,
    face_compare,
    new_id,
    photo_bytes,
    raw_user,
    search,
    until,
)
from tests.contract import FILE, Answer, Contract

BOTH = pytest.mark.parametrize("via", ["", "/apigw"], ids=["http-trigger", "api-gateway"])
Fields = dict[str, Any]


@pytest.fixture(scope="module")
def contract(cloud: Cloud) -> Contract:
    """As a client gets it: from the service itself."""
    return Contract(cloud.client.get("/v1/openapi.json").raise_for_status().json())


def problems(contract: Contract, answer: httpx.Response) -> list[str]:
    operation = contract.operation(answer.request.method, answer.request.url.raw_path.decode())
    assert operation is not None
    return contract.answer_problems(operation, Answer(answer.status_code, answer.headers, answer.text))


# --- the document ---------------------------------------------------------------------------------------------------


@BOTH
def test_the_service_shows_its_description(cloud: Cloud, contract: Contract, via: str) -> None:
    answer = cloud.client.get(f"{via}/v1/openapi.json")
    assert answer.text == FILE.read_text("utf-8")
    assert problems(contract, answer) == []
    again = cloud.client.get(f"{via}/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert problems(contract, again) == []


# --- the operations -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One request to an operation, and the status it gets; `fits` where its fields are as described."""

    operation: str
    what: str
    fields: Callable[[], Fields]
    status: int
    fits: bool = True
    fault: tuple[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def gif() -> str:
    return base64.b64encode(drawn(400, 500, "GIF")).decode()


def without_target() -> Fields:
    return {name: value for name, value in face_compare().items() if name != "TargetFacePicture"}


def by_object() -> Fields:
    return {**without_target(), "TargetFacePictureObject": "pictures/nobody/1.jpg"}


def pair(*people: str, **more: Any) -> Callable[[], Fields]:
    return lambda: face_compare(*people, **more)


# ruff: noqa: E501 - a table reads best with one row a line
LATER = {"Prefer": "respond-async"}
ROWS = [
    Row("face-compare", "one person", pair(), 200),
    Row("face-compare", "two people, with an id and a user", lambda: face_compare("obama", "biden", MerchantBizId=new_id(), MerchantUserId=raw_user()), 200),
    Row("face-compare", "with quality", pair(FaceQualityCheck="Y"), 200),
    Row("face-compare", "later", pair(), 202, headers=LATER),
    Row("face-compare", "a missing picture", without_target, 400, fits=False),
    Row("face-compare", "a broken id", pair(MerchantBizId="with-a-dash"), 400, fits=False),
    Row("face-compare", "a misspelt field", pair(SourceFacePictur="x"), 400, fits=False),
    Row("face-compare", "a picture in two ways", pair(SourceFacePictureUrl="https://a.example/1.jpg"), 400, fits=False),
    Row("face-compare", "an object that is not there", by_object, 404),
    Row("face-compare", "too large for the service", pair(), 413, fault=("FaceCompare", "ToolargeImage")),
    Row("face-compare", "a GIF", lambda: face_compare(SourceFacePicture=gif()), 415),
    Row("face-compare", "no face", pair("obama", "coffee"), 422),
    Row("face-compare", "a picture that cannot be downloaded", pair(), 424, fault=("FaceCompare", "DownloadTimeout")),
    Row("face-compare", "throttled", pair(), 429, fault=("FaceCompare", "throttle")),
    Row("face-compare", "an account that is not set up", pair(), 500, fault=("FaceCompare", "forbidden-ram")),
    Row("face-compare", "an answer that cannot be read", pair(), 502, fault=("FaceCompare", "garbage-200")),
    Row("face-compare", "a service that is down", pair(), 503, fault=("FaceCompare", "http-503")),
    Row("face-cross-compare", "three of one", cross_compare, 200),
    Row("face-cross-compare", "in a circle", lambda: cross_compare(CompareModel="1"), 200),
    Row("face-cross-compare", "a short id", lambda: cross_compare(MerchantBizId="short"), 400, fits=False),
    Row("face-duplication-check", "a search", search, 200),
    Row("face-duplication-check", "with liveness", lambda: search(Liveness="1"), 200),
    Row("face-duplication-check", "an attack", lambda: search(Liveness="1", SceneCode="attack"), 200),
    Row("face-duplication-check", "both", lambda: search(VerifyModel="2", TargetFacePicture=face_compare()["TargetFacePicture"], FaceQualityCheck="Y", FaceAttributeCheck="Y"), 200),
    Row("face-duplication-check", "a target that is not used", lambda: search(TargetFacePicture=face_compare()["TargetFacePicture"]), 400, fits=False),
    Row("face-duplication-check", "a group without registration", lambda: search(FaceRegisterGroupCode="members"), 400, fits=False),
    Row("add-face-record", "no user", lambda: {"FacePicture": face_compare()["SourceFacePicture"]}, 400, fits=False),
    Row("add-face-record", "a face group of others", lambda: enrol(raw_user(), FaceGroupCode="strangers"), 400),
    Row("compare-faces", "one person", compare_faces, 200),
    Row("compare-faces", "two people, strictly", lambda: compare_faces("obama", "biden", FalseAcceptRate="0.0001"), 200),
    Row("compare-faces", "two ID cards", lambda: compare_faces(SourceImageType="IDPic", TargetImageType="IDPic"), 400, fits=False),
    Row("compare-faces", "an unknown rate", lambda: compare_faces(FalseAcceptRate="0.1"), 400, fits=False),
    Row("compare-faces", "no face", lambda: compare_faces("obama", "coffee"), 422),
    Row("compare-faces", "an account that is not set up", compare_faces, 500, fault=("CompareFaces", "Error.NoPermissionAccess")),
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("row", ROWS, ids=[f"{row.operation}-{row.what}" for row in ROWS])
def test_a_request_and_its_answer_are_described(cloud: Cloud, contract: Contract, row: Row, via: str) -> None:
    if row.fault is not None:
        cloud.fault(*row.fault, times=40)
    fields = row.fields()
    answer = cloud.post(row.operation, fields, via=via, **row.headers)
    assert answer.status_code == row.status, answer.text
    operation = contract.operation("POST", f"/v1/{row.operation}")
    assert operation is not None
    assert (contract.request_problems(operation, "application/json", fields) == []) is row.fits
    assert problems(contract, answer) == []


def test_a_form_is_described(cloud: Cloud, contract: Contract) -> None:
    files = {"SourceFacePicture": photo_bytes("obama"), "TargetFacePicture": photo_bytes("obama2")}
    texts = {"MerchantBizId": new_id()}
    answer = cloud.client.post("/v1/face-compare", data=texts, files=files)
    assert answer.status_code == 200
    operation = contract.operation("POST", "/v1/face-compare")
    assert operation is not None
    as_text = {**texts, **{name: base64.b64encode(data).decode() for name, data in files.items()}}
    assert contract.request_problems(operation, "multipart/form-data", as_text) == []
    assert problems(contract, answer) == []


def test_a_replay_and_a_conflict_are_described(cloud: Cloud, contract: Contract) -> None:
    biz_id = new_id()
    first, second = (cloud.post("face-compare", face_compare(MerchantBizId=biz_id)) for _ in range(2))
    conflict = cloud.post("face-compare", face_compare("obama", "biden", MerchantBizId=biz_id))
    assert [one.status_code for one in (first, second, conflict)] == [200, 200, 409]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert [problems(contract, one) for one in (first, second, conflict)] == [[], [], []]


def test_a_refusal_of_work_done_later_is_described_when_it_is_replayed(cloud: Cloud, contract: Contract) -> None:
    fields = face_compare(SourceFacePicture=gif(), MerchantBizId=new_id())
    assert cloud.post("face-compare", fields, Prefer="respond-async").status_code == 202
    cloud.idle()
    replay, stored = cloud.post("face-compare", fields), cloud.client.get(f"/v1/results/{fields['MerchantBizId']}")
    assert (replay.status_code, replay.headers["Idempotency-Replayed"]) == (415, "true")
    assert (stored.status_code, stored.json()["Result"]["Outcome"]) == (200, "refused")
    assert [problems(contract, one) for one in (replay, stored)] == [[], []]


def test_an_enrolment_that_an_erasure_overtook_is_described(cloud: Cloud, contract: Contract) -> None:
    user, calls = raw_user(), cloud.calls("AddFaceRecord")
    cloud.fault("AddFaceRecord", "slow", delay_ms=2_000)
    with ThreadPoolExecutor(1) as pool:
        enrolment = pool.submit(cloud.post, "add-face-record", enrol(user, "collins"))
        until(lambda: cloud.calls("AddFaceRecord") > calls)
        erased = cloud.client.delete(f"/v1/users/{user}")
        overtaken = enrolment.result()
    assert (erased.status_code, overtaken.status_code) == (200, 410)
    assert [problems(contract, one) for one in (erased, overtaken)] == [[], []]
    assert cloud.enrolled(user) == []


# --- the other paths ------------------------------------------------------------------------------------------------


@BOTH
def test_a_persons_way_through_the_service_is_described(cloud: Cloud, contract: Contract, via: str) -> None:
    user, biz_id = raw_user(), new_id()
    base = f"{via}/v1"
    answers = [
        cloud.post("add-face-record", enrol(user, "collins", MerchantBizId=biz_id), via=via),
        cloud.post("face-duplication-check", search("collins", MerchantUserId=user, AutoRegistration=True), via=via),
        cloud.post("compare-faces", compare_faces(MerchantUserId=user), via=via),
        cloud.client.get(f"{base}/results/{biz_id}"),
        cloud.client.get(f"{base}/users/{user}/results", params={"MaxResults": "2"}),
        cloud.client.delete(f"{base}/users/{user}"),
        cloud.client.get(f"{base}/users/{user}/results"),
        cloud.client.get(f"{base}/results/{biz_id}"),
    ]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 200, 200, 200, 404]
    assert "NextToken" in answers[4].json()["Result"]
    assert [problems(contract, one) for one in answers] == [[]] * len(answers)


def test_a_result_that_is_not_there_yet_is_described(cloud: Cloud, contract: Contract) -> None:
    user, biz_id = raw_user(), new_id()
    cloud.fault("AddFaceRecord", "http-500")
    failed = cloud.post("add-face-record", enrol(user, "biden", MerchantBizId=biz_id))
    pending = cloud.client.get(f"/v1/results/{biz_id}")
    assert (failed.status_code, pending.status_code) == (502, 202)
    assert [problems(contract, one) for one in (failed, pending)] == [[], []]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/results/with-a-dash"),
        ("GET", "/v1/users/raw-user-x/results?MaxResults=0"),
        ("GET", "/v1/users/raw-user-x/results?NextToken=forged"),
        ("DELETE", "/v1/users/" + "u" * 257),
    ],
)
def test_a_broken_address_is_described(cloud: Cloud, contract: Contract, method: str, path: str) -> None:
    answer = cloud.client.request(method, path)
    assert answer.status_code == 400
    assert problems(contract, answer) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", f"/v1/results/{new_id()}"), ("GET", "/v1/users/raw-user-x/results"), ("DELETE", "/v1/users/raw-user-x")],
)
def test_a_table_that_is_down_is_described(cloud: Cloud, contract: Contract, method: str, path: str) -> None:
    for api in ("GetRow", "GetRange", "PutRow"):
        cloud.client.post(
            "/_local/tablestore/faults", json={"api": api, "table": None, "fault": "internal-error", "times": 50}
        )
    answer = cloud.client.request(method, path)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert problems(contract, answer) == []


def test_an_erasure_that_fails_half_way_is_described(cloud: Cloud, contract: Contract) -> None:
    cloud.fault("QueryFaceRecord", "http-500", times=4)
    answer = cloud.client.delete(f"/v1/users/{raw_user()}")
    assert answer.status_code == 502
    assert problems(contract, answer) == []


def test_every_described_status_of_an_operation_is_met(contract: Contract) -> None:
    """By the rows and tests above, but for what only a front door answers, and for a service that hangs: that answer
    takes 20 seconds and is judged with those of all other tests, in test_openapi_all_answers.
    """
    met = {row.status for row in ROWS} | {409, 410}
    described = {
        int(status)
        for method, _, operation in contract.operations()
        if method == "POST"
        for status in operation["responses"]
    }
    assert described - met == {401, 403, 504}
