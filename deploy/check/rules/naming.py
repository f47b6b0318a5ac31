"""Names: of functions, regions and tags."""

from __future__ import annotations

from collections import Counter

from deploy.check.deployment import Deployment, Problems
from facegate.regions import REGIONS

TAG = "application"


def a_function_is_named_as_its_resource(deployment: Deployment) -> Problems:
    """Routes, destinations and logs speak of functions, `s` of resources: one name for both."""
    for placed in deployment.functions:
        if placed.props.functionName != placed.name:
            yield placed.at("functionName"), f"is {placed.props.functionName}: expected {placed.name}, as the resource"


def the_region_offers_id_verification(deployment: Deployment) -> Problems:
    """Face groups are regional, so the functions are where the service is."""
    for placed in deployment.functions:
        if placed.props.region not in REGIONS:
            yield placed.at("region"), f"is {placed.props.region}: ID Verification is offered in {', '.join(REGIONS)}"


def every_function_is_tagged(deployment: Deployment) -> Problems:
    """Cost reports and cleaning up go by the tag."""
    for placed in deployment.functions:
        counts = Counter(tag.key for tag in placed.props.tags)
        if TAG not in counts:
            yield placed.at("tags"), f"has no tag {TAG}: cost reports go by it"
        for key in [key for key, count in counts.items() if count > 1]:
            yield placed.at("tags"), f"gives the tag {key} more than once"
