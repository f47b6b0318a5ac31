"""The two services behind the five operations, and what one call to them is made of."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from facegate.verification.form import Base64


class Service(msgspec.Struct, frozen=True):
    """`result_key` is where the envelope keeps the result."""

    name: str
    version: str
    result_key: str

    def succeeded(self, envelope: Envelope) -> bool:
        """The international operations tell by Code, CompareFaces by Success (its Code differs between documents)."""
        if self.result_key == "Data":
            return envelope.Success is True
        return envelope.Code in ("Success", "200")

    def payload(self, envelope: Envelope) -> msgspec.Raw:
        return envelope.Data if self.result_key == "Data" else envelope.Result


ID_VERIFICATION = Service("id-verification", "2022-08-09", "Result")
COMPARE_FACES = Service("compare-faces", "2019-03-07", "Data")


class Envelope(msgspec.Struct, frozen=True):
    """The outer object of every answer, its result still raw."""

    RequestId: str | None = None
    Code: str | int | None = None
    Message: str | None = None
    Success: bool | None = None
    Result: msgspec.Raw = msgspec.Raw()
    Data: msgspec.Raw = msgspec.Raw()
    Items: msgspec.Raw = msgspec.Raw()
    TotalCount: int | None = None


class Call(msgspec.Struct, frozen=True):
    """One call: `query` and `body` as the documents place the parameters. `repeatable`: executing it twice changes
    nothing but the bill.
    """

    service: Service
    action: str
    query: Mapping[str, str]
    body: Mapping[str, str | Base64]
    repeatable: bool = True
