"""The parameters of each operation under their official names; pictures are declared with the operation (`catalogue`).

`None` is "not given": it is not sent, and the service's own default applies.
"""

from __future__ import annotations

from msgspec import Struct

from facegate.operations import fields as f

# ... | None rather than | None: msgspec reads these annotations at run time, also on Python 3.10.


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every operation takes. `MerchantUserId` is recorded as a keyed hash, even where the service has no such
    field.
    """

    ProductCode: str | None = None
    MerchantBizId: f.BizId | None = None
    MerchantUserId: f.UserId | None = None


class FaceCompareRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    FaceQualityCheck: f.YesNo | None = None
    FacePictureQualityCheck: f.YesNo | None = None


class FaceCrossCompareIntlRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    MerchantBizId: f.BizId32 | None = None
    SceneCode: f.SceneCode | None = None
    CompareModel: f.CompareModel = "0"
    FaceVerifyThreshold: f.FaceVerifyThreshold | None = None


class FaceDuplicationCheckIntlRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    MerchantUserId: f.UserId
    SceneCode: f.SceneCode | None = None
    VerifyModel: f.VerifyModel
    Liveness: f.Liveness | None = None
    FaceGroupCodes: f.GroupCodes | None = None
    AutoRegistration: f.AutoRegistration | None = None
    FaceRegisterGroupCode: f.GroupCode | None = None
    UpdateFaceIfUserExists: f.YesNo | None = None
    ReturnFaces: f.ReturnFaces | None = None
    FaceQualityCheck: f.YesNo | None = None
    FaceAttributeCheck: f.YesNo | None = None
    SaveFacePicture: f.SaveFacePicture | None = None
    FaceVerifyThreshold: f.FaceVerifyThreshold | None = None


class AddFaceRecordRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    MerchantUserId: f.UserId
    FaceGroupCode: f.GroupCode | None = None
    FaceQualityCheck: f.YesNo | None = None


class CompareFacesRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    SourceImageType: f.ImageType
    TargetImageType: f.ImageType
    RegionId: f.RegionId | None = None
    FalseAcceptRate: f.FalseAcceptRate = "0.001"
