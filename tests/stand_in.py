"""Stands in for `s` and `make` on the PATH: notes how it was called, and prints what the real one prints.

The file `script.json` beside it says what: a list of {"when", "print", "status"}, `when` being words that a call has in
this order. The calls are lines of JSON in `calls.jsonl` of the same folder.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOTED = ("LAYER_ARN", "USER_ID_KEY", "BUCKET")


@dataclass(frozen=True)
class StandIns:
    """The executables `names` in `folder`."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, names: tuple[str, ...], script: list[dict[str, Any]]) -> StandIns:
        folder.mkdir()
        (folder / "script.json").write_text(json.dumps(script))
        for name in names:
            path = folder / name
            path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(__file__)} {name} "$@"\n')
            path.chmod(0o755)
        return cls(folder)

    @property
    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def commands(self) -> list[str]:
        return [shlex.join(call["words"]) for call in self.calls]


def main() -> int:
    folder = Path(os.environ["PATH"].split(os.pathsep)[0])
    words = sys.argv[1:]
    call = {"words": words, "environment": {name: os.environ.get(name) for name in NOTED}}
    with (folder / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps(call) + "\n")
    for rule in json.loads((folder / "script.json").read_text()):
        rest = iter(words)
        if all(word in rest for word in rule["when"]):
            sys.stdout.write(rule.get("print", "").replace("{USER_ID_KEY}", os.environ.get("USER_ID_KEY", "")) + "\n")
            return int(rule.get("status", 0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
