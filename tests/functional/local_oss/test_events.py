"""What the local OSS tells of its objects, and what is left of both when it is killed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alibabacloud_oss_v2 as oss
import pytest

from tests.functional.local_oss.test_form_upload import fields, post
from tests.functional.local_oss_process import BUCKET, LocalOss, Receiver, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    yield started
    started.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., LocalOss]]:
    """Starts the service on the same folder each time."""
    running: list[LocalOss] = []

    def again(*options: str) -> LocalOss:
        running.append(LocalOss.start(tmp_path, *options))
        return running[-1]

    yield again
    for service in running:
        service.kill()


def put(client: oss.Client, key: str, body: Any = b"content", **more: Any) -> oss.PutObjectResult:
    return client.put_object(oss.PutObjectRequest(BUCKET, key, body=body, **more))


def names(events: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Name, key and difference of each."""
    return sorted(
        (event["eventName"], event["oss"]["object"]["key"], event["oss"]["object"]["deltaSize"]) for event in events
    )


def test_an_event_has_the_shape_that_functions_get(start: Callable[..., LocalOss], receiver: Receiver) -> None:
    client = start("--notify", receiver.url).client()
    written = put(client, "enroll/ä b.jpg", metadata={"uid": "7"}, content_type="image/jpeg")
    [event] = receiver.until(lambda events: len(events) == 1)
    assert event.pop("eventTime").endswith("Z")
    assert event == {
        "eventName": "ObjectCreated:PutObject",
        "eventSource": "acs:oss",
        "eventVersion": "1.0",
        "oss": {
            "bucket": {
                "arn": "acs:oss:ap-southeast-1:1234567890123456:facegate-local",
                "name": BUCKET,
                "ownerIdentity": "1234567890123456",
                "virtualBucket": "",
            },
            "object": {
                "deltaSize": 7,
                "eTag": written.etag.strip('"'),
                "key": "enroll/ä b.jpg",
                "objectMeta": {"mimeType": "image/jpeg", "userMeta": {"x-oss-meta-uid": "7"}},
                "size": 7,
            },
            "ossSchemaVersion": "1.0",
            "ruleId": "",
        },
        "region": "ap-southeast-1",
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"requestId": written.request_id},
        "userIdentity": {"principalId": "1234567890123456"},
    }


def test_every_change_is_told_and_nothing_else(start: Callable[..., LocalOss], receiver: Receiver) -> None:
    service = start("--notify", receiver.url)
    client = service.client()
    put(client, "a", b"12")
    put(client, "a", b"1")
    refusal(lambda: put(client, "a", forbid_overwrite=True))
    client.get_object(oss.GetObjectRequest(BUCKET, "a")).body.close()
    client.copy_object(oss.CopyObjectRequest(BUCKET, "b", source_key="a"))
    form = fields(key="c", **{"x:device": "phone"})
    assert post(service, form, b"123").status_code == 204
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(BUCKET, "d")).upload_id
    client.upload_part(oss.UploadPartRequest(BUCKET, "d", 1, upload, body=b"1234"))
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(BUCKET, "d", upload, complete_all="yes"))
    client.delete_object(oss.DeleteObjectRequest(BUCKET, "a"))
    client.delete_object(oss.DeleteObjectRequest(BUCKET, "a"))
    many = [oss.DeleteObject("b"), oss.DeleteObject("c"), oss.DeleteObject("never")]
    client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(BUCKET, objects=many))
    events = receiver.until(lambda events: len(events) >= 10)
    assert names(events) == [
        ("ObjectCreated:CompleteMultipartUpload", "d", 4),
        ("ObjectCreated:CopyObject", "b", 1),
        ("ObjectCreated:InitiateMultipartUpload", "d", 0),
        ("ObjectCreated:PostObject", "c", 3),
        ("ObjectCreated:PutObject", "a", -1),
        ("ObjectCreated:PutObject", "a", 2),
        ("ObjectCreated:UploadPart", "d", 4),
        ("ObjectRemoved:DeleteObject", "a", -1),
        ("ObjectRemoved:DeleteObjects", "b", -1),
        ("ObjectRemoved:DeleteObjects", "c", -3),
    ]
    [posted] = [event for event in events if event["eventName"].endswith("PostObject")]
    assert posted["oss"]["xVars"] == {"x:device": "phone"}
    assert service.stop() == ""


