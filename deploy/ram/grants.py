"""The table of the functions' rights: who may call what, on what, and why. Nothing is granted that is not here.

Names and resources of actions: the services' own lists of RAM actions. A test holds the table against what the code
calls in the local cloud, both ways: a call that is not granted fails it, and so does a grant that nothing uses, unless
`unseen` says why the local cloud cannot show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.ram import roles
from deploy.ram.roles import Identity


@dataclass(frozen=True, slots=True)
class Grant:
    """`actions` on each of `resources` (templates of Scope.arn). `condition` is a RAM condition block. Actions that
    are `by_system_policy` are granted by the identity's system policy and stand here for the narrower one."""

    to: Identity
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    condition: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None
    by_system_policy: bool = False
    unseen: str = ""


_TABLE = "acs:ots:{region}:{account_id}:instance/{tablestore_instance}/table/"
CLAIMS, RESULTS, FAILURES = f"{_TABLE}facegate_claims", f"{_TABLE}facegate_results", f"{_TABLE}facegate_failures"
BY_USER = f"{RESULTS}_by_user"
BUCKET = "acs:oss:*:{account_id}:{bucket}"
PICTURES, UPLOADS, DEFERRED = f"{BUCKET}/pictures/*", f"{BUCKET}/enroll/*", f"{BUCKET}/deferred/*"
EVERYTHING = ("*",)


def functions(*names: str) -> tuple[str, ...]:
    """The functions, and their versions and aliases."""
    return tuple(f"acs:fc:{{region}}:{{account_id}}:functions/{name}{rest}" for name in names for rest in ("", "/*"))


def antcloudauth(*actions: str) -> tuple[str, ...]:
    return tuple(f"antcloudauth:{action}" for action in actions)


_PLATFORM = "the platform's call, not the code's: the local queue delivers without asking for a right"

GRANTS = (
    # The functions that verify and enrol
    Grant(
        roles.VERIFICATION,
        antcloudauth(
            "FaceCompare", "FaceCrossCompareIntl", "FaceDuplicationCheckIntl", "AddFaceRecord", "CompareFaces"
        ),
        EVERYTHING,
        "the five operations",
        by_system_policy=True,
    ),
    Grant(
        roles.VERIFICATION,
        antcloudauth("QueryFaceRecord", "DeleteFaceRecordV2"),
        EVERYTHING,
        "ask whether a lost call enrolled; undo an enrolment that an erasure overtook",
        by_system_policy=True,
    ),
    Grant(
        roles.VERIFICATION,
        ("ots:GetRow", "ots:PutRow", "ots:DeleteRow"),
        (CLAIMS,),
        "take, hold and give back claims; read tombstones",
    ),
    Grant(roles.VERIFICATION, ("ots:GetRow", "ots:PutRow"), (RESULTS,), "replay decisions, write them once"),
    Grant(roles.VERIFICATION, ("ots:DeleteRow",), (RESULTS,), "forget a photograph whose enrolment was undone"),
    Grant(roles.VERIFICATION, ("ots:PutRow",), (FAILURES,), "record what is hopeless"),
    Grant(roles.VERIFICATION, ("oss:GetObject",), (PICTURES, UPLOADS), "read pictures given as objects, and uploads"),
    Grant(
        roles.VERIFICATION,
        ("oss:GetObject", "oss:PutObject", "oss:DeleteObject"),
        (DEFERRED,),
        "requests with a picture that are worked off later",
    ),
    Grant(
        roles.VERIFICATION,
        ("fc:InvokeFunction",),
        functions(*roles.OPERATIONS),
        "Prefer: respond-async hands a request over to the same function",
    ),
    # Any caller of an HTTP trigger can make its call asynchronous, so every function has a failure destination.
    *(
        Grant(
            role,
            ("fc:InvokeFunction",),
            functions("record-failure"),
            "the failure destination is invoked with the rights of the function that failed (documented)",
            unseen=_PLATFORM,
        )
        for role in (roles.VERIFICATION, roles.RESULTS, roles.ERASURE)
    ),
    # The look-ups
    Grant(roles.RESULTS, ("ots:GetRow",), (RESULTS, CLAIMS), "a decision by its id, or that it is in progress"),
    Grant(roles.RESULTS, ("ots:GetRange",), (BY_USER,), "the decisions about a user"),
    # The erasure of a person
    Grant(
        roles.ERASURE,
        antcloudauth("DeleteFaceRecordV2", "QueryFaceRecord", "DeleteVerifyResult"),
        EVERYTHING,
        "delete the service's face records and verification data, and ask again",
        by_system_policy=True,
    ),
    Grant(
        roles.ERASURE, ("ots:PutRow", "ots:DeleteRow"), (CLAIMS,), "the tombstone; the claims of the user's requests"
    ),
    Grant(roles.ERASURE, ("ots:GetRange",), (BY_USER, FAILURES), "find the user's rows"),
    Grant(roles.ERASURE, ("ots:DeleteRow",), (RESULTS, FAILURES), "delete the user's rows"),
    Grant(roles.ERASURE, ("oss:DeleteObject",), (DEFERRED, UPLOADS), "delete the user's pictures"),
    Grant(
        roles.ERASURE,
        ("oss:ListObjects",),
        (BUCKET,),
        "find the user's uploads",
        condition={"StringLike": {"oss:Prefix": ("enroll/*",)}},
    ),
    # The failure destination
    Grant(roles.FAILURES, ("ots:PutRow",), (FAILURES,), "record what the platform gave up"),
    Grant(roles.FAILURES, ("ots:GetRow",), (RESULTS,), "an upload that has a result did not fail"),
    Grant(roles.FAILURES, ("ots:GetRow",), (CLAIMS,), "tombstones: of an erased user nothing is recorded"),
    # Who calls the functions
    Grant(
        roles.UPLOAD_TRIGGER,
        ("fc:InvokeFunction",),
        functions("enroll-on-upload"),
        "the trigger of the uploads",
        unseen=_PLATFORM,
    ),
    Grant(
        roles.SIGNUP_TRIGGER,
        ("fc:InvokeFunction",),
        functions("dedup-on-signup"),
        "the trigger of the sign-ups",
        unseen=_PLATFORM,
    ),
    Grant(
        roles.GATEWAY,
        ("fc:InvokeFunction",),
        functions(*roles.HTTP_FUNCTIONS),
        "the gateway's back ends",
        unseen=_PLATFORM,
    ),
    Grant(
        roles.CALLER,
        ("fc:InvokeFunction",),
        functions(*roles.HTTP_FUNCTIONS),
        "requests signed for the HTTP triggers",
        unseen="the local gateway lets every caller on this machine in",
    ),
)
