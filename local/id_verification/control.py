"""The control surface, for tests and people: what was called, what shall go wrong, what is enrolled. Unsigned."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.faults import OrderError, fault_routes
from local.id_verification.endpoint import read_body
from local.id_verification.errors import ServiceError

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.id_verification.calls import CallCounts
    from local.id_verification.faults import FaultBook
    from local.id_verification.records import FaceRecords
    from local.trail import Trail

GROUP_CODE = r"[A-Za-z0-9_-]{1,64}"
_BODY_LIMIT = 64_000


class Control:
    def __init__(self, calls: CallCounts, trail: Trail, faults: FaultBook, records: FaceRecords) -> None:
        self._calls = calls
        self._trail = trail
        self._faults = faults
        self._records = records

    def routes(self) -> list[Route]:
        return [
            Route("/_control/calls", self._get_calls, methods=["GET"]),
            Route("/_control/calls", self._reset_calls, methods=["DELETE"]),
            *fault_routes(self._faults),
            Route("/_control/trail", self._get_trail, methods=["GET"]),
            Route("/_control/records", self._get_records, methods=["GET"]),
            Route("/_control/face-groups", self._add_group, methods=["POST"]),
        ]

    async def _get_calls(self, _request: Request) -> Response:
        return JSONResponse(self._calls.as_json())

    async def _reset_calls(self, _request: Request) -> Response:
        self._calls.reset()
        return Response(status_code=204)

    async def _get_trail(self, _request: Request) -> Response:
        return JSONResponse(self._trail.as_json())

    async def _get_records(self, _request: Request) -> Response:
        return JSONResponse(
            [
                {
                    "FaceGroupCode": record.group_code,
                    "MerchantUserId": record.merchant_user_id,
                    "FaceId": record.face_id,
                    "GmtCreate": record.gmt_create,
                }
                for record in self._records.records()
            ]
        )

    async def _add_group(self, request: Request) -> Response:
        try:
            code = _group_code(await _json_body(request))
        except OrderError as error:
            return _refused(error)
        self._records.add_group(code)
        return JSONResponse({"code": code}, status_code=201)


def _group_code(order: object) -> str:
    code = order.get("code") if isinstance(order, dict) else None
    if not isinstance(code, str) or not re.fullmatch(GROUP_CODE, code):
        raise OrderError(f"code: must match {GROUP_CODE}")
    return code


async def _json_body(request: Request) -> object:
    try:
        return json.loads(await read_body(request.receive, _BODY_LIMIT))
    except (ServiceError, ValueError, RecursionError) as error:
        raise OrderError(f"the body must be JSON of at most {_BODY_LIMIT} bytes") from error


def _refused(error: OrderError) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
