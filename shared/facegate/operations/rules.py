"""Rules that join two fields of a request. Each raises RequestError with the official code and the fields by name."""

from __future__ import annotations

from facegate.errors import RequestError
from facegate.operations import requests


def nothing_more(_: requests.Request) -> None:
    """The field rules say all."""


def wants_registration(auto_registration: bool | str | None) -> bool:
    """Officially "0" registers and "1", the default, does not; true and false mean what they say."""
    return auto_registration in (True, "true", "0")


def duplication_check(request: requests.FaceDuplicationCheckIntlRequest) -> None:
    """What would be ignored, or would enrol by accident, is refused: each call is billed."""
    registers = wants_registration(request.AutoRegistration)
    if registers and request.VerifyModel == "1":
        raise RequestError("AutoRegistration follows a search: it needs VerifyModel 0 or 2")
    if request.FaceRegisterGroupCode is not None and not registers:
        raise RequestError('FaceRegisterGroupCode is used only with AutoRegistration true (officially "0")')


def one_face_photograph(request: requests.CompareFacesRequest) -> None:
    if "FacePic" not in (request.SourceImageType, request.TargetImageType):
        raise RequestError("SourceImageType or TargetImageType must be FacePic", code="InvalidParam.FacePicNotGiven")
