"""The error codes of the service with their HTTP status."""

from __future__ import annotations

STATUS = {
    "AccessDenied": 403,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidAuthorizationHeader": 400,
    "InvalidDateHeader": 400,
    "InvalidDegist": 400,  # the documented spelling
    "InvalidRequestURL": 400,
    "MalformedXML": 400,
    "MissingAuthorizationHeader": 400,
    "MissingDateHeader": 400,
    "NotImplemented": 501,  # of this local service only
    "RequestBodyTooLarge": 413,  # of this local service only
    "SignatureDoesNotMatch": 403,
    "TimeExpired": 408,  # status unconfirmed
    "TopicAlreadyExist": 409,
    "TopicNotExist": 404,
}


class MnsError(Exception):
    """A refusal. `code` is one of STATUS; the message is what the client is told."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = STATUS[code]
