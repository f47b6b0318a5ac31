"""Work without a waiting caller: what is tried again, for how long, and where it ends. Nothing may be lost.

Any caller of an HTTP trigger can make its call asynchronous by a header, so these hold for every function.
"""

from __future__ import annotations

from deploy.check.deployment import Deployment, Problems, destination

_TARGET = "asyncInvokeConfig.destinationConfig.onFailure.destination"


def failures_have_a_destination(deployment: Deployment) -> Problems:
    """The platform drops what failed for good, unless there is one."""
    for placed in deployment.functions:
        if destination(placed.props) is None and placed.name not in deployment.failure_destinations:
            yield placed.at("asyncInvokeConfig.destinationConfig"), "is missing: what failed for good would be dropped"


def the_destination_is_one_of_the_functions(deployment: Deployment) -> Problems:
    """In the same region, and deployed by the same file."""
    for placed in deployment.functions:
        if (arn := destination(placed.props)) is None:
            continue
        name, region = arn.rpartition("/")[2], arn.split(":")[2]
        if name not in deployment.names:
            yield placed.at(_TARGET), f"there is no function {name} in this file"
        elif region != placed.props.region:
            yield placed.at(_TARGET), f"is in {region}: expected the function's region, {placed.props.region}"


def a_destination_ends_the_chain(deployment: Deployment) -> Problems:
    """A destination with a destination of its own could go round for ever."""
    for placed in deployment.functions:
        if placed.name in deployment.failure_destinations and destination(placed.props) is not None:
            yield placed.at("asyncInvokeConfig.destinationConfig"), "a failure destination has none of its own"


def what_failed_is_tried_again(deployment: Deployment) -> Problems:
    """Most failures pass: throttling, a lost connection, a killed instance."""
    for placed in deployment.functions:
        if placed.props.asyncInvokeConfig.maxAsyncRetryAttempts == 0:
            yield placed.at("asyncInvokeConfig.maxAsyncRetryAttempts"), "is 0: expected 1 to 8, most failures pass"


def an_event_outlives_its_attempts(deployment: Deployment) -> Problems:
    """Each attempt may take the whole timeout; an event that is too old before the last one is given up early."""
    for placed in deployment.functions:
        config = placed.props.asyncInvokeConfig
        needed = placed.props.timeout * (config.maxAsyncRetryAttempts + 1)
        if config.maxAsyncEventAgeInSeconds < needed:
            yield (
                placed.at("asyncInvokeConfig.maxAsyncEventAgeInSeconds"),
                f"is {config.maxAsyncEventAgeInSeconds}: {config.maxAsyncRetryAttempts + 1} attempts of "
                f"{placed.props.timeout} s need {needed}",
            )


def what_is_handed_over_has_a_task_id(deployment: Deployment) -> Problems:
    """`Prefer: respond-async` and `make redrive` hand work over under a task id, which needs asyncTask: by it the
    platform refuses the second of two equal hand-overs."""
    for placed in deployment.functions:
        if placed.name not in deployment.failure_destinations and not placed.props.asyncInvokeConfig.asyncTask:
            yield placed.at("asyncInvokeConfig.asyncTask"), "is false: expected true, work is handed over by task id"
