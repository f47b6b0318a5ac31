"""The operations as data: names, parameters, pictures, envelopes. One is added here, and given a handler.

Sources: the vendor's documents and the official SDK's models; where both differ the stricter reading is
taken, so that a client that passes here passes there. Reserved parameters (FaceVerifyThreshold,
SaveFacePicture, FaceQualityCheck, FaceAttributeCheck) are checked and have no effect: the local engine
estimates no quality, age or gender, so ExtFaceInfo's scores, FaceAge and FaceGender are never in an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.id_verification.parameters import Field, PictureField, PictureValue, When
from local.id_verification.pictures import (
    COMPARE_FACES_PICTURE,
    COMPARISON_PICTURE,
    ENROLMENT_PICTURE,
    PictureProfile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.id_verification.parameters import Place, Required

INTL = "2022-08-09"
MAINLAND = "2019-03-07"


@dataclass(frozen=True)
class Envelope:
    """What surrounds a result.

    `failure` is an answer with HTTP 200 whose Code is not success, and `refusals` the error codes of the faults
    that are one; both are served only on order.
    """

    success: Mapping[str, Any]
    failure: Mapping[str, Any]
    refusals: Mapping[str, str]


_INTL_ENVELOPE = Envelope(
    success={"Code": "Success", "Message": "success"},
    failure={"Code": "InternalError", "Message": "An internal system error occurred."},
    refusals={
        "throttle": "Throttling.Api",
        "http-500": "InternalError",
        "http-503": "ServiceUnavailable",
        "forbidden-ram": "Forbidden.RAMUserAccessDenied",
        "forbidden-account": "Forbidden.AccountAccessDenied",
    },
)
_MAINLAND_ENVELOPE = Envelope(
    success={"Code": "200", "Message": "success", "Success": True},
    failure={"Code": "500", "Message": "An internal system error occurred.", "Success": False},
    refusals={
        "throttle": "Throttling.Api",
        "http-500": "Error.InternalError",
        "http-503": "ServiceUnavailable",
        "forbidden-ram": "Error.NoPermissionAccess",
        "forbidden-account": "Error.NoPermissionAccess",
    },
)


@dataclass(frozen=True)
class Operation:
    action: str
    fields: tuple[Field, ...] = ()
    pictures: tuple[PictureField | PictureValue, ...] = ()
    profile: PictureProfile = COMPARISON_PICTURE
    is_billed: bool = False
    version: str = INTL
    envelope: Envelope = _INTL_ENVELOPE


_YES_NO = ("Y", "N")
_ZERO_ONE = ("0", "1")
_PAGE = r"[1-9][0-9]{0,5}"  # the largest page is undocumented
_SEARCHES = When("VerifyModel", ("0", "2"))
_COMPARES = When("VerifyModel", ("1", "2"))


def _url(name: str, place: Place) -> Field:
    return Field(name, place, pattern=r"(?i)https?://\S+")


def _picture(name: str, url_place: Place, required: Required = True) -> PictureField:
    return PictureField(name, (_url(f"{name}Url", url_place),), required)


_FACE_CROSS_COMPARE = Operation(
    "FaceCrossCompareIntl",
    fields=(
        Field("ProductCode", "query", required=True, allowed=("FACE_CROSS_COMPARE",)),
        Field("MerchantBizId", "query", required=True, pattern=r"[A-Za-z0-9]{32}"),
        Field("SceneCode", "query"),
        Field("CompareModel", "query", allowed=_ZERO_ONE, default="0"),
        Field("FaceVerifyThreshold", "query"),
    ),
    # That the third picture is mandatory in the chain too is unconfirmed; the text speaks of three.
    pictures=tuple(_picture(f"Source{letter}FacePicture", "query") for letter in "ABC"),
    is_billed=True,
)

_FACE_COMPARE = Operation(
    "FaceCompare",
    fields=(
        Field("MerchantBizId", "query", required=True, pattern=r"[A-Za-z0-9]{1,32}"),
        Field("FaceQualityCheck", "query", allowed=_YES_NO),
        Field("FacePictureQualityCheck", "query"),
    ),
    pictures=(_picture("SourceFacePicture", "query"), _picture("TargetFacePicture", "query")),
    is_billed=True,
)

_FACE_DUPLICATION_CHECK = Operation(
    "FaceDuplicationCheckIntl",
    fields=(
        Field("ProductCode", "query", required=True, allowed=("FACE_IDU_MIN",)),
        Field("MerchantBizId", "body", required=True, pattern=r"[A-Za-z0-9]{1,32}"),
        Field("MerchantUserId", "body", required=True),
        Field("VerifyModel", "body", required=True, allowed=("0", "1", "2")),
        Field("Liveness", "body", allowed=_ZERO_ONE, default="0"),
        Field("FaceGroupCodes", "body", required=_SEARCHES, pattern=r"[^,]+(,[^,]+){0,9}"),
        Field("AutoRegistration", "body", allowed=_ZERO_ONE, default="1"),
        Field("FaceRegisterGroupCode", "body", required=When("AutoRegistration", ("0",))),
        Field("UpdateFaceIfUserExists", "body", allowed=_YES_NO, default="N"),  # default unconfirmed
        Field("ReturnFaces", "body", pattern=r"[1-5]", default="1"),
        Field("FaceQualityCheck", "body", allowed=_YES_NO),
        Field("FaceAttributeCheck", "body"),
        Field("SaveFacePicture", "body", allowed=_ZERO_ONE),
        Field("FaceVerifyThreshold", "body"),
        Field("SceneCode", "body"),
    ),
    pictures=(_picture("SourceFacePicture", "body"), _picture("TargetFacePicture", "body", _COMPARES)),
    is_billed=True,
)

_ADD_FACE_RECORD = Operation(
    "AddFaceRecord",
    fields=(
        Field("ProductCode", "body", required=True, allowed=("FACE_ENROLL",)),
        Field("FaceGroupCode", "body", required=True),
        Field("MerchantUserId", "body", pattern=r".{1,32}"),
        Field("FaceQualityCheck", "body", allowed=_YES_NO),
    ),
    # The SDK's upload puts the file's address into FacePictureFile.
    pictures=(PictureField("FacePicture", (_url("FacePictureUrl", "body"), _url("FacePictureFile", "body"))),),
    profile=ENROLMENT_PICTURE,
    is_billed=True,
)


def _image_type(name: str) -> Field:
    codes = ("InvalidParam.ImageTypeEmpty", "InvalidParam.ImageTypeInvalid")
    return Field(name, "body", True, ("FacePic", "IDPic"), missing=codes[0], invalid=codes[1])


def _image_value(name: str) -> PictureValue:
    # oss:// (the vendor's own bucket, only in an older document) is refused.
    codes = ("InvalidParam.ParamMissing", "InvalidParam.ImageValuePatternError")
    pattern = r"base64://[A-Za-z0-9+/]+=*|(?i:https?)://\S+"
    return PictureValue(Field(name, "body", True, pattern=pattern, missing=codes[0], invalid=codes[1]))


_COMPARE_FACES = Operation(
    "CompareFaces",
    fields=(_image_type("SourceImageType"), _image_type("TargetImageType")),
    pictures=(_image_value("SourceImageValue"), _image_value("TargetImageValue")),
    profile=COMPARE_FACES_PICTURE,
    is_billed=True,
    version=MAINLAND,
    envelope=_MAINLAND_ENVELOPE,
)

_ADMINISTRATION = (
    Operation(
        "QueryFaceGroup",
        fields=(
            Field("CurrentPage", "query", required=True, pattern=_PAGE),
            Field("PageSize", "query", required=True, pattern=_PAGE),
            Field("GroupCode", "query"),
            Field("Name", "query"),
            Field("MaxResults", "query"),
            Field("NextToken", "query"),
        ),
    ),
    Operation(
        "QueryFaceRecord",
        fields=(
            Field("CurrentPage", "query", required=True, pattern=_PAGE),
            Field("PageSize", "query", required=True, pattern=_PAGE),
            Field("FaceGroupCode", "query", required=True),
            Field("FaceId", "query"),
            Field("MerchantUserId", "query"),
            Field("RegistrationType", "query"),
            Field("MaxResults", "query"),
            Field("NextToken", "query"),
        ),
    ),
    Operation("DeleteFaceRecord", fields=(Field("Id", "body", required=True, pattern=r"[0-9]{1,18}"),)),
    Operation(
        "DeleteFaceRecordV2",
        fields=(Field("MerchantUserId", "query", required=True), Field("FaceGroupCode", "query")),
    ),
    Operation(
        "DeleteVerifyResult",
        fields=(
            Field("TransactionId", "query", required=True),
            Field("DeleteAfterQuery", "query", required=True, allowed=_YES_NO),
            Field("DeleteType", "query", required=True, allowed=("Img", "Text", "All")),
        ),
    ),
    Operation("KeepaliveIntl"),
)

OPERATIONS: dict[str, Operation] = {
    operation.action: operation
    for operation in (
        _FACE_COMPARE,
        _FACE_CROSS_COMPARE,
        _FACE_DUPLICATION_CHECK,
        _ADD_FACE_RECORD,
        _COMPARE_FACES,
        *_ADMINISTRATION,
    )
}
