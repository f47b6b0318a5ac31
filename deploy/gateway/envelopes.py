"""What is answered: the official envelope around each result, stored decisions, the proof of an erasure."""

from __future__ import annotations

from typing import get_args

import msgspec.structs

from deploy.gateway import wording
from deploy.gateway.schemas import Schema, answer, field_types, reference, request_fields
from facegate.events.answers import SHOWN
from facegate.events.lookups import TOKEN
from facegate.ledger.records import DecisionRecord
from facegate.operations import OPERATIONS, Operation, fields, results
from facegate.operations.decisions import Outcome
from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION

BIZ_ID: Schema = {"type": "string", "pattern": "^[A-Za-z0-9]{1,32}$"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
_YES_NO: Schema = {"type": "string", "enum": sorted(get_args(get_args(fields.YesNo)[0]))}
_ALWAYS = ("RequestId", "Code", "Message")


def components() -> dict[str, Schema]:
    made: dict[str, Schema] = {}
    for operation in OPERATIONS.values():
        made[f"{operation.action}Answer"] = _answer(operation)
        made[f"{operation.action}Result"] = _result(operation)
    return {
        **made,
        "QualityScores": _described(answer(results.QualityScores), wording.QUALITY_SCORES),
        "StoredDecision": _stored(),
        "StoredDecisionAnswer": _envelope({"Result": reference("StoredDecision")}, ("MerchantBizId",)),
        "StoredDecisions": _page(),
        "StoredDecisionsAnswer": _envelope({"Result": reference("StoredDecisions")}, ("MerchantUserId",)),
        "Erasure": _erasure(),
        "ErasureAnswer": _envelope({"Result": reference("Erasure")}, ("MerchantUserId",)),
        "Pending": _object({"Code": {**TEXT, "enum": ["Accepted", "RequestInProgress"]}}, (*_ALWAYS, "MerchantBizId")),
        "Refusal": _object({"Code": TEXT, "Success": {"type": "boolean", "enum": [False]}}, _ALWAYS),
    }


def _answer(operation: Operation) -> Schema:
    own: dict[str, Schema] = {operation.service.result_key: reference(f"{operation.action}Result")}
    if operation.service is COMPARE_FACES:
        own["Success"] = {"type": "boolean", "enum": [True]}
    user = tuple({"MerchantUserId"} & set(request_fields(operation.request)[1]))
    return _envelope(own, ("MerchantBizId", *user))


def _envelope(own: dict[str, Schema], ids: tuple[str, ...]) -> Schema:
    """A success; `ids` are those that it always names."""
    return _object({"Code": {**TEXT, "enum": ["Success"]}, **own}, (*_ALWAYS, *own, *ids))


def _object(own: dict[str, Schema], required: tuple[str, ...]) -> Schema:
    properties = {
        **dict.fromkeys(_ALWAYS, TEXT),
        **own,
        "MerchantBizId": BIZ_ID,
        "MerchantUserId": TEXT,
    }
    described = {name: _described(schema, wording.ENVELOPE_FIELDS.get(name)) for name, schema in properties.items()}
    return {"type": "object", "properties": described, "required": list(dict.fromkeys(required))}


def _result(operation: Operation) -> Schema:
    made = answer(operation.result)
    if operation.service is COMPARE_FACES:  # the verdict that facegate adds
        made["properties"]["Passed"] = _YES_NO
        made["required"].append("Passed")
    return _described(made, wording.RESULTS[operation.action])


def _stored() -> Schema:
    types = field_types(DecisionRecord)
    optional = {field.encode_name for field in msgspec.structs.fields(DecisionRecord) if field.default is None}
    international = [row for row in OPERATIONS.values() if row.service is ID_VERIFICATION]
    narrowed: dict[str, Schema] = {
        "Operation": {"enum": list(OPERATIONS)},
        "Outcome": {"enum": list(get_args(Outcome))},
    }
    properties = {name: {**types[attribute], **narrowed.get(name, {})} for name, attribute in SHOWN.items()}
    properties["Result"] = {"anyOf": [reference(f"{row.action}Result") for row in international]}
    properties["Data"] = reference("CompareFacesResult")
    return {
        "type": "object",
        "properties": {name: _described(schema, wording.STORED_FIELDS[name]) for name, schema in properties.items()},
        "required": [name for name, attribute in SHOWN.items() if attribute not in optional],
    }


def _page() -> Schema:
    token: Schema = {**TEXT, "pattern": f"^{TOKEN.pattern}$"}
    return {
        "type": "object",
        "properties": {
            "Items": {"type": "array", "items": reference("StoredDecision"), "description": wording.ITEMS},
            "NextToken": _described(token, wording.NEXT_TOKEN),
        },
        "required": ["Items"],
    }


def _erasure() -> Schema:
    properties: dict[str, Schema] = {
        "Erased": {**TEXT, "enum": ["Y"]},
        "DeletedGroupCodes": {"type": "array", "items": TEXT},
        "DeletedUploads": COUNT,
        "DeletedResults": COUNT,
        "DeletedFailures": COUNT,
        "DeletedVerifications": COUNT,
        "Remaining": {"type": "object", "additionalProperties": {"type": "integer", "enum": [0]}},
    }
    described = {name: _described(schema, wording.ERASURE_FIELDS[name]) for name, schema in properties.items()}
    return {"type": "object", "properties": described, "required": list(described)}


def _described(schema: Schema, said: str | dict[str, str] | None) -> Schema:
    """With what is said of it; of an object, of each of its fields. A reference may have a description beside it."""
    if said is None:
        return schema
    if isinstance(said, str):
        return {**schema, "description": said}
    fields_ = {name: _described(inner, said[name]) for name, inner in schema["properties"].items()}
    return {**schema, "properties": fields_}
