"""The five operations as data. A new operation is a new row here, with its request, result and decision.

Placement (query string or form body), product codes and picture fields: the documents and the current SDK; a test
holds each row against what the SDK's own methods send.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from facegate.operations import decisions, requests, results, rules
from facegate.operations.decisions import Decision
from facegate.pictures.profile import Profile
from facegate.verification.service import COMPARE_FACES, ID_VERIFICATION, Service


class PictureField(Struct, frozen=True):
    """One picture of an operation: given as `name` (Base64 or bytes), `url_name` or `object_name`.

    `prefix` goes before the Base64; `url_sent_as` is the official field that takes the URL; `needed` tells from the
    request whether the picture must be there.
    """

    name: str
    prefix: str = ""
    url_sent_as: str = ""
    needed: Callable[[Any], bool] = lambda _: True

    @property
    def url_name(self) -> str:
        return f"{self.name}Url"

    @property
    def object_name(self) -> str:
        return f"{self.name}Object"

    @property
    def ways(self) -> tuple[str, str, str]:
        """The fields that can give this picture: exactly one must."""
        return (self.name, self.url_name, self.object_name)

    @property
    def url_field(self) -> str:
        return self.url_sent_as or self.url_name


class Operation(Struct, frozen=True):
    """`query` names the parameters of the query string; the others travel in the body, `unsent` ones not at all.

    `group_fields` take face group codes; `defaulted_groups` tells which of them this request needs. `registers`
    tells whether the call would enrol somebody, and `register_group` which parameter names the group: such calls
    must never be repeated blindly. `refusals` gives the official code of a broken field rule, where it is not
    MissingParameter or InvalidParameter.
    """

    action: str
    service: Service
    request: type[requests.Request]
    result: type[Any]
    pictures: tuple[PictureField, ...]
    profile: Profile
    decide: Callable[[Any, Any], Decision]
    product_code: str | None = None
    query: frozenset[str] = frozenset()
    unsent: frozenset[str] = frozenset()
    check: Callable[[Any], None] = rules.nothing_more
    group_fields: frozenset[str] = frozenset()
    defaulted_groups: Callable[[Any, bool], tuple[str, ...]] = lambda _request, _registers: ()
    registers: Callable[[Any], bool] = lambda _: False
    register_group: str | None = None
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict)


MAX_INPUT_BYTES = 20 * 1024 * 1024
"""Of one picture as it is handed in: a 48-megapixel photograph has 12 to 20 MB."""

# Documented: 1 MB in Base64, 0.6 MB before. Whether per picture or per request is unconfirmed, so all pictures of one
# request together keep within it. Qualities: "compression > 0.9" for the comparisons, 0.8 for enrolment.
_PAIR = Profile(name="pair", max_input_bytes=MAX_INPUT_BYTES, max_output_bytes=370_000, jpeg_quality=92)
_TRIPLE = Profile(name="triple", max_input_bytes=MAX_INPUT_BYTES, max_output_bytes=245_000, jpeg_quality=92)
_ENROLMENT = Profile(name="enrolment", max_input_bytes=MAX_INPUT_BYTES, max_output_bytes=600_000, jpeg_quality=80)
_MAINLAND = Profile(name="mainland", max_input_bytes=MAX_INPUT_BYTES, max_output_bytes=2_000_000, jpeg_quality=92)

_ROWS = (
    Operation(
        action="FaceCompare",
        service=ID_VERIFICATION,
        request=requests.FaceCompareRequest,
        result=results.FaceCompareResult,
        pictures=(PictureField("SourceFacePicture"), PictureField("TargetFacePicture")),
        profile=_PAIR,
        decide=decisions.face_compare,
        query=frozenset(
            {
                "MerchantBizId",
                "SourceFacePictureUrl",
                "TargetFacePictureUrl",
                "FaceQualityCheck",
                "FacePictureQualityCheck",
            }
        ),
        unsent=frozenset({"MerchantUserId"}),
    ),
    Operation(
        action="FaceCrossCompareIntl",
        service=ID_VERIFICATION,
        request=requests.FaceCrossCompareIntlRequest,
        result=results.FaceCrossCompareIntlResult,
        pictures=tuple(PictureField(f"Source{letter}FacePicture") for letter in "ABC"),
        profile=_TRIPLE,
        decide=decisions.face_cross_compare,
        product_code="FACE_CROSS_COMPARE",
        query=frozenset(
            {"ProductCode", "MerchantBizId", "SceneCode", "CompareModel", "FaceVerifyThreshold"}
            | {f"Source{letter}FacePictureUrl" for letter in "ABC"}
        ),
        unsent=frozenset({"MerchantUserId"}),
    ),
    Operation(
        action="FaceDuplicationCheckIntl",
        service=ID_VERIFICATION,
        request=requests.FaceDuplicationCheckIntlRequest,
        result=results.FaceDuplicationCheckIntlResult,
        pictures=(
            PictureField("SourceFacePicture"),
            PictureField("TargetFacePicture", needed=lambda request: request.VerifyModel != "0"),
        ),
        profile=_PAIR,
        decide=decisions.face_duplication_check,
        product_code="FACE_IDU_MIN",
        query=frozenset({"ProductCode"}),
        check=rules.duplication_check,
        group_fields=frozenset({"FaceGroupCodes", "FaceRegisterGroupCode"}),
        defaulted_groups=lambda request, registers: (
            *(("FaceGroupCodes",) if request.VerifyModel != "1" else ()),
            *(("FaceRegisterGroupCode",) if registers else ()),
        ),
        registers=lambda request: rules.wants_registration(request.AutoRegistration),
        register_group="FaceRegisterGroupCode",
    ),
    Operation(
        action="AddFaceRecord",
        service=ID_VERIFICATION,
        request=requests.AddFaceRecordRequest,
        result=results.AddFaceRecordResult,
        pictures=(PictureField("FacePicture"),),
        profile=_ENROLMENT,
        decide=decisions.add_face_record,
        product_code="FACE_ENROLL",
        unsent=frozenset({"MerchantBizId"}),
        group_fields=frozenset({"FaceGroupCode"}),
        defaulted_groups=lambda _request, _registers: ("FaceGroupCode",),
        registers=lambda _: True,
        register_group="FaceGroupCode",
    ),
    Operation(
        action="CompareFaces",
        service=COMPARE_FACES,
        request=requests.CompareFacesRequest,
        result=results.CompareFacesResult,
        pictures=(
            PictureField("SourceImageValue", prefix="base64://", url_sent_as="SourceImageValue"),
            PictureField("TargetImageValue", prefix="base64://", url_sent_as="TargetImageValue"),
        ),
        profile=_MAINLAND,
        decide=decisions.compare_faces,
        query=frozenset({"RegionId"}),
        unsent=frozenset({"MerchantBizId", "MerchantUserId", "FalseAcceptRate"}),
        check=rules.one_face_photograph,
        refusals={
            ("SourceImageType", "missing"): "InvalidParam.ImageTypeEmpty",
            ("TargetImageType", "missing"): "InvalidParam.ImageTypeEmpty",
            ("SourceImageType", "invalid"): "InvalidParam.ImageTypeInvalid",
            ("TargetImageType", "invalid"): "InvalidParam.ImageTypeInvalid",
            ("SourceImageValue", "missing"): "InvalidParam.ParamMissing",
            ("TargetImageValue", "missing"): "InvalidParam.ParamMissing",
            ("SourceImageValue", "invalid"): "InvalidParam.ImageValuePatternError",
            ("TargetImageValue", "invalid"): "InvalidParam.ImageValuePatternError",
        },
    ),
)

OPERATIONS: Mapping[str, Operation] = {row.action: row for row in _ROWS}
