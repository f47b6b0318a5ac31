"""The one way external commands are run.

Their output passes through as it comes, every line masked: `s` shows the environment variables of functions, the key of
the user ids among them. No secret stands in a command line, which every user of the machine can read.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SECRETS = ("USER_ID_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN", "SMOKE_HEADERS")
MASK = "***"
SHORTEST_SECRET = 8
"""Characters: USER_ID_KEY may be `plain`, which is no secret, and would mask half of what is shown."""


class CommandFailed(Exception):
    """A command could not be run, or ended badly; one line."""


@dataclass(frozen=True, slots=True)
class Command:
    """`what` it does, in a few words. `environment` goes over the runner's; where its values are not known yet, a
    dry run shows `unknown` instead. `failures` are texts in its output that tell of a failure which its exit status
    does not."""

    what: str
    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True)
class Runner:
    """`environment` is the whole environment of every command."""

    environment: Mapping[str, str]
    dry_run: bool
    say: Callable[[str], None]

    def run(self, command: Command) -> str:
        """What the command wrote, empty in a dry run. Raises CommandFailed."""
        changed = "".join(f"{name}={value} " for name, value in command.environment.items())
        self.say(f"{'would run' if self.dry_run else '== ' + command.what}: {self._masked(changed + command.shown)}")
        if self.dry_run:
            return ""
        written = self._streamed(command)
        for text in command.failures:
            if text in written:
                raise CommandFailed(f"{command.shown} said {text!r}, though it ended with status 0")
        return written

    def _streamed(self, command: Command) -> str:
        try:
            process = subprocess.Popen(  # noqa: S603 - the commands are those of deploy.rollout.steps, and no shell
                command.words,
                env={**self.environment, **command.environment},
                stdin=subprocess.DEVNULL,  # a question that nobody sees must not wait for an answer
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except OSError as error:
            raise CommandFailed(f"{command.words[0]} cannot be run: {error.strerror}") from None
        written = []
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                written.append(line)
                self.say(f"   {self._masked(line.rstrip())}")
        if process.returncode:
            raise CommandFailed(f"{command.shown} ended with status {process.returncode}")
        return "".join(written)

    def _masked(self, text: str) -> str:
        for name in SECRETS:
            value = self.environment.get(name, "")
            for secret in filter(lambda part: len(part) >= SHORTEST_SECRET, value.splitlines()):
                text = text.replace(secret, MASK)
        return text
