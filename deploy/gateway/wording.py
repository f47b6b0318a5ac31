"""What the documents say of each path, field and status. Names and meanings are the vendor's where there are any."""

from __future__ import annotations

TITLE = "facegate"
SUMMARY = "Face verification on Alibaba Cloud: compare, search, enrol, and forget."
DESCRIPTION = """\
Five operations of Alibaba Cloud's ID Verification, each called once per request however often the request is sent.
Field names, values and scores are the vendor's.

**Pictures.** Each picture is given in exactly one way: Base64 in the field itself (or a file part), `…Url`, or
`…Object`, a key in the deployment's own bucket. JPEG or PNG, from 240 pixels on the short side. A body has at most
32 MB; behind a serverless instance of API Gateway, 8 MB.

**Repeating.** `MerchantBizId`, or else the header `Idempotency-Key`, makes a request unique. The same request again is
answered with the stored answer and `Idempotency-Replayed: true`. After 424, 429 and 5xx the same request can be sent
again under the same id; after 413 and 422 of the service, send a better picture under a new id.

**Errors.** Every error of facegate has the schema `Refusal`: act on `Code`. A front door that refuses a caller's
credentials (401, 403) answers in its own words.
"""

TAGS = {
    "Verification": "Compare faces, search for one, enrol one.",
    "Results": "What was decided, read back.",
    "Erasure": "Forget a person everywhere, with proof.",
    "Description": "This document.",
}

OPERATIONS = {
    "FaceCompare": ("Are these two pictures of one person?", "1:1 comparison. `Passed` is the service's verdict."),
    "FaceCrossCompareIntl": ("Are these three pictures of one person?", "A with B and B with C; or also C with A."),
    "FaceDuplicationCheckIntl": (
        "Is this face enrolled already?",
        "1:N search in the face groups (`VerifyModel` 0), 1:1 comparison (1), or both (2). `AutoRegistration` enrols "
        "the face when no duplicate is found.",
    ),
    "AddFaceRecord": (
        "Enrol a face.",
        "From now on it is known under the `MerchantUserId` of the answer, a keyed hash.",
    ),
    "CompareFaces": (
        "Are these two pictures of one person? (mainland service)",
        "The service gives a score and thresholds; `FalseAcceptRate` picks the threshold, and `Passed` is the verdict.",
    ),
}
"""Summary and description of each."""
OTHERS = {
    "GetResult": ("The decision under an id.", "202 while the request is in progress."),
    "ListUserResults": (
        "The decisions about a user, newest first.",
        "A decision may be found by its id a moment before it is in this list.",
    ),
    "EraseUser": (
        "Forget a user everywhere.",
        "Deletes the user's face records in all face groups, the service's stored verification data and all stored "
        "decisions, then looks again and answers what it found. After an error the same request goes on where it "
        "stopped.",
    ),
    "GetDescription": ("This document.", "OpenAPI 3.1, generated from the types of the deployed version."),
}

BODY = "At most 32 MB. A field that is not listed, given twice or empty is refused."
FILES = "A picture is a file part, or Base64 as text."
PICTURE_TYPES = "image/jpeg, image/png"
PICTURES = {
    "SourceFacePicture": "The source picture: the one to be verified or searched for.",
    "TargetFacePicture": "The target picture: the reference that the source is compared with.",
    "SourceAFacePicture": "Picture A.",
    "SourceBFacePicture": "Picture B.",
    "SourceCFacePicture": "Picture C.",
    "FacePicture": "The picture to enrol.",
    "SourceImageValue": "The source picture.",
    "TargetImageValue": "The target picture.",
}
BASE64 = "Base64, with or without a `data:` header; at most {megabytes} MB before encoding."
BASE64_OR_URL = (
    "Base64, with or without `{prefix}` or a `data:` header, at most {megabytes} MB before encoding; or a public "
    "http(s) URL."
)
FILE = "A file part, at most {megabytes} MB; or Base64 as text."
URL = "A public http(s) URL without user name, which the service downloads; facegate does not."
OBJECT = "A key in the deployment's own bucket, under `pictures/` or `enroll/` unless the deployment says otherwise."

