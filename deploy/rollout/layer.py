"""The layer's version, read from what `s cli fc3 layer publish` prints.

A new version is printed as JSON and again by the tool itself. Where the zip is unchanged nothing is uploaded, and the
tool alone prints the latest version (read in the component's source: it compares CRC-64). Both name it by its ARN.
"""

from __future__ import annotations

import re

NAME = "facegate"
ARN = re.compile(r"acs:fc:(?P<region>[a-z0-9-]+):(?P<account>[0-9]+):layers/(?P<name>[A-Za-z0-9_-]+)/versions/[0-9]+")


class NoVersion(Exception):
    """The ARN was not found; one line."""


def published(output: str, region: str, account_id: str) -> str:
    """The ARN. Raises NoVersion where the output has none of this layer, or of several versions."""
    found = {
        match[0]
        for match in ARN.finditer(output)
        if (match["region"], match["account"], match["name"]) == (region, account_id, NAME)
    }
    if len(found) != 1:
        shown = ", ".join(sorted(found)) or "none"
        expected = f"acs:fc:{region}:{account_id}:layers/{NAME}/versions/..."
        raise NoVersion(f"expected one {expected} in the output of s, found {shown}: set LAYER_ARN by hand")
    (arn,) = found
    return arn
