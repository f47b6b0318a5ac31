"""The local OSS as its own process, through the unmodified SDK over real sockets."""

from __future__ import annotations

import datetime
import hashlib
import io
import os
import re
import socket
import time
from typing import TYPE_CHECKING, Any

import alibabacloud_oss_v2 as oss
import httpx
import pytest
from alibabacloud_oss_v2.crc import Crc64

from tests.functional.local_oss_process import BUCKET, CONTENT, LocalOss, get, put, read, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = datetime.timedelta(hours=1)
MAX_OBJECT_BYTES = 2_000_000
ODD_KEYS = [
    "a b+c%2F.jpg",
    "enroll/ä/人.jpg",
    "%41",
    "a?b=c&d#e",
    "folder/",
    "a//b",
    "quote\"'<&>",
    "tab\tand\nline",
    "~-_.!*()",
    "é" * 511 + "a",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOss]:
    started = LocalOss.start(tmp_path_factory.mktemp("oss"), "--max-object-bytes", str(MAX_OBJECT_BYTES))
    yield started
    assert started.stop() == ""


@pytest.mark.parametrize("odd", ODD_KEYS)
def test_every_key_comes_back_as_it_went(client: oss.Client, odd: str) -> None:
    put(client, odd, odd.encode())
    assert read(client, odd) == odd.encode()
    listed = client.list_objects_v2(oss.ListObjectsV2Request(BUCKET, prefix=odd))
    assert odd in [one.key for one in listed.contents]
    client.copy_object(oss.CopyObjectRequest(BUCKET, f"copy/{odd}"[:500], source_key=odd))
    assert read(client, f"copy/{odd}"[:500]) == odd.encode()
    deleted = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(BUCKET, encoding_type="url", objects=[oss.DeleteObject(odd)])
    )
    assert [one.key for one in deleted.deleted_objects] == [odd]
    assert refusal(lambda: get(client, odd)).code == "NoSuchKey"


@pytest.mark.parametrize("wrong", ["/a", "\\a", "a" * 1024, "é" * 512])
def test_a_key_that_is_none_is_refused(client: oss.Client, wrong: str) -> None:
    assert refusal(lambda: put(client, wrong)).code == "InvalidObjectName"


def test_an_object_has_everything_that_was_put(client: oss.Client, key: str) -> None:
    crc = Crc64(0)
    crc.update(CONTENT)
    written = put(
        client,
        key,
        metadata={"uid": "7", "Device-Id": "x"},
        content_type="image/jpeg",
        cache_control="no-store",
        content_disposition="inline",
        tagging="purpose=enrol%20ment&n=1",
    )
    assert written.etag == f'"{hashlib.md5(CONTENT).hexdigest().upper()}"'  # noqa: S324
    assert written.hash_crc64 == str(crc.sum64())
    found = client.head_object(oss.HeadObjectRequest(BUCKET, key))
    assert (found.content_length, found.etag, found.hash_crc64) == (2048, written.etag, written.hash_crc64)
    assert (found.content_type, found.cache_control, found.content_disposition) == ("image/jpeg", "no-store", "inline")
    assert {name.lower(): value for name, value in found.metadata.items()} == {"uid": "7", "device-id": "x"}
    assert (found.object_type, found.storage_class, found.tagging_count) == ("Normal", "Standard", 2)
    assert abs(found.last_modified.timestamp() - time.time()) < 60
    meta = client.get_object_meta(oss.GetObjectMetaRequest(BUCKET, key))
    assert (meta.content_length, meta.etag, meta.hash_crc64) == (2048, written.etag, written.hash_crc64)
    assert not {"content-type", "x-oss-meta-uid"} & {name.lower() for name in meta.headers}
    tags = client.get_object_tagging(oss.GetObjectTaggingRequest(BUCKET, key)).tag_set.tags
    assert {tag.key: tag.value for tag in tags} == {"purpose": "enrol ment", "n": "1"}


def test_every_answer_has_a_date_and_a_request_id(http: httpx.Client) -> None:
    for response in (http.get("/"), http.head(f"/{BUCKET}/none"), http.get("/_control/calls")):
        assert "date" in response.headers
    refused = http.get(f"/{BUCKET}/none")
    assert re.fullmatch("[0-9A-F]{24}", refused.headers["x-oss-request-id"])