REQUEST_FIELDS = {
    "ProductCode": "Filled in; it need not be given.",
    "MerchantBizId": "The id of this request and its idempotency key; a new one is made when none is given.",
    "MerchantUserId": "Whom the request is about; results can be listed and erased by it.",
    "SceneCode": "A scene of your own, for the vendor's statistics.",
    "FaceQualityCheck": "Whether the service judges the quality of the picture.",
    "FacePictureQualityCheck": "Deprecated by the vendor; use `FaceQualityCheck`.",
    "CompareModel": "Which pairs are compared.",
    "FaceVerifyThreshold": "A threshold of your own; the service does not support it yet.",
    "VerifyModel": "What is done; it decides which pictures are needed.",
    "Liveness": "Whether a presentation attack is looked for in the source picture.",
    "FaceGroupCodes": "The face groups to search in; the deployment's first when not given.",
    "AutoRegistration": "Whether the face is enrolled when no duplicate is found.",
    "FaceRegisterGroupCode": "The face group for `AutoRegistration`; the deployment's first when not given.",
    "UpdateFaceIfUserExists": "Whether a user who is enrolled already gets the new face.",
    "ReturnFaces": "How many similar faces are answered at most.",
    "FaceAttributeCheck": "Whether the service answers attributes of the face.",
    "SaveFacePicture": "Whether the service keeps the picture (0) or its features (1).",
    "FaceGroupCode": "The face group to enrol into; the deployment's first when not given.",
    "SourceImageType": "What the source picture is; at least one of both must be `FacePic`.",
    "TargetImageType": "What the target picture is; at least one of both must be `FacePic`.",
    "RegionId": "The vendor's region parameter; rarely needed.",
    "FalseAcceptRate": "How many of different people may pass as one; it picks the threshold of the verdict.",
}

ENVELOPE_FIELDS = {
    "RequestId": "The service's id of the call, where it was asked; else the function's. Tell it to the operator.",
    "Code": "What became of the request: the vendor's code where there is one.",
    "Message": "One sentence for developers. It never repeats a value of the request.",
    "Result": "The official result, or what was found.",
    "Data": "The official result.",
    "Success": "The mainland service's flag.",
    "MerchantBizId": "The id under which this request is stored and can be repeated.",
    "MerchantUserId": "The keyed hash of the user's id, by which the user is known to the service.",
}

RESULTS = {
    "FaceCompare": {
        "Passed": "Y: one person. The threshold is the service's own.",
        "FaceComparisonScore": "Similarity, 0 to 100.",
        "TransactionId": "The service's id of the verification.",
        "ExtFaceInfo": "Quality of the pictures, with `FaceQualityCheck`.",
    },
    "FaceCrossCompareIntl": {
        "FacePassed": "Y: all compared pairs are of one person.",
        "FaceComparisonScoreA2B": "Similarity of A and B, 0 to 1.",
        "FaceComparisonScoreB2C": "Similarity of B and C, 0 to 1.",
        "FaceComparisonScoreC2A": "Similarity of C and A, 0 to 1; only with `CompareModel` 1.",
        "TransactionId": "The service's id of the verification.",
    },
    "FaceDuplicationCheckIntl": {
        "FacePassed": "Y: no duplicate was found, and the comparison, if there was one, passed.",
        "FaceComparisonScore": "Similarity of source and target, 0 to 100; with `VerifyModel` 1 and 2.",
        "DuplicateFace": "The similar faces as a JSON string: `[{faceGroupCode, faceId, merchantUserId}]`.",
        "FaceRegistrationResult": "1: the face was enrolled; 0: that failed.",
        "FaceRegistrationId": "The id of the enrolled face.",
        "FaceAttack": "Y: a presentation attack; with `Liveness`.",
        "FaceAttackScore": "0 to 100; with `Liveness`.",
        "FaceAge": "The apparent age, where the service tells it.",
        "FaceGender": "M or F, where the service tells it.",
        "SubCode": "200 passed, 204 comparison failed, 205 liveness risk, 206 business policy, 233 similar face found.",
        "TransactionId": "The service's id of the verification.",
        "ExtFaceInfo": "Quality and attributes, where they were asked for.",
    },
    "AddFaceRecord": {
        "Passed": "Y: the face is enrolled.",
        "ExtFaceInfo": 'A JSON string such as `{"faceQuality":"HIGH"}`.',
    },
    "CompareFaces": {
        "SimilarityScore": "Similarity, 0 to 100.",
        "ConfidenceThresholds": "A JSON string: false accept rate to threshold. They change: do not keep them.",
        "Passed": "Y: the score reaches the threshold of the asked false accept rate.",
    },
}
_QUALITY = {
    "FaceQualityScore": "Overall quality",
    "IlluminationScore": "Illumination",
    "KaOcclusionScore": "Occlusion of the key areas",
    "OcclusionScore": "Occlusion",
    "SharpnessScore": "Sharpness",
}
QUALITY_SCORES = {
    **{name: f"{said} of the source picture, on the service's scale." for name, said in _QUALITY.items()},
    **{f"Target{name}": f"{said} of the target picture, on the service's scale." for name, said in _QUALITY.items()},
    "FaceAttributeInfo": "Attributes of the face, as the service tells them; undocumented.",
}

