"""The error codes of the service: HTTP status, message and, where it is documented, the EC number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(NamedTuple):
    status: int
    message: str
    ec: str = ""


CODES = {
    "AccessDenied": Code(403, "You have no right to access this object because of bucket acl."),
    "BucketAlreadyExists": Code(409, "The requested bucket name is not available."),
    "EntityTooLarge": Code(400, "Your proposed upload exceeds the maximum allowed size."),
    "EntityTooSmall": Code(400, "Your proposed upload is smaller than the minimum allowed size."),
    "FileAlreadyExists": Code(409, "The object you specified already exists and can not be overwritten."),
    "FieldItemTooLong": Code(400, "The fields of your form are too long."),
    "IncorrectNumberOfFilesInPOSTRequest": Code(400, "POST requires exactly one file upload per request."),
    "InternalError": Code(500, "We encountered an internal error. Please try again."),
    "InvalidAccessKeyId": Code(
        403, "The OSS Access Key Id you provided does not exist in our records.", "0002-00000902"
    ),
    "InvalidArgument": Code(400, "An argument is invalid."),
    "InvalidBucketName": Code(400, "The specified bucket is not valid."),
    "InvalidDigest": Code(400, "The Content-MD5 you specified is not valid."),
    "InvalidObjectName": Code(400, "The specified object is not valid."),
    "InvalidPart": Code(400, "One or more of the specified parts could not be found or did not match its ETag."),
    "InvalidPartOrder": Code(400, "The list of parts was not in ascending order."),
    "InvalidPolicyDocument": Code(400, "The form's policy is not a valid policy document."),
    "InvalidRange": Code(416, "The requested range cannot be satisfied."),
    "InvalidRequest": Code(400, "The request is not valid."),
    "InvalidSecurityToken": Code(403, "The security token you provided is invalid.", "0002-00000006"),
    "InvalidTag": Code(400, "The tags you provided are invalid."),
    "MalformedPOSTRequest": Code(400, "The body of your POST request is not well-formed multipart/form-data."),
    "MalformedXML": Code(400, "The XML you provided was not well-formed or did not validate."),
    "MethodNotAllowed": Code(405, "The specified method is not allowed against this resource."),
    "MissingContentLength": Code(411, "You must provide the Content-Length HTTP header."),
    "NoSuchBucket": Code(404, "The specified bucket does not exist.", "0015-00000101"),
    "NoSuchKey": Code(404, "The specified key does not exist.", "0026-00000001"),
    "NoSuchLifecycle": Code(404, "No Row found in Lifecycle Table."),
    "NoSuchServerSideEncryptionRule": Code(404, "The server side encryption rule does not exist."),
    "NoSuchUpload": Code(404, "The specified upload does not exist."),
    "NotImplemented": Code(501, "This is not served by the local OSS."),
    "PreconditionFailed": Code(412, "At least one of the pre-conditions you specified did not hold."),
    "RequestTimeTooSkewed": Code(
        403, "The difference between the request time and the current time is too large.", "0002-00000504"
    ),
    "SecurityTokenExpired": Code(403, "The security token you provided has expired.", "0002-00000007"),
    "ServiceUnavailable": Code(503, "Please reduce your request rate."),
    "SignatureDoesNotMatch": Code(
        403,
        "The request signature we calculated does not match the signature you provided."
        " Check your key and signing method.",
        "0002-00000201",
    ),
}


class OssError(Exception):
    """A refusal. `code` is one of CODES; `details` are further elements of the error document."""

    def __init__(self, code: str, message: str = "", *, ec: str = "", details: Mapping[str, str] | None = None) -> None:
        general = CODES[code]
        self.code = code
        self.status = general.status
        self.message = message or general.message
        self.ec = ec or general.ec
        self.details = dict(details or {})
        super().__init__(f"{code}: {self.message}")


def invalid_argument(message: str, name: str, value: str) -> OssError:
    return OssError("InvalidArgument", message, details={"ArgumentName": name, "ArgumentValue": value})
