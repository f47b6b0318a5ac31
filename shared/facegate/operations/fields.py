"""The types of request fields. Each carries its rule as the sentence that a caller reads when it is broken.

Sources: the five operations' documents and the value tables of the current SDK.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

BizId = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9]{1,32}\Z", description="1 to 32 letters and digits, unique per request")
]
BizId32 = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9]{32}\Z", description="exactly 32 letters and digits, unique per request")
]
UserId = Annotated[
    str, Meta(min_length=1, max_length=256, description="1 to 256 characters; only a keyed hash of it travels on")
]
SceneCode = Annotated[str, Meta(min_length=1, max_length=64, description="1 to 64 characters")]
GroupCode = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z", description="the code of one of the deployment's face groups")
]
GroupCodes = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,9}\Z",
        description="1 to 10 face group codes, separated by ASCII commas",
    ),
]
YesNo = Annotated[Literal["Y", "N"], Meta(description="Y or N")]
CompareModel = Annotated[Literal["0", "1"], Meta(description="0 (A:B and B:C) or 1 (also C:A)")]
VerifyModel = Annotated[
    Literal["0", "1", "2"], Meta(description="0 (search), 1 (compare source and target) or 2 (both)")
]
Liveness = Annotated[Literal["0", "1"], Meta(description="0 (off) or 1 (passive liveness detection)")]
ReturnFaces = Annotated[Literal["1", "2", "3", "4", "5"], Meta(description="a string from 1 to 5")]
SaveFacePicture = Annotated[Literal["0", "1"], Meta(description="0 or 1 (reserved by the service)")]
ImageType = Annotated[
    Literal["FacePic", "IDPic"], Meta(description="FacePic (a face photograph) or IDPic (from an ID card's chip)")
]
FalseAcceptRate = Annotated[Literal["0.01", "0.001", "0.0001"], Meta(description='"0.01", "0.001" or "0.0001"')]
AutoRegistration = Annotated[
    bool | Literal["true", "false", "0", "1"],
    Meta(description='true (register when no duplicate is found) or false; officially "0" registers, "1" does not'),
]
RegionId = Annotated[str, Meta(pattern=r"\A[a-z0-9-]{1,32}\Z", description="a region id such as cn-hangzhou")]
FaceVerifyThreshold = Annotated[
    str, Meta(pattern=r"\A[0-9]{1,3}(\.[0-9]{1,4})?\Z", description="a number (reserved by the service)")
]
