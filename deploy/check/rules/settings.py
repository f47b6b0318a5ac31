"""The environment of each function, against what facegate.settings reads and takes."""

from __future__ import annotations

import re

from deploy.check.deployment import Deployment, Placed, Problems
from deploy.check.shape import unknown
from facegate import settings
from facegate.deadline import RESERVE_MS
from facegate.errors import SettingError
from facegate.settings import Settings

PLATFORM = "FC_"
RUNTIME = frozenset({"PYTHONPATH"})
"""What the runtime itself reads."""
USER_BYTES = 4096
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def every_required_setting_is_set(deployment: Deployment) -> Problems:
    """A function without one does not start."""
    for placed in deployment.functions:
        for name in _missing(placed):
            yield placed.at(f"environmentVariables.{name}"), "is not set: the function would not start without it"


def every_variable_is_read(deployment: Deployment) -> Problems:
    """A variable that nothing reads is a misspelt one, or a setting that was believed to work."""
    known = {name for name in settings.variables() if not name.startswith(PLATFORM)} | RUNTIME
    for placed in deployment.functions:
        for name in placed.props.environmentVariables:
            if name not in known and not name.startswith(PLATFORM):
                problem = unknown(name, known).replace("unknown key", "nothing reads it")
                yield placed.at(f"environmentVariables.{name}"), problem


def every_setting_is_taken(deployment: Deployment) -> Problems:
    """The values are those that the function itself would take at its start."""
    for placed in deployment.functions:
        if not _missing(placed):
            try:
                _settings(placed)
            except SettingError as error:
                yield placed.at("environmentVariables"), str(error)


def the_environment_is_function_computes(deployment: Deployment) -> Problems:
    """Names are letters, digits and _, none begins with FC_, and all together have 4 KB at most (documented)."""
    for placed in deployment.functions:
        variables = placed.props.environmentVariables
        for name in variables:
            if name.startswith(PLATFORM):
                yield placed.at(f"environmentVariables.{name}"), f"names that begin with {PLATFORM} are the platform's"
            elif not _NAME.fullmatch(name):
                yield placed.at(f"environmentVariables.{name}"), "a name is a letter, then letters, digits and _"
        size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
        if size > USER_BYTES:
            yield placed.at("environmentVariables"), f"has {size} bytes: at most {USER_BYTES} are allowed"


def the_timeout_covers_a_call(deployment: Deployment) -> Problems:
    """A twin's result is waited for, then one whole call is made, then its outcome is recorded: else the platform
    would end the function in the middle of a call that is billed."""
    for placed in deployment.functions:
        try:
            found = _settings(placed)
        except SettingError:
            continue
        call_ms = found.in_progress_wait_ms + found.connect_timeout_ms + found.read_timeout_ms + RESERVE_MS
        if placed.props.timeout * 1000 < call_ms:
            yield (
                placed.at("timeout"),
                f"is {placed.props.timeout}: one wait, call and record can take {call_ms} ms, so at least "
                f"{-(-call_ms // 1000)}",
            )


def _missing(placed: Placed) -> list[str]:
    given = placed.props.environmentVariables
    required = (name for name, must in settings.variables().items() if must and not name.startswith(PLATFORM))
    return [name for name in required if not given.get(name, "").strip()]


def _settings(placed: Placed) -> Settings:
    """As the function reads them at its start. Raises SettingError."""
    given = {name: value for name, value in placed.props.environmentVariables.items() if not name.startswith(PLATFORM)}
    return settings.from_environment({**settings.EXAMPLES, **given})
