"""Faces registered in a group: AddFaceRecord, and the registration of a check."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.functional.local_id_verification.calls import duplication_check, enrol, refusal
from tests.functional.local_id_verification.pictures import encode, gradient, oversized, picture, text
from tests.functional.local_id_verification.service import Service


@pytest.mark.parametrize(
    ("auto_registration", "scene", "result"),
    [("0", None, 1), ("0", "attack", 0), ("1", None, None), (None, None, None)],
)
def test_auto_registration_0_registers_a_new_face(
    service: Service, group: str, auto_registration: str | None, scene: str | None, result: int | None
) -> None:
    answer = duplication_check(
        service,
        "obama.jpg",
        face_group_codes=group,
        auto_registration=auto_registration,
        face_register_group_code=group,
        liveness="1",
        scene_code=scene,
    )
    assert answer.face_registration_result == result
    registered = [answer.face_registration_id] if result == 1 else []
    assert [record["FaceId"] for record in service.records(group)] == registered


def test_auto_registration_leaves_a_known_face_alone(service: Service, group: str) -> None:
    registering = {"face_group_codes": group, "auto_registration": "0", "face_register_group_code": group}
    assert duplication_check(service, "obama.jpg", **registering).face_registration_result == 1
    again = duplication_check(service, "obama2.jpg", **registering)
    assert (again.sub_code, again.face_registration_result, again.face_registration_id) == ("233", 0, None)
    assert len(service.records(group)) == 1


@pytest.mark.parametrize(("update", "result", "found"), [("Y", 1, "obama.jpg"), ("N", 0, "biden.jpg")])
def test_update_face_if_user_exists(service: Service, group: str, update: str, result: int, found: str) -> None:
    enrol(service, group, "user", "biden.jpg")
    answer = duplication_check(
        service,
        "obama.jpg",
        face_group_codes=group,
        auto_registration="0",
        face_register_group_code=group,
        update_face_if_user_exists=update,
    )
    assert (answer.sub_code, answer.face_registration_result) == ("200", result)
    assert len(service.records(group)) == 1
    assert duplication_check(service, found, face_group_codes=group).sub_code == "233"


def test_simultaneous_checks_register_a_new_face_once(service: Service, group: str) -> None:
    registering = {"face_group_codes": group, "auto_registration": "0", "face_register_group_code": group}
    with ThreadPoolExecutor(4) as pool:
        names = ["obama.jpg", "obama2.jpg", "obama3.jpg", "obama_partial_face.jpg"]
        results = list(pool.map(lambda name: duplication_check(service, name, **registering), names))
    assert sorted(result.sub_code for result in results) == ["200", "233", "233", "233"]
    assert len(service.records(group)) == 1


def test_an_enrolment_twice_is_two_records(service: Service, group: str) -> None:
    results = [enrol(service, group, "user"), enrol(service, group, "user")]
    assert [(r.passed, json.loads(r.ext_face_info)) for r in results] == [("Y", {"faceQuality": "HIGH"})] * 2
    records = service.records(group)
    assert [record["MerchantUserId"] for record in records] == ["user", "user"]
    assert records[0]["FaceId"] != records[1]["FaceId"]
    assert service.calls("AddFaceRecord") == {"received": 2, "executed": 2, "billed": 2, "throttled": 0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"face_group_code": "absent"}, (400, "InvalidParameter")),
        ({"merchant_user_id": "u" * 33}, (400, "InvalidParameter")),
        ({"product_code": "FACE_IDU_MIN"}, (400, "InvalidParameter")),
        ({"face_picture": lambda: text(encode(picture("obama.jpg"), "PNG"))}, (401, "UnqualifiedPhoto")),
        ({"face_picture": lambda: oversized(1_000_001)}, (401, "ToolargeImage")),
        ({"face_picture": gradient}, (401, "NoFaceDetected")),
    ],
)
def test_refused_enrolments_leave_no_record(
    service: Service, group: str, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    made = {name: value() if callable(value) else value for name, value in change.items()}
    given = {"merchant_user_id": "user", **made}
    assert refusal(lambda: enrol(service, group, given.pop("merchant_user_id"), **given)) == expected
    assert service.records(group) == []


@pytest.mark.parametrize("change", [{"face_group_codes": "members,absent"}, {"face_register_group_code": "absent"}])
def test_searches_and_registrations_need_known_groups(service: Service, group: str, change: dict[str, str]) -> None:
    given = {"face_group_codes": group, "auto_registration": "0", "face_register_group_code": group, **change}
    assert refusal(lambda: duplication_check(service, "obama.jpg", **given)) == (400, "InvalidParameter")