STORED_FIELDS = {
    "Operation": "What was asked.",
    "Outcome": "What was decided; `refused` when the input was unfit.",
    "Rule": "By which rule it was decided.",
    "Code": "`Code` as it was answered.",
    "HttpStatus": "The status as it was answered.",
    "Scores": "The scores it was decided on, by field name.",
    "Threshold": "The threshold, where the service tells it.",
    "RequestId": "The service's id of the call.",
    "TransactionId": "The service's id of the verification.",
    "PictureSha256": "SHA-256 of each picture as it was sent to the service, by field name, or `url`.",
    "Source": "Where the request came from: http, api-gateway, upload, mns, cloudevent or direct.",
    "Attempts": "How many calls it took.",
    "StartedAt": "Unix milliseconds.",
    "DecidedAt": "Unix milliseconds.",
    "MerchantBizId": ENVELOPE_FIELDS["MerchantBizId"],
    "MerchantUserId": ENVELOPE_FIELDS["MerchantUserId"],
    "Result": "The official result, as it was answered.",
    "Data": "The official result of CompareFaces, as it was answered.",
}
ITEMS = "Newest first."
NEXT_TOKEN = "Send it back to get the next page; absent on the last one."  # noqa: S105 - a sentence, no secret
ERASURE_FIELDS = {
    "Erased": "Y: nothing is left.",
    "DeletedGroupCodes": "The face groups that the user's records were deleted from.",
    "DeletedUploads": "How many uploaded pictures under `enroll/` were deleted.",
    "DeletedResults": "How many stored decisions were deleted.",
    "DeletedFailures": "How many recorded failures were deleted.",
    "DeletedVerifications": "How many verifications the service was made to forget.",
    "Remaining": "What a second look found, by face group and table: all zero.",
}

IDEMPOTENCY_KEY = (
    "Makes the request unique where it has no `MerchantBizId`: the same key for the same operation is the same "
    "request. 1 to 255 printable ASCII characters."
)
PREFER = "`respond-async`: answer 202 at once, and the result by id later. Other preferences are ignored."
MAX_RESULTS = "How many decisions a page has at most."
IF_NONE_MATCH = "The `ETag` of a copy that the caller has."

SUCCESS = "The decision."
ACCEPTED = "The request is accepted; its result can be asked for by id."
IN_PROGRESS = "The request is in progress."
FOUND = "What is stored."
ERASED = "Nothing is left of the user."
DESCRIBED = "This document."
UNCHANGED = "The caller's copy is the current one."
STATUSES = {
    400: "The request breaks a rule, which `Message` names; nothing was called or billed.",
    401: "The front door refuses the caller's credentials, in its own words.",
    403: "The front door refuses the caller's credentials, in its own words.",
    404: "There is nothing under this id or key.",
    409: "The id was used with other input (`IdempotencyConflict`), or its request is in progress.",
    410: "The user was erased while the enrolment was worked on.",
    413: "A picture or the body is too large.",
    415: "The body or a picture is in a format that is not accepted; `Message` names what was found.",
    422: "There is no usable face in a picture: take another one.",
    424: "The service could not download a picture from its URL.",
    429: "Too many calls at once; come back after `Retry-After`.",
    500: "The deployment is not set up, or has a defect: tell its operator the `RequestId`.",
    502: "The verification service failed. An unknown `Code` is the service's own.",
    503: "Something that facegate needs cannot be reached; nothing is lost, send the same request again.",
    504: "The verification service did not answer in time.",
}
REPLAYED = "`true`: the request had been decided before, and nothing was called now."
RETRY_AFTER = "Seconds after which to come back."
LOCATION = "Where the result will be."
PREFERENCE_APPLIED = "The preference that was granted."
ETAG = "Names this version of the document."
CACHE_CONTROL = "How long a copy is good for."
LINK = "The result, by the id of this answer."

SECURITY = {
    "functionSignature": (
        "HTTP trigger with `authType: function`: the request is signed with an Alibaba Cloud access key by the "
        "vendor's SDK signature, version 3, whose result is this header."
    ),
    "jwt": "HTTP trigger with `authType: jwt`: a token signed by a key of the deployment's JWKS.",
    "apiGatewayApp": (
        "API Gateway with app authentication: the key of an authorised app, with `X-Ca-Signature` over the request, as "
        "the vendor's client SDKs send it."
    ),
}
