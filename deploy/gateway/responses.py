"""Responses: each status with its codes, its headers and the schema of its body."""

from __future__ import annotations

from deploy.gateway import failures, wording
from deploy.gateway.schemas import Schema, reference

_REPLAYED: Schema = {"description": wording.REPLAYED, "schema": {"type": "string", "enum": ["true"]}}
_RETRY_AFTER: Schema = {"description": wording.RETRY_AFTER, "schema": {"type": "integer", "minimum": 1}}
_LOCATION: Schema = {"description": wording.LOCATION, "schema": {"type": "string", "format": "uri-reference"}}
_APPLIED: Schema = {"description": wording.PREFERENCE_APPLIED, "schema": {"type": "string", "enum": ["respond-async"]}}
_LINK: Schema = {
    "operationId": "GetResult",
    "parameters": {"MerchantBizId": "$response.body#/MerchantBizId"},
    "description": wording.LINK,
}
_LEFT_TO_THE_GATEWAY = (401, 403)


def answered(component: str, description: str, *, replayable: bool = False) -> Schema:
    """200."""
    return _response(description, reference(component), {"Idempotency-Replayed": _REPLAYED} if replayable else {})


def accepted() -> Schema:
    """202 to a request that is to be answered later."""
    headers = {"Location": {**_LOCATION, "required": True}, "Preference-Applied": {**_APPLIED, "required": True}}
    return {**_response(wording.ACCEPTED, reference("Pending"), headers), "links": {"result": _LINK}}


def in_progress() -> Schema:
    """202 to who asks for a result that is not there yet."""
    headers = {"Retry-After": {**_RETRY_AFTER, "required": True}}
    return {**_response(wording.IN_PROGRESS, reference("Pending"), headers), "links": {"result": _LINK}}


def refusals(codes: failures.Codes, *, replayable: bool = False) -> dict[str, Schema]:
    """A response for each status with what each may be called; `replayable` where refusals can be stored."""
    callers = {status: {"description": wording.STATUSES[status]} for status in _LEFT_TO_THE_GATEWAY}
    ours = {status: _refused(status, named, replayable) for status, named in codes.items()}
    return {str(status): response for status, response in sorted({**callers, **ours}.items())}


def description() -> dict[str, Schema]:
    """What the description itself is answered with; it can only fail by a defect."""
    headers = {
        "ETag": {"description": wording.ETAG, "schema": {"type": "string"}},
        "Cache-Control": {"description": wording.CACHE_CONTROL, "schema": {"type": "string"}},
    }
    content = {"application/json": {"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}}
    defects = refusals({500: ("InternalError",)})
    return {
        "200": {"description": wording.DESCRIBED, "headers": headers, "content": content},
        "304": {"description": wording.UNCHANGED, "headers": headers},
        **defects,
    }


def _refused(status: int, codes: tuple[str, ...], replayable: bool) -> Schema:
    said = "examples" if status in failures.OPEN_STATUSES else "enum"
    code: Schema = {"type": "string", said: list(codes)}
    headers: dict[str, Schema] = {}
    if status in failures.COMES_BACK:
        headers["Retry-After"] = {**_RETRY_AFTER, "required": True} if status == 429 else _RETRY_AFTER
    if replayable and status in failures.REPLAYED:
        headers["Idempotency-Replayed"] = _REPLAYED
    schema: Schema = {"allOf": [reference("Refusal"), {"type": "object", "properties": {"Code": code}}]}
    return _response(wording.STATUSES[status], schema, headers)


def _response(description: str, schema: Schema, headers: dict[str, Schema]) -> Schema:
    made: Schema = {"description": description}
    if headers:
        made["headers"] = headers
    return {**made, "content": {"application/json": {"schema": schema}}}
