"""What fails: every fault of the service ends in one enrolment or one row that says why, and never in two of either."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from local.id_verification.faults import FAULTS
from tests.cloud import (
    ROOT,
    Cloud,
    enrol,
    face_compare,
    new_id,
    oss_record,
    photo_bytes,
    raw_user,
    running,
    template,
    upload_id,
)
from tests.functional.test_privacy import FORBIDDEN

UPLOADS, SIGN_UPS = "enroll-on-upload", "dedup-on-signup"
ATTEMPTS = {UPLOADS: 9, SIGN_UPS: 9, "add-face-record": 4}
"""The first, and s.yaml's repetitions."""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud whose queue is in fast motion, and whose functions do not wait long for a service that hangs."""
    folder = tmp_path_factory.mktemp("failures")
    brief = template(folder, environmentVariables={"FACEGATE_READ_TIMEOUT_MS": "2000"})
    with running(folder / "cloud", "--qps", "1000", "--time-scale", "0.02", "--oss-batch", "2", *brief) as started:
        yield started


@pytest.fixture(autouse=True)
def no_faults_left_here(failing: Cloud) -> Iterator[None]:
    yield
    for path in ("/_local/faults", "/_local/tablestore/faults", "/_local/oss/faults"):
        failing.client.delete(path)


# --- every fault, once ----------------------------------------------------------------------------------------------


def upload(cloud: Cloud, user: str) -> dict[str, Any]:
    return {"events": [cloud.place(f"enroll/staff/{user}/selfie.jpg", photo_bytes("obama"))]}


def sign_up(cloud: Cloud, user: str) -> dict[str, Any]:
    """With registration; nobody is in the group that is searched."""
    key = f"pictures/{user}.jpg"
    cloud.upload(key, photo_bytes("biden"))
    named = {"version": 1, "MerchantUserId": user, "SourceFacePictureObject": key, "FaceGroupCodes": "members"}
    return {**named, "AutoRegistration": True, "FaceRegisterGroupCode": "staff"}


@dataclass(frozen=True)
class Door:
    function: str
    action: str
    event: Callable[[Cloud, str], dict[str, Any]]


DOORS = [
    Door(UPLOADS, "AddFaceRecord", upload),
    Door(SIGN_UPS, "FaceDuplicationCheckIntl", sign_up),
]

ENROLLED, REFUSED, FAILED = "enrolled", "refused", "failed"
BY_FAULT = {
    "throttle": ENROLLED,
    "Throttling.Api": ENROLLED,
    "slow": ENROLLED,
    "hang-after-execute": ENROLLED,
    # The outcome is unknown: the service is asked, and asked again when it must have settled.
    "http-500": "InternalError",
    "http-503": "ServiceUnavailable",
    "http-502-html": "ServiceAnswerMalformed",
    "empty-200": "ServiceAnswerMalformed",
    "garbage-200": "ServiceAnswerMalformed",
    "missing-result-200": "ServiceAnswerMalformed",
    "code-not-success-200": "InternalError",
    "reset": "ServiceDisconnected",
    "hang-before-execute": "ServiceTimedOut",
    "InternalError": "InternalError",
    "ServiceUnavailable": "ServiceUnavailable",
    "Error.InternalError": "Error.InternalError",
    "Error.CompareFacesError": "Error.CompareFacesError",
    # Nothing was executed, and it may fare better later.
    "forbidden-ram": "Forbidden.RAMUserAccessDenied",
    "forbidden-account": "Forbidden.AccountAccessDenied",
    "Forbidden.RAMUserAccessDenied": "Forbidden.RAMUserAccessDenied",
    "Forbidden.AccountAccessDenied": "Forbidden.AccountAccessDenied",
    "Error.NoPermissionAccess": "Error.NoPermissionAccess",
    "DownloadTimeout": "DownloadTimeout",
    "IncompleteSignature": "IncompleteSignature",
    "SignatureDoesNotMatch": "SignatureDoesNotMatch",
    "SignatureNonceUsed": "SignatureNonceUsed",
    "InvalidTimeStamp.Expired": "InvalidTimeStamp.Expired",
    "InvalidAccessKeyId.NotFound": "InvalidAccessKeyId.NotFound",
    "InvalidSecurityToken.Expired": "InvalidSecurityToken.Expired",
    "InvalidSecurityToken.Malformed": "InvalidSecurityToken.Malformed",
    "InvalidAction.NotFound": "InvalidAction.NotFound",
    "RequestBodyTooLarge": "RequestBodyTooLarge",
    # The picture is at fault: a result, and a row.
    "NoFaceDetected": REFUSED,
    "UnqualifiedPhoto": REFUSED,
    "ToolargeImage": REFUSED,
    "Error.NoFaceDetected": REFUSED,
    # Our request is at fault: a row.
    "MissingParameter": FAILED,
    "InvalidParameter": FAILED,
    "DataDuplication": FAILED,
    "InvalidParam.ParamMissing": FAILED,
    "InvalidParam.ImageTypeEmpty": FAILED,
    "InvalidParam.FacePicNotGiven": FAILED,
    "InvalidParam.ImageValuePatternError": FAILED,
    "InvalidParam.ImageTypeInvalid": FAILED,
}
"""What the first delivery comes to; a code is what it is given back with."""


