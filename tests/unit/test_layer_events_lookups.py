"""Stored decisions by id and by user; and erasure over HTTP."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from facegate.errors import FacegateError, NotFound, RequestError
from facegate.events.answers import HttpAnswer
from facegate.events.erasures import Erasures
from facegate.events.http import parse
from facegate.events.lookups import Lookups
from tests.unit import layer_samples as samples
from tests.unit.layer_events import SHAPES, encoded
from tests.unit.layer_world import World

BIZ_ID = samples.BIZ_ID
OF_USER = f"/v1/users/{quote(samples.USER)}/results"


@pytest.fixture
def world() -> World:
    return World()


def ask(world: World, path: str, method: str = "GET", shape: str = "http", **query: str) -> HttpAnswer:
    request = parse(encoded(SHAPES[shape](method, path, queryParameters=query)))
    return Lookups(world.results, world.claims, samples.USERS).answer(request, "r-1")


def refused(world: World, path: str, method: str = "GET", **query: str) -> FacegateError:
    with pytest.raises(FacegateError) as raised:
        ask(world, path, method, **query)
    assert samples.USER not in raised.value.message
    return raised.value


def decide(world: World, count: int) -> None:
    for number in range(count):
        world.results.write_once(samples.record(merchant_biz_id=f"biz{number:02}", decided_at_ms=1_000 + number))


# --- by id ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stored_decision_is_found_by_its_id(world: World, shape: str) -> None:
    world.results.write_once(samples.record())
    found = ask(world, f"/v1/results/{BIZ_ID}", shape=shape)
    assert (found.status, found.body["MerchantBizId"], found.body["RequestId"]) == (200, BIZ_ID, "r-1")
    assert found.body["Result"]["Outcome"] == "passed"


def test_a_request_in_progress_is_told_from_one_that_never_was(world: World) -> None:
    assert isinstance(refused(world, f"/v1/results/{BIZ_ID}"), NotFound)
    world.claims.acquire(BIZ_ID, "input", 30_000, 0)
    found = ask(world, f"/v1/results/{BIZ_ID}")
    assert (found.status, found.body["Code"], found.headers) == (202, "RequestInProgress", {"Retry-After": "2"})


@pytest.mark.parametrize("biz_id", ["x" * 33, "a-b", "a%2Fb", "%20", "%E4%B8%AD", "..", "a%00"])
def test_an_id_that_cannot_be_one_is_refused_before_the_table_is_asked(world: World, biz_id: str) -> None:
    assert isinstance(refused(world, f"/v1/results/{biz_id}"), RequestError)
    assert world.store.calls == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/v1/results/{BIZ_ID}"),
        ("DELETE", f"/v1/results/{BIZ_ID}"),
        ("GET", "/v1/results"),
        ("GET", f"/v2/results/{BIZ_ID}"),
        ("GET", f"/v1/results/{BIZ_ID}/more"),
        ("GET", "/v1/users/ada"),
        ("POST", "/v1/users/ada/results"),
        ("GET", "/"),
    ],
)
def test_any_other_path_is_not_found(world: World, method: str, path: str) -> None:
    assert refused(world, path, method).http_status == 404


# --- by user --------------------------------------------------------------------------------------------------------


def test_a_users_decisions_are_found_by_the_raw_id_and_answered_with_the_hash(world: World) -> None:
    decide(world, 1)
    found = ask(world, OF_USER)
    assert (found.status, found.body["MerchantUserId"]) == (200, samples.PSEUDONYM)
    assert [item["MerchantBizId"] for item in found.body["Result"]["Items"]] == ["biz00"]
    assert "NextToken" not in found.body["Result"]
    assert samples.USER not in str(found.body)


def test_a_user_without_decisions_has_an_empty_list(world: World) -> None:
    assert ask(world, OF_USER).body["Result"] == {"Items": []}


def test_pages_follow_each_other_by_their_token(world: World) -> None:
    decide(world, 5)
    seen: list[list[str]] = []
    query: dict[str, str] = {"MaxResults": "2"}
    while True:
        result = ask(world, OF_USER, **query).body["Result"]
        seen.append([item["MerchantBizId"] for item in result["Items"]])
        if "NextToken" not in result:
            break
        query["NextToken"] = result["NextToken"]
    assert seen == [["biz04", "biz03"], ["biz02", "biz01"], ["biz00"]]


@pytest.mark.parametrize(("asked", "answered"), [({}, 20), ({"MaxResults": "50"}, 50), ({"MaxResults": "1"}, 1)])
def test_a_page_is_as_long_as_asked(world: World, asked: dict[str, str], answered: int) -> None:
    decide(world, 60)
    assert len(ask(world, OF_USER, **asked).body["Result"]["Items"]) == answered


@pytest.mark.parametrize("limit", ["0", "51", "-1", "1.5", "ten", "", " 1", "٣", "9" * 5_000])
def test_an_impossible_page_length_is_refused(world: World, limit: str) -> None:
    error = refused(world, OF_USER, MaxResults=limit)
    assert (error.http_status, error.message) == (400, "MaxResults must be a whole number from 1 to 50")


KEY = "0" * 32


@pytest.mark.parametrize(
    "token",
    [
        "",
        "1",
        "-",
        f"-{KEY}",
        f"x-{KEY}",
        f"-1-{KEY}",
        f"1.5-{KEY}",
        f"٣-{KEY}",
        f"{'9' * 19}-{KEY}",
        f"1-{KEY}0",
        f"1-{KEY[:-1]}",
        f"1-{'G' * 32}",
        f"1-{KEY}\n",
        f" 1-{KEY}",
        "W10",
        "[" * 5_000,
    ],
)
def test_a_token_that_was_not_given_out_is_refused(world: World, token: str) -> None:
    error = refused(world, OF_USER, NextToken=token)
    assert (error.http_status, error.message) == (400, "NextToken is not one that was given out")
    assert world.store.calls == []


@pytest.mark.parametrize("user", ["", "x" * 257])
def test_an_impossible_user_id_is_refused(world: World, user: str) -> None:
    assert refused(world, f"/v1/users/{user}/results").message == "MerchantUserId must be 1 to 256 characters"


# --- erasure --------------------------------------------------------------------------------------------------------


def erase(world: World, path: str, method: str = "DELETE") -> HttpAnswer:
    request = parse(encoded(SHAPES["http"](method, path)))
    return Erasures(world.eraser, samples.USERS).answer(request, "r-1", world.clock.deadline())


def test_erasure_is_answered_with_its_proof(world: World) -> None:
    decide(world, 1)
    world.verification.will("DeleteFaceRecordV2", {"Deleted": "Y", "DeletedGroupCodes": "members"})
    world.verification.will("DeleteVerifyResult", {})
    world.verification.will("QueryFaceRecord", [], [])
    answer = erase(world, f"/v1/users/{quote(samples.USER)}")
    assert (answer.status, answer.body["Code"], answer.body["MerchantUserId"]) == (200, "Success", samples.PSEUDONYM)
    assert answer.body["Result"] == {
        "Erased": "Y",
        "DeletedGroupCodes": ["members"],
        "DeletedUploads": 0,
        "DeletedResults": 1,
        "DeletedFailures": 0,
        "DeletedVerifications": 1,
        "Remaining": {"members": 0, "staff": 0, "uploads": 0, "results": 0, "failures": 0},
    }
    assert world.verification.asked[0].fields == {"MerchantUserId": samples.PSEUDONYM}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/users/ada", 404),
        ("POST", "/v1/users/ada", 404),
        ("DELETE", "/v1/users", 404),
        ("DELETE", "/v1/users/ada/results", 404),
        ("DELETE", "/v1/users/" + "x" * 257, 400),
        ("DELETE", "/v1/users//", 404),
    ],
)
def test_nothing_is_erased_by_any_other_request(world: World, method: str, path: str, status: int) -> None:
    with pytest.raises(FacegateError) as raised:
        erase(world, path, method)
    assert raised.value.http_status == status
    assert world.store.calls == []
