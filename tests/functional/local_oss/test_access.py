"""Who gets in, and by which address: the unmodified SDK's signatures, signed URLs, temporary keys, host names."""

from __future__ import annotations

import datetime
import socket
import time
from typing import TYPE_CHECKING, Any

import alibabacloud_oss_v2 as oss
import httpx
import pytest

from tests.functional.local_oss_process import (
    ACCOUNT,
    BUCKET,
    CONTENT,
    LocalOss,
    get,
    put,
    read,
    refusal,
    static,
    temporary,
)

if TYPE_CHECKING:
    pass

HOUR = datetime.timedelta(hours=1)


def test_presigned_urls_read_and_write(client: oss.Client, http: httpx.Client, key: str) -> None:
    target = oss.PutObjectRequest(BUCKET, key, content_type="image/jpeg", metadata={"uid": "7"}, forbid_overwrite=True)
    signed = client.presign(target, expires=HOUR)
    assert http.put(signed.url, content=CONTENT).status_code == 403
    assert (
        http.put(signed.url, content=CONTENT, headers={**signed.signed_headers, "x-oss-meta-uid": "8"}).status_code
        == 403
    )
    assert http.put(signed.url, content=CONTENT, headers=signed.signed_headers).status_code == 200
    assert http.put(signed.url, content=CONTENT, headers=signed.signed_headers).status_code == 409
    link = client.presign(oss.GetObjectRequest(BUCKET, key, response_content_type="text/plain"), expires=HOUR)
    answer = http.get(link.url, headers={"range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, CONTENT[:4])
    assert (answer.headers["content-type"], answer.headers["x-oss-meta-uid"]) == ("text/plain", "7")
    assert http.head(link.url).status_code == 403
    assert http.get(link.url.replace("text", "html")).status_code == 403
    old = client.presign(oss.GetObjectRequest(BUCKET, key), expires=datetime.timedelta(seconds=-1))
    assert http.get(old.url).status_code == 400


def test_temporary_keys_sign_until_they_expire(service: LocalOss, http: httpx.Client, key: str) -> None:
    good = service.client(temporary(int(time.time()) + 3600))
    put(good, key)
    assert http.get(good.presign(oss.GetObjectRequest(BUCKET, key), expires=HOUR).url).content == CONTENT
    expired = service.client(temporary(int(time.time()) - 1))
    error = refusal(lambda: get(expired, key))
    assert (error.status_code, error.code, error.ec) == (403, "SecurityTokenExpired", "0002-00000007")
    link = expired.presign(oss.GetObjectRequest(BUCKET, key), expires=HOUR)
    assert "SecurityTokenExpired" in http.get(link.url).text


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"provider": static("LTAIstranger", ACCOUNT.access_key_secret)}, 403, "InvalidAccessKeyId"),
        ({"provider": static(ACCOUNT.access_key_id, "wrong")}, 403, "SignatureDoesNotMatch"),
        ({"provider": oss.credentials.AnonymousCredentialsProvider()}, 403, "AccessDenied"),
        ({"region": "cn-hangzhou"}, 400, "InvalidArgument"),
        ({"signature_version": "v1"}, 400, "InvalidArgument"),
    ],
)
def test_other_signatures_are_refused(service: LocalOss, changes: dict[str, Any], status: int, code: str) -> None:
    other = service.client(**changes)
    for request in (
        lambda: put(other, "a"),
        lambda: other.head_object(oss.HeadObjectRequest(BUCKET, "a")),
        lambda: other.list_objects_v2(oss.ListObjectsV2Request(BUCKET)),
    ):
        error = refusal(request)
        assert (error.status_code, error.code) == (status, code)


def test_the_bucket_can_be_in_the_host(service: LocalOss, client: oss.Client, key: str) -> None:
    put(client, key)
    port = service.url.rpartition(":")[2]
    known = socket.getaddrinfo

    def resolve(host: str, *more: Any, **options: Any) -> Any:
        return known("127.0.0.1" if host.endswith(".localhost") else host, *more, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        hosted = service.client(endpoint=f"http://localhost:{port}")
        assert read(hosted, key) == CONTENT
        put(hosted, "_control/faults", b"an object")
        assert read(hosted, "_control/faults") == b"an object"
        assert {one.key for one in hosted.list_objects_v2(oss.ListObjectsV2Request(BUCKET, prefix=key)).contents} == {
            key
        }