@dataclass(frozen=True)
class End:
    first: str
    second: str | None
    enrolled: list[str]
    reasons: list[str]


@pytest.fixture(scope="module")
def ends(failing: Cloud) -> dict[tuple[str, str], End]:
    """Each fault met by a user of its own; then all that was given back is delivered again, at once."""
    with ThreadPoolExecutor(len(DOORS)) as pool:
        met = dict(pair for pairs in pool.map(lambda door: _meets_each_fault(failing, door), DOORS) for pair in pairs)
    given_back = {story: told for story, told in met.items() if told[2] not in (ENROLLED, REFUSED, FAILED)}
    with ThreadPoolExecutor(16) as pool:
        again = pool.map(lambda story: _came_to(failing.deliver(story[0], given_back[story][1])), given_back)
        second = dict(zip(given_back, again, strict=True))
    return {
        story: End(first, second.get(story), failing.enrolled(user), [row.reason for row in failing.failures(user)])
        for story, (user, _, first) in met.items()
    }


def _meets_each_fault(cloud: Cloud, door: Door) -> list[tuple[tuple[str, str], tuple[str, dict[str, Any], str]]]:
    met = []
    for fault in FAULTS:
        user = raw_user()
        event = door.event(cloud, user)
        cloud.fault(door.action, fault, **({"delay_ms": 300} if fault == "slow" else {}))
        met.append(((door.function, fault), (user, event, _came_to(cloud.deliver(door.function, event)))))
    return met


def _came_to(result: dict[str, Any]) -> str:
    """The code that an event was given back with, or the outcome of its one record."""
    if "errorMessage" in result:
        return str(result["errorMessage"]).partition(":")[0]
    outcome = result["Outcome"] if "Outcome" in result else next(iter(result))
    return ENROLLED if outcome == "unique" else str(outcome)


def test_every_fault_of_the_control_surface_is_in_the_table() -> None:
    assert set(BY_FAULT) == set(FAULTS)


@pytest.mark.parametrize("fault", BY_FAULT)
@pytest.mark.parametrize("function", [UPLOADS, SIGN_UPS])
def test_a_fault_of_the_service_ends_in_one_enrolment_or_one_row(
    ends: dict[tuple[str, str], End], function: str, fault: str
) -> None:
    end, first = ends[function, fault], BY_FAULT[fault]
    if first in (REFUSED, FAILED):
        assert end == End(first, None, [], [fault])
    else:
        assert end == End(first, None if first == ENROLLED else ENROLLED, ["staff"], [])


# --- what keeps failing ---------------------------------------------------------------------------------------------


def put(cloud: Cloud, user: str) -> str:
    key = f"enroll/staff/{user}/selfie.jpg"
    return upload_id(cloud.bucket, key, cloud.upload(key, photo_bytes("obama")))