def test_a_refused_event_is_sent_until_it_is_taken(start: Callable[..., LocalOss], receiver: Receiver) -> None:
    service = start("--notify", receiver.url)
    receiver.refusals = 12
    for number in range(20):
        put(service.client(), f"{number:02}")
    events = receiver.until(lambda events: len(events) == 20)
    assert sorted(event["oss"]["object"]["key"] for event in events) == [f"{number:02}" for number in range(20)]
    assert receiver.attempts == 32


def test_without_a_receiver_no_event_is_kept(start: Callable[..., LocalOss]) -> None:
    service = start()
    put(service.client(), "a")
    assert service.outbox() == {"pending": 0, "delivered": 0}


def test_undelivered_events_wait_for_the_next_start(start: Callable[..., LocalOss], receiver: Receiver) -> None:
    nobody = start("--notify", "http://127.0.0.1:9/")
    for number in range(100):
        put(nobody.client(), str(number))
    assert nobody.outbox() == {"pending": 100, "delivered": 0}
    nobody.kill()
    service = start("--notify", receiver.url)
    assert len(receiver.until(lambda events: len(events) == 100)) == 100
    service.stop()
    assert start().outbox() == {"pending": 0, "delivered": 100}


def test_a_kill_loses_no_acknowledged_object_and_no_event(
    start: Callable[..., LocalOss], receiver: Receiver, tmp_path: Path
) -> None:
    service = start("--notify", receiver.url)
    acknowledged: dict[str, str] = {}
    enough = threading.Event()

    def upload(worker: int) -> None:
        client = service.client()
        for number in range(10_000):
            key = f"{worker}/{number}"
            try:
                acknowledged[key] = put(client, key, key.encode() * 1000).etag.strip('"')
            except oss.exceptions.OperationError:
                return
            if len(acknowledged) >= 200:
                enough.set()

    workers = [threading.Thread(target=upload, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    assert enough.wait(60)
    service.kill()
    for worker in workers:
        worker.join()
    (tmp_path / "oss" / "blobs" / "left-behind").write_bytes(b"half")

    service = start("--notify", receiver.url)
    stored = service.objects()
    assert acknowledged.items() <= {key: one["etag"] for key, one in stored.items()}.items()
    client = service.client()
    for key in stored:
        found = client.get_object(oss.GetObjectRequest(BUCKET, key))
        assert b"".join(found.body.iter_bytes()) == key.encode() * 1000
    told = receiver.until(lambda events: {event["oss"]["object"]["key"] for event in events} >= stored.keys())
    assert {event["oss"]["object"]["key"] for event in told} == stored.keys()
    assert len(list((tmp_path / "oss" / "blobs").iterdir())) == len(stored)


def test_everything_is_there_after_a_restart(start: Callable[..., LocalOss]) -> None:
    first = start()
    client = first.client()
    written = put(client, "a", b"kept", metadata={"uid": "7"}, tagging="k=v")
    client.put_bucket_acl(oss.PutBucketAclRequest(BUCKET, acl="public-read"))
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(BUCKET, "b")).upload_id
    client.upload_part(oss.UploadPartRequest(BUCKET, "b", 1, upload, body=b"part"))
    assert first.stop() == ""

    client = start().client()
    found = client.get_object(oss.GetObjectRequest(BUCKET, "a"))
    assert b"".join(found.body.iter_bytes()) == b"kept"
    assert (found.etag, found.metadata, found.tagging_count) == (written.etag, {"uid": "7"}, 1)
    assert client.get_bucket_acl(oss.GetBucketAclRequest(BUCKET)).acl == "public-read"
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(BUCKET, "b", upload, complete_all="yes"))
    assert client.head_object(oss.HeadObjectRequest(BUCKET, "b")).content_length == 4


