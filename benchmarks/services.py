"""The services that both sides call, each a process: local Tablestore and OSS without artificial latency, and the
stand-in for ID Verification.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tablestore import CapacityUnit, OTSClient, ReservedThroughput, TableMeta, TableOptions

from benchmarks.cloud import ROOT
from benchmarks.function_process import running_on
from deploy.provision import deployment as provisioned
from deploy.provision.tablestore_part import TablestorePart
from local import deployment
from local.credentials import Account
from local.serving import EXIT_WITH_STDIN

SAMPLE_TABLE = "face_results"
_READY = "ready "
_STOP_SECONDS = 10


class ServiceDidNotStart(Exception):
    """Names the service, and where its log is."""


@dataclass(frozen=True, slots=True)
class Services:
    """Their URLs, and the account that all of them know."""

    account: Account
    id_verification: str
    id_verification_tls: str
    tablestore: str
    oss: str

    def tablestore_calls(self) -> dict[str, int]:
        """How many requests each API of Tablestore has had."""
        calls: dict[str, int] = json.loads(_request(self.tablestore, "GET", "/_control/calls"))
        return calls

    def close_idle_tls(self) -> None:
        """ID Verification over TLS closes the connections that are open."""
        _request(self.id_verification_tls, "POST", "/close-idle")

    def drop_next_tls(self) -> None:
        """ID Verification over TLS closes the next request's connection without an answer."""
        _request(self.id_verification_tls, "POST", "/drop-next")


@contextmanager
def services(data: Path, certificate: Path, cores: frozenset[int] | None) -> Iterator[Services]:
    """Running and provisioned, on these cores; their data and logs in `data`. Raises ServiceDidNotStart."""
    account = Account.new()
    keys = ("--access-key-id", account.access_key_id, "--access-key-secret", account.access_key_secret)
    bucket = ("--region", deployment.REGION, "--bucket", deployment.BUCKET)
    instance = ("--instance", deployment.TABLESTORE_INSTANCE)
    with ExitStack() as stack, running_on(cores):

        def start(name: str, module: str, *arguments: str) -> str:
            return stack.enter_context(service_process(name, (module, "--port", "0", *arguments), data))

        running = Services(
            account=account,
            id_verification=start("null", "benchmarks.null_service"),
            id_verification_tls=start("null-tls", "benchmarks.null_service", "--certificate", str(certificate)),
            tablestore=start("tablestore", "local.tablestore", "--data", str(data / "tables"), *keys, *instance),
            oss=start("oss", "local.oss", "--data", str(data / "oss"), *keys, *bucket),
        )
        _create_tables(running)
        yield running


def _create_tables(running: Services) -> None:
    instance, account = deployment.TABLESTORE_INSTANCE, running.account
    variables = provisioned.of_local_cloud(
        {
            "region": deployment.REGION,
            "account_id": deployment.ACCOUNT_ID,
            "tablestore_instance": instance,
            "signup_topic": deployment.SIGNUP_TOPIC,
            "tablestore": running.tablestore,
            "access_key_id": account.access_key_id,
            "access_key_secret": account.access_key_secret,
        }
    )
    part = TablestorePart(provisioned.read(variables, without_bucket=True))
    for step in part.plan(may_shorten=False):
        if step.change is not None:
            part.apply(step.change)
    client = OTSClient(running.tablestore, account.access_key_id, account.access_key_secret, instance)
    meta = TableMeta(SAMPLE_TABLE, [("merchant_biz_id", "STRING")])
    client.create_table(meta, TableOptions(), ReservedThroughput(CapacityUnit(0, 0)))


@contextmanager
def service_process(name: str, arguments: tuple[str, ...], data: Path) -> Iterator[str]:
    """A module with its options, as a process; yields the URL that it prints. Raises ServiceDidNotStart."""
    log = data / f"{name}.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, EXIT_WITH_STDIN: "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        first = process.stdout.readline().decode() if process.stdout else ""
        if not first.startswith(_READY):
            raise ServiceDidNotStart(f"the service {name} did not start; its log is {log}")
        yield first.removeprefix(_READY).strip()
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _request(url: str, method: str, path: str) -> bytes:
    """To a service's control surface. Its certificate is not checked: nothing secret is said."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(parts.netloc, context=unchecked)
    else:
        connection = http.client.HTTPConnection(parts.netloc)
    try:
        connection.request(method, path)
        return connection.getresponse().read()
    finally:
        connection.close()
