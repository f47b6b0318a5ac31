"""From a command and its normalised pictures to one call, and from its result to a decision."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from facegate.commands import Command
from facegate.deadline import Deadline
from facegate.operations import Decision
from facegate.pictures.normaliser import Normalised
from facegate.pictures_given import PictureUrl
from facegate.verification.client import VerificationClient
from facegate.verification.errors import MalformedAnswer
from facegate.verification.form import Base64
from facegate.verification.service import Call


class Called(Struct, frozen=True):
    """What the call came to. `enrolment_id` is set where the same photograph of the same user is recognised by it."""

    decision: Decision
    message: str
    request_id: str | None
    attempts: int
    enrolment_id: str | None = None


def call(
    verification: VerificationClient, command: Command, pictures: Mapping[str, Normalised], deadline: Deadline
) -> Called:
    """Makes the call of the command and decides. Raises VerificationError."""
    answered = verification.call(request_of(command, pictures), command.operation.result, deadline)
    decision = _decided(command, answered.result, answered.request_id)
    return Called(decision, answered.message, answered.request_id, answered.attempts)


def request_of(command: Command, pictures: Mapping[str, Normalised]) -> Call:
    """The call with every field where the documents place it."""
    operation = command.operation
    fields: dict[str, str] = dict(command.parameters)
    sent: dict[str, Base64] = {}
    for picture in operation.pictures:
        given = command.pictures.get(picture.name)
        if isinstance(given, PictureUrl):
            fields[picture.url_field] = given.url
        elif given is not None:
            sent[picture.name] = Base64(pictures[picture.name].jpeg, picture.prefix)
    return Call(
        service=operation.service,
        action=operation.action,
        query={name: value for name, value in fields.items() if name in operation.query},
        body={**{name: value for name, value in fields.items() if name not in operation.query}, **sent},
        repeatable=command.register_group is None,
    )


def _decided(command: Command, result: object, request_id: str | None) -> Decision:
    try:
        return command.operation.decide(command.request, result)
    except ValueError as error:
        raise MalformedAnswer(f"the service's result: {error}", executed=True, request_id=request_id) from None
