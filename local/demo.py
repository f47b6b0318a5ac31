"""`make demo`: all operations on real photographs, through the gateway and the deployed code, as one table; then stops.

Every row says what it must come to; a row that comes to something else is marked, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import httpx
from alibabacloud_oss_v2.credentials import StaticCredentialsProvider
from rich import box
from rich.console import Console
from rich.table import Table

from deploy.layer.built import runnable
from deploy.layer.errors import LayerError

PHOTOS = Path(".local/photos")
PEOPLE = {
    "obama": "Obama1",
    "obama2": "Obama2",
    "obama3": "Obama3",
    "biden": "Biden",
    "collins": "Collins",
    "coffee": "coffee cup",
}
START_TIMEOUT_S = 120
UPLOAD = "enroll/user-2002/1.jpg"


@dataclass(frozen=True)
class Step:
    """One request: `pictures` by field, `expected` HTTP status and outcome; `again` repeats an earlier step."""

    path: str
    what: str
    pictures: Mapping[str, str]
    expected: tuple[int, str]
    fields: Mapping[str, str] = field(default_factory=dict)
    again: int | None = None


def _pair(source: str, target: str, prefix: str = "FacePicture") -> dict[str, str]:
    return {f"Source{prefix}": source, f"Target{prefix}": target}


def _three(first: str, second: str, third: str) -> dict[str, str]:
    return {f"Source{letter}FacePicture": who for letter, who in zip("ABC", (first, second, third), strict=True)}


_PHOTOGRAPHS = {"SourceImageType": "FacePic", "TargetImageType": "FacePic"}
_SEARCH = {"MerchantUserId": "sign-up-7", "VerifyModel": "0"}

STEPS = (
    Step("face-compare", "one person twice", _pair("obama", "obama2"), (200, "passed")),
    Step("face-compare", "two people", _pair("obama", "biden"), (200, "failed")),
    Step("face-compare", "one has no face", _pair("obama", "coffee"), (422, "refused")),
    Step("face-cross-compare", "chain, one person", _three("obama", "obama2", "obama3"), (200, "passed")),
    Step(
        "face-cross-compare",
        "circle, one person",
        _three("obama", "obama2", "obama3"),
        (200, "passed"),
        {"CompareModel": "1"},
    ),
    Step(
        "face-cross-compare",
        "circle, three people",
        _three("obama", "biden", "collins"),
        (200, "failed"),
        {"CompareModel": "1"},
    ),
    Step(
        "face-duplication-check",
        "search, nobody enrolled",
        {"SourceFacePicture": "obama3"},
        (200, "unique"),
        _SEARCH,
    ),
    Step(
        "add-face-record",
        "enrol user-1001",
        {"FacePicture": "obama"},
        (200, "enrolled"),
        {"MerchantUserId": "user-1001"},
    ),
    Step(
        "face-duplication-check",
        "search, enrolled person",
        {"SourceFacePicture": "obama3"},
        (200, "duplicate"),
        _SEARCH,
    ),
    Step("face-duplication-check", "search, somebody else", {"SourceFacePicture": "biden"}, (200, "unique"), _SEARCH),
    Step(
        "face-duplication-check",
        "1:1, no search",
        _pair("obama", "obama2"),
        (200, "passed"),
        {"MerchantUserId": "sign-up-8", "VerifyModel": "1"},
    ),
    Step(
        "compare-faces",
        "one person, rate 0.001",
        _pair("obama", "obama2", "ImageValue"),
        (200, "passed"),
        {**_PHOTOGRAPHS, "FalseAcceptRate": "0.001"},
    ),
    Step("compare-faces", "two people", _pair("obama", "biden", "ImageValue"), (200, "failed"), _PHOTOGRAPHS),
    Step("face-compare", "row 1 again, same id", _pair("obama", "obama2"), (200, "passed"), again=0),
)


@contextmanager
def local_cloud(*options: str) -> Iterator[str]:
    """A fresh local cloud on a free port; yields its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "up", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready "):
            raise SystemExit("the local cloud did not start: `make up` shows why")
        yield line.split()[1]
    finally:
        process.terminate()
        process.wait(timeout=START_TIMEOUT_S)


def photograph(who: str) -> str:
    (path,) = PHOTOS.glob(f"{who}.*")
    return base64.b64encode(path.read_bytes()).decode()


