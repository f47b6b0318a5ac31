"""Every call of the code is granted by the policies, and every grant is used. Runs late: what all other tests made the
functions call counts too."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from PIL import Image

from deploy.provision.deployment import of_local_cloud
from deploy.ram import policies
from deploy.ram.grants import Grant
from deploy.ram.roles import HANDED_OVER_TO, IDENTITIES, OPERATOR, ROLE_OF_FUNCTION, Identity
from facegate.ledger.failures import Failure
from local.credentials import Account
from tests.cloud import (
    ROOT,
    Cloud,
    compare_faces,
    cross_compare,
    drawn,
    enrol,
    face_compare,
    new_id,
    oss_record,
    photo_bytes,
    raw_user,
    search,
    until,
)
from tests.functional.ram_trail import SCOPE, Use, uses
from tests.policies import allows, matches

RIGHTS_OF = {identity.name: identity for identity in IDENTITIES}
REASON = "RamTest"
TOO_SMALL = drawn(60, 60)
PICTURES_OF = {
    "face-compare": (face_compare, "SourceFacePicture"),
    "face-cross-compare": (cross_compare, "SourceAFacePicture"),
    "face-duplication-check": (search, "SourceFacePicture"),
    "add-face-record": (lambda: enrol(raw_user()), "FacePicture"),
    "compare-faces": (compare_faces, "SourceImageValue"),
}


@pytest.fixture(scope="module")
def used(cloud: Cloud) -> set[Use]:
    """What was called, after traffic that leaves no way of the functions out."""
    users = [raw_user() for _ in range(4)]
    cloud.upload("pictures/ram.jpg", photo_bytes("obama"))
    for operation, (make, picture) in PICTURES_OF.items():
        as_object = {name: value for name, value in make().items() if name != picture}
        cloud.post(operation, {**as_object, f"{picture}Object": "pictures/ram.jpg"})
        cloud.post(operation, make(), Prefer="respond-async")
        cloud.post(operation, {**make(), picture: base64.b64encode(TOO_SMALL).decode()})
    cloud.upload(f"enroll/{users[0]}/1.jpg", _variant("biden"))
    cloud.upload(f"enroll/{users[1]}/empty.jpg", b"")
    cloud.publish({"version": 1, "MerchantUserId": users[0], "SourceFacePictureObject": "pictures/ram.jpg"})
    cloud.publish({"version": 1, "MerchantUserId": users[1]})
    cloud.fault("AddFaceRecord", "hang-after-execute")
    cloud.post("add-face-record", enrol(users[2]))
    _erased_in_the_middle(cloud, users[3])
    cloud.deliver("record-failure", _given_up(users[1]))
    _redrive(cloud)
    _failed(cloud, "face-compare", cloud.pseudonym(users[0]), f"deferred/{new_id()}")
    cloud.idle()
    cloud.client.get(f"/v1/results/{new_id()}")
    for user in users:
        cloud.client.get(f"/v1/users/{user}/results")
        cloud.client.delete(f"/v1/users/{user}")
    return uses(cloud)


def test_every_call_of_a_function_is_granted_to_its_role(used: set[Use]) -> None:
    refused = {
        use
        for use in used
        if use.caller in ROLE_OF_FUNCTION and not _granted(RIGHTS_OF[ROLE_OF_FUNCTION[use.caller]], use)
    }
    assert refused == set()


@pytest.mark.parametrize("caller", [OPERATOR.name])
def test_every_call_of_a_person_is_granted(used: set[Use], caller: str) -> None:
    assert {use for use in used if use.caller == caller and not _granted(RIGHTS_OF[caller], use)} == set()


@pytest.mark.parametrize("grant", [grant for grant in policies.TABLE if not grant.unseen], ids=lambda grant: grant.why)
def test_every_grant_is_used(used: set[Use], grant: Grant) -> None:
    callers = grant.to.functions or (grant.to.name,)
    calls = {(use.action, use.resource) for use in used if use.caller in callers}
    unused = [
        (action, resource)
        for action in grant.actions
        for resource in map(SCOPE.arn, grant.resources)
        if not (resource.startswith("acs:fc:") and resource.endswith("/*"))  # its versions and aliases
        and not any(action == called and matches(resource, on) for called, on in calls)
    ]
    assert unused == []


def test_the_trail_tells_functions_apart(used: set[Use]) -> None:
    """Without names of callers, every test above would pass on nothing."""
    assert {use.caller for use in used} >= set(ROLE_OF_FUNCTION)
    assert not _granted(RIGHTS_OF["facegate-results"], Use("results", "antcloudauth:DeleteFaceRecordV2", "*"))


def _granted(identity: Identity, use: Use) -> bool:
    own, system = policies.policy(identity, SCOPE), policies.narrow(identity, SCOPE)
    return any(allows(document, use.action, use.resource) for document in (own, system) if document)


def _variant(name: str) -> bytes:
    """A photograph that was never enrolled by another test, so that it is not recognised."""
    image = Image.open(io.BytesIO(photo_bytes(name))).convert("RGB")
    image.putpixel((0, 0), (int(new_id()[:2], 16), 0, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _erased_in_the_middle(cloud: Cloud, user: str) -> None:
    """The enrolment is undone."""
    cloud.fault("AddFaceRecord", "slow", delay_ms=1500)
    before = cloud.calls("AddFaceRecord")
    request = enrol(user, FacePicture=base64.b64encode(_variant("collins")).decode())
    enrolling = threading.Thread(target=cloud.post, args=("add-face-record", request))
    enrolling.start()
    until(lambda: cloud.calls("AddFaceRecord") > before)
    cloud.client.delete(f"/v1/users/{user}")
    enrolling.join()


def _given_up(user: str) -> dict[str, Any]:
    """What the failure destination is told of an upload that the platform gave up."""
    told: dict[str, Any] = json.loads((ROOT / "events" / "record-failure.destination.json").read_text("utf-8"))
    upload = oss_record(f"enroll/{user}/lost.jpg", "0" * 32, 1)
    return {**told, "requestPayload": json.dumps({"events": [upload]})}


def _failed(cloud: Cloud, function: str, user: str | None = None, key: str | None = None) -> None:
    """A row of the failure table, its event handed over as the object `key`."""
    at = int(time.time() * 1000)
    failure = Failure(
        failure_id=new_id(),
        function=function,
        reason=REASON,
        detail="",
        attempts=1,
        failed_at_ms=at,
        event='{"events": []}',
        user=user,
        object_key=key,
    )
    cloud._failures.record(failure)


def _redrive(cloud: Cloud) -> None:
    """By an operator with a key of their own."""
    for function in HANDED_OVER_TO:
        _failed(cloud, function)
    found = cloud.endpoints()
    key = Account(found["access_key_id"], found["access_key_secret"]).issue(int(time.time()) + 600, OPERATOR.name)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": str(ROOT / "shared"),
        **of_local_cloud(found),
        "FACE_GROUPS": ",".join(found["face_groups"]),
        "FACEGATE_FC_ENDPOINT": found["function_compute"],
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": key.security_token,
    }
    command = [sys.executable, "-m", "deploy.redrive", "--reason", REASON, "--yes"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
