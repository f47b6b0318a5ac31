"""The paths: the five operations by the catalogue, and the others one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deploy.gateway import bodies, envelopes, failures, responses, wording
from deploy.gateway.routes import Route
from deploy.gateway.schemas import Schema, ecma, request_fields
from facegate.events.lookups import DEFAULT_PAGE, TOKEN
from facegate.ledger.results import MAX_PAGE
from facegate.operations import Operation
from facegate.operations.requests import Request

_IDS = request_fields(Request)[0]
_ANY_KEY = "^[ -~]{1,255}$"


def operation_id(route: Route) -> str:
    """The name that generated clients call it by: the official action, or ours."""
    return route.operation.action if route.operation else _OTHERS[route.method, route.path][0]


def item(route: Route) -> Schema:
    """The Operation Object of a route. Raises KeyError for a route that nothing is said about."""
    if route.operation is not None:
        return _operation(route.operation)
    name, described = _OTHERS[route.method, route.path]
    summary, description = wording.OTHERS[name]
    made = described()
    parameters = [_in_path(parameter) for parameter in route.parameters] + made.pop("parameters", [])
    head = {"operationId": name, "summary": summary, "description": description}
    return {**head, **({"parameters": parameters} if parameters else {}), **made}


def _operation(operation: Operation) -> Schema:
    summary, description = wording.OPERATIONS[operation.action]
    answers = {
        "200": responses.answered(f"{operation.action}Answer", wording.SUCCESS, replayable=True),
        "202": responses.accepted(),
        **responses.refusals(failures.of_operation(operation), replayable=True),
    }
    return {
        "operationId": operation.action,
        "tags": ["Verification"],
        "summary": summary,
        "description": description,
        "parameters": [
            _parameter("header", "Idempotency-Key", wording.IDEMPOTENCY_KEY, {"type": "string", "pattern": _ANY_KEY}),
            _parameter("header", "Prefer", wording.PREFER, {"type": "string", "examples": ["respond-async"]}),
        ],
        "requestBody": bodies.request_body(operation),
        "responses": answers,
    }


def _result() -> Schema:
    answers = {
        "200": responses.answered("StoredDecisionAnswer", wording.FOUND),
        "202": responses.in_progress(),
        **responses.refusals(failures.of_lookup()),
    }
    return {"tags": ["Results"], "responses": answers}


def _users_results() -> Schema:
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE}
    answers = {
        "200": responses.answered("StoredDecisionsAnswer", wording.FOUND),
        **responses.refusals(failures.of_list()),
    }
    return {
        "tags": ["Results"],
        "parameters": [
            _parameter("query", "MaxResults", wording.MAX_RESULTS, limit),
            _parameter("query", "NextToken", wording.NEXT_TOKEN, {"type": "string", "pattern": ecma(TOKEN.pattern)}),
        ],
        "responses": answers,
    }


def _erasure() -> Schema:
    answers = {
        "200": responses.answered("ErasureAnswer", wording.ERASED),
        **responses.refusals(failures.of_erasure()),
    }
    return {"tags": ["Erasure"], "responses": answers}


def _description() -> Schema:
    return {
        "tags": ["Description"],
        "parameters": [_parameter("header", "If-None-Match", wording.IF_NONE_MATCH, envelopes.TEXT)],
        "responses": responses.description(),
    }


_OTHERS: Mapping[tuple[str, str], tuple[str, Callable[[], Schema]]] = {
    ("GET", "/v1/results/{MerchantBizId}"): ("GetResult", _result),
    ("GET", "/v1/users/{MerchantUserId}/results"): ("ListUserResults", _users_results),
    ("DELETE", "/v1/users/{MerchantUserId}"): ("EraseUser", _erasure),
    ("GET", "/v1/openapi.json"): ("GetDescription", _description),
}


def _in_path(name: str) -> Schema:
    said = {"MerchantBizId": "The id of a request.", "MerchantUserId": "The user's own id, not its hash."}[name]
    schema = {key: value for key, value in _IDS[name].items() if key != "description"}
    return {**_parameter("path", name, said, schema), "required": True}


def _parameter(place: str, name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": place, "description": description, "schema": schema}
