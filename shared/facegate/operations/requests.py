"""The parameters of each operation under their official names; pictures are declared with the operation (`catalogue`).

`None` is "not given": it is not sent, and the service's own default applies.
"""

from __future__ import annotations

from typing import Optional

from msgspec import Struct

from facegate.operations import fields as f

# Optional[...] rather than | None: msgspec reads these annotations at run time, also on Python 3.10.


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every operation takes. `MerchantUserId` is recorded as a keyed hash, even where the service has no such
    field.
    """

    ProductCode: Optional[str] = None
    MerchantBizId: Optional[f.BizId] = None
    MerchantUserId: Optional[f.UserId] = None


class FaceCompareRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    FaceQualityCheck: Optional[f.YesNo] = None
    FacePictureQualityCheck: Optional[f.YesNo] = None


class FaceCrossCompareIntlRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    MerchantBizId: Optional[f.BizId32] = None
    SceneCode: Optional[f.SceneCode] = None
    CompareModel: f.CompareModel = "0"
    FaceVerifyThreshold: Optional[f.FaceVerifyThreshold] = None


class FaceDuplicationCheckIntlRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    MerchantUserId: f.UserId
    SceneCode: Optional[f.SceneCode] = None
    VerifyModel: f.VerifyModel
    Liveness: Optional[f.Liveness] = None
    FaceGroupCodes: Optional[f.GroupCodes] = None
    AutoRegistration: Optional[f.AutoRegistration] = None
    FaceRegisterGroupCode: Optional[f.GroupCode] = None
    UpdateFaceIfUserExists: Optional[f.YesNo] = None
    ReturnFaces: Optional[f.ReturnFaces] = None
    FaceQualityCheck: Optional[f.YesNo] = None
    FaceAttributeCheck: Optional[f.YesNo] = None
    SaveFacePicture: Optional[f.SaveFacePicture] = None
    FaceVerifyThreshold: Optional[f.FaceVerifyThreshold] = None


class AddFaceRecordRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    MerchantUserId: f.UserId
    FaceGroupCode: Optional[f.GroupCode] = None
    FaceQualityCheck: Optional[f.YesNo] = None


class CompareFacesRequest(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    SourceImageType: f.ImageType
    TargetImageType: f.ImageType
    RegionId: Optional[f.RegionId] = None
    FalseAcceptRate: f.FalseAcceptRate = "0.001"
