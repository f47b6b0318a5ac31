"""The local ID Verification service as its own process, through the unmodified official SDK over real sockets."""

from __future__ import annotations

import base64
import contextlib
import functools
import http.server
import io
import json
import os
import re
import select
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest
from alibabacloud_cloudauth_intl20220809 import models
from alibabacloud_cloudauth_intl20220809.client import Client
from alibabacloud_tea_openapi.client import Client as GenericClient
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from darabonba.exceptions import UnretryableException
from darabonba.policy.retry import RetryCondition, RetryOptions
from darabonba.runtime import RuntimeOptions
from PIL import Image

from local.credentials import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / ".local" / "photos"
ACCOUNT = Account.new()
BIZ_ID = "e0c34a77f5ac40a5aa5e6ed20c350000"
REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
READY_SECONDS = 60


@dataclass(frozen=True)
class Service:
    process: subprocess.Popen[str]
    control: httpx.Client

    @property
    def endpoint(self) -> str:
        return self.control.base_url.netloc.decode()

    def config(self, **changes: Any) -> Config:
        account = {"access_key_id": ACCOUNT.access_key_id, "access_key_secret": ACCOUNT.access_key_secret}
        return Config(**{"endpoint": self.endpoint, "protocol": "HTTP", **account, **changes})

    def client(self, **changes: Any) -> Any:
        return Client(self.config(**changes))

    def call(self, action: str, version: str, body: dict[str, str], **changes: Any) -> Any:
        """Through the generic client, as CompareFaces is called without its package."""
        params = Params(
            action=action,
            version=version,
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        return GenericClient(self.config(**changes)).call_api(params, OpenApiRequest(body=body), RuntimeOptions())

    def calls(self, action: str) -> dict[str, int]:
        counts: dict[str, int] = self.control.get("/_control/calls").json()[action]
        return counts

    def records(self, group: str) -> list[dict[str, str]]:
        return [r for r in self.control.get("/_control/records").json() if r["FaceGroupCode"] == group]

    def order_fault(self, action: str, fault: str, times: int = 1, **more: int) -> None:
        order = {"action": action, "fault": fault, "times": times, **more}
        self.control.post("/_control/faults", json=order).raise_for_status()


def start(data: Path, *options: str) -> Service:
    command = [sys.executable, "-m", "local.id_verification", "--data", str(data), "--face-groups", "members,staff"]
    keys = ["--access-key-id", ACCOUNT.access_key_id, "--access-key-secret", ACCOUNT.access_key_secret]
    process = subprocess.Popen(
        [*command, *keys, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    ready = select.select([process.stdout], [], [], READY_SECONDS)[0] and process.stdout.readline()
    if not ready or not ready.startswith("ready "):
        process.kill()
        output = process.communicate()[0]
        pytest.fail(f"the service did not start: {ready or 'no output'}{output}")
    return Service(process, httpx.Client(base_url=ready.split()[1], trust_env=False, timeout=30))


def stop(service: Service) -> str:
    """What the service wrote after its `ready` line."""
    service.control.close()
    service.process.terminate()
    output: str = service.process.communicate(timeout=30)[0]
    return output


@pytest.fixture(scope="module", autouse=True)
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "DEBUG"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = start(tmp_path_factory.mktemp("data"), "--qps", "1000")
    yield service
    assert stop(service) == "", "the service must log nothing in normal work"


@pytest.fixture
def service(running: Service) -> Service:
    running.control.delete("/_control/faults")
    running.control.delete("/_control/calls")
    return running


@pytest.fixture
def group(service: Service) -> str:
    """A face group of the test's own."""
    code = f"g{uuid.uuid4().hex[:12]}"
    service.control.post("/_control/face-groups", json={"code": code}).raise_for_status()
    return code


# --- pictures ---------------------------------------------------------------------------------------------------


def picture(name: str) -> Image.Image:
    """A photograph with its short side at 720 pixels, and at most 1920 tall."""
    file = PHOTOS / name
    assert file.exists(), f"{file} is missing: fetch the test photographs first"
    with Image.open(file) as image:
        scale = 720 / min(image.size)
        resized = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    return resized.crop((0, 0, resized.width, min(resized.height, 1920)))


def encode(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 90} if kind == "JPEG" else {}), **options)
    return buffer.getvalue()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@functools.cache
def photo(name: str) -> str:
    """Base64 of a conforming JPEG."""
    return text(encode(picture(name)))


@functools.cache
def gradient() -> str:
    """A conforming picture without a face."""
    return text(encode(Image.linear_gradient("L").resize((720, 960))))


def oversized(length: int) -> str:
    """A valid JPEG, filled up to `length` bytes."""
    jpeg = base64.b64decode(gradient())
    return text(jpeg + bytes(length - len(jpeg)))


# --- calls ------------------------------------------------------------------------------------------------------


def compare_request(**changes: Any) -> Any:
    given = {
        "merchant_biz_id": BIZ_ID,
        "source_face_picture": photo("obama.jpg"),
        "target_face_picture": photo("obama2.jpg"),
        **changes,
    }
    return models.FaceCompareRequest(**given)


def face_compare(service: Service, **changes: Any) -> Any:
    return service.client().face_compare(compare_request(**changes)).body


def cross_compare(service: Service, a: str, b: str, c: str, **changes: Any) -> Any:
    request = models.FaceCrossCompareIntlRequest(
        product_code="FACE_CROSS_COMPARE",
        merchant_biz_id=BIZ_ID,
        source_aface_picture=photo(a),
        source_bface_picture=photo(b),
        source_cface_picture=photo(c),
        **changes,
    )
    return service.client().face_cross_compare_intl(request).body.result


def duplication_check(service: Service, source: str, **changes: Any) -> Any:
    given = {
        "product_code": "FACE_IDU_MIN",
        "merchant_biz_id": BIZ_ID,
        "merchant_user_id": "user",
        "verify_model": "0",
        "source_face_picture": photo(source),
        **changes,
    }
    request = models.FaceDuplicationCheckIntlRequest(**given)
    return service.client().face_duplication_check_intl(request).body.result


def enrol(service: Service, group: str, user: str | None, source: str = "obama.jpg", **changes: Any) -> Any:
    given = {
        "product_code": "FACE_ENROLL",
        "face_group_code": group,
        "merchant_user_id": user,
        "face_picture": photo(source),
        **changes,
    }
    return service.client().add_face_record(models.AddFaceRecordRequest(**given)).body.result


def compare_faces(service: Service, **changes: str) -> Any:
    body = {
        "SourceImageType": "FacePic",
        "SourceImageValue": "base64://" + photo("obama.jpg"),
        "TargetImageType": "IDPic",
        "TargetImageValue": "base64://" + photo("obama3.jpg"),
        **changes,
    }
    return service.call("CompareFaces", "2019-03-07", body)


def refusal(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises((ClientException, ServerException)) as refused:
        call()
    assert REQUEST_ID.fullmatch(refused.value.data["RequestId"])
    return refused.value.status_code, refused.value.code


# --- one to one -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "target", "passed"),
    [
        ("obama.jpg", "obama.jpg", "Y"),
        ("obama.jpg", "obama2.jpg", "Y"),
        ("obama2.jpg", "obama3.jpg", "Y"),
        ("obama3.jpg", "obama_partial_face.jpg", "Y"),
        ("obama_partial_face.jpg", "obama_partial_face2.jpg", "Y"),
        ("obama.jpg", "biden.jpg", "N"),
        ("biden.jpg", "obama3.jpg", "N"),
    ],
)
def test_face_compare_tells_people_apart(service: Service, source: str, target: str, passed: str) -> None:
    body = face_compare(service, source_face_picture=photo(source), target_face_picture=photo(target))
    assert (body.code, body.message, body.result.passed) == ("Success", "success", passed)
    assert REQUEST_ID.fullmatch(body.request_id)
    score = body.result.face_comparison_score
    assert isinstance(score, float)
    assert 90 < score <= 100 if passed == "Y" else 0 <= score < 60


def test_a_png_is_as_good_as_a_jpeg(service: Service) -> None:
    png = text(encode(picture("obama.jpg").resize((480, 640)).quantize(64), "PNG"))
    assert face_compare(service, source_face_picture=png).result.passed == "Y"


def test_the_largest_face_counts(service: Service) -> None:
    crowd = Image.new("RGB", (1080, 960))
    crowd.paste(picture("obama.jpg"), (0, 0))
    crowd.paste(picture("biden.jpg").resize((360, 818)), (720, 0))
    source = text(encode(crowd))
    assert face_compare(service, source_face_picture=source).result.passed == "Y"
    other = face_compare(service, source_face_picture=source, target_face_picture=photo("biden.jpg"))
    assert other.result.passed == "N"


@pytest.mark.parametrize(
    ("pictures", "model", "passed", "pairs"),
    [
        (("obama.jpg", "obama2.jpg", "obama3.jpg"), None, "Y", {"a2b", "b2c"}),
        (("obama.jpg", "obama2.jpg", "obama3.jpg"), "1", "Y", {"a2b", "b2c", "c2a"}),
        (("obama.jpg", "obama2.jpg", "biden.jpg"), "0", "N", {"a2b"}),
        (("biden.jpg", "obama2.jpg", "obama3.jpg"), "1", "N", {"b2c"}),
        (("obama.jpg", "biden.jpg", "obama3.jpg"), "1", "N", {"c2a"}),
    ],
)
def test_face_cross_compare(
    service: Service, pictures: tuple[str, str, str], model: str | None, passed: str, pairs: set[str]
) -> None:
    result = cross_compare(service, *pictures, compare_model=model)
    scores = {pair: getattr(result, f"face_comparison_score_{pair}") for pair in ("a2b", "b2c", "c2a")}
    assert result.face_passed == passed
    assert (scores["c2a"] is None) == (model != "1")
    assert {pair for pair, score in scores.items() if score is not None and 0.9 < score <= 1} == pairs


@pytest.mark.parametrize(("target", "alike"), [("obama3.jpg", True), ("biden.jpg", False)])
def test_compare_faces_leaves_the_verdict_to_the_caller(service: Service, target: str, alike: bool) -> None:
    answer = compare_faces(service, TargetImageValue="base64://" + photo(target))
    body = answer["body"]
    assert (body["Code"], body["Success"]) == ("200", True)
    assert body.keys() == {"RequestId", "Code", "Message", "Success", "Data"}
    assert answer["headers"]["x-acs-request-id"] == body["RequestId"]
    thresholds = json.loads(body["Data"]["ConfidenceThresholds"])
    assert thresholds == {"0.0001": "90.07", "0.001": "80.01", "0.01": "70.02"}
    assert all((body["Data"]["SimilarityScore"] >= float(value)) == alike for value in thresholds.values())


# --- refused pictures and parameters ----------------------------------------------------------------------------


def sideways() -> str:
    exif = Image.Exif()
    exif[0x0112] = 6
    return text(encode(picture("obama.jpg").rotate(90, expand=True), exif=exif))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(gradient, (401, "NoFaceDetected"), id="no face"),
        pytest.param(sideways, (401, "NoFaceDetected"), id="sideways with an orientation tag"),
        pytest.param(lambda: oversized(600_001), (401, "ToolargeImage"), id="too large"),
        pytest.param(lambda: text(b"plain text"), (401, "UnqualifiedPhoto"), id="not a picture"),
        pytest.param(lambda: text(encode(picture("obama.jpg"), "WEBP")), (401, "UnqualifiedPhoto"), id="WebP"),
        pytest.param(
            lambda: text(encode(picture("obama.jpg").resize((479, 640)))),
            (401, "UnqualifiedPhoto"),
            id="too few pixels",
        ),
        pytest.param(
            lambda: text(encode(picture("obama.jpg").resize((1081, 1351)))), (401, "UnqualifiedPhoto"), id="too many"
        ),
        pytest.param(lambda: photo("obama.jpg")[:40_000], (401, "UnqualifiedPhoto"), id="truncated"),
        pytest.param(
            lambda: "data:image/jpeg;base64," + photo("obama.jpg"), (400, "InvalidParameter"), id="data: header"
        ),
        pytest.param(lambda: photo("obama.jpg").replace("+", " "), (400, "InvalidParameter"), id="spaces for plus"),
        pytest.param(lambda: None, (400, "MissingParameter"), id="none"),
    ],
)
def test_unfit_pictures_are_refused_and_not_billed(
    service: Service, make: Callable[[], str | None], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: face_compare(service, source_face_picture=make())) == expected
    assert refusal(lambda: face_compare(service, target_face_picture=make())) == expected
    assert service.calls("FaceCompare") == {"received": 2, "executed": 0, "billed": 0, "throttled": 0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"merchant_biz_id": None}, (400, "MissingParameter")),
        ({"merchant_biz_id": "not-alphanumeric"}, (400, "InvalidParameter")),
        ({"source_face_picture_url": "http://127.0.0.1:9/p.jpg"}, (401, "DataDuplication")),
    ],
)
def test_parameter_rules_apply_before_any_work(
    service: Service, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: face_compare(service, **change)) == expected


