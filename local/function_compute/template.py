"""Reads s.yaml into one FunctionSpec per resource of the component fc3.

The deployment's own schema lets misspelt keys and wrong types pass and fails late, in the cloud. Here every
value that the local cloud uses is checked when it is read, and what it cannot honour is refused, not ignored.
Triggers other than http, oss and mns_topic may stand there: nothing fires them here. Bounds are the documented ones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from local.function_compute.async_config import async_invoke_config
from local.function_compute.event_triggers import mns_topic_triggers, oss_triggers
from local.function_compute.function_spec import FunctionSpec, HttpTrigger, Initializer
from local.function_compute.properties import Properties
from local.function_compute.template_checks import check_conflicts, check_destinations
from local.function_compute.variables import TemplateError, Variables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


RUNTIMES = ("python3.9", "python3.10", "python3.12")
HTTP_METHODS = ("HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH")
AUTH_TYPES = ("anonymous", "function", "jwt")
TRIGGER_TYPES = ("http", "oss", "mns_topic", "timer", "eventbridge", "log", "cdn_events", "tablestore")
USER_ENVIRONMENT_BYTES = 4096

_NAME = re.compile(r"[_a-zA-Z][-_a-zA-Z0-9]{0,127}")
_HANDLER = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*")
_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def load_template(path: Path, environment: Mapping[str, str]) -> dict[str, FunctionSpec]:
    """The functions of the s.yaml at `path` by function name, in file order.

    `environment` answers `${env('X')}`; the environment of the process is not read. Raises TemplateError.
    """
    document = _document(path)
    document.choice("edition", ("3.0.0",))
    variables = Variables(environment, document.block("vars").content, path.parent)
    functions: dict[str, FunctionSpec] = {}
    for resource, body in document.block("resources").content.items():
        block = Properties.of(body, f"resources.{resource}")
        if block.content.get("component") != "fc3":
            continue
        spec = _function(resource, block, variables, path.parent.resolve())
        if spec.name in functions:
            other = functions[spec.name].resource
            raise TemplateError(f"resources.{resource}.props.functionName", f"{spec.name} is also {other}'s")
        functions[spec.name] = spec
    if not functions:
        raise TemplateError("resources", "no function of component fc3")
    check_destinations(functions)
    check_conflicts(functions.values())
    return functions


def _document(path: Path) -> Properties:
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise TemplateError(str(path), error.strerror or "cannot be read") from error
    except yaml.YAMLError as error:
        raise TemplateError(str(path), " ".join(str(error).split())) from error
    if not isinstance(document, dict):
        raise TemplateError(str(path), "is not a YAML mapping")
    return Properties(document, "")


def _function(resource: str, block: Properties, variables: Variables, folder: Path) -> FunctionSpec:
    if "extend" in block.content:
        raise TemplateError(f"resources.{resource}.extend", "is not read here; use YAML anchors")
    where = f"resources.{resource}.props"
    props = Properties(variables.render(block.block("props").content, where), where)
    if "preStop" in props.block("instanceLifecycleConfig").content:
        raise TemplateError(f"{where}.instanceLifecycleConfig.preStop", "is not run by the local cloud")
    log = props.block("logConfig", words=("auto",))
    concurrency = props.block("concurrencyConfig")
    region, triggers = props.text("region"), _triggers(props)
    return FunctionSpec(
        resource=resource,
        name=props.text("functionName", _NAME, "a letter or _, then letters, digits, - and _, at most 128"),
        handler=props.text("handler", _HANDLER, "file.func"),
        code=_code(props, folder),
        runtime=props.choice("runtime", RUNTIMES),
        region=region,
        memory_mb=_memory(props),
        cpu=props.number("cpu", 0.05, 16, 0.35),
        timeout_seconds=props.integer("timeout", 1, 86400, 3),
        environment=_environment(props),
        layers=tuple(props.texts("layers")),
        role=props.text("role") if "role" in props.content else None,
        log_project=log.text("project", default=""),
        log_store=log.text("logstore", default=""),
        initializer=_initializer(props),
        http_trigger=_http_trigger(props, triggers),
        oss_triggers=oss_triggers(triggers, region),
        mns_topic_triggers=mns_topic_triggers(triggers, region),
        async_config=async_invoke_config(props, region),
        reserved_concurrency=concurrency.integer("reservedConcurrency", 1, 10_000) if concurrency.content else None,
    )


def _code(props: Properties, folder: Path) -> Path:
    code = folder / props.text("code")
    if not code.is_dir():
        raise props.error("code", f"no such folder: {code}")
    return code.resolve()


def _memory(props: Properties) -> int:
    memory = props.integer("memorySize", 128, 32768, 512)
    if memory % 64:
        raise props.error("memorySize", f"must be a multiple of 64, not {memory}")
    return memory


def _environment(props: Properties) -> dict[str, str]:
    block = props.block("environmentVariables")
    for name, value in block.content.items():
        if not isinstance(name, str) or not _VARIABLE_NAME.fullmatch(name):
            raise block.error(name, "a name is a letter, then letters, digits and _")
        if name.startswith("FC_"):
            raise block.error(name, "names that start with FC_ are Function Compute's own")
        if not isinstance(value, str):
            raise block.error(name, f"must be a string, not {value!r}: quote it")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in block.content.items())
    if size > USER_ENVIRONMENT_BYTES:
        raise props.error("environmentVariables", f"{size} bytes; at most {USER_ENVIRONMENT_BYTES} are allowed")
    return block.content


def _initializer(props: Properties) -> Initializer | None:
    block = props.block("instanceLifecycleConfig").block("initializer")
    if not block.content:
        return None
    return Initializer(block.text("handler", _HANDLER, "file.func"), block.integer("timeout", 1, 300, 3))


def _triggers(props: Properties) -> list[Properties]:
    triggers = props.blocks("triggers")
    for trigger in triggers:
        trigger.choice("triggerType", TRIGGER_TYPES)
    return triggers


def _http_trigger(props: Properties, triggers: list[Properties]) -> HttpTrigger | None:
    found = [trigger for trigger in triggers if trigger.content["triggerType"] == "http"]
    if len(found) > 1:
        raise props.error("triggers", "a function has one HTTP trigger at most")
    for trigger in found:
        config = trigger.block("triggerConfig")
        methods = tuple(config.texts("methods"))
        if not methods or set(methods) - set(HTTP_METHODS):
            raise config.error("methods", f"must list some of {', '.join(HTTP_METHODS)}")
        return HttpTrigger(trigger.text("triggerName"), methods, config.choice("authType", AUTH_TYPES))
    return None
