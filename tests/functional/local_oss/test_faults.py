"""Faults on order: what a client of the local OSS sees of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import alibabacloud_oss_v2 as oss
import pytest
import requests
from alibabacloud_oss_v2.crc import Crc64

from tests.functional.local_oss_process import BUCKET, LocalOss, Receiver, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "enroll/7/a.jpg"
CONTENT = bytes(range(256)) * 4000


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    yield started
    started.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[LocalOss]:
    started = LocalOss.start(tmp_path_factory.mktemp("oss"), "--notify", receiver.url)
    yield started
    assert started.stop() == ""


@pytest.fixture
def service(running: LocalOss) -> LocalOss:
    running.control.delete("/_control/faults")
    running.client().put_object(oss.PutObjectRequest(BUCKET, KEY, body=CONTENT))
    running.control.delete("/_control/calls")
    return running


def get(client: oss.Client, **fields: Any) -> oss.GetObjectResult:
    return client.get_object(oss.GetObjectRequest(BUCKET, KEY, **fields))


def content(result: oss.GetObjectResult) -> bytes:
    return b"".join(result.body.iter_bytes())


def checksum(data: bytes) -> str:
    crc = Crc64(0)
    crc.update(data)
    return str(crc.sum64())


@pytest.mark.parametrize(
    ("fault", "status", "code"), [("http-500", 500, "InternalError"), ("http-503", 503, "ServiceUnavailable")]
)
@pytest.mark.parametrize("operation", ["GetObject", "PutObject"])
def test_errors_come_as_often_as_ordered_and_change_nothing(
    service: LocalOss, operation: str, fault: str, status: int, code: str
) -> None:
    service.order_fault(operation, fault, times=2)
    client = service.client()

    def call() -> object:
        if operation == "GetObject":
            return content(get(client))
        return client.put_object(oss.PutObjectRequest(BUCKET, KEY, body=b"new"))

    for _ in range(2):
        error = refusal(call)
        assert (error.status_code, error.code) == (status, code)
    assert service.objects()[KEY]["size"] == len(CONTENT)
    call()
    assert service.calls(operation) == 3


def test_the_sdk_s_own_retries_get_past_them(service: LocalOss) -> None:
    service.order_fault("GetObject", "http-503", times=1)
    service.order_fault("GetObject", "reset", times=1)
    assert content(get(service.client(retry_max_attempts=3))) == CONTENT
    assert service.calls("GetObject") == 3


@pytest.mark.parametrize(
    ("fault", "written"), [("reset", False), ("hang", False), ("reset-after", True), ("hang-after", True)]
)
def test_a_lost_answer_leaves_the_write_undone_or_done(service: LocalOss, fault: str, written: bool) -> None:
    service.order_fault("PutObject", fault)
    client = service.client(read_timeout=0.5)
    with pytest.raises(oss.exceptions.OperationError) as lost:
        client.put_object(oss.PutObjectRequest(BUCKET, KEY, body=b"new"))
    assert not isinstance(lost.value.unwrap(), oss.exceptions.ServiceError)
    assert service.objects()[KEY]["size"] == (3 if written else len(CONTENT))


def test_a_truncated_body_breaks_off_half_way(service: LocalOss) -> None:
    service.order_fault("GetObject", "truncated-body")
    result = get(service.client())
    assert result.content_length == len(CONTENT)
    pieces = bytearray()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        for piece in result.body.iter_bytes():
            pieces += piece
    assert CONTENT.startswith(bytes(pieces))
    assert len(pieces) <= len(CONTENT) // 2


def test_a_lying_length_passes_for_the_whole_except_by_its_checksum(service: LocalOss) -> None:
    service.order_fault("GetObject", "lying-content-length")
    client = service.client()
    result = get(client)
    data = content(result)
    assert data == CONTENT[: len(CONTENT) // 2]
    assert result.content_length == len(data)
    assert checksum(data) != result.hash_crc64 == checksum(CONTENT)
    assert content(get(client)) == CONTENT


def test_a_corrupt_body_and_a_wrong_checksum_disagree(service: LocalOss) -> None:
    service.order_fault("GetObject", "corrupt-body")
    result = get(service.client())
    data = content(result)
    assert (data[:-1], len(data)) == (CONTENT[:-1], len(CONTENT))
    assert checksum(data) != result.hash_crc64 == checksum(CONTENT)
    service.order_fault("GetObject", "wrong-crc")
    result = get(service.client())
    assert content(result) == CONTENT
    assert result.hash_crc64 != checksum(CONTENT)


def test_a_wrong_checksum_of_a_write_is_noticed_by_the_sdk(service: LocalOss) -> None:
    service.order_fault("PutObject", "wrong-crc")
    with pytest.raises(oss.exceptions.OperationError) as refused:
        service.client().put_object(oss.PutObjectRequest(BUCKET, KEY, body=CONTENT))
    assert isinstance(refused.value.unwrap(), oss.exceptions.InconsistentError)


def test_an_oversized_body_announces_no_length(service: LocalOss) -> None:
    service.order_fault("GetObject", "oversized-body")
    result = get(service.client())
    assert result.content_length is None
    pieces = result.body.iter_bytes(block_size=65536)
    received = b""
    while len(received) < 2 * len(CONTENT):
        received += next(pieces)
    result.body.close()
    assert received[: len(CONTENT)] == CONTENT
    assert not any(received[len(CONTENT) :])


def test_a_stalled_body_never_ends(service: LocalOss) -> None:
    service.order_fault("GetObject", "stalled-body")
    result = get(service.client(read_timeout=0.5))
    with pytest.raises(requests.exceptions.ConnectionError, match="timed out"):
        content(result)


@pytest.mark.parametrize("operation", ["HeadObject", "GetObjectMeta"])
def test_an_object_can_change_between_head_and_get(service: LocalOss, receiver: Receiver, operation: str) -> None:
    client = service.client()

    def head() -> str:
        if operation == "HeadObject":
            return str(client.head_object(oss.HeadObjectRequest(BUCKET, KEY)).etag)
        return str(client.get_object_meta(oss.GetObjectMetaRequest(BUCKET, KEY)).etag)

    service.order_fault(operation, "replaced-after-head")
    etag = head()
    assert refusal(lambda: get(client, if_match=etag)).code == "PreconditionFailed"
    assert content(get(client)) == b"replaced by a fault on order"
    size = len(b"replaced by a fault on order")
    receiver.until(lambda events: any(event["oss"]["object"]["size"] == size for event in events))
    service.order_fault(operation, "deleted-after-head")
    head()
    assert refusal(lambda: get(client)).code == "NoSuchKey"


@pytest.mark.parametrize(
    ("fault", "code"), [("replaced-before", "PreconditionFailed"), ("deleted-before", "NoSuchKey")]
)
def test_an_object_can_change_between_event_and_get(service: LocalOss, fault: str, code: str) -> None:
    client = service.client()
    etag = client.head_object(oss.HeadObjectRequest(BUCKET, KEY)).etag
    service.order_fault("GetObject", fault)
    assert refusal(lambda: get(client, if_match=etag)).code == code


def test_a_fault_can_be_for_one_key_and_can_be_called_off(service: LocalOss) -> None:
    service.order_fault("GetObject", "http-500", key="other")
    client = service.client()
    assert content(get(client)) == CONTENT
    assert service.control.get("/_control/faults").json() == [
        {"operation": "GetObject", "fault": "http-500", "times": 1, "key": "other"}
    ]
    service.order_fault("GetObject", "http-500", times=5)
    service.control.delete("/_control/faults")
    assert content(get(client)) == CONTENT
    assert service.control.get("/_control/faults").json() == []


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("{", "truncated"),
        ("oops", "malformed"),
        ("[]", "Expected `object`"),
        ('{"operation": "GetObject"}', "fault"),
        ('{"operation": "GetObject", "fault": "rain"}', "must be one of"),
        ('{"operation": "Sing", "fault": "reset"}', "must be one of"),
        ('{"operation": "PutObject", "fault": "truncated-body"}', "must be one of GetObject"),
        ('{"operation": "GetObject", "fault": "reset", "times": 0}', "times"),
        ('{"operation": "GetObject", "fault": "reset", "time": 1}', "unknown field"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(service: LocalOss, order: str, says: str) -> None:
    answer = service.control.post("/_control/faults", content=order)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
