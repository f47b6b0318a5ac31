"""FaceDuplicationCheckIntl: 1:N search, 1:1 comparison or both, and registration of a face not found.

Unconfirmed, and decided here: a verdict looks at liveness, then comparison, then duplicates; only a passed
verdict registers, and only in a mode that searches (VerifyModel 0 and 2); FaceRegistrationResult is absent
unless registration was asked for, and 0 when nothing was registered; a MerchantUserId that exists in the
group is left alone unless UpdateFaceIfUserExists is `Y`, which keeps its FaceId; DuplicateFace is absent when
there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.id_verification.answers import json_text
from local.id_verification.comparing import yes_no
from local.id_verification.scores import distance, is_same_person, similarity

if TYPE_CHECKING:
    from local.id_verification.calling import Call, Payload
    from local.id_verification.records import FaceRecord
    from local.id_verification.scores import Embedding

PASSED = "200"
ATTACK_SCENE = "attack"


def sub_code(is_attack: bool, is_other_person: bool, is_duplicate: bool) -> str:
    """Documented codes; 206 (device policy) cannot arise on this side."""
    findings = ((is_attack, "205"), (is_other_person, "204"), (is_duplicate, "233"))
    return next((code for found, code in findings if found), PASSED)


async def face_duplication_check(call: Call) -> Payload:
    """Passive liveness is not estimated: only the SceneCode `attack`, a local trigger, makes a picture an attack."""
    parameters = call.parameters
    searches, compares = parameters["VerifyModel"] in "02", parameters["VerifyModel"] in "12"
    registers = searches and parameters["AutoRegistration"] == "0"
    groups = parameters["FaceGroupCodes"].split(",") if searches else []
    call.require_groups([*groups, *([parameters["FaceRegisterGroupCode"]] if registers else [])])

    names = ("SourceFacePicture", "TargetFacePicture") if compares else ("SourceFacePicture",)
    source, *targets = await call.faces(*names)
    # Nothing awaits from here on: no other request can register this face between search and registration.
    is_attack = parameters["Liveness"] == "1" and parameters.get("SceneCode") == ATTACK_SCENE
    apart = [distance(source, target) for target in targets]
    duplicates = call.records.search(groups, source)[: int(parameters["ReturnFaces"])]
    code = sub_code(is_attack, not all(map(is_same_person, apart)), bool(duplicates))

    result: Payload = {
        "TransactionId": call.records.new_transaction(),
        "FacePassed": yes_no(code == PASSED),
        "SubCode": code,
    }
    if parameters["Liveness"] == "1":
        result |= {"FaceAttack": yes_no(is_attack), "FaceAttackScore": "99.00" if is_attack else "0.00"}
    if apart:
        result["FaceComparisonScore"] = f"{similarity(apart[0]):.2f}"
    if duplicates:
        result["DuplicateFace"] = _duplicate_face(duplicates)
    if registers:
        result |= _registration(call, source) if code == PASSED else {"FaceRegistrationResult": 0}
    return {"Result": result}


def _duplicate_face(records: list[FaceRecord]) -> str:
    """A JSON string, nearest face first, without scores."""
    return json_text(
        [{"faceGroupCode": r.group_code, "faceId": r.face_id, "merchantUserId": r.merchant_user_id} for r in records]
    )


def _registration(call: Call, face: Embedding) -> Payload:
    group, user = call.parameters["FaceRegisterGroupCode"], call.parameters["MerchantUserId"]
    if not call.records.has_user(group, user):
        return {
            "FaceRegistrationResult": 1,
            "FaceRegistrationId": call.records.add(group, user, face, "AUTO"),
        }
    if call.parameters["UpdateFaceIfUserExists"] == "Y":
        return {"FaceRegistrationResult": 1, "FaceRegistrationId": call.records.overwrite(group, user, face)}
    return {"FaceRegistrationResult": 0}
