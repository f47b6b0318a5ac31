"""Pictures that the service fetches by their URL."""

from __future__ import annotations

import base64
import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.functional.local_id_verification.calls import compare_faces, enrol, face_compare, refusal
from tests.functional.local_id_verification.pictures import gradient, oversized, photo
from tests.functional.local_id_verification.service import Service


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