def test_an_error_names_the_endpoint_and_the_picture(service: Service) -> None:
    with pytest.raises(ClientException) as refused:
        face_compare(service, target_face_picture=gradient())
    assert refused.value.data["HostId"] == service.endpoint
    assert "TargetFacePicture" in refused.value.data["Message"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SourceImageType": "IDPic"}, (400, "InvalidParam.FacePicNotGiven")),
        ({"SourceImageType": ""}, (400, "InvalidParam.ImageTypeEmpty")),
        ({"TargetImageType": "Selfie"}, (400, "InvalidParam.ImageTypeInvalid")),
        ({"TargetImageValue": ""}, (403, "InvalidParam.ParamMissing")),
        ({"TargetImageValue": "/tmp/picture.jpg"}, (400, "InvalidParam.ImageValuePatternError")),
        ({"TargetImageValue": "base64://AAA"}, (400, "InvalidParam.ImageValuePatternError")),
        ({"TargetImageValue": "http://127.0.0.1:9/p.jpg"}, (500, "Error.CompareFacesError")),
    ],
)
def test_compare_faces_has_codes_of_its_own(
    service: Service, change: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: compare_faces(service, **change)) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [(gradient, (400, "Error.NoFaceDetected")), (lambda: oversized(2_000_001), (500, "Error.CompareFacesError"))],
)
def test_compare_faces_refuses_unfit_pictures(
    service: Service, make: Callable[[], str], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: compare_faces(service, SourceImageValue="base64://" + make())) == expected


