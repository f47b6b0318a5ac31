"""The local cloud as the functional tests use it: through its public doors, each answer kept for the privacy check."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import httpx
import yaml
from alibabacloud_oss_v2.transport import RequestsHttpClient
from PIL import Image, ImageDraw

from facegate.credentials import Credentials
from facegate.invocation import Fc2Invoker
from facegate.ledger.failures import Failure, Failures
from facegate.ledger.store import TablestoreStore
from facegate.ledger.tables import FAILURE_KEY
from facegate.ledger.tombstones import Tombstones
from facegate.settings import Endpoint
from facegate.users import UserIds
from tests.contract import Answer

ROOT = Path(__file__).resolve().parents[1]
PHOTOS = ROOT / ".local" / "photos"
RAW_USER = "raw-user-"
"""Every raw user id of the tests begins with this, so that a search of all logs and answers can tell one."""


@dataclass
class Cloud:
    """A running local cloud. `answers` holds every body and header that any test was answered, `exchanges` the same by
    method and target.
    """

    url: str
    data: Path
    client: httpx.Client
    process: subprocess.Popen[str]
    answers: list[str] = field(default_factory=list)
    exchanges: list[tuple[str, str, Answer]] = field(default_factory=list)
    closing: ExitStack = field(default_factory=ExitStack)

    def post(self, operation: str, fields: Mapping[str, Any], *, via: str = "", **headers: str) -> httpx.Response:
        """The operation with a JSON body, at the HTTP trigger or (`via="/apigw"`) API Gateway."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"{via}/v1/{operation}", json=dict(fields), headers=sent)

    def stored(self, biz_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/results/{biz_id}")
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["Result"]
        return result

    def faults_left(self) -> list[Any]:
        """The faults on order at ID Verification and Tablestore that no call has met yet."""
        paths = ("/_local/faults", "/_local/tablestore/faults")
        return [fault for path in paths for fault in self.client.get(path).json()]

    def calls(self, action: str, count: str = "received") -> int:
        return int(self.client.get("/_local/calls").json()[action][count])

    def fault(self, action: str, fault: str, times: int = 1, **more: int) -> None:
        answer = self.client.post("/_local/faults", json={"action": action, "fault": fault, "times": times, **more})
        assert answer.is_success, answer.text

    def records(self, user: str) -> list[dict[str, Any]]:
        """The service's own face records of a user (keyed hash)."""
        return [row for row in self.client.get("/_local/records").json() if row["MerchantUserId"] == user]

    def endpoints(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/_local/endpoints").json()
        return found

    def logs(self) -> str:
        return "\n".join(path.read_text("utf-8") for path in sorted((self.data / "logs").glob("*.log")))

    def pseudonym(self, user: str) -> str:
        """The keyed hash under which everything knows the user."""
        secrets = json.loads((self.data / "secrets.json").read_text("utf-8"))
        return UserIds(secrets["user_id_key"].encode()).pseudonym(user)

    def enrolled(self, user: str) -> list[str]:
        """The face group of each of the user's records in the service. Each executed enrolment adds one."""
        return [record["FaceGroupCode"] for record in self.records(self.pseudonym(user))]

    @cached_property
    def bucket(self) -> str:
        name: str = self.endpoints()["bucket"]
        return name

    @cached_property
    def oss(self) -> oss.Client:
        """The unmodified SDK with the account's own key."""
        found = self.endpoints()
        transport = RequestsHttpClient(readwrite_timeout=30)
        transport.open()
        transport.session.trust_env = False
        self.closing.callback(transport.close)
        config = oss.config.load_default()
        config.region, config.endpoint, config.http_client = found["region"], found["oss"], transport
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(
            found["access_key_id"], found["access_key_secret"]
        )
        return oss.Client(config)

    def upload(self, key: str, data: bytes, **meta: str) -> str:
        """PutObject with `meta` as x-oss-meta-*; the object's ETag."""
        put = self.oss.put_object(oss.PutObjectRequest(self.bucket, key, body=data, metadata=meta or None))
        return str(put.etag).strip('"')

    def place(self, key: str, data: bytes) -> dict[str, Any]:
        """Puts an object without an event of its own; the record that tells of it."""
        source = f"sources/{uuid.uuid4().hex}"
        self.upload(source, data)
        copy = oss.CopyObjectRequest(self.bucket, key, source_bucket=self.bucket, source_key=source)
        return oss_record(key, str(self.oss.copy_object(copy).etag).strip('"'), len(data), bucket=self.bucket)

    def objects(self, prefix: str) -> list[str]:
        listed = self.client.get("/_local/oss/objects").json()
        return [one["key"] for one in listed if one["key"].startswith(prefix)]

    def notify(self, *records: Mapping[str, Any]) -> None:
        """OSS's notification of these records: through the triggers, into the queue."""
        answer = self.client.post("/_local/notify/oss", json={"events": records})
        assert answer.is_success, answer.text

    def publish(self, message: Mapping[str, Any] | bytes) -> str:
        """A message on the topic of the sign-ups; its id."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        answer = self.client.post("/_local/topics/signups", content=body)
        assert answer.is_success, answer.text
        message_id: str = answer.json()["MessageId"]
        return message_id

    def deliver(self, function: str, event: Mapping[str, Any] | bytes) -> Any:
        """What the function returns for the event, past the queue; for a function that raises, the error body."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        answer = self.client.post(f"/_local/functions/{function}/invocations", content=body)
        assert answer.is_success, answer.text
        return answer.json()

    def idle(self) -> None:
        """Waits until no event is on its way and no invocation pending or running."""
        answer = self.client.get("/_local/invocations/idle", params={"timeout": "80"})
        assert answer.is_success, answer.text

    def invocations(self, function: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.client.get("/_local/invocations", params={"function": function}).json()
        return listed

    def kill(self, function: str) -> int:
        """Ends all instances of the function by SIGKILL; how many there were."""
        killed: int = self.client.delete(f"/_local/functions/{function}/instances").json()["killed"]
        return killed

    def table_fault(self, api: str, fault: str, table: str, times: int = 1) -> None:
        order = {"api": api, "table": table, "fault": fault, "times": times}
        answer = self.client.post("/_local/tablestore/faults", json=order)
        assert answer.is_success, answer.text

    @cached_property
    def invoker(self) -> Fc2Invoker:
        """The layer's own client of Function Compute, with the account's own key."""
        return Fc2Invoker(_endpoint(self.endpoints()["function_compute"]), None, self._credentials)

    def _credentials(self) -> Credentials:
        found = self.endpoints()
        return Credentials(found["access_key_id"], found["access_key_secret"])

    @cached_property
    def _failures(self) -> Failures:
        found = self.endpoints()
        store = TablestoreStore(
            _endpoint(found["tablestore"]),
            found["tablestore_instance"],
            found["region"],
            {"facegate_failures": FAILURE_KEY},
            self._credentials,
        )
        return Failures(store, "facegate_failures", Tombstones(store, "facegate_claims", lambda: 0))

    def failures(self, user: str | None = None) -> list[Failure]:
        """The rows of the failure table: of one user, or all."""
        pseudonym = None if user is None else self.pseudonym(user)
        return [row for row in self._failures.all() if user is None or row.user == pseudonym]


@contextmanager
def running(data: Path, *options: str) -> Iterator[Cloud]:
    """A local cloud with its state in `data`, stopped at the end."""
    command = [sys.executable, "-m", "local", "up", "--port", "0", "--data", str(data), *options]
    errors = data.with_suffix(".stderr")
    with errors.open("w") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("ready http://"), errors.read_text()
        answers: list[str] = []
        exchanges: list[tuple[str, str, Answer]] = []

        def keep(response: httpx.Response) -> None:
            response.read()
            request = response.request
            if not request.url.path.startswith("/_local/"):
                answers.append(f"{response.headers}\n{response.text}")
                answer = Answer(response.status_code, response.headers, response.text)
                exchanges.append((request.method, request.url.raw_path.decode(), answer))

        url = ready.split()[1]
        with httpx.Client(base_url=url, timeout=90, event_hooks={"response": [keep]}, trust_env=False) as client:
            started = Cloud(url, data, client, process, answers, exchanges)
            with started.closing:
                yield started
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _endpoint(url: str) -> Endpoint:
    scheme, _, host = url.partition("://")
    return Endpoint(scheme, host)


def until(condition: Callable[[], bool]) -> None:
    """Waits for what another process does and cannot tell us of."""
    for _ in range(1_000):
        if condition():
            return
        time.sleep(0.03)  # counts and rows of another process: it offers no event to await
    raise AssertionError("this did not come about")


def template(folder: Path, **props: Any) -> tuple[str, str]:
    """The option for a copy of s.yaml, in `folder`, whose functions have these properties, or parts of them, on top."""
    document = yaml.safe_load((ROOT / "s.yaml").read_text("utf-8"))
    for resource in document["resources"].values():
        given = {**resource["props"], "code": str(ROOT / resource["props"]["code"])}
        changed = {name: {**given[name], **new} if isinstance(new, dict) else new for name, new in props.items()}
        resource["props"] = {**given, **changed}
    return "--template", str(written_template(document, folder))


def written_template(document: Any, folder: Path) -> Path:
    """The path of `document` as the s.yaml of `folder`, beside the files that s.yaml reads."""
    shutil.copytree(ROOT / "deploy" / "http-auth", folder / "deploy" / "http-auth")
    path = folder / "s.yaml"
    path.write_text(yaml.safe_dump(document), "utf-8")
    return path


def oss_record(
    key: str,
    etag: str,
    size: int,
    *,
    bucket: str = "facegate-local",
    name: str = "ObjectCreated:PutObject",
    at: str | None = None,
) -> dict[str, Any]:
    """One record of an OSS event, as recorded in events/; `at` is the time of the event, by default now."""
    event = json.loads((ROOT / "events" / "enroll-on-upload.oss.json").read_text("utf-8"))
    record: dict[str, Any] = event["events"][0]
    record["eventName"], record["eventTime"] = name, at or time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    record["oss"]["bucket"] = {**record["oss"]["bucket"], "name": bucket}
    record["oss"]["object"] = {**record["oss"]["object"], "key": key, "eTag": etag, "size": size, "deltaSize": size}
    return record


def upload_id(bucket: str, key: str, etag: str) -> str:
    """The id of an upload's result, as its uploader computes it by docs/events.md."""
    return hashlib.sha256(f"{bucket}\n{key}\n{etag}".encode()).hexdigest()[:32]


def photo_bytes(name: str) -> bytes:
    """A photograph as it was fetched: obama, obama2, obama3, obama_partial_face, biden, collins, coffee."""
    (path,) = PHOTOS.glob(f"{name}.*")
    return path.read_bytes()


def photo(name: str) -> str:
    return base64.b64encode(photo_bytes(name)).decode()


def drawn(width: int, height: int, form: str = "JPEG") -> bytes:
    """A picture without a face: a slanted pattern."""
    image = Image.new("RGB", (width, height), (90, 120, 150))
    draw = ImageDraw.Draw(image)
    for x in range(-height, width, 40):
        draw.line([(x, 0), (x + height, height)], fill=(200, 180, 90), width=9)
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def new_id() -> str:
    return uuid.uuid4().hex


def raw_user() -> str:
    return RAW_USER + uuid.uuid4().hex[:12]


def face_compare(source: str = "obama", target: str = "obama2", **more: Any) -> dict[str, Any]:
    return {"SourceFacePicture": photo(source), "TargetFacePicture": photo(target), **more}


def compare_faces(source: str = "obama", target: str = "obama2", **more: Any) -> dict[str, Any]:
    return {
        "SourceImageType": "FacePic",
        "TargetImageType": "FacePic",
        "SourceImageValue": photo(source),
        "TargetImageValue": photo(target),
        **more,
    }


def cross_compare(first: str = "obama", second: str = "obama2", third: str = "obama3", **more: Any) -> dict[str, Any]:
    pictures = {
        f"Source{letter}FacePicture": photo(who) for letter, who in zip("ABC", (first, second, third), strict=True)
    }
    return {**pictures, **more}


def search(source: str = "obama3", **more: Any) -> dict[str, Any]:
    return {"MerchantUserId": raw_user(), "VerifyModel": "0", "SourceFacePicture": photo(source), **more}


def enrol(user: str, picture: str = "obama", **more: Any) -> dict[str, Any]:
    return {"MerchantUserId": user, "FacePicture": photo(picture), **more}
