"""Destinations: which function is told of the end of an invocation, and what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local.function_compute.acceptance import EVENT_BYTES
from tests.functional.async_probes import FAIL, SUCCEED, AsyncFunctions, destinations, function_arn, listed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_failure_destination_is_invoked_with_the_documented_payload(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": {"maxAsyncRetryAttempts": 1, **destinations(on_failure="told")}}
    functions = AsyncFunctions(tmp_path, {"probe": (FAIL, config), "told": SUCCEED})

    failed, told = listed(functions, 'an "event", ünquoted', request_id="1-failed")

    payload = json.loads(functions.events[-1])
    assert payload.pop("timestamp") == failed["finished"]
    assert json.loads(payload.pop("responsePayload"))["errorMessage"] == "as ordered"
    assert payload == {
        "requestContext": {
            "requestId": "1-failed",
            "functionArn": function_arn("probe"),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        },
        "requestPayload": 'an "event", ünquoted',
        "responseContext": {"statusCode": 200, "functionError": "UnhandledInvocationError"},
    }
    assert (told["function"], told["outcome"]) == ("told", "succeeded")
    assert functions.seen[-1]["request"] == told["id"] != "1-failed"


def test_a_success_destination_is_told_what_was_returned(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": destinations(on_success="told", on_failure="unneeded")}
    functions = AsyncFunctions(tmp_path, {"probe": (SUCCEED, config), "told": SUCCEED, "unneeded": SUCCEED})

    done, told = listed(functions, "x")

    payload = json.loads(functions.events[-1])
    assert (done["function"], told["function"]) == ("probe", "told")
    assert payload["responsePayload"] == "done"
    assert payload["responseContext"] == {"statusCode": 200, "functionError": ""}
    assert payload["requestContext"]["approximateInvokeCount"] == 1


def test_a_destination_that_fails_is_retried_like_any_function(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": {"maxAsyncRetryAttempts": 0, **destinations(on_failure="told")}}
    functions = AsyncFunctions(tmp_path, {"probe": (FAIL, config), "told": FAIL})

    _, told = listed(functions, "x")

    assert (told["attempts"], told["outcome"]) == (4, "failed")


def test_a_payload_that_is_too_large_for_a_destination_is_lost_and_listed_as_such(tmp_path: Path) -> None:
    config = {"asyncInvokeConfig": {"maxAsyncRetryAttempts": 0, **destinations(on_failure="told")}}
    functions = AsyncFunctions(tmp_path, {"probe": (FAIL, config), "told": SUCCEED})

    [one] = listed(functions, "x" * EVENT_BYTES)

    assert (one["outcome"], one["untold"]) == ("failed", "EntityTooLarge")
