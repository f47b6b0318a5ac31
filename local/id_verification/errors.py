"""The error codes of the service with their HTTP statuses, as one table.

Documented: the service codes (a 401 is a bad picture, never a bad credential) and the CompareFaces codes. The
gateway codes are common to the vendor's RPC gateways; their statuses are unconfirmed.
"""

from __future__ import annotations

_GATEWAY: dict[str, tuple[int, str]] = {
    "IncompleteSignature": (400, "The request signature does not conform to the ACS3-HMAC-SHA256 standard."),
    "SignatureDoesNotMatch": (
        400,
        "The specified signature does not match the one calculated by the server.",
    ),
    "SignatureNonceUsed": (400, "The specified signature nonce has already been used."),
    "InvalidTimeStamp.Expired": (400, "The specified time stamp is malformed or more than 15 minutes off."),
    "InvalidAccessKeyId.NotFound": (404, "The specified access key is not found."),
    "InvalidSecurityToken.Expired": (400, "The specified security token has expired."),
    "InvalidSecurityToken.Malformed": (403, "The specified security token is malformed."),
    "InvalidAction.NotFound": (404, "The specified API does not exist in this version."),
    "RequestBodyTooLarge": (413, "The request body is larger than 8 MB."),
}

_SERVICE: dict[str, tuple[int, str]] = {
    "MissingParameter": (400, "A required parameter is missing."),
    "InvalidParameter": (400, "The specified parameter is invalid."),
    "NoFaceDetected": (401, "No face could be extracted from the image. Use a different image."),
    "UnqualifiedPhoto": (
        401,
        "The image is unreadable or its format or resolution does not meet the requirements.",
    ),
    "ToolargeImage": (401, "The image is too large. Compress it or provide it by URL."),
    "DataDuplication": (
        401,
        "The same image was provided more than once. Provide either its content or its URL.",
    ),
    "DownloadTimeout": (401, "The image could not be downloaded from its URL in time."),
    "Forbidden.RAMUserAccessDenied": (403, "The RAM user lacks the AliyunAntCloudAuthFullAccess permission."),
    "Forbidden.AccountAccessDenied": (
        403,
        "ID Verification is not activated or the account has an overdue payment.",
    ),
    "Throttling.Api": (403, "The API call was blocked by throttling."),
    "InternalError": (500, "An internal system error occurred."),
    "ServiceUnavailable": (503, "The service is unavailable."),
}

_COMPARE_FACES: dict[str, tuple[int, str]] = {
    "InvalidParam.ParamMissing": (403, "A parameter is empty."),
    "InvalidParam.ImageTypeEmpty": (400, "The image type is empty."),
    "InvalidParam.ImageTypeInvalid": (400, "The image type is neither FacePic nor IDPic."),
    "InvalidParam.FacePicNotGiven": (400, "At least one of the two images must be of type FacePic."),
    "InvalidParam.ImageValuePatternError": (
        400,
        "The image value is neither an http(s) URL nor base64://<Base64>.",
    ),
    "Error.NoFaceDetected": (400, "No face was detected in one of the images."),
    "Error.NoPermissionAccess": (403, "No permission to access the service."),
    "Error.CompareFacesError": (500, "CompareFaces failed because of an internal error."),
    "Error.InternalError": (500, "An internal system error occurred."),
}

CODES: dict[str, tuple[int, str]] = {**_GATEWAY, **_SERVICE, **_COMPARE_FACES}


class ServiceError(Exception):
    """A refusal: `code` is one of CODES, `status` its HTTP status, `detail` says what was wrong where."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        self.status, general = CODES[code]
        self.message = f"{general} {detail}".strip()
        super().__init__(f"{code}: {self.message}")
