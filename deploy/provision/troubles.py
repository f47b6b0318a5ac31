"""What the services say of a key that they refuse, in words that name the variable to look at."""

from __future__ import annotations

_UNKNOWN_KEY = "ALIBABA_CLOUD_ACCESS_KEY_ID is unknown"
_WRONG_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET is not that of ALIBABA_CLOUD_ACCESS_KEY_ID"  # noqa: S105  a name
_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN is not valid or has expired"  # noqa: S105  a name
_CLOCK = "the clock of this machine is wrong by more than 15 minutes"

OF_KEYS = {
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": _WRONG_SECRET,
    "InvalidSecurityToken": _TOKEN,
    "SecurityTokenExpired": _TOKEN,
    "RequestTimeTooSkewed": _CLOCK,
    "TimeExpired": _CLOCK,
}
"""By the error code of OSS and MNS."""

OF_TABLESTORE = {
    "The AccessKeyID does not exist.": _UNKNOWN_KEY,
    "Signature mismatch.": _WRONG_SECRET,
    "The instance is not found.": "the instance does not exist: make it in the console, or correct TABLESTORE_INSTANCE",
    "Request denied by instance ACL policies.": "the instance refuses the internet: allow it in its network settings, "
    "or run this inside its VPC with TABLESTORE_ENDPOINT set",
}
"""By the message of OTSAuthFailed."""
