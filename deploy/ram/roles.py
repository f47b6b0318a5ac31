"""The identities of a deployment. Functions that need the same rights share a role; nothing else does.

ID Verification has no finer right than all of it (documented: granularity "service"), the deletion of every enrolled
face included. So the functions that never call it, `results` and `record-failure`, must not share a role with those
that do; and the right to delete uploads, failures and verification data is the erasure's alone.

Names are lower-case: the component fc3 lower-cases every role that it is given.
"""

from __future__ import annotations

from dataclasses import dataclass

ID_VERIFICATION = "AliyunAntCloudAuthFullAccess"
"""Demanded by the documents of the operations. It grants antcloudauth:* on everything."""


@dataclass(frozen=True, slots=True)
class Identity:
    """`trusts` is the service that may take the role; None: it is a policy for people (RAM users). `functions` run
    under it. `system_policies` are Alibaba Cloud's own, attached beside ours."""

    name: str
    what: str
    trusts: str | None = None
    functions: tuple[str, ...] = ()
    system_policies: tuple[str, ...] = ()


FC = "fc.aliyuncs.com"
OPERATIONS = ("face-compare", "face-cross-compare", "face-duplication-check", "add-face-record", "compare-faces")

VERIFICATION = Identity(
    "facegate-verification",
    "the functions that verify and enrol",
    FC,
    (*OPERATIONS, "enroll-on-upload", "dedup-on-signup"),
    (ID_VERIFICATION,),
)
RESULTS = Identity("facegate-results", "the look-ups, read only", FC, ("results",))
ERASURE = Identity("facegate-erasure", "the erasure of a person", FC, ("erasure",), (ID_VERIFICATION,))
FAILURES = Identity("facegate-failures", "the failure destination", FC, ("record-failure",))
UPLOAD_TRIGGER = Identity("facegate-upload-trigger", "OSS, telling of uploads", "oss.aliyuncs.com")
SIGNUP_TRIGGER = Identity("facegate-signup-trigger", "SMQ, delivering sign-ups", "mns.aliyuncs.com")
GATEWAY = Identity("facegate-gateway", "API Gateway, calling the HTTP functions", "apigateway.aliyuncs.com")
CALLER = Identity("facegate-caller", "a back end that signs its requests to the HTTP triggers")
DEPLOYER = Identity("facegate-deployer", "who runs make deploy and make remove")
PROVISIONER = Identity("facegate-provisioner", "who runs make provision, which make deploy does too")
DATA_REMOVER = Identity("facegate-data-remover", 'beside the deployer\'s, for make remove ARGS="--data"')
OPERATOR = Identity("facegate-operator", "who runs make redrive and reads the logs")

IDENTITIES = (
    *(VERIFICATION, RESULTS, ERASURE, FAILURES),
    *(UPLOAD_TRIGGER, SIGNUP_TRIGGER, GATEWAY, CALLER),
    *(DEPLOYER, PROVISIONER, DATA_REMOVER, OPERATOR),
)
ROLE_OF_FUNCTION = {function: identity.name for identity in IDENTITIES for function in identity.functions}
HTTP_FUNCTIONS = (*OPERATIONS, "results", "erasure")
HANDED_OVER_TO = (*OPERATIONS, "enroll-on-upload", "dedup-on-signup")
"""The functions that failed events are handed back to."""
