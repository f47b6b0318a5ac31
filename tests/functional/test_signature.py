"""The local signature check is real: what the SDK sends is accepted once, and refused with one byte changed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.core import DaraCore
from darabonba.runtime import RuntimeOptions

from tests.cloud import Cloud


@pytest.fixture
def signed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> httpx.Request:
    """A signed QueryFaceRecord, caught before it is sent."""
    endpoints = cloud.endpoints()
    caught: list[Any] = []

    def catch(request: Any, _options: Any = None) -> None:
        caught.append(request)
        raise InterruptedError

    monkeypatch.setattr(DaraCore, "do_action", catch)
    config = Config(
        endpoint=endpoints["id_verification"].removeprefix("http://"),
        protocol="HTTP",
        access_key_id=endpoints["access_key_id"],
        access_key_secret=endpoints["access_key_secret"],
    )
    params = Params(
        action="QueryFaceRecord",
        version="2022-08-09",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    query = {"CurrentPage": "1", "PageSize": "10", "FaceGroupCode": "members"}
    with pytest.raises(Exception):  # noqa: B017 - the SDK wraps what stopped it
        Client(config).call_api(params, OpenApiRequest(query=query, body={"Padding": "x"}), RuntimeOptions())
    request = caught[0]
    return httpx.Request(
        "POST",
        endpoints["id_verification"] + "/",
        params=request.query,
        headers=request.headers,
        content=request.body,
    )


def _sent(request: httpx.Request, **changed: Any) -> httpx.Response:
    parts = {"url": request.url, "headers": request.headers, "content": request.content, **changed}
    with httpx.Client(trust_env=False) as client:
        return client.request("POST", parts["url"], headers=parts["headers"], content=parts["content"])


def test_an_untouched_request_is_accepted_once(signed: httpx.Request) -> None:
    assert _sent(signed).status_code == 200
    assert _sent(signed).json()["Code"] == "SignatureNonceUsed"


def test_a_changed_byte_of_the_query_is_refused(signed: httpx.Request) -> None:
    changed = signed.url.copy_set_param("FaceGroupCode", "memberz")
    assert _sent(signed, url=changed).json()["Code"] == "SignatureDoesNotMatch"


def test_a_changed_byte_of_the_body_is_refused(signed: httpx.Request) -> None:
    assert _sent(signed, content=signed.content[:-1] + b"y").json()["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("header", ["x-acs-date", "x-acs-signature-nonce", "x-acs-version", "user-agent"])
def test_a_changed_signed_header_is_refused(signed: httpx.Request, header: str) -> None:
    headers = httpx.Headers(signed.headers)
    headers[header] = headers[header][:-1] + ("1" if headers[header][-1] != "1" else "2")
    assert _sent(signed, headers=headers).is_error


def test_a_changed_byte_of_the_signature_is_refused(signed: httpx.Request) -> None:
    headers = httpx.Headers(signed.headers)
    last = headers["Authorization"][-1]
    headers["Authorization"] = headers["Authorization"][:-1] + ("0" if last != "0" else "1")
    assert _sent(signed, headers=headers).json()["Code"] == "SignatureDoesNotMatch"
