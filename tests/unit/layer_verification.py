"""Calls of the two services, their answers, and a client of the real SDK over a scripted wire."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
import requests.exceptions
import urllib3.exceptions
from msgspec.structs import replace

from facegate.credentials import Credentials
from facegate.retry import RetryPolicy
from facegate.settings import Endpoint
from facegate.verification.client import Timeouts, VerificationClient
from facegate.verification.errors import VerificationError
from facegate.verification.form import Base64
from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION, Call
from tests.fakes import Clock, answer


class Verdict(msgspec.Struct):
    Passed: str


GOOD = {"RequestId": "service-1", "Code": "Success", "Message": "success", "Result": {"Passed": "Y"}}
GOOD_MAINLAND = {"RequestId": "service-1", "Code": "1", "Success": True, "Data": {"Passed": "Y"}}
CALL = Call(ID_VERIFICATION, "FaceCompare", {"MerchantBizId": "biz 1"}, {"Picture": Base64(b"\xfb\xef\xff\xf0")})
MAINLAND = Call(COMPARE_FACES, "CompareFaces", {}, {"SourceImageType": "FacePic"})
ENROLMENT = replace(CALL, repeatable=False)

TIMED_OUT = requests.exceptions.ReadTimeout(urllib3.exceptions.ReadTimeoutError(None, "", "Read timed out."))  # type: ignore[arg-type]
REFUSED = requests.exceptions.ConnectTimeout("refused")
RESET = requests.exceptions.ConnectionError("reset by peer")


def error(status: int, code: str, **headers: str) -> requests.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(status, {"RequestId": "service-9", "Code": code, "Message": "no"}, names)


def client(
    clock: Clock, credentials: Callable[[], Credentials] = lambda: Credentials("id", "key")
) -> VerificationClient:
    return VerificationClient(
        endpoints={
            ID_VERIFICATION.name: Endpoint("https", "intl.example.com"),
            COMPARE_FACES.name: Endpoint("http", "127.0.0.1:9001"),
        },
        region="ap-southeast-1",
        timeouts=Timeouts(2_000, 10_000),
        credentials=credentials,
        policy=RetryPolicy(max_attempts=4, max_throttled=4, max_unknown_repeats=1, base_ms=200, cap_ms=3_000),
        sleep=clock.sleep,
        jitter=lambda: 1.0,
    )


def failure(clock: Clock, call: Call = CALL, remaining_ms: int = 20_000) -> VerificationError:
    with pytest.raises(VerificationError) as raised:
        client(clock).call(call, Verdict, clock.deadline(remaining_ms))
    return raised.value