def test_a_body_above_8_mb_is_refused(service: Service) -> None:
    answer = service.control.post("/", content=b"a" * 8_000_001)
    assert (answer.status_code, answer.json()["Code"]) == (413, "RequestBodyTooLarge")


# --- pictures by URL --------------------------------------------------------------------------------------------


class PictureSite(http.server.BaseHTTPRequestHandler):
    """/photo.jpg is a photograph, /face-free has no face, /bytes/N are N bytes, /stall never answers, else 404."""

    released: threading.Event

    def do_GET(self) -> None:
        if self.path == "/stall":
            self.released.wait(60)
            return
        kind, _, rest = self.path.split("?")[0].strip("/").partition("/")
        pages: dict[str, Callable[[], str]] = {
            "photo.jpg": lambda: photo("obama.jpg"),
            "face-free": gradient,
            "bytes": lambda: oversized(int(rest)),
        }
        make = pages.get(kind)
        content = base64.b64decode(make()) if make else b""
        self.send_response(200 if make else 404)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    PictureSite.released = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), PictureSite)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    PictureSite.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def by_url(url: str) -> dict[str, Any]:
    return {"source_face_picture": None, "source_face_picture_url": url}


def test_a_picture_may_come_by_url(service: Service, group: str, site: str) -> None:
    url = f"{site}/photo.jpg?sign=a%2Fb+c"
    assert face_compare(service, **by_url(url)).result.passed == "Y"
    assert compare_faces(service, SourceImageValue=url)["body"]["Success"] is True
    enrol(service, group, None, face_picture=None, face_picture_url=url)
    assert [record["MerchantUserId"] for record in service.records(group)] == ["photo"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("{site}/absent", (401, "DownloadTimeout")),
        ("{site}/stall", (401, "DownloadTimeout")),
        ("http://127.0.0.1:9/p.jpg", (401, "DownloadTimeout")),
        ("http://", (400, "InvalidParameter")),
        ("http://[/p.jpg", (401, "DownloadTimeout")),
        ("oss://bucket/p.jpg", (400, "InvalidParameter")),
        ("file:///etc/passwd", (400, "InvalidParameter")),
        ("{site}/face-free", (401, "NoFaceDetected")),
        ("{site}/bytes/1000000", (401, "NoFaceDetected")),
        ("{site}/bytes/1000001", (401, "ToolargeImage")),
    ],
)
def test_pictures_by_url_are_refused(service: Service, site: str, url: str, expected: tuple[int, str]) -> None:
    assert refusal(lambda: face_compare(service, **by_url(url.format(site=site)))) == expected