def test_an_object_is_overwritten_unless_that_is_forbidden(client: oss.Client, key: str) -> None:
    put(client, key, b"first", metadata={"a": "1"})
    put(client, key, b"second")
    assert read(client, key) == b"second"
    assert not get(client, key).metadata
    for request in (
        lambda: put(client, key, b"third", forbid_overwrite=True),
        lambda: client.copy_object(oss.CopyObjectRequest(BUCKET, key, source_key=key, forbid_overwrite=True)),
        lambda: client.initiate_multipart_upload(
            oss.InitiateMultipartUploadRequest(BUCKET, key, forbid_overwrite=True)
        ),
    ):
        error = refusal(request)
        assert (error.status_code, error.code) == (409, "FileAlreadyExists")
    assert read(client, key) == b"second"
    put(client, f"{key}2", b"first", forbid_overwrite=True)


def test_bodies_in_chunks_and_empty_ones(client: oss.Client, key: str) -> None:
    put(client, key, iter([b"one", b"", b"two"]))
    assert read(client, key) == b"onetwo"
    put(client, key, b"")
    assert read(client, key) == b""


def test_a_wrong_content_md5_keeps_the_old_object(client: oss.Client, key: str) -> None:
    put(client, key, b"old")
    for md5 in ("1B2M2Y8AsgTpgAmY7PhCfg==", "not base64"):
        assert refusal(lambda md5=md5: put(client, key, b"new", content_md5=md5)).code == "InvalidDigest"  # type: ignore[misc]
    assert read(client, key) == b"old"


@pytest.mark.parametrize(
    "body", [bytes(MAX_OBJECT_BYTES + 1), iter([bytes(MAX_OBJECT_BYTES), b"1"])], ids=["declared", "chunked"]
)
def test_a_body_over_the_cap_is_refused_and_the_connection_stays_good(client: oss.Client, key: str, body: Any) -> None:
    assert refusal(lambda: put(client, key, body)).code == "EntityTooLarge"
    assert refusal(lambda: get(client, key)).code == "NoSuchKey"
    put(client, key, bytes(MAX_OBJECT_BYTES))


def test_an_upload_that_breaks_off_is_not_there(service: LocalOss, client: oss.Client, key: str) -> None:
    signed = client.presign(oss.PutObjectRequest(BUCKET, key), expires=HOUR)
    path = signed.url.removeprefix(service.url)
    with socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2]))) as raw:
        raw.sendall(f"PUT {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf".encode())
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(1) == b""
    assert refusal(lambda: get(client, key)).code == "NoSuchKey"


@pytest.mark.parametrize(
    ("header", "behaviour", "status", "content", "content_range"),
    [
        ("bytes=0-9", None, 206, CONTENT[:10], "bytes 0-9/2048"),
        ("bytes=2040-", None, 206, CONTENT[2040:], "bytes 2040-2047/2048"),
        ("bytes=-8", None, 206, CONTENT[-8:], "bytes 2040-2047/2048"),
        ("bytes=0-9999", None, 200, CONTENT, None),
        ("bytes=0-9999", "standard", 206, CONTENT, "bytes 0-2047/2048"),
        ("bytes=9999-", None, 200, CONTENT, None),
    ],
)
def test_ranges(
    client: oss.Client, key: str, header: str, behaviour: str | None, status: int, content: bytes, content_range: str
) -> None:
    put(client, key)
    result = get(client, key, range_header=header, range_behavior=behaviour)
    assert b"".join(result.body.iter_bytes()) == content
    assert (result.status_code, result.content_length, result.content_range) == (status, len(content), content_range)
    assert result.hash_crc64 == client.head_object(oss.HeadObjectRequest(BUCKET, key)).hash_crc64


def test_a_range_beyond_the_end_is_refused_where_that_is_asked_for(client: oss.Client, key: str) -> None:
    put(client, key)
    error = refusal(lambda: get(client, key, range_header="bytes=9999-", range_behavior="standard"))
    assert (error.status_code, error.code) == (416, "InvalidRange")