def publish(cloud: Cloud, user: str) -> str:
    return cloud.publish({**sign_up(cloud, user), "MerchantBizId": new_id()})


def post_later(cloud: Cloud, user: str) -> str:
    fields = enrol(user, "collins", FaceGroupCode="staff", MerchantBizId=new_id())
    assert cloud.post("add-face-record", fields, Prefer="respond-async").status_code == 202
    return str(fields["MerchantBizId"])


@pytest.mark.parametrize(
    ("begin", "function", "action"),
    [
        (put, UPLOADS, "AddFaceRecord"),
        (publish, SIGN_UPS, "FaceDuplicationCheckIntl"),
        (post_later, "add-face-record", "AddFaceRecord"),
    ],
    ids=["an upload", "a sign-up", "a request to be answered later"],
)
def test_what_keeps_failing_is_a_row_with_its_reason_and_event_that_erasure_removes(
    failing: Cloud, begin: Callable[[Cloud, str], str], function: str, action: str
) -> None:
    user, calls = raw_user(), failing.calls(action)
    failing.fault(action, "forbidden-ram", times=100)
    named = begin(failing, user)
    failing.idle()
    (failure,) = failing.failures(user)
    assert (failure.function, failure.reason) == (function, "Forbidden.RAMUserAccessDenied")
    assert "operator" in failure.detail
    assert failure.attempts == ATTEMPTS[function] == failing.calls(action) - calls
    assert failing.invocations(function)[-1]["outcome"] == "failed"
    assert re.search(FORBIDDEN["Base64"], failure.event) is None, "no picture is in it"
    assert named in failure.event or named in upload_ids(failing, failure.event)
    assert failing.enrolled(user) == []

    erased = failing.client.delete(f"/v1/users/{user}").json()["Result"]
    assert erased["DeletedFailures"] == 1
    assert failing.failures(user) == []
    assert failing.objects("deferred/") == [], "nor is a picture left that was to be worked on"


def upload_ids(cloud: Cloud, event: str) -> list[str]:
    found = [record["oss"]["object"] for record in json.loads(event)["events"]]
    return [upload_id(cloud.bucket, one["key"], one["eTag"]) for one in found]


def test_who_asks_again_for_an_answer_later_that_had_failed_is_worked_for_again(failing: Cloud) -> None:
    user = raw_user()
    fields = enrol(user, "collins", FaceGroupCode="staff", MerchantBizId=new_id())
    failing.fault("AddFaceRecord", "forbidden-ram", times=ATTEMPTS["add-face-record"])
    for _ in range(2):
        assert failing.post("add-face-record", fields, Prefer="respond-async").status_code == 202
        failing.idle()
    assert failing.stored(fields["MerchantBizId"])["Outcome"] == "enrolled"
    assert failing.enrolled(user) == ["staff"]


def test_a_check_that_fails_on_and_on_is_called_twice_at_most_in_each_delivery(failing: Cloud) -> None:
    """A search without registration may be repeated: at the price of its bill, once."""
    user, calls = raw_user(), failing.calls("FaceDuplicationCheckIntl")
    failing.fault("FaceDuplicationCheckIntl", "http-500", times=100)
    failing.publish({**sign_up(failing, user), "AutoRegistration": False, "FaceRegisterGroupCode": None})
    failing.idle()
    (failure,) = failing.failures(user)
    assert (failure.reason, failure.attempts) == ("InternalError", ATTEMPTS[SIGN_UPS])
    assert failing.calls("FaceDuplicationCheckIntl") - calls == 2 * ATTEMPTS[SIGN_UPS]