# --- one to many ------------------------------------------------------------------------------------------------


def test_a_search_finds_the_nearest_faces_first(service: Service, group: str) -> None:
    for user in ("obama3.jpg", "obama2.jpg", "biden.jpg", "obama_partial_face.jpg"):
        enrol(service, group, user, user)

    def found(**changes: Any) -> list[str]:
        result = duplication_check(service, "obama.jpg", **{"face_group_codes": group, **changes})
        assert (result.face_passed, result.sub_code) == ("N", "233")
        hits = json.loads(result.duplicate_face)
        assert all(hit.keys() == {"faceGroupCode", "faceId", "merchantUserId"} for hit in hits)
        return [hit["merchantUserId"] for hit in hits]

    nearest = ["obama_partial_face.jpg", "obama3.jpg", "obama2.jpg"]
    assert found() == nearest[:1]
    assert found(return_faces="2") == nearest[:2]
    assert found(return_faces="5") == nearest
    assert found(return_faces="5", face_group_codes=f"staff,{group}") == nearest


def test_a_face_that_is_not_found_passes(service: Service, group: str) -> None:
    enrol(service, group, "biden", "biden.jpg")
    result = duplication_check(service, "obama.jpg", face_group_codes=group)
    assert result.to_map().keys() == {"FacePassed", "SubCode", "TransactionId"}
    assert (result.face_passed, result.sub_code) == ("Y", "200")


@pytest.mark.parametrize(
    ("target", "code", "passed"), [("obama2.jpg", "200", "Y"), ("biden.jpg", "204", "N")], ids=["same", "other"]
)
def test_verify_model_1_compares_only(service: Service, target: str, code: str, passed: str) -> None:
    result = duplication_check(service, "obama.jpg", verify_model="1", target_face_picture=photo(target))
    assert (result.sub_code, result.face_passed) == (code, passed)
    assert isinstance(result.face_comparison_score, str)
    assert (float(result.face_comparison_score) > 90) == (passed == "Y")