def test_content_that_nothing_needs_any_more_is_removed(start: Callable[..., LocalOss], tmp_path: Path) -> None:
    client = start().client()
    blobs = tmp_path / "oss" / "blobs"

    def kept() -> int:
        return len(list(blobs.iterdir()))

    put(client, "a", b"first")
    put(client, "a", b"second")
    assert kept() == 1
    client.copy_object(oss.CopyObjectRequest(BUCKET, "a", source_key="a", metadata={"uid": "7"}))
    assert kept() == 1
    refusal(lambda: put(client, "a", forbid_overwrite=True))
    refusal(lambda: put(client, "a", content_md5="1B2M2Y8AsgTpgAmY7PhCfg=="))
    assert kept() == 1

    def overtaken() -> Iterator[bytes]:
        yield b"begun first"
        put(client, "c", b"ended first")
        yield b"and refused"

    assert refusal(lambda: put(client, "c", overtaken(), forbid_overwrite=True)).code == "FileAlreadyExists"
    client.delete_object(oss.DeleteObjectRequest(BUCKET, "c"))
    assert kept() == 1
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(BUCKET, "a")).upload_id
    for body in (b"part", b"the part again"):
        client.upload_part(oss.UploadPartRequest(BUCKET, "a", 1, upload, body=body))
    assert kept() == 2
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(BUCKET, "a", upload, complete_all="yes"))
    assert kept() == 1
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(BUCKET, "b")).upload_id
    client.upload_part(oss.UploadPartRequest(BUCKET, "b", 1, upload, body=b"part"))
    client.abort_multipart_upload(oss.AbortMultipartUploadRequest(BUCKET, "b", upload))
    client.delete_object(oss.DeleteObjectRequest(BUCKET, "a"))
    assert kept() == 0


def test_a_folder_is_served_by_one_process(start: Callable[..., LocalOss], tmp_path: Path) -> None:
    start()
    with pytest.raises(pytest.fail.Exception, match="another local OSS is using"):
        LocalOss.start(tmp_path)


def test_objects_expire_by_the_time_they_were_stored(
    start: Callable[..., LocalOss], receiver: Receiver, tmp_path: Path
) -> None:
    service = start()
    client = service.client()
    put(client, "enroll/old")
    put(client, "enroll/kept", tagging="keep=1")
    put(client, "other/old")
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(BUCKET, "enroll/parts")).upload_id
    client.upload_part(oss.UploadPartRequest(BUCKET, "enroll/parts", 1, upload, body=b"part"))
    rule = oss.LifecycleRule(
        prefix="enroll/old",
        status="Enabled",
        expiration=oss.LifecycleRuleExpiration(days=7),
    )
    aborting = oss.LifecycleRule(
        prefix="enroll/", status="Enabled", abort_multipart_upload=oss.LifecycleRuleAbortMultipartUpload(days=7)
    )
    configuration = oss.LifecycleConfiguration(rules=[rule, aborting])
    client.put_bucket_lifecycle(oss.PutBucketLifecycleRequest(BUCKET, lifecycle_configuration=configuration))
    service.stop()

    service = start("--clock-offset-ms", str(7 * DAY_MS - 60_000))
    client = service.client()
    client.list_objects_v2(oss.ListObjectsV2Request(BUCKET))
    assert service.objects().keys() == {"enroll/old", "enroll/kept", "other/old"}
    put(client, "enroll/old", b"new")
    service.stop()

    service = start("--notify", receiver.url, "--clock-offset-ms", str(7 * DAY_MS))
    client = service.client()
    part = oss.UploadPartRequest(BUCKET, "enroll/parts", 2, upload, body=b"part")
    assert refusal(lambda: client.upload_part(part)).code == "NoSuchUpload"
    assert client.head_object(oss.HeadObjectRequest(BUCKET, "enroll/old")).content_length == 3
    service.stop()

    service = start("--notify", receiver.url, "--clock-offset-ms", str(14 * DAY_MS))
    client = service.client()
    assert refusal(lambda: client.head_object(oss.HeadObjectRequest(BUCKET, "enroll/old"))).code == "NoSuchKey"
    assert service.objects().keys() == {"enroll/kept", "other/old"}
    assert service.outbox() == {"pending": 0, "delivered": 0}
    assert len(list((tmp_path / "oss" / "blobs").iterdir())) == 2
