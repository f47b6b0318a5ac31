"""PostObject: an upload by an HTML form, whose policy is signed instead of the request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from local.oss import events
from local.oss.answers import Answer, document, quoted
from local.oss.attributes import ENCRYPTION, attributes_of
from local.oss.bucket_settings import granted_acl
from local.oss.errors import OssError, invalid_argument
from local.oss.events import Origin
from local.oss.forms import Form, SizeRange, boundary_of, read_form
from local.oss.objects import stored_headers
from local.oss.policy import parse_policy
from local.oss.service import Content
from local.oss.signature import ALGORITHM, Claim, version_1_refused
from local.oss.wire import check_key

if TYPE_CHECKING:
    from local.oss.calling import Call

MAX_FORM_OVERHEAD = 256 * 1024
SIGNED_FIELDS = ("policy", "x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-signature")
VERSION_1_FIELDS = frozenset(("ossaccesskeyid", "signature"))
REFUSED_FIELDS = ("success_action_redirect", "callback")
STATUSES = {"200": 200, "201": 201}
"""What success_action_status may choose; everything else means 204 (documented)."""


async def post_object(call: Call) -> Answer:
    boundary = boundary_of(call.request.headers.get("content-type", ""))
    form, blob = await read_form(
        call.body.pieces(call.body.limit + MAX_FORM_OVERHEAD),
        boundary,
        call.service.blobs,
        lambda form: _admit(call, form),
    )
    headers = _headers(form)
    key = _key(form)
    stored = call.service.store(
        events.POST,
        call.bucket,
        key,
        Content(blob, blob.md5.hex().upper()),
        attributes=attributes_of(headers, call.service.catalogue.setting(call.bucket, ENCRYPTION)),
        origin=Origin(call.request.request_id, call.request.source_ip, _variables(form)),
        forbid_overwrite=headers.get("x-oss-forbid-overwrite") == "true",
    )
    answer_headers = stored_headers(stored)
    status = STATUSES.get(form.fields.get("success_action_status", ""), 204)
    if status != 201:
        return Answer(status, answer_headers)
    location = f"http://{call.request.host}/{quote(key)}"
    result = {"Bucket": call.bucket, "Location": location, "Key": key, "ETag": quoted(stored.etag)}
    made = document("PostResponse", result, answer_headers)
    return Answer(201, made.headers, made.body)


def _admit(call: Call, form: Form) -> SizeRange:
    """Everything that can be refused is refused before the file is read."""
    for name in REFUSED_FIELDS:
        if name in form.fields:
            raise OssError("NotImplemented", f"The local OSS does not serve the field {name}.")
    sizes = _authorised(call, form)
    headers = _headers(form)
    attributes_of(headers)
    forbidden = headers.get("x-oss-forbid-overwrite") == "true"
    call.service.check_overwrite(call.bucket, _key(form), forbidden=forbidden)
    return sizes


def _authorised(call: Call, form: Form) -> SizeRange:
    fields, most = form.fields, call.body.limit
    if VERSION_1_FIELDS & fields.keys():
        raise version_1_refused()
    if "policy" not in fields and granted_acl(call) == "public-read-write":
        return SizeRange(0, most)
    for name in SIGNED_FIELDS:
        if name not in fields:
            message = f"The bucket POST must contain the specified '{name}', before the file."
            raise invalid_argument(message, name, "")
    if fields["x-oss-signature-version"] != ALGORITHM:
        raise invalid_argument(f"It must be {ALGORITHM}.", "x-oss-signature-version", fields["x-oss-signature-version"])
    claim = Claim(
        credential=fields["x-oss-credential"],
        date=fields["x-oss-date"],
        signature=fields["x-oss-signature"],
        security_token=fields.get("x-oss-security-token"),
    )
    call.authenticator.check_policy(claim, fields["policy"])
    policy = parse_policy(fields["policy"])
    said = {**fields, "bucket": call.bucket, "content-type": _headers(form)["content-type"]}
    policy.check(said, call.authenticator.now())
    return SizeRange(policy.least, most if policy.most is None else min(most, policy.most))


def _key(form: Form) -> str:
    """`${filename}` stands for the name of the file; the policy sees the key as it was sent (unconfirmed)."""
    if "key" not in form.fields:
        raise invalid_argument("The bucket POST must contain the specified 'key', before the file.", "key", "")
    key = form.fields["key"].replace("${filename}", form.filename)
    check_key(key)
    return key


def _headers(form: Form) -> dict[str, str]:
    """The fields as the headers of a PutObject; x-oss-content-type goes before the file's own type, and that before
    the field Content-Type, because browsers always send the file's (documented)."""
    fields = {name: value.encode().decode("latin-1") for name, value in form.fields.items()}
    kind = fields.get("x-oss-content-type") or form.file_type or fields.get("content-type")
    return {**fields, "content-type": kind or "application/octet-stream"}


def _variables(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.fields.items() if name.startswith("x:")}