@pytest.mark.parametrize(
    ("enrolled", "target", "code"),
    [("biden.jpg", "obama2.jpg", "200"), ("obama3.jpg", "obama2.jpg", "233"), ("obama3.jpg", "biden.jpg", "204")],
)
def test_verify_model_2_searches_and_compares(
    service: Service, group: str, enrolled: str, target: str, code: str
) -> None:
    enrol(service, group, "known", enrolled)
    result = duplication_check(
        service, "obama.jpg", verify_model="2", face_group_codes=group, target_face_picture=photo(target)
    )
    assert (result.sub_code, result.face_passed) == (code, "Y" if code == "200" else "N")
    assert (result.duplicate_face is None) == (enrolled == "biden.jpg")


@pytest.mark.parametrize(
    ("liveness", "scene", "expected"),
    [
        ("1", "attack", ("Y", "205")),
        ("1", "sign-up", ("N", "200")),
        ("0", "attack", (None, "200")),
        (None, None, (None, "200")),
    ],
)
def test_passive_liveness_answers_only_when_asked(
    service: Service, group: str, liveness: str | None, scene: str | None, expected: tuple[str | None, str]
) -> None:
    result = duplication_check(service, "obama.jpg", face_group_codes=group, liveness=liveness, scene_code=scene)
    assert (result.face_attack, result.sub_code) == expected
    assert (result.face_attack_score is None) == (result.face_attack is None)


# --- enrolment --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auto_registration", "scene", "result"),
    [("0", None, 1), ("0", "attack", 0), ("1", None, None), (None, None, None)],
)
def test_auto_registration_0_registers_a_new_face(
    service: Service, group: str, auto_registration: str | None, scene: str | None, result: int | None
) -> None:
    answer = duplication_check(
        service,
        "obama.jpg",
        face_group_codes=group,
        auto_registration=auto_registration,
        face_register_group_code=group,
        liveness="1",
        scene_code=scene,
    )
    assert answer.face_registration_result == result
    registered = [answer.face_registration_id] if result == 1 else []
    assert [record["FaceId"] for record in service.records(group)] == registered


def test_auto_registration_leaves_a_known_face_alone(service: Service, group: str) -> None:
    registering = {"face_group_codes": group, "auto_registration": "0", "face_register_group_code": group}
    assert duplication_check(service, "obama.jpg", **registering).face_registration_result == 1
    again = duplication_check(service, "obama2.jpg", **registering)
    assert (again.sub_code, again.face_registration_result, again.face_registration_id) == ("233", 0, None)
    assert len(service.records(group)) == 1


@pytest.mark.parametrize(("update", "result", "found"), [("Y", 1, "obama.jpg"), ("N", 0, "biden.jpg")])
def test_update_face_if_user_exists(service: Service, group: str, update: str, result: int, found: str) -> None:
    enrol(service, group, "user", "biden.jpg")
    answer = duplication_check(
        service,
        "obama.jpg",
        face_group_codes=group,
        auto_registration="0",
        face_register_group_code=group,
        update_face_if_user_exists=update,
    )
    assert (answer.sub_code, answer.face_registration_result) == ("200", result)
    assert len(service.records(group)) == 1
    assert duplication_check(service, found, face_group_codes=group).sub_code == "233"


def test_simultaneous_checks_register_a_new_face_once(service: Service, group: str) -> None:
    registering = {"face_group_codes": group, "auto_registration": "0", "face_register_group_code": group}
    with ThreadPoolExecutor(4) as pool:
        names = ["obama.jpg", "obama2.jpg", "obama3.jpg", "obama_partial_face.jpg"]
        results = list(pool.map(lambda name: duplication_check(service, name, **registering), names))
    assert sorted(result.sub_code for result in results) == ["200", "233", "233", "233"]
    assert len(service.records(group)) == 1


