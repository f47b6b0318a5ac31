"""`make demo`: all operations on real photographs, through the gateway and the deployed code, as one table; then stops.

Every row says what it must come to; a row that comes to something else is marked, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import base64
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import alibabacloud_oss_v2 as oss
import httpx
from alibabacloud_oss_v2.credentials import StaticCredentialsProvider

from deploy.layer.built import runnable
from deploy.layer.errors import LayerError
from deploy.smoke import report
from deploy.smoke.performing import perform
from deploy.smoke.rows import ENROLLED, STEPS, Step, photograph

START_TIMEOUT_S = 120
UPLOAD = "enroll/user-2002/1.jpg"
TITLE = "facegate: real photographs through the deployed code"


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


class Demo:
    """Sends the steps and keeps the rows."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._ids: list[str] = []
        self.report = report.Report(TITLE)

    def run(self) -> None:
        for step in STEPS:
            self._run(step)
        self._upload()
        self._sign_up()
        self._erase()

    def _run(self, step: Step) -> None:
        biz_id = self._ids[step.again] if step.again is not None else uuid.uuid4().hex
        self._ids.append(biz_id)
        before = self._calls()
        came = perform(self._client, step, biz_id)
        made = self._calls() - before
        replayed = "\nreplayed, no call" if came.replayed and not made else ""
        self.report.add(
            (step.path, step.what, step.people),
            came.status,
            f"{came.decision}{replayed}",
            came.scores,
            f"{came.elapsed_ms:.0f}",
            f"{biz_id[:8]}… {came.outcome}",
            as_expected=(came.status, came.outcome) == step.expected and made == (0 if step.again is not None else 1),
        )

    def _upload(self) -> None:
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
        self._came_to(("OSS upload", UPLOAD, "Biden"), "user-2002", "enrolled", started)

    def _sign_up(self) -> None:
        """Publishes a sign-up message and waits for what it comes to."""
        message = {"version": 1, "MerchantUserId": "sign-up-9", "SourceFacePictureObject": UPLOAD}
        started = time.perf_counter()
        self._client.post("/_local/topics/signups", json=message).raise_for_status()
        self._came_to(("MNS message", "sign-up, same face", "Biden"), "sign-up-9", "duplicate", started)

    def _came_to(self, request: tuple[str, str, str], user: str, expected: str, started: float) -> None:
        self._client.get("/_local/invocations/idle", params={"timeout": 60}).raise_for_status()
        elapsed = (time.perf_counter() - started) * 1000
        items = self._client.get(f"/v1/users/{user}/results").json()["Result"]["Items"]
        outcome = items[0]["Outcome"] if items else "nothing"
        stored = f"{items[0]['MerchantBizId'][:8]}… {outcome}" if items else ""
        self.report.add(request, "", outcome, "", f"{elapsed:.0f}", stored, as_expected=outcome == expected)

    def _erase(self) -> None:
        started = time.perf_counter()
        answer = self._client.delete(f"/v1/users/{ENROLLED}")
        elapsed = (time.perf_counter() - started) * 1000
        result = answer.json().get("Result", {})
        left = sum(result.get("Remaining", {"": 1}).values())
        self.report.add(
            ("users", f"erase {ENROLLED}", "Obama"),
            answer.status_code,
            "erased" if result.get("Erased") == "Y" else "not erased",
            "",
            f"{elapsed:.0f}",
            f"{left} left anywhere",
            as_expected=answer.status_code == 200 and left == 0,
        )

    def _calls(self) -> int:
        return sum(counts["received"] for counts in self._client.get("/_local/calls").json().values())


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every row came to what was expected, else 1."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--built-layer", action="store_true", help="the functions run from the built layer alone")
    from_layer = parser.parse_args(arguments).built_layer
    console = report.console()
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
    console.print(demo.report.table)
    if demo.report.surprises:
        console.print(demo.report.verdict())
        return 1
    console.print("All rows came to what was expected. The times include the first start of each function.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