class Demo:
    """Sends the steps and keeps the rows."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._ids: list[str] = []
        self.surprises = 0
        self.table = Table(
            title="facegate: real photographs through the deployed code", box=box.SIMPLE_HEAD, pad_edge=False
        )
        for name in ("", "operation", "what", "people", "HTTP", "decision", "score", "ms", "stored under id"):
            self.table.add_column(
                name, justify="right" if name == "ms" else "left", no_wrap=name in ("", "operation", "HTTP", "ms")
            )

    def run(self) -> None:
        for number, step in enumerate(STEPS, 1):
            self._run(number, step)
        self._upload(len(STEPS) + 1)
        self._sign_up(len(STEPS) + 2)
        self._erase(len(STEPS) + 3)

    def _run(self, number: int, step: Step) -> None:
        biz_id = self._ids[step.again] if step.again is not None else uuid.uuid4().hex
        self._ids.append(biz_id)
        body = {
            "MerchantBizId": biz_id,
            **step.fields,
            **{name: photograph(who) for name, who in step.pictures.items()},
        }
        before = self._calls()
        answer, elapsed = self._timed("POST", f"/v1/{step.path}", body)
        made = self._calls() - before
        record = self._client.get(f"/v1/results/{biz_id}").json().get("Result", {})
        outcome = str(record.get("Outcome"))
        as_expected = (answer.status_code, outcome) == step.expected and made == (0 if step.again is not None else 1)
        replayed = "\nreplayed, no call" if answer.headers.get("Idempotency-Replayed") and not made else ""
        code = "" if answer.status_code == 200 else f"\n{answer.json()['Code']}"
        self._row(
            number,
            (step.path, step.what, ", ".join(PEOPLE[who] for who in step.pictures.values())),
            answer.status_code,
            f"{outcome}{code}{replayed}",
            _scores(record),
            f"{elapsed:.0f}",
            f"{biz_id[:8]}… {outcome}",
            as_expected=as_expected,
        )

    def _upload(self, number: int) -> None:
        """Puts a selfie into OSS, as an app does, and waits for what its event comes to."""
        endpoints = self._client.get("/_local/endpoints").json()
        config = oss.config.load_default()
        config.region, config.endpoint = endpoints["region"], endpoints["oss"]
        config.credentials_provider = StaticCredentialsProvider(
            endpoints["access_key_id"], endpoints["access_key_secret"]
        )
        started = time.perf_counter()
        selfie = base64.b64decode(photograph("biden"))
        oss.Client(config).put_object(oss.PutObjectRequest(endpoints["bucket"], UPLOAD, body=selfie))
        self._came_to(number, ("OSS upload", UPLOAD, "Biden"), "user-2002", "enrolled", started)

    def _sign_up(self, number: int) -> None:
        """Publishes a sign-up message and waits for what it comes to."""
        message = {"version": 1, "MerchantUserId": "sign-up-9", "SourceFacePictureObject": UPLOAD}
        started = time.perf_counter()
        self._client.post("/_local/topics/signups", json=message).raise_for_status()
        self._came_to(number, ("MNS message", "sign-up, same face", "Biden"), "sign-up-9", "duplicate", started)

    def _came_to(self, number: int, request: tuple[str, str, str], user: str, expected: str, started: float) -> None:
        self._client.get("/_local/invocations/idle", params={"timeout": 60}).raise_for_status()
        elapsed = (time.perf_counter() - started) * 1000
        items = self._client.get(f"/v1/users/{user}/results").json()["Result"]["Items"]
        outcome = items[0]["Outcome"] if items else "nothing"
        stored = f"{items[0]['MerchantBizId'][:8]}… {outcome}" if items else ""
        self._row(number, request, "", outcome, "", f"{elapsed:.0f}", stored, as_expected=outcome == expected)

    def _erase(self, number: int) -> None:
        answer, elapsed = self._timed("DELETE", "/v1/users/user-1001", None)
        result = answer.json().get("Result", {})
        left = sum(result.get("Remaining", {"": 1}).values())
        self._row(
            number,
            ("users", "erase user-1001", "Obama"),
            answer.status_code,
            "erased" if result.get("Erased") == "Y" else "not erased",
            "",
            f"{elapsed:.0f}",
            f"{left} left anywhere",
            as_expected=answer.status_code == 200 and left == 0,
        )

    def _timed(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[httpx.Response, float]:
        started = time.perf_counter()
        answer = self._client.request(method, path, json=body)
        return answer, (time.perf_counter() - started) * 1000

    def _calls(self) -> int:
        return sum(counts["received"] for counts in self._client.get("/_local/calls").json().values())

    def _row(
        self, number: int, request: tuple[str, str, str], status: int | str, *cells: str, as_expected: bool
    ) -> None:
        self.surprises += not as_expected
        self.table.add_row(f"{number}" if as_expected else f"{number} UNEXPECTED", *request, str(status), *cells)


def _scores(record: Mapping[str, Any]) -> str:
    """The scores by their short names; CompareFaces with the threshold that was picked, and all that were offered."""
    scores = [
        f"{name.removeprefix('FaceComparisonScore').removeprefix('SimilarityScore')} {value:.4g}".strip()
        for name, value in record.get("Scores", {}).items()
    ]
    if "Threshold" in record:
        rates = json.loads(record["Data"]["ConfidenceThresholds"])
        offered = [f"{float(value):g} for {rate}" for rate, value in sorted(rates.items(), reverse=True)]
        return "\n".join([f"{scores[0]}, needed {record['Threshold']:g} of", *offered])
    return "\n".join(scores)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every row came to what was expected, else 1."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--built-layer", action="store_true", help="the functions run from the built layer alone")
    from_layer = parser.parse_args(arguments).built_layer
    console = Console() if sys.stdout.isatty() else Console(width=160)
    options = ["--built-layer"] if from_layer else []
    if from_layer:
        try:
            built = runnable(Path.cwd(), lambda line: console.print(f"== layer: {line}", highlight=False))
        except LayerError as error:
            console.print(f"make demo: {error}", highlight=False)
            return 1
        console.print(f"== the functions run from the layer alone ({built.target}), in {built.folder}", highlight=False)
    console.print("== starting the local cloud: functions, gateway, ID Verification, Tablestore, OSS")
    with local_cloud(*options) as url, httpx.Client(base_url=url, timeout=60) as client:
        console.print(f"== running at {url}, sending {len(STEPS) + 3} requests")
        demo = Demo(client)
        demo.run()
    console.print(demo.table)
    if demo.surprises:
        console.print(f"{demo.surprises} rows came to something else than expected")
        return 1
    console.print("All rows came to what was expected. The times include the first start of each function.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