def test_an_enrolment_twice_is_two_records(service: Service, group: str) -> None:
    results = [enrol(service, group, "user"), enrol(service, group, "user")]
    assert [(r.passed, json.loads(r.ext_face_info)) for r in results] == [("Y", {"faceQuality": "HIGH"})] * 2
    records = service.records(group)
    assert [record["MerchantUserId"] for record in records] == ["user", "user"]
    assert records[0]["FaceId"] != records[1]["FaceId"]
    assert service.calls("AddFaceRecord") == {"received": 2, "executed": 2, "billed": 2, "throttled": 0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"face_group_code": "absent"}, (400, "InvalidParameter")),
        ({"merchant_user_id": "u" * 33}, (400, "InvalidParameter")),
        ({"product_code": "FACE_IDU_MIN"}, (400, "InvalidParameter")),
        ({"face_picture": lambda: text(encode(picture("obama.jpg"), "PNG"))}, (401, "UnqualifiedPhoto")),
        ({"face_picture": lambda: oversized(1_000_001)}, (401, "ToolargeImage")),
        ({"face_picture": gradient}, (401, "NoFaceDetected")),
    ],
)
def test_refused_enrolments_leave_no_record(
    service: Service, group: str, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    made = {name: value() if callable(value) else value for name, value in change.items()}
    given = {"merchant_user_id": "user", **made}
    assert refusal(lambda: enrol(service, group, given.pop("merchant_user_id"), **given)) == expected
    assert service.records(group) == []


@pytest.mark.parametrize("change", [{"face_group_codes": "members,absent"}, {"face_register_group_code": "absent"}])
def test_searches_and_registrations_need_known_groups(service: Service, group: str, change: dict[str, str]) -> None:
    given = {"face_group_codes": group, "auto_registration": "0", "face_register_group_code": group, **change}
    assert refusal(lambda: duplication_check(service, "obama.jpg", **given)) == (400, "InvalidParameter")


# --- administration ---------------------------------------------------------------------------------------------


def query_records(service: Service, group: str, **changes: Any) -> Any:
    given = {"current_page": 1, "page_size": 10, "face_group_code": group, **changes}
    return service.client().query_face_record(models.QueryFaceRecordRequest(**given)).body


def test_records_are_queried_by_page_and_filter(service: Service, group: str) -> None:
    for user in ("a", "b", "c"):
        enrol(service, group, user)
    everything = query_records(service, group)
    assert [item.merchant_user_id for item in everything.items] == ["a", "b", "c"]
    assert (everything.total_count, everything.total_page) == (3, 1)
    second = query_records(service, group, current_page=2, page_size=2)
    assert ([item.merchant_user_id for item in second.items], second.total_page) == (["c"], 2)
    (item,) = query_records(service, group, merchant_user_id="b").items
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item.gmt_create)
    assert item.registration_type == "MANUAL"
    assert item.img_oss_url is None
    assert query_records(service, group, face_id=item.face_id).total_count == 1
    assert query_records(service, group, registration_type="AUTO").items == []


def test_groups_are_queried(service: Service, group: str) -> None:
    client = service.client()
    every = client.query_face_group(models.QueryFaceGroupRequest(current_page=1, page_size=100)).body
    assert [item.code for item in every.items][:2] == ["members", "staff"]
    one = client.query_face_group(models.QueryFaceGroupRequest(current_page=1, page_size=1, group_code=group)).body
    assert [item.code for item in one.items] == [group]


def test_a_record_is_deleted_by_its_id(service: Service, group: str) -> None:
    enrol(service, group, "user")
    (item,) = query_records(service, group).items
    deleted = [
        service.client().delete_face_record(models.DeleteFaceRecordRequest(id=str(item.id))).body.data for _ in "12"
    ]
    assert (deleted, service.records(group)) == ([1, 0], [])


def test_a_user_is_erased_from_one_group_or_from_all(service: Service, group: str) -> None:
    user = uuid.uuid4().hex
    for code in (group, "members", "staff"):
        enrol(service, code, user)

    def erase(**changes: str) -> tuple[str, str]:
        request = models.DeleteFaceRecordV2Request(merchant_user_id=user, **changes)
        result = service.client().delete_face_record_v2(request).body.result
        return result.deleted, result.deleted_group_codes

    assert erase(face_group_code=group) == ("Y", group)
    assert erase() == ("Y", "members,staff")
    assert erase() == ("N", "")
    assert refusal(lambda: erase(face_group_code="absent")) == (400, "InvalidParameter")
    assert duplication_check(service, "obama.jpg", face_group_codes=group).sub_code == "200"


def test_a_verification_result_is_deleted_once(service: Service) -> None:
    transaction = face_compare(service).result.transaction_id
    request = models.DeleteVerifyResultRequest(transaction_id=transaction, delete_after_query="N", delete_type="All")
    results = [service.client().delete_verify_result(request).body.result for _ in "12"]
    assert [(r.delete_result, r.transaction_id) for r in results] == [("Y", transaction), ("N", transaction)]


def test_keepalive_is_not_billed(service: Service) -> None:
    assert service.client().keepalive_intl().body.result.result == "SUCCESS"
    assert service.calls("KeepaliveIntl") == {"received": 1, "executed": 1, "billed": 0, "throttled": 0}


# --- keys and signatures ----------------------------------------------------------------------------------------


def temporary(seconds: int) -> dict[str, str]:
    return vars(ACCOUNT.issue(int(time.time()) + seconds))


