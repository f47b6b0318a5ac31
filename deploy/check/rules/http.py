"""HTTP triggers: who is let in, and which requests have a function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from deploy.check.deployment import Deployment, Problems


def no_http_trigger_is_anonymous(deployment: Deployment) -> Problems:
    """Each call is billed and each answer is about a person."""
    for placed in deployment.functions:
        for at, trigger in placed.http:
            if trigger.triggerConfig.authType == "anonymous":
                yield f"{at}.triggerConfig.authType", "is anonymous: expected function or jwt"


def a_key_belongs_to_jwt(deployment: Deployment) -> Problems:
    """`jwt` without a key cannot tell a token from another; `function` reads none."""
    for placed in deployment.functions:
        for at, trigger in placed.http:
            config = trigger.triggerConfig
            if config.authType == "jwt" and config.authConfig is None:
                yield f"{at}.triggerConfig.authConfig", "is missing: jwt needs the key that tokens are checked with"
            if config.authType != "jwt" and config.authConfig is not None:
                yield f"{at}.triggerConfig.authConfig", f"is for jwt: {config.authType} does not read it"


def a_function_has_one_http_trigger(deployment: Deployment) -> Problems:
    """Documented: one for each version or alias."""
    for placed in deployment.functions:
        for at, _ in placed.http[1:]:
            yield at, "is a second HTTP trigger: a function has one at most"


def the_methods_are_those_of_the_routes(deployment: Deployment) -> Problems:
    """What no route leads to is refused before it starts, and billed, a function."""
    routed: dict[str, set[str]] = defaultdict(set)
    for route in deployment.routes:
        routed[route.function].add(route.method)
    for placed in deployment.functions:
        expected = routed[placed.name]
        if expected and not placed.http:
            yield placed.at("triggers"), f"has no http trigger, but routes: expected one for {_listed(expected)}"
        for at, trigger in placed.http[:1]:
            if (methods := set(trigger.triggerConfig.methods)) != expected:
                yield f"{at}.triggerConfig.methods", f"are {_listed(methods)}: routes.yaml has {_listed(expected)}"


def every_route_has_a_function(deployment: Deployment) -> Problems:
    """deploy/routes.yaml leads nowhere else."""
    for route in deployment.routes:
        if route.function not in deployment.names:
            yield (
                "resources",
                f"there is no {route.function}, to which {route.method} {route.path} of routes.yaml leads",
            )


def _listed(methods: Iterable[str]) -> str:
    return ", ".join(sorted(methods)) or "none"