def test_a_version_can_be_pinned(client: oss.Client, key: str) -> None:
    first = put(client, key, b"first").etag
    assert read(client, key, if_match=first) == b"first"
    assert refusal(lambda: get(client, key, if_none_match=first)).status_code == 304
    second = put(client, key, b"second").etag
    error = refusal(lambda: get(client, key, if_match=first))
    assert (error.status_code, error.code) == (412, "PreconditionFailed")
    assert refusal(lambda: get(client, key, if_match=second.strip('"'))).code == "PreconditionFailed"
    assert read(client, key, if_none_match=first) == b"second"


def test_what_is_deleted_is_gone_and_deleting_it_again_succeeds(client: oss.Client, key: str) -> None:
    put(client, key)
    for _ in range(2):
        assert client.delete_object(oss.DeleteObjectRequest(BUCKET, key)).status_code == 204
    for request in (
        lambda: get(client, key),
        lambda: client.head_object(oss.HeadObjectRequest(BUCKET, key)),
        lambda: client.get_object_meta(oss.GetObjectMetaRequest(BUCKET, key)),
        lambda: client.get_object_tagging(oss.GetObjectTaggingRequest(BUCKET, key)),
        lambda: client.copy_object(oss.CopyObjectRequest(BUCKET, f"{key}2", source_key=key)),
    ):
        error = refusal(request)
        assert (error.status_code, error.code, error.ec) == (404, "NoSuchKey", "0026-00000001")


def test_an_error_says_what_the_service_says(client: oss.Client) -> None:
    error = refusal(lambda: client.get_object(oss.GetObjectRequest("no-such-bucket", "a")))
    assert (error.status_code, error.code, error.ec) == (404, "NoSuchBucket", "0015-00000101")
    assert error.message == "The specified bucket does not exist."
    assert error.request_id == error.headers["x-oss-request-id"]
    assert error.error_fileds["BucketName"] == "no-such-bucket"
    assert error.headers["x-oss-ec"] == error.ec


def test_a_copy_keeps_or_replaces_what_is_beside_the_content(client: oss.Client, key: str) -> None:
    source = put(client, key, content_type="image/png", metadata={"a": "1"}, tagging="k=v")

    def copied(target: str, **fields: Any) -> tuple[Any, Any, Any]:
        result = client.copy_object(oss.CopyObjectRequest(BUCKET, target, source_key=key, **fields))
        assert result.etag == source.etag
        found = client.head_object(oss.HeadObjectRequest(BUCKET, target))
        assert read(client, target) == CONTENT
        return found.content_type, found.metadata or {}, found.tagging_count

    new: dict[str, Any] = {"content_type": "image/jpeg", "metadata": {"b": "2"}, "tagging": "l=w&m=x"}
    assert copied(f"{key}1") == ("image/png", {"a": "1"}, 1)
    assert copied(f"{key}2", **new, metadata_directive="REPLACE") == ("image/jpeg", {"b": "2"}, 1)
    assert copied(f"{key}3", **new, tagging_directive="REPLACE") == ("image/png", {"a": "1"}, 2)
    assert copied(key, **new) == ("image/jpeg", {"b": "2"}, 1)
    error = refusal(lambda: client.copy_object(oss.CopyObjectRequest(BUCKET, key, source_key=key, if_match='"other"')))
    assert error.code == "PreconditionFailed"


def test_tags_are_replaced_and_removed(client: oss.Client, key: str) -> None:
    put(client, key, tagging="a=1")
    tagging = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="b", value="<2>")]))
    error = refusal(lambda: client.put_object_tagging(oss.PutObjectTaggingRequest(BUCKET, key, tagging=tagging)))
    assert error.code == "InvalidTag"
    tagging = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="b", value="2")]))
    client.put_object_tagging(oss.PutObjectTaggingRequest(BUCKET, key, tagging=tagging))
    [tag] = client.get_object_tagging(oss.GetObjectTaggingRequest(BUCKET, key)).tag_set.tags
    assert (tag.key, tag.value) == ("b", "2")
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(BUCKET, key))
    assert not client.get_object_tagging(oss.GetObjectTaggingRequest(BUCKET, key)).tag_set.tags