def test_a_temporary_key_is_as_good_as_the_account_s(service: Service) -> None:
    assert service.client(**temporary(600)).keepalive_intl().body.code == "Success"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({"access_key_secret": "wrong"}, (400, "SignatureDoesNotMatch")),
        ({"access_key_id": "LTAIunknown"}, (404, "InvalidAccessKeyId.NotFound")),
        (temporary(-1), (400, "InvalidSecurityToken.Expired")),
        ({**temporary(600), "security_token": "9999999999.0"}, (403, "InvalidSecurityToken.Malformed")),
        ({**temporary(600), "access_key_secret": "wrong"}, (400, "SignatureDoesNotMatch")),
    ],
)
def test_other_keys_are_refused_and_not_counted(
    service: Service, key: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(lambda: service.client(**key).keepalive_intl()) == expected
    assert service.calls("KeepaliveIntl")["received"] == 0


@pytest.mark.parametrize(
    ("action", "version"), [("FaceGuess", "2022-08-09"), ("CompareFaces", "2022-08-09"), ("FaceCompare", "2019-03-07")]
)
def test_unknown_actions_and_versions_are_not_found(service: Service, action: str, version: str) -> None:
    assert refusal(lambda: service.call(action, version, {})) == (404, "InvalidAction.NotFound")


def eventually(read: Callable[[], T], expected: T) -> T:
    """What was read last: `expected`, unless it does not come. The service goes on when a client has given up."""
    deadline = time.monotonic() + 30
    while (seen := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    return seen


# --- rate limit and faults --------------------------------------------------------------------------------------


def test_each_action_has_its_own_rate_limit(tmp_path: Path) -> None:
    service = start(tmp_path, "--qps", "1", "--latency-ms", "1")
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: throttled_or_code(service), range(16)))
    assert service.client().query_face_group(models.QueryFaceGroupRequest(current_page=1, page_size=1)).body.items
    counts = service.calls("KeepaliveIntl")
    stop(service)
    assert set(outcomes) == {"Success", "Throttling.Api"}
    assert counts["throttled"] == outcomes.count("Throttling.Api")
    assert counts["executed"] == outcomes.count("Success")


def throttled_or_code(service: Service) -> str:
    try:
        return str(service.client().keepalive_intl().body.code)
    except ClientException as error:
        assert error.status_code == 403
        return str(error.code)


@pytest.mark.parametrize(
    ("fault", "expected", "throttled"),
    [
        ("throttle", (403, "Throttling.Api"), 1),
        ("Throttling.Api", (403, "Throttling.Api"), 1),
        ("UnqualifiedPhoto", (401, "UnqualifiedPhoto"), 0),
        ("http-500", (500, "InternalError"), 0),
        ("http-503", (503, "ServiceUnavailable"), 0),
        ("forbidden-ram", (403, "Forbidden.RAMUserAccessDenied"), 0),
        ("forbidden-account", (403, "Forbidden.AccountAccessDenied"), 0),
    ],
)
def test_faults_that_are_service_errors(
    service: Service, fault: str, expected: tuple[int, str], throttled: int
) -> None:
    service.order_fault("FaceCompare", fault)
    assert refusal(lambda: face_compare(service)) == expected
    assert service.calls("FaceCompare") == {"received": 1, "executed": 0, "billed": 0, "throttled": throttled}
    assert face_compare(service).result.passed == "Y"


@pytest.mark.parametrize("fault", ["http-502-html", "empty-200", "garbage-200", "reset", "hang-before-execute"])
def test_faults_that_the_sdk_cannot_read(service: Service, fault: str) -> None:
    service.order_fault("FaceCompare", fault)
    with pytest.raises(UnretryableException):
        service.client().face_compare_with_options(compare_request(), RuntimeOptions(read_timeout=500))
    expected = {"received": 1, "executed": 0, "billed": 0, "throttled": 0}
    assert eventually(lambda: service.calls("FaceCompare"), expected) == expected
    assert face_compare(service).result.passed == "Y"


def test_a_reset_is_a_tcp_reset(service: Service) -> None:
    service.order_fault("*", "reset")
    with pytest.raises(UnretryableException) as broken:
        service.client().keepalive_intl()
    assert "Connection reset by peer" in str(broken.value.inner_exception.message)


def test_hang_after_execute_enrols_and_bills_although_the_client_never_hears(service: Service, group: str) -> None:
    service.order_fault("AddFaceRecord", "hang-after-execute")
    request = models.AddFaceRecordRequest(
        product_code="FACE_ENROLL", face_group_code=group, merchant_user_id="user", face_picture=photo("obama.jpg")
    )
    with pytest.raises(UnretryableException):
        service.client().add_face_record_with_options(request, RuntimeOptions(read_timeout=500))
    expected = {"received": 1, "executed": 1, "billed": 1, "throttled": 0}
    assert eventually(lambda: service.calls("AddFaceRecord"), expected) == expected
    assert [record["MerchantUserId"] for record in service.records(group)] == ["user"]


def test_slow_answers_in_the_end(service: Service) -> None:
    service.order_fault("KeepaliveIntl", "slow", delay_ms=700)
    with pytest.raises(UnretryableException):
        service.client().keepalive_intl_with_options(RuntimeOptions(read_timeout=200))
    service.order_fault("KeepaliveIntl", "slow", delay_ms=1)
    assert service.client().keepalive_intl().body.code == "Success"


