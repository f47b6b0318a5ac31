"""The one command that every entry point makes: an operation, its checked parameters and its pictures, for one
request id.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import msgspec
import msgspec.structs

from facegate import pictures_given
from facegate.errors import RequestError
from facegate.operations import Operation, parse
from facegate.operations.requests import Request
from facegate.operations.rules import wants_registration
from facegate.pictures_given import Picture
from facegate.users import UserIds


class Command(msgspec.Struct, frozen=True):
    """`parameters` are the official ones as they are sent, pictures apart; `user` is the keyed hash, which stands in
    `request` too.

    `fingerprint` is the SHA-256 of all that makes the input: a repeated request must have the same.
    `register_group` is the face group that the call would enrol into, or None when it enrols nobody.
    """

    operation: Operation
    request: Request
    parameters: Mapping[str, str]
    pictures: Mapping[str, Picture]
    biz_id: str
    user: str | None
    source: str
    request_id: str
    fingerprint: str
    register_group: str | None
    occurred_at_ms: int | None = None


class CommandMaker(msgspec.Struct, frozen=True):
    """Makes commands for one deployment: its face groups (the first is the default) and its way of hashing user ids."""

    face_groups: tuple[str, ...]
    users: UserIds
    picture_prefixes: tuple[str, ...]

    def make(
        self,
        operation: Operation,
        fields: Mapping[str, Any],
        *,
        source: str,
        request_id: str,
        idempotency_key: str | None = None,
        occurred_at_ms: int | None = None,
    ) -> Command:
        """Raises RequestError, PictureTooLarge."""
        given, picture_fields = pictures_given.take(operation, fields)
        request = parse(operation, given)
        pictures = pictures_given.read(operation, request, picture_fields, self.picture_prefixes)
        user = None if request.MerchantUserId is None else self.users.pseudonym(request.MerchantUserId)
        request = msgspec.structs.replace(request, MerchantUserId=user)  # the raw id goes no further
        biz_id = request.MerchantBizId or _biz_id(operation, idempotency_key)
        registers = operation.registers(request)
        parameters = self._parameters(operation, request, registers)
        fingerprint = _fingerprint(operation, request, parameters, pictures, user)
        if "MerchantBizId" not in operation.unsent:
            parameters["MerchantBizId"] = biz_id
        return Command(
            operation=operation,
            request=request,
            parameters=parameters,
            pictures=pictures,
            biz_id=biz_id,
            user=user,
            source=source,
            request_id=request_id,
            fingerprint=fingerprint,
            register_group=parameters[operation.register_group] if registers and operation.register_group else None,
            occurred_at_ms=occurred_at_ms,
        )

    def _parameters(self, operation: Operation, request: Request, registers: bool) -> dict[str, str]:
        values: dict[str, Any] = msgspec.to_builtins(request)
        parameters = {
            name: value
            for name, value in values.items()
            if value is not None and name not in operation.unsent and name != "MerchantBizId"
        }
        if operation.product_code:
            parameters["ProductCode"] = operation.product_code
        if "AutoRegistration" in parameters:
            parameters["AutoRegistration"] = "0" if wants_registration(parameters["AutoRegistration"]) else "1"
        self._groups(operation, request, parameters, registers)
        return parameters

    def _groups(self, operation: Operation, request: Request, parameters: dict[str, str], registers: bool) -> None:
        for name in operation.group_fields:
            for code in parameters.get(name, "").split(",") if name in parameters else ():
                if code not in self.face_groups:
                    raise RequestError(f"{name} names a face group that this deployment does not use")
        for name in operation.defaulted_groups(request, registers):
            parameters.setdefault(name, self.face_groups[0])


def _biz_id(operation: Operation, idempotency_key: str | None) -> str:
    """32 characters; the same for the same key and operation."""
    if idempotency_key is None:
        return os.urandom(16).hex()
    if not (1 <= len(idempotency_key) <= 255 and idempotency_key.isascii() and idempotency_key.isprintable()):
        raise RequestError("Idempotency-Key must be 1 to 255 printable ASCII characters")
    return hashlib.sha256(f"{operation.action}\n{idempotency_key}".encode()).hexdigest()[:32]


def _fingerprint(
    operation: Operation,
    request: Request,
    parameters: Mapping[str, str],
    pictures: Mapping[str, Picture],
    user: str | None,
) -> str:
    """Over what is sent and what is only recorded or decided by: the user and the false accept rate."""
    digests = {name: picture.digest() for name, picture in pictures.items()}
    parts = [operation.action, parameters, digests, user, getattr(request, "FalseAcceptRate", None)]
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
