"""The local cloud as the functional tests use it: through its public doors, each answer kept for the privacy check."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[1]
PHOTOS = ROOT / ".local" / "photos"
RAW_USER = "raw-user-"
"""Every raw user id of the tests begins with this, so that a search of all logs and answers can tell one."""


@dataclass
class Cloud:
    """A running local cloud. `answers` holds every body and header that any test was answered."""

    url: str
    data: Path
    client: httpx.Client
    process: subprocess.Popen[str]
    answers: list[str] = field(default_factory=list)

    def post(self, operation: str, fields: Mapping[str, Any], *, via: str = "", **headers: str) -> httpx.Response:
        """The operation with a JSON body, at the HTTP trigger or (`via="/apigw"`) API Gateway."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"{via}/v1/{operation}", json=dict(fields), headers=sent)

    def stored(self, biz_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/results/{biz_id}")
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["Result"]
        return result

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

        def keep(response: httpx.Response) -> None:
            response.read()
            if not response.request.url.path.startswith("/_local/"):
                answers.append(f"{response.headers}\n{response.text}")

        url = ready.split()[1]
        with httpx.Client(base_url=url, timeout=90, event_hooks={"response": [keep]}, trust_env=False) as client:
            yield Cloud(url, data, client, process, answers)
    finally:
        process.terminate()
        process.communicate(timeout=60)


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
