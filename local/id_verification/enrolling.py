"""AddFaceRecord, and the administration of face groups and records."""

from __future__ import annotations

import math
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from local.id_verification.answers import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.id_verification.calling import Call, Payload

Item = TypeVar("Item")


async def add_face_record(call: Call) -> Payload:
    """Adds a record, whether or not the user has one in the group.

    What the service does with a second one is undocumented; here it makes a double enrolment visible. The answer
    holds no face id (documented). RegistrationType is MANUAL, and AUTO for automatic registration (unconfirmed).


    Without MerchantUserId the image's name is used (documented): the file name in its URL, or the FaceId for
    Base64, which has none (unconfirmed).
    """
    group = call.parameters["FaceGroupCode"]
    call.require_groups([group])
    (face,) = await call.faces("FacePicture")
    user = call.parameters.get("MerchantUserId") or _image_name(call.pictures["FacePicture"].url)
    call.records.add(group, user, face, "MANUAL")
    return {"Result": {"Passed": "Y", "ExtFaceInfo": json_text({"faceQuality": "HIGH"})}}


def _image_name(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).stem[:32]


async def query_face_group(call: Call) -> Payload:
    """Oldest first (the order is unconfirmed). Name is the code: groups are made without a name here."""
    wanted = {"GroupCode": call.parameters.get("GroupCode"), "Name": call.parameters.get("Name")}
    groups = [g for g in call.records.groups() if all(w in (None, g.code) for w in wanted.values())]
    page, counts = _page(groups, call.parameters)
    return {
        **counts,
        "Items": [{"Id": g.id, "Code": g.code, "Name": g.code, "Description": ""} for g in page],
    }


async def query_face_record(call: Call) -> Payload:
    """Oldest first (the order is unconfirmed). ImgOssUrl is left out: no picture is kept.

    Paged by CurrentPage and PageSize, which are required; MaxResults and NextToken have no effect.
    """
    call.require_groups([call.parameters["FaceGroupCode"]])
    columns = {
        "FaceGroupCode": "group_code",
        "FaceId": "face_id",
        "MerchantUserId": "merchant_user_id",
        "RegistrationType": "registration_type",
    }
    wanted = {columns[name]: value for name, value in call.parameters.items() if name in columns}
    records = [r for r in call.records.records() if all(getattr(r, c) == v for c, v in wanted.items())]
    page, counts = _page(records, call.parameters)
    items = [
        {
            "Id": r.id,
            "FaceId": r.face_id,
            "MerchantUserId": r.merchant_user_id,
            "GmtCreate": r.gmt_create,
            "RegistrationType": r.registration_type,
        }
        for r in page
    ]
    return {**counts, "Items": items}


def _page(items: Sequence[Item], parameters: Mapping[str, str]) -> tuple[Sequence[Item], dict[str, Any]]:
    number, size = int(parameters["CurrentPage"]), int(parameters["PageSize"])
    counts = {
        "CurrentPage": number,
        "PageSize": size,
        "TotalCount": len(items),
        "TotalPage": math.ceil(len(items) / size),
    }
    return items[(number - 1) * size : number * size], counts


async def delete_face_record(call: Call) -> Payload:
    """Data is the number of records deleted; 0 for an unknown Id (its meaning is unconfirmed)."""
    return {"Data": call.records.delete(int(call.parameters["Id"]))}


async def delete_face_record_v2(call: Call) -> Payload:
    """From one group, or from all without FaceGroupCode (documented). N if nobody was there (unconfirmed)."""
    group = call.parameters.get("FaceGroupCode")
    call.require_groups([group] if group else [])
    emptied = call.records.delete_user(call.parameters["MerchantUserId"], group)
    return {"Result": {"Deleted": "Y" if emptied else "N", "DeletedGroupCodes": ",".join(emptied)}}


async def delete_verify_result(call: Call) -> Payload:
    """DeleteResult is N for a transaction that is unknown or deleted already. Only its id is kept here."""
    transaction = call.parameters["TransactionId"]
    deleted = call.records.delete_transaction(transaction)
    return {"Result": {"DeleteResult": "Y" if deleted else "N", "TransactionId": transaction}}


async def keepalive(_call: Call) -> Payload:
    return {"Result": {"Result": "SUCCESS"}}
