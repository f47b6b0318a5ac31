"""OSS through the official SDK: pictures that were uploaded, and the payloads of work handed over.

Everything stays in the deployment's own private bucket, over the region's internal endpoint. A Range header is not
a size cap (an out-of-range one answers the whole object, documented), so the length is checked before and counted
while reading. Neither truncation nor the checksum is checked by the SDK on this path (measured): both are, here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec import Struct

from facegate import log
from facegate.credentials import Credentials
from facegate.errors import FacegateError
from facegate.settings import Endpoint
from facegate.values import Unshown

if TYPE_CHECKING:
    from alibabacloud_oss_v2 import Client

T = TypeVar("T")
BLOCK_BYTES = 64 * 1024
CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 5
ATTEMPTS = 3


class ObjectError(FacegateError):
    """An object could not be used.

    ├── ObjectMissing     there is none under that key (any more)
    ├── ObjectChanged     it was overwritten since the event told of it; the overwriting has an event of its own
    ├── ObjectTooLarge    it has more bytes than are accepted
    └── ObjectsUnavailable  OSS could not be reached, or answered nonsense: another try can help
    """


class ObjectMissing(ObjectError):
    code = "ObjectMissing"
    http_status = 404


class ObjectChanged(ObjectError):
    code = "ObjectChanged"
    http_status = 409


class ObjectTooLarge(ObjectError):
    code = "ToolargeImage"
    http_status = 413


class ObjectsUnavailable(ObjectError):
    code = "ObjectsUnavailable"
    http_status = 503


class StoredObject(Unshown, frozen=True):
    """`metadata` holds the x-oss-meta-* headers, without that prefix, in lower case."""

    data: bytes
    metadata: dict[str, str]


class Objects(Protocol):
    """The deployment's bucket. Every method raises ObjectError."""

    def get(self, key: str, max_bytes: int, etag: str | None = None) -> StoredObject:
        """The object, if it has at most `max_bytes` and, where `etag` is given, is still that version."""

    def put(self, key: str, data: bytes) -> None:
        """Writes an object."""

    def delete(self, key: str) -> None:
        """Deletes an object, if there is one."""

    def directly_in(self, folder: str) -> Iterator[str]:
        """The keys of the objects in `folder` (it ends with a slash), not of those in folders below it."""


class OssObjects(Struct, frozen=True):
    """The Objects of a deployment. The SDK's client lives as long as the process."""

    endpoint: Endpoint
    region: str
    bucket: str
    credentials: Callable[[], Credentials]

    def get(self, key: str, max_bytes: int, etag: str | None = None) -> StoredObject:
        for remaining in reversed(range(ATTEMPTS)):
            try:
                return self._get(key, max_bytes, etag)
            except ObjectsUnavailable:
                if not remaining:
                    raise
        raise AssertionError("the loop returns or raises")

    def put(self, key: str, data: bytes) -> None:
        from alibabacloud_oss_v2 import PutObjectRequest

        self._call(lambda client: client.put_object(PutObjectRequest(self.bucket, key, body=data)))

    def delete(self, key: str) -> None:
        from alibabacloud_oss_v2 import DeleteObjectRequest

        self._call(lambda client: client.delete_object(DeleteObjectRequest(self.bucket, key)))

    def directly_in(self, folder: str) -> Iterator[str]:
        from alibabacloud_oss_v2 import ListObjectsV2Request

        request = ListObjectsV2Request(self.bucket, prefix=folder, delimiter="/", max_keys=1_000)
        while True:
            page = self._call(lambda client: client.list_objects_v2(request))
            yield from (found.key for found in page.contents or [])
            if not page.is_truncated:
                return
            request.continuation_token = page.next_continuation_token

    def _get(self, key: str, max_bytes: int, etag: str | None) -> StoredObject:
        import requests.exceptions
        import urllib3.exceptions
        from alibabacloud_oss_v2 import GetObjectRequest

        # Event eTags come without quotes; whether OSS takes them so is unconfirmed.
        quoted = None if etag is None else f'"{etag}"'
        found = self._call(lambda client: client.get_object(GetObjectRequest(self.bucket, key, if_match=quoted)))
        try:
            data = _read(found, max_bytes)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise ObjectsUnavailable("the object could not be read to its end") from error
        finally:
            found.body.close()
        return StoredObject(data, {name.lower(): value for name, value in (found.metadata or {}).items()})

    def _call(self, use: Callable[[Client], Any]) -> Any:
        log.silence_sdks()
        from alibabacloud_oss_v2.exceptions import OperationError, ServiceError

        client, holder = _client(self.endpoint.url, self.region)
        holder.current = self.credentials()
        try:
            return use(client)
        except OperationError as error:
            cause = error.unwrap()
            status = cause.status_code if isinstance(cause, ServiceError) else 0
            raise _ERRORS.get(status, ObjectsUnavailable)(_MESSAGES.get(status, "OSS could not be reached")) from error


class _Holder:
    """The SDK asks for credentials at every attempt; an instance serves one invocation at a time."""

    current: Credentials | None = None


_ERRORS: dict[int, type[ObjectError]] = {404: ObjectMissing, 412: ObjectChanged}
_MESSAGES = {
    404: "there is no such object",
    412: "the object was overwritten in the meantime",
    403: "OSS refused access: the function's role lacks a permission",
}


def _read(found: Any, max_bytes: int) -> bytes:
    announced = int(found.content_length or 0)
    if announced > max_bytes:
        raise ObjectTooLarge(f"the object has more than {max_bytes} bytes")
    data = bytearray()
    for block in found.body.iter_bytes(block_size=BLOCK_BYTES):
        data += block
        if len(data) > max_bytes:
            raise ObjectTooLarge(f"the object has more than {max_bytes} bytes")
    if len(data) != announced:
        raise ObjectsUnavailable("the object was cut short on its way")
    _check_sum(bytes(data), found.hash_crc64)
    return bytes(data)


def _check_sum(data: bytes, announced: str | None) -> None:
    from alibabacloud_oss_v2.crc import Crc64

    if announced is None:
        return
    checksum = Crc64(0)
    checksum.update(data)
    if checksum.sum64() != int(announced):
        raise ObjectsUnavailable("the object was changed on its way: its checksum does not hold")


@lru_cache(maxsize=2)
def _client(url: str, region: str) -> tuple[Client, _Holder]:
    import requests
    from alibabacloud_oss_v2 import Client, config
    from alibabacloud_oss_v2.credentials import CredentialsProviderFunc
    from alibabacloud_oss_v2.transport import RequestsHttpClient
    from alibabacloud_oss_v2.types import Credentials as SdkCredentials

    from facegate import connections

    holder = _Holder()

    def current() -> SdkCredentials:
        if holder.current is None:
            raise ObjectsUnavailable("no credentials were set for OSS")
        given = holder.current
        return SdkCredentials(given.access_key_id, given.access_key_secret, given.security_token)

    settings = config.load_default()
    settings.region = region
    settings.endpoint = url
    settings.credentials_provider = CredentialsProviderFunc(current)
    session = requests.Session()
    session.trust_env = False  # the bucket is reached inside the region, never through a proxy
    for scheme in ("http://", "https://"):
        session.mount(scheme, connections.adapter())
    settings.http_client = RequestsHttpClient(
        session=session, connect_timeout=CONNECT_TIMEOUT_S, readwrite_timeout=READ_TIMEOUT_S
    )
    settings.retry_max_attempts = ATTEMPTS
    return Client(settings), holder
