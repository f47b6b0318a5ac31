"""Form uploads to the local OSS, signed as a back end would for a phone."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import alibabacloud_oss_v2 as oss
import httpx
import pytest

from local.credentials import Account, TemporaryKey
from local.oss.signature import sign, signing_key
from tests.functional.local_oss_process import ACCOUNT, BUCKET, REGION, LocalOss, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_OBJECT_BYTES = 100_000
CONTENT = bytes(range(256))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOss]:
    started = LocalOss.start(tmp_path_factory.mktemp("oss"), "--max-object-bytes", str(MAX_OBJECT_BYTES))
    yield started
    assert started.stop() == ""


@dataclass(frozen=True)
class Signer:
    """A back end that signs the policies of forms. `pinned`: the policy fixes who signed it."""

    account: Account | TemporaryKey = ACCOUNT
    secret: str | None = None
    validity: timedelta = timedelta(minutes=10)
    age: timedelta = timedelta()
    pinned: bool = True

    def fields(self, *conditions: Any, **more: str) -> dict[str, str]:
        """The fields of a form whose policy has these conditions."""
        now = datetime.now(timezone.utc)
        date = (now - self.age).strftime("%Y%m%dT%H%M%SZ")
        who = {
            "x-oss-signature-version": "OSS4-HMAC-SHA256",
            "x-oss-credential": f"{self.account.access_key_id}/{date[:8]}/{REGION}/oss/aliyun_v4_request",
            "x-oss-date": date,
        }
        if isinstance(self.account, TemporaryKey):
            who["x-oss-security-token"] = self.account.security_token
        expiration = (now + self.validity).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        wanted = [*([{name: value} for name, value in who.items()] if self.pinned else []), *conditions]
        policy = base64.b64encode(json.dumps({"expiration": expiration, "conditions": wanted}).encode()).decode()
        key = signing_key(self.secret or self.account.access_key_secret, date[:8], REGION)
        return {**who, "policy": policy, "x-oss-signature": sign(key, policy), **more}


fields = Signer().fields


def temporary(seconds: int) -> TemporaryKey:
    return ACCOUNT.issue(int(time.time()) + seconds)


def post(
    service: LocalOss, form: dict[str, str], content: bytes = CONTENT, kind: str | None = "image/jpeg"
) -> httpx.Response:
    file = ("selfie.jpg", content) if kind is None else ("selfie.jpg", content, kind)
    return service.control.post(f"/{BUCKET}", data=form, files={"file": file})


def code(response: httpx.Response) -> str:
    return response.text.partition("<Code>")[2].partition("</Code>")[0]


PREFIX = ["starts-with", "$key", "enroll/7/"]


def test_a_form_stores_its_file(service: LocalOss) -> None:
    form = fields(
        PREFIX,
        {"bucket": BUCKET},
        ["content-length-range", 1, 256],
        ["in", "$content-type", ["image/jpeg"]],
        ["eq", "$x-oss-meta-uid", "7"],
        **{"key": "enroll/7/${filename}", "x-oss-meta-uid": "7", "x-oss-tagging": "k=v", "cache-control": "no-store"},
    )
    answer = post(service, form)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["etag"] == f'"{hashlib.md5(CONTENT).hexdigest().upper()}"'  # noqa: S324
    found = service.client().get_object(oss.GetObjectRequest(BUCKET, "enroll/7/selfie.jpg"))
    assert b"".join(found.body.iter_bytes()) == CONTENT
    assert (found.content_type, found.metadata, found.tagging_count) == ("image/jpeg", {"uid": "7"}, 1)
    assert found.cache_control == "no-store"


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("500", 204), ("", 204)])
def test_a_form_chooses_its_status(service: LocalOss, asked: str, status: int) -> None:
    answer = post(service, fields(key="enroll/status", success_action_status=asked))
    assert answer.status_code == status
    assert ("<Key>enroll/status</Key>" in answer.text) == (status == 201)


def test_the_field_goes_before_the_file_s_own_type(service: LocalOss) -> None:
    for kind, more, expected in (
        ("image/jpeg", {"x-oss-content-type": "image/png"}, "image/png"),
        ("image/jpeg", {"Content-Type": "image/png"}, "image/jpeg"),
    ):
        assert post(service, fields(key="typed", **more), kind=kind).status_code == 204
        found = service.client().head_object(oss.HeadObjectRequest(BUCKET, "typed"))
        assert found.content_type == expected


@pytest.mark.parametrize(
    ("form", "status", "expected"),
    [
        (lambda: fields(PREFIX, key="enroll/8/a"), 403, "AccessDenied"),
        (lambda: fields(["eq", "$key", "a"], key="b"), 403, "AccessDenied"),
        (lambda: fields({"bucket": "other"}, key="a"), 403, "AccessDenied"),
        (lambda: fields(["eq", "$x-oss-meta-uid", "7"], key="a"), 403, "AccessDenied"),
        (lambda: fields(["content-length-range", 1, 255], key="a"), 400, "EntityTooLarge"),
        (lambda: fields(["content-length-range", 257, 300], key="a"), 400, "EntityTooSmall"),
        (lambda: Signer(validity=timedelta(seconds=-1)).fields(key="a"), 403, "AccessDenied"),
        (lambda: Signer(age=timedelta(days=7, minutes=1)).fields(key="a"), 403, "AccessDenied"),
        (lambda: Signer(age=timedelta(minutes=-16)).fields(key="a"), 403, "AccessDenied"),
        (lambda: Signer(pinned=False).fields(key="a"), 403, "AccessDenied"),
        (lambda: Signer(secret="wrong").fields(key="a"), 403, "SignatureDoesNotMatch"),
        (lambda: Signer(Account("LTAIstranger", "x")).fields(key="a"), 403, "InvalidAccessKeyId"),
        (lambda: Signer(temporary(-1)).fields(key="a"), 403, "SecurityTokenExpired"),
        (lambda: fields(key="a") | {"policy": "e30="}, 403, "SignatureDoesNotMatch"),
        (lambda: fields("nonsense", key="a"), 400, "InvalidPolicyDocument"),
        (lambda: {"key": "a"}, 400, "InvalidArgument"),
        (fields, 400, "InvalidArgument"),
        (lambda: fields(key="/a"), 400, "InvalidObjectName"),
        (lambda: {"key": "a", "OSSAccessKeyId": "LTAI", "Signature": "c2ln", "policy": "e30="}, 400, "InvalidArgument"),
        (lambda: fields(success_action_redirect="http://x", key="a"), 501, "NotImplemented"),
        (lambda: fields(**{"x-oss-meta-a": "b\r\nc: d"}, key="a"), 400, "InvalidArgument"),
    ],
)
def test_a_form_that_its_signer_did_not_allow_stores_nothing(
    service: LocalOss, form: Any, status: int, expected: str
) -> None:
    before = service.objects()
    answer = post(service, form())
    assert (answer.status_code, code(answer)) == (status, expected)
    assert service.objects() == before


def test_a_temporary_key_can_sign_a_form(service: LocalOss) -> None:
    form = Signer(temporary(60)).fields(PREFIX, key="enroll/7/temporary")
    assert post(service, form).status_code == 204
    unpinned = Signer(pinned=False, account=ACCOUNT.issue(int(time.time()) + 60)).fields() | {
        "key": "enroll/7/temporary"
    }
    assert code(post(service, unpinned)) == "AccessDenied"


def test_a_form_may_forbid_overwriting(service: LocalOss) -> None:
    form = fields(key="once", **{"x-oss-forbid-overwrite": "true"})
    assert post(service, form).status_code == 204
    assert code(post(service, form)) == "FileAlreadyExists"


def test_the_cap_holds_where_the_policy_has_none(service: LocalOss) -> None:
    answer = post(service, fields(key="big"), bytes(MAX_OBJECT_BYTES + 1))
    assert (answer.status_code, code(answer)) == (400, "EntityTooLarge")
    assert post(service, fields(key="big"), bytes(MAX_OBJECT_BYTES)).status_code == 204


def test_what_is_not_a_form_is_refused(service: LocalOss) -> None:
    answer = service.control.post(f"/{BUCKET}", json={"key": "a"})
    assert (answer.status_code, code(answer)) == (400, "MalformedPOSTRequest")
    answer = service.control.post(f"/{BUCKET}", files={"key": (None, b"a")})
    assert code(answer) == "IncorrectNumberOfFilesInPOSTRequest"


def test_without_a_policy_only_a_public_bucket_takes_a_form(service: LocalOss) -> None:
    client = service.client()
    client.put_bucket_acl(oss.PutBucketAclRequest(BUCKET, acl="public-read-write"))
    try:
        assert post(service, {"key": "public"}).status_code == 204
    finally:
        client.put_bucket_acl(oss.PutBucketAclRequest(BUCKET, acl="private"))
    assert code(post(service, {"key": "private"})) == "InvalidArgument"
    assert refusal(lambda: client.get_object(oss.GetObjectRequest(BUCKET, "private"))).code == "NoSuchKey"
