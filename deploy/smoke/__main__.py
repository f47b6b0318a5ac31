"""`make smoke URL=https://...`: the demonstration's requests against a deployed gateway.

    make smoke URL=https://faces.example.com ARGS="--yes"
    make smoke URL=http://127.0.0.1:9000                  a local cloud: nothing is billed, so --yes is not asked for

SMOKE_HEADERS holds what every request carries beside, one `Name: value` a line: what lets a caller in, such as
`Authorization: Bearer ...` or `Authorization: APPCODE ...`. It is read from the environment and never shown.

Users and ids are this run's own, the face group is the deployment's first, and the users are erased in the end, also
when a row fails. The exit status is 1 if a row comes to something else than it should.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from deploy.smoke import report
from deploy.smoke.rows import STEPS
from deploy.smoke.smoke import Smoke

TIMEOUT_S = 60
BILLED = sum(step.again is None for step in STEPS)
_HEADER = re.compile(r"([A-Za-z0-9-]+):\s*(.+)")


class WrongUse(Exception):
    """What was given is not right, in one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        headers = headers_of(os.environ.get("SMOKE_HEADERS", ""))
        return _against(agreed_to(base_of(given.url), yes=given.yes), headers)
    except (WrongUse, httpx.HTTPError) as error:
        reason = str(error) if isinstance(error, WrongUse) else f"{given.url}: {type(error).__name__}: {error}"
        sys.stderr.write(f"make smoke: {reason}\n")
        return 1


def _against(base: str, headers: dict[str, str]) -> int:
    console, rows = report.console(), report.Report(f"facegate at {base}")
    console.print(f"== sending {len(STEPS)} requests to {base}, then erasing the users that they named")
    try:
        with httpx.Client(base_url=base, headers=headers, timeout=TIMEOUT_S) as client:
            smoke = Smoke(client, rows)
            smoke.run()
    finally:
        if rows.table.row_count:
            console.print(rows.table)
    console.print(rows.verdict() or "All rows came to what was expected.")
    for user in smoke.not_erased:
        console.print(f"not erased: ask for DELETE {base}v1/users/{user}")
    return int(rows.surprises > 0)


def headers_of(text: str) -> dict[str, str]:
    """Raises WrongUse, which shows no value."""
    found = {}
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        match = _HEADER.fullmatch(line)
        if match is None:
            raise WrongUse(f"SMOKE_HEADERS, line {number}: expected Name: value")
        found[match[1]] = match[2]
    return found


def base_of(url: str) -> str:
    """The URL with a slash at its end, so that paths are put after it. Raises WrongUse."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise WrongUse(f"URL is {url!r}: expected https://host[:port][/path]")
    return url.rstrip("/") + "/"


def agreed_to(base: str, *, yes: bool) -> str:
    """Raises WrongUse where calls would be billed and nobody said yes."""
    if not yes and not is_loopback(base):
        raise WrongUse(f'about {BILLED} calls to ID Verification would be made and billed: ARGS="--yes" makes them')
    return base


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make smoke", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", metavar="URL", help="where the API is, without /v1")
    parser.add_argument("--yes", action="store_true", help="make the calls, though they are billed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
