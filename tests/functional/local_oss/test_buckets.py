"""Lists, many objects at once, and what is set for a whole bucket, through the unmodified SDK."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import alibabacloud_oss_v2 as oss
import httpx
import pytest

from tests.functional.local_oss_process import BUCKET, CONTENT, LocalOss, get, put, read, refusal

if TYPE_CHECKING:
    from collections.abc import Callable


def test_lists_have_pages_and_common_prefixes(client: oss.Client, key: str) -> None:
    folder = f"{key}s/"
    for name in ("a/1", "a/2", "b", "c/1", "d+e f"):
        put(client, folder + name, b"x")

    def pages(**fields: Any) -> tuple[list[str], list[str], int]:
        paginator = client.list_objects_v2_paginator()
        found = list(paginator.iter_page(oss.ListObjectsV2Request(BUCKET, prefix=folder, **fields)))
        keys = [one.key.removeprefix(folder) for page in found for one in page.contents or []]
        prefixes = [one.prefix.removeprefix(folder) for page in found for one in page.common_prefixes or []]
        assert sum(page.key_count for page in found) == len(keys) + len(prefixes)
        return keys, prefixes, len(found)

    assert pages() == (["a/1", "a/2", "b", "c/1", "d+e f"], [], 1)
    assert pages(max_keys=2) == (["a/1", "a/2", "b", "c/1", "d+e f"], [], 3)
    assert pages(delimiter="/", max_keys=1) == (["b", "d+e f"], ["a/", "c/"], 4)
    assert pages(start_after=f"{folder}b") == (["c/1", "d+e f"], [], 1)
    old = client.list_objects(oss.ListObjectsRequest(BUCKET, prefix=folder, delimiter="/", max_keys=3))
    assert (old.next_marker, old.is_truncated) == (f"{folder}c/", True)
    rest = client.list_objects(oss.ListObjectsRequest(BUCKET, prefix=folder, delimiter="/", marker=old.next_marker))
    assert [one.key for one in rest.contents] == [f"{folder}d+e f"]
    [one] = client.list_objects_v2(oss.ListObjectsV2Request(BUCKET, prefix=f"{folder}b", fetch_owner=True)).contents
    assert (one.size, one.object_type, one.storage_class) == (1, "Normal", "Standard")
    assert one.owner.id == "1234567890123456"
    assert refusal(lambda: pages(max_keys=1001)).code == "InvalidArgument"


def test_deleting_many_is_quiet_on_request_and_checks_every_key(client: oss.Client, key: str) -> None:
    put(client, key)
    many = [oss.DeleteObject(key), oss.DeleteObject("was never there")]
    wrong = oss.DeleteMultipleObjectsRequest(BUCKET, objects=[*many, oss.DeleteObject("/a")])
    assert refusal(lambda: client.delete_multiple_objects(wrong)).code == "InvalidObjectName"
    assert read(client, key) == CONTENT
    quiet = client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(BUCKET, objects=many, quiet=True))
    assert not quiet.deleted_objects
    too_many = oss.DeleteMultipleObjectsRequest(BUCKET, objects=[oss.DeleteObject("a")] * 1001)
    assert refusal(lambda: client.delete_multiple_objects(too_many)).code == "MalformedXML"


def test_acls_grant_what_they_say_to_those_without_a_signature(service: LocalOss, client: oss.Client, key: str) -> None:
    bucket = "acl-bucket"
    client.put_bucket(oss.PutBucketRequest(bucket))
    anyone = service.client(oss.credentials.AnonymousCredentialsProvider())
    client.put_object(oss.PutObjectRequest(bucket, key, body=b"x"))
    allowed = {"private": (False, False), "public-read": (True, False), "public-read-write": (True, True)}
    for acl, (reads, writes) in allowed.items():
        client.put_bucket_acl(oss.PutBucketAclRequest(bucket, acl=acl))
        assert client.get_bucket_acl(oss.GetBucketAclRequest(bucket)).acl == acl
        requests: list[tuple[Callable[[], object], bool]] = [
            (lambda: anyone.get_object(oss.GetObjectRequest(bucket, key)), reads),
            (lambda: anyone.put_object(oss.PutObjectRequest(bucket, key, body=b"y")), writes),
            (lambda: anyone.list_objects_v2(oss.ListObjectsV2Request(bucket)), False),
        ]
        for request, granted in requests:
            if granted:
                request()
            else:
                assert refusal(request).code == "AccessDenied"
    wrong = oss.PutBucketAclRequest(bucket, acl="everyone")
    assert refusal(lambda: client.put_bucket_acl(wrong)).code == "InvalidArgument"


def test_what_is_not_served_is_refused_in_words(client: oss.Client, key: str) -> None:
    put(client, key)
    for request in (
        lambda: get(client, key, process="image/resize,w_100"),
        lambda: get(client, key, version_id="null"),
        lambda: client.put_object_acl(oss.PutObjectAclRequest(BUCKET, key, acl="public-read")),
        lambda: client.append_object(oss.AppendObjectRequest(BUCKET, key, position=0, body=b"x")),
        lambda: client.put_bucket_policy(oss.PutBucketPolicyRequest(BUCKET, body="{}")),
        lambda: client.list_buckets(oss.ListBucketsRequest()),
    ):
        error = refusal(request)
        assert (error.status_code, error.code) == (501, "NotImplemented")
    assert read(client, key) == CONTENT


@pytest.mark.parametrize(("method", "status"), [("PATCH", 405), ("HEAD", 405), ("DELETE", 405)])
def test_other_methods_on_a_bucket_are_refused(http: httpx.Client, method: str, status: int) -> None:
    assert http.request(method, f"/{BUCKET}").status_code == status


def test_a_burst_of_uploads_from_eight_connections_is_all_there(client: oss.Client) -> None:
    content = os.urandom(100_000)
    keys = [f"burst/{number:04}" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        etags = {result.etag for result in pool.map(lambda key: put(client, key, content), keys)}
    assert len(etags) == 1
    listed = client.list_objects_v2(oss.ListObjectsV2Request(BUCKET, prefix="burst/", max_keys=1000))
    assert [one.key for one in listed.contents] == keys