def test_a_200_may_lack_its_result_or_not_be_a_success(service: Service) -> None:
    service.order_fault("FaceCompare", "missing-result-200")
    service.order_fault("FaceCompare", "code-not-success-200")
    first, second = face_compare(service), face_compare(service)
    assert (first.code, first.result) == ("Success", None)
    assert (second.code, second.result) == ("InternalError", None)
    service.order_fault("CompareFaces", "missing-result-200")
    service.order_fault("CompareFaces", "code-not-success-200")
    bodies = [compare_faces(service)["body"] for _ in "12"]
    assert [(body["Success"], "Data" in body) for body in bodies] == [(True, False), (False, False)]
    assert service.calls("FaceCompare")["executed"] == service.calls("CompareFaces")["executed"] == 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("http-500", (500, "Error.InternalError")), ("forbidden-account", (403, "Error.NoPermissionAccess"))],
)
def test_faults_of_compare_faces_have_its_own_codes(service: Service, fault: str, expected: tuple[int, str]) -> None:
    service.order_fault("CompareFaces", fault)
    assert refusal(lambda: compare_faces(service)) == expected


def test_a_fault_is_for_one_action_or_for_any_and_for_so_many_times(service: Service) -> None:
    service.order_fault("FaceCompare", "http-500", times=2)
    service.order_fault("*", "http-503")
    assert refusal(lambda: service.client().keepalive_intl()) == (503, "ServiceUnavailable")
    assert service.client().keepalive_intl().body.code == "Success"
    assert refusal(lambda: face_compare(service)) == (500, "InternalError")
    left = [{"action": "FaceCompare", "fault": "http-500", "times": 1}]
    assert service.control.get("/_control/faults").json() == left
    service.control.delete("/_control/faults")
    assert face_compare(service).result.passed == "Y"


def test_the_sdk_s_own_retry_passes_the_signature_check(service: Service) -> None:
    condition = RetryCondition(max_attempts=3, exception=["ServerException"], backoff={"policy": "Fixed", "period": 1})
    service.order_fault("KeepaliveIntl", "http-503", times=2)
    client = service.client(retry_options=RetryOptions(retryable=True, retry_condition=[condition]))
    assert client.keepalive_intl().body.code == "Success"
    assert service.calls("KeepaliveIntl") == {"received": 3, "executed": 1, "billed": 0, "throttled": 0}


def test_a_wrong_signature_does_not_use_up_a_fault(service: Service) -> None:
    service.order_fault("*", "http-503")
    refusal(lambda: service.client(access_key_secret="wrong").keepalive_intl())
    assert refusal(lambda: service.client().keepalive_intl()) == (503, "ServiceUnavailable")


@pytest.mark.parametrize(
    ("path", "content", "named"),
    [
        ("/_control/faults", b"{", "JSON"),
        ("/_control/faults", b"[" * 60_000, "JSON"),
        ("/_control/faults", b" " * 64_001, "64000 bytes"),
        ("/_control/faults", b'{"action": "*", "fault": "reset", "times": 0}', "times"),
        ("/_control/faults", b'{"action": "*", "fault": "explode", "times": 1}', "fault"),
        ("/_control/face-groups", b'{"code": "no spaces"}', "code"),
        ("/_control/face-groups", b"[]", "code"),
    ],
)
def test_the_control_surface_names_what_is_wrong(service: Service, path: str, content: bytes, named: str) -> None:
    answer = service.control.post(path, content=content)
    assert answer.status_code == 400
    assert named in answer.json()["error"]


# --- process ----------------------------------------------------------------------------------------------------


def test_a_killed_service_has_lost_no_acknowledged_enrolment(tmp_path: Path) -> None:
    first = start(tmp_path)
    enrol(first, "members", "user")
    before = first.records("members")
    first.process.kill()
    first.process.communicate()
    first.control.close()

    second = start(tmp_path)
    after = second.records("members")
    found = duplication_check(second, "obama2.jpg", face_group_codes="members")
    stop(second)
    assert after == before
    assert len(before) == 1
    assert found.sub_code == "233"


def test_the_database_holds_no_picture_and_is_for_its_owner_only(tmp_path: Path) -> None:
    service = start(tmp_path)
    enrol(service, "members", "user")
    stop(service)
    file = tmp_path / "id_verification.sqlite3"
    assert file.stat().st_mode & 0o077 == 0
    assert b"JFIF" not in file.read_bytes()
    assert os.listdir(tmp_path) == [file.name]  # noqa: PTH208


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--qps", "0"], "--qps"),
        (["--latency-ms", "-1"], "--latency-ms"),
        (["--face-groups", "two words"], "--face-groups"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: list[str], named: str) -> None:
    keys = ["--access-key-id", "a", "--access-key-secret", "b"]
    command = [sys.executable, "-m", "local.id_verification", "--data", str(tmp_path), *keys, *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2
    assert named in run.stderr
