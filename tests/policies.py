"""What a RAM policy document allows, by RAM's documented rules: an Allow whose action and resource match, `*` for any
run of characters. Conditions are not looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    return any(
        statement["Effect"] == "Allow"
        and any(matches(pattern, action) for pattern in statement["Action"])
        and any(matches(pattern, resource) for pattern in statement["Resource"])
        for statement in document["Statement"]
    )


def matches(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None