def test_an_upload_in_parts_becomes_one_object(client: oss.Client, key: str) -> None:
    request = oss.InitiateMultipartUploadRequest(BUCKET, key, content_type="image/jpeg", metadata={"a": "1"})
    upload = client.initiate_multipart_upload(request).upload_id
    contents = {1: os.urandom(100 * 1024), 2: b"tail"}
    parts = []
    for number in (2, 1):
        part = client.upload_part(oss.UploadPartRequest(BUCKET, key, number, upload, body=contents[number]))
        parts.append(oss.UploadPart(part_number=number, etag=part.etag))
    assert refusal(lambda: get(client, key)).code == "NoSuchKey"

    def complete(*listed: oss.UploadPart, upload_id: str | None = None) -> Any:
        listing = oss.CompleteMultipartUpload(parts=list(listed))
        return client.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(BUCKET, key, upload_id or upload, complete_multipart_upload=listing)
        )

    tail, head = parts
    assert refusal(lambda: complete(tail, head)).code == "InvalidPartOrder"
    assert refusal(lambda: complete(head, oss.UploadPart(part_number=2, etag=head.etag))).code == "InvalidPart"
    assert refusal(lambda: complete(head, oss.UploadPart(part_number=3, etag=head.etag))).code == "InvalidPart"
    assert refusal(lambda: complete(upload_id="0" * 32)).code == "NoSuchUpload"
    done = complete(head, tail)
    assert done.etag.endswith('-2"')
    assert (done.key, done.bucket) == (key, BUCKET)
    found = get(client, key)
    content = b"".join(found.body.iter_bytes())
    crc = Crc64(0)
    crc.update(content)
    assert content == contents[1] + contents[2]
    assert found.hash_crc64 == done.hash_crc64 == str(crc.sum64())
    assert (found.object_type, found.content_type, found.metadata) == ("Multipart", "image/jpeg", {"a": "1"})
    assert refusal(lambda: complete(head, tail)).code == "NoSuchUpload"


def test_parts_but_the_last_must_not_be_small_and_an_aborted_upload_is_gone(client: oss.Client, key: str) -> None:
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(BUCKET, key)).upload_id
    for number in (1, 2):
        client.upload_part(oss.UploadPartRequest(BUCKET, key, number, upload, body=b"small"))
    everything = oss.CompleteMultipartUploadRequest(BUCKET, key, upload, complete_all="yes")
    assert refusal(lambda: client.complete_multipart_upload(everything)).code == "EntityTooSmall"
    wrong = oss.UploadPartRequest(BUCKET, key, 10_001, upload, body=b"x")
    assert refusal(lambda: client.upload_part(wrong)).code == "InvalidArgument"
    client.abort_multipart_upload(oss.AbortMultipartUploadRequest(BUCKET, key, upload))
    late = oss.UploadPartRequest(BUCKET, key, 3, upload, body=b"x")
    assert refusal(lambda: client.upload_part(late)).code == "NoSuchUpload"


def test_the_sdk_s_uploader_works(client: oss.Client, key: str) -> None:
    content = os.urandom(450_000)
    uploader = client.uploader(part_size=200 * 1024, parallel_num=2)
    uploader.upload_from(oss.PutObjectRequest(BUCKET, key), io.BytesIO(content))
    assert read(client, key) == content


def test_clients_that_leave_in_the_middle_disturb_nobody(service: LocalOss, client: oss.Client, key: str) -> None:
    """What the server says of them would show when it is stopped."""
    put(client, key, bytes(MAX_OBJECT_BYTES))
    url = client.presign(oss.GetObjectRequest(BUCKET, key), expires=HOUR).url or ""
    host, _, path = url.removeprefix("http://").partition("/")
    address = (host.partition(":")[0], int(host.partition(":")[2]))
    for _ in range(20):
        with socket.create_connection(address, timeout=10) as leaving:
            leaving.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert leaving.recv(100).startswith(b"HTTP/1.1 200")
    assert read(client, key) == bytes(MAX_OBJECT_BYTES)
