"""What the functions may do, whom they may reach, and what is kept of what they did."""

from __future__ import annotations

from deploy.check.deployment import Deployment, Problems

INTERNET = {"compare-faces": "CompareFaces has one endpoint, in the mainland and public"}
"""The functions that need a way to the internet, and why. All others use endpoints inside their region."""
_WIDE_ROLES = ("aliyunfcdefaultrole", "aliyunfcserverlessdevsrole")


def roles_are_the_deployments_own(deployment: Deployment) -> Problems:
    """The default roles may do far more than these functions need."""
    for placed in deployment.functions:
        given = {placed.at("role"): placed.props.role}
        given |= {f"{at}.invocationRole": trigger.invocationRole for at, trigger in placed.event_triggers}
        for where, arn in given.items():
            if (name := arn.rpartition("/")[2]) in _WIDE_ROLES:
                yield where, f"is {name}, which may do far more than is needed: expected a role of this deployment's"


def who_starts_a_function_may_not_act_as_it(deployment: Deployment) -> Problems:
    """OSS and MNS need the right to start two functions; they do not need the functions' rights."""
    for placed in deployment.functions:
        for at, trigger in placed.event_triggers:
            if trigger.invocationRole == placed.props.role:
                yield f"{at}.invocationRole", "is the function's own role: expected one that may only start functions"


def the_internet_is_closed_where_nothing_needs_it(deployment: Deployment) -> Problems:
    """Pictures stay inside the region wherever the service does."""
    for placed in deployment.functions:
        needed = INTERNET.get(placed.name)
        if placed.props.internetAccess and needed is None:
            yield (
                placed.at("internetAccess"),
                "is true: expected false, since every service in use has an internal endpoint",
            )
        if not placed.props.internetAccess and needed is not None:
            yield placed.at("internetAccess"), f"is false: expected true, since {needed}"


def a_vpc_is_given_whole_or_not_at_all(deployment: Deployment) -> Problems:
    """Half of it deploys, and then reaches nothing."""
    for placed in deployment.functions:
        vpc = placed.props.vpcConfig
        given = {"vpcId": vpc.vpcId, "vSwitchIds": vpc.vSwitchIds, "securityGroupId": vpc.securityGroupId}
        missing = [key for key, value in given.items() if not value]
        if missing and len(missing) < len(given):
            yield placed.at("vpcConfig"), f"has no {' and no '.join(missing)}: expected all three, or none"


def requests_are_measured(deployment: Deployment) -> Problems:
    """Without request metrics there is nothing to set an alarm on."""
    for placed in deployment.functions:
        if not placed.props.logConfig.enableRequestMetrics:
            yield placed.at("logConfig.enableRequestMetrics"), "is false: expected true, alarms are set on them"
