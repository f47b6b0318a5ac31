"""A face looked for in groups, with and without a comparison: FaceDuplicationCheckIntl."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.functional.local_id_verification.calls import duplication_check, enrol
from tests.functional.local_id_verification.pictures import photo
from tests.functional.local_id_verification.service import Service


def test_a_search_finds_the_nearest_faces_first(service: Service, group: str) -> None:
    for user in ("obama3.jpg", "obama2.jpg", "biden.jpg", "obama_partial_face.jpg"):
        enrol(service, group, user, user)

    def found(**changes: Any) -> list[str]:
        result = duplication_check(service, "obama.jpg", **{"face_group_codes": group, **changes})
        assert (result.face_passed, result.sub_code) == ("N", "233")
        hits = json.loads(result.duplicate_face)
        assert all(hit.keys() == {"faceGroupCode", "faceId", "merchantUserId"} for hit in hits)
        return [hit["merchantUserId"] for hit in hits]

    nearest = ["obama_partial_face.jpg", "obama3.jpg", "obama2.jpg"]
    assert found() == nearest[:1]
    assert found(return_faces="2") == nearest[:2]
    assert found(return_faces="5") == nearest
    assert found(return_faces="5", face_group_codes=f"staff,{group}") == nearest


def test_a_face_that_is_not_found_passes(service: Service, group: str) -> None:
    enrol(service, group, "biden", "biden.jpg")
    result = duplication_check(service, "obama.jpg", face_group_codes=group)
    assert result.to_map().keys() == {"FacePassed", "SubCode", "TransactionId"}
    assert (result.face_passed, result.sub_code) == ("Y", "200")


@pytest.mark.parametrize(
    ("target", "code", "passed"), [("obama2.jpg", "200", "Y"), ("biden.jpg", "204", "N")], ids=["same", "other"]
)
def test_verify_model_1_compares_only(service: Service, target: str, code: str, passed: str) -> None:
    result = duplication_check(service, "obama.jpg", verify_model="1", target_face_picture=photo(target))
    assert (result.sub_code, result.face_passed) == (code, passed)
    assert isinstance(result.face_comparison_score, str)
    assert (float(result.face_comparison_score) > 90) == (passed == "Y")


@pytest.mark.parametrize(
    ("enrolled", "target", "code"),
    [("biden.jpg", "obama2.jpg", "200"), ("obama3.jpg", "obama2.jpg", "233"), ("obama3.jpg", "biden.jpg", "204")],
)
def test_verify_model_2_searches_and_compares(
    service: Service, group: str, enrolled: str, target: str, code: str
) -> None:
    enrol(service, group, "known", enrolled)
    result = duplication_check(
        service, "obama.jpg", verify_model="2", face_group_codes=group, target_face_picture=photo(target)
    )
    assert (result.sub_code, result.face_passed) == (code, "Y" if code == "200" else "N")
    assert (result.duplicate_face is None) == (enrolled == "biden.jpg")


@pytest.mark.parametrize(
    ("liveness", "scene", "expected"),
    [
        ("1", "attack", ("Y", "205")),
        ("1", "sign-up", ("N", "200")),
        ("0", "attack", (None, "200")),
        (None, None, (None, "200")),
    ],
)
def test_passive_liveness_answers_only_when_asked(
    service: Service, group: str, liveness: str | None, scene: str | None, expected: tuple[str | None, str]
) -> None:
    result = duplication_check(service, "obama.jpg", face_group_codes=group, liveness=liveness, scene_code=scene)
    assert (result.face_attack, result.sub_code) == expected
    assert (result.face_attack_score is None) == (result.face_attack is None)
