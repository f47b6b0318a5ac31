"""The SDKs' connections over TLS: one context, certificates verified, none used again after a pause."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import certifi
import pytest
import trustme

from facegate import connections
from facegate.credentials import Credentials
from facegate.deadline import Deadline
from facegate.errors import FacegateError
from facegate.ledger.store import TablestoreStore
from facegate.objects import OssObjects
from facegate.settings import Endpoint
from facegate.verification.client import Timeouts, VerificationClient
from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION, Call


class Server(ThreadingHTTPServer):
    """Answers every request with 403 and an empty JSON object, over TLS; counts connections."""

    daemon_threads = True

    def __init__(self, authority: trustme.CA) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.connections = self.requests = 0

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("https", f"127.0.0.1:{self.server_port}")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that refuses the certificate ends the handshake: that is one of the tests."""


class Refusing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_POST(self) -> None:
        self.server.requests += 1
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b'{"Code":"Forbidden.RAMUserAccessDenied","Message":"no","RequestId":"r"}'
        self.wfile.write(
            b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (len(body), body)
        )

    do_PUT = do_POST

    def log_message(self, *args: object) -> None:
        """Nothing on standard error."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Server]:
    serving = Server(authority)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield serving
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.fixture
def loaded(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """This process trusts `authority`; yields the files that certificates were loaded from, each time."""
    bundle = tmp_path / "bundle.pem"
    authority.cert_pem.write_to_path(str(bundle))
    files: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(context: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        files.append(Path(cafile).name)
        load(context, cafile, capath, cadata)

    monkeypatch.setattr(certifi, "where", lambda: str(bundle))
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    connections.tls_context.cache_clear()
    yield files
    connections.tls_context.cache_clear()


def credentials() -> Credentials:
    return Credentials("k", "s")


def verification(endpoint: Endpoint) -> None:
    endpoints = {ID_VERIFICATION.name: endpoint, COMPARE_FACES.name: endpoint}
    client = VerificationClient(endpoints, "ap-southeast-1", Timeouts(2_000, 2_000), credentials)
    client.call(Call(ID_VERIFICATION, "FaceCompare", {}, {"A": "b"}), dict, Deadline.after(60))


def tablestore(endpoint: Endpoint) -> None:
    store = TablestoreStore(endpoint, "instance", "ap-southeast-1", {"t": "k"}, credentials)
    store.get("t", "key")


def oss(endpoint: Endpoint) -> None:
    OssObjects(endpoint, "ap-southeast-1", "bucket", credentials).put("key", b"data")


SDKS = [verification, tablestore, oss]


def called(sdk: Callable[[Endpoint], None], server: Server, times: int) -> int:
    """How many connections as many calls take, all of which the server answers with 403."""
    for number in range(times):
        with suppress(FacegateError):
            sdk(server.endpoint)
        assert server.requests > number, "the call came through"
    return server.connections


@pytest.mark.parametrize("sdk", SDKS)
def test_calls_in_a_row_share_a_connection(sdk: Callable[[Endpoint], None], server: Server, loaded: list[str]) -> None:
    assert called(sdk, server, times=3) == 1


@pytest.mark.parametrize("sdk", SDKS)
def test_after_a_pause_a_call_opens_a_connection_of_its_own(
    sdk: Callable[[Endpoint], None], server: Server, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE_S", -1.0)
    assert called(sdk, server, times=3) >= 3


def test_the_certificates_are_loaded_once_for_all(
    server: Server, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE_S", -1.0)
    for sdk in SDKS:
        called(sdk, server, times=2)
    assert loaded == ["bundle.pem"]


@pytest.mark.parametrize("sdk", SDKS)
def test_a_certificate_of_somebody_else_ends_the_call_before_anything_is_sent(
    sdk: Callable[[Endpoint], None], server: Server
) -> None:
    connections.tls_context.cache_clear()
    with pytest.raises(FacegateError):
        sdk(server.endpoint)
    assert (server.connections > 0, server.requests) == (True, 0)