def test_of_an_event_that_keeps_failing_only_the_records_that_came_to_nothing_are_rows(failing: Cloud) -> None:
    good, bad = raw_user(), raw_user()
    records = [failing.place(f"enroll/staff/{user}/selfie.jpg", photo_bytes("obama")) for user in (good, bad)]
    failing.deliver(UPLOADS, {"events": records[:1]})
    failing.fault("AddFaceRecord", "forbidden-ram", times=100)
    failing.notify(*records)
    failing.idle()
    assert failing.enrolled(good) == ["staff"]
    assert failing.failures(good) == []
    (failure,) = failing.failures(bad)
    (left,) = json.loads(failure.event)["events"]
    assert left["oss"]["object"] == records[1]["oss"]["object"]
    assert failing.invocations(UPLOADS)[-1]["attempts"] == ATTEMPTS[UPLOADS]


@pytest.mark.parametrize("event", [b"{}", b"not JSON", b'{"events": [{}]}', b'{"triggerName": "nightly"}'])
def test_an_event_of_another_kind_is_given_back_with_a_reason(failing: Cloud, event: bytes) -> None:
    body = failing.deliver(UPLOADS, event)
    assert (body["errorType"], body["errorMessage"].partition(":")[0]) == ("GivenBack", "UnreadableEvent")


def test_an_event_that_is_no_destinations_is_no_row(failing: Cloud) -> None:
    before = len(failing.failures())
    assert failing.deliver("record-failure", b'{"events": []}')["errorType"] == "GivenBack"
    assert len(failing.failures()) == before


def test_the_same_failure_told_twice_is_one_row(failing: Cloud) -> None:
    told = json.loads((ROOT / "events" / "record-failure.destination.json").read_text("utf-8"))
    key = f"enroll/{raw_user()}/selfie.jpg"
    told["requestPayload"] = json.dumps({"events": [oss_record(key, "0" * 32, 9)]})
    first, second = (failing.deliver("record-failure", told)["FailureIds"] for _ in range(2))
    assert first == second
    assert [row.reason for row in failing.failures() if key in row.event] == ["Throttling.Api"]


def test_a_table_that_cannot_be_written_for_a_while_loses_no_failure(failing: Cloud) -> None:
    user = raw_user()
    failing.table_fault("PutRow", "internal-error", "facegate_failures", times=20)
    failing.upload(f"enroll/{user}/selfie.jpg", b"no picture")
    failing.idle()
    assert [row.reason for row in failing.failures(user)] in (["UnsupportedImageFormat"], ["LedgerUnavailable"])


# --- redrive --------------------------------------------------------------------------------------------------------


def redrive(cloud: Cloud, *arguments: str) -> str:
    command = [sys.executable, "-m", "deploy.redrive", "--local", cloud.url, *arguments]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": "shared"}, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("begin", "function"),
    [(put, UPLOADS), (post_later, "add-face-record")],
    ids=["an upload", "a request to be answered later"],
)
def test_redrive_shows_a_failure_and_hands_it_back(
    failing: Cloud, begin: Callable[[Cloud, str], str], function: str
) -> None:
    user = raw_user()
    failing.fault("AddFaceRecord", "forbidden-account", times=ATTEMPTS[function])
    biz_id = begin(failing, user)
    failing.idle()
    reason = ("--reason", "Forbidden.AccountAccessDenied")

    assert "1 events would be handed back" in redrive(failing, *reason)
    failing.idle()
    assert (len(failing.failures(user)), failing.enrolled(user)) == (1, [])

    assert "1 events were handed back, 0 were not" in redrive(failing, *reason, "--yes")
    failing.idle()
    assert (failing.failures(user), failing.enrolled(user)) == ([], ["staff"])
    assert failing.stored(biz_id)["Outcome"] == "enrolled"
    assert failing.objects("deferred/") == []


# --- privacy --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [name for name in FORBIDDEN if name != "a traceback"])
def test_the_logs_of_all_that_failed_hold_no(failing: Cloud, what: str) -> None:
    failing.post("face-compare", face_compare())
    assert '"event":"decided"' in failing.logs()
    assert [found[0][:20] for found in re.finditer(FORBIDDEN[what], failing.logs())] == []


def test_the_logs_of_all_that_failed_hold_no_stack(failing: Cloud, ends: dict[tuple[str, str], End]) -> None:
    assert "GivenBack: InternalError" in failing.logs()
    assert 'File "' not in failing.logs()
