"""What s.yaml says of asynchronous invocation, and what is refused under which name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from local.function_compute.async_config import AsyncInvokeConfig
from local.function_compute.event_triggers import MnsTopicTrigger, OssTrigger
from local.function_compute.template import load_template
from local.function_compute.variables import TemplateError

if TYPE_CHECKING:
    from pathlib import Path

REGION = "ap-southeast-1"
PUT = "oss:ObjectCreated:PutObject"


def oss(events: Any = (PUT,), prefix: str = "", suffix: str = "", **more: Any) -> dict[str, Any]:
    config = {"events": list(events), "filter": {"key": {"prefix": prefix, "suffix": suffix}}}
    arn = f"acs:oss:{REGION}:1:selfies"
    return {"triggerName": "uploads", "triggerType": "oss", "sourceArn": arn, "triggerConfig": config, **more}


def topic(**more: Any) -> dict[str, Any]:
    config = {"notifyContentFormat": "JSON", "notifyStrategy": "BACKOFF_RETRY"}
    arn = f"acs:mns:{REGION}:1:/topics/signups"
    trigger = {"triggerName": "signups", "triggerType": "mns_topic", "sourceArn": arn}
    return {**trigger, "triggerConfig": {**config, **more.pop("config", {})}, **more}


def load(folder: Path, *functions: dict[str, Any]) -> Any:
    """Functions `f0`, `f1` … with these properties."""
    (folder / "code").mkdir(exist_ok=True)
    resources = {
        f"r{number}": {
            "component": "fc3",
            "props": {
                "functionName": f"f{number}",
                "region": REGION,
                "runtime": "python3.10",
                "handler": "index.handler",
                "code": "./code",
                **props,
            },
        }
        for number, props in enumerate(functions)
    }
    path = folder / "s.yaml"
    path.write_text(yaml.safe_dump({"edition": "3.0.0", "resources": resources}), "utf-8")
    return load_template(path, {})


def problem(folder: Path, *functions: dict[str, Any]) -> str:
    with pytest.raises(TemplateError) as refusal:
        load(folder, *functions)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_without_a_word_of_it_the_documented_defaults_hold(tmp_path: Path) -> None:
    spec = load(tmp_path, {})["f0"]

    assert spec.async_config == AsyncInvokeConfig(3, 86_400, False, None, None)
    assert (spec.oss_triggers, spec.mns_topic_triggers) == ((), ())


def test_everything_of_it_is_read(tmp_path: Path) -> None:
    to = {"onFailure": {"destination": f"acs:fc:{REGION}:1:functions/f1"}}
    config = {
        "maxAsyncRetryAttempts": 0,
        "maxAsyncEventAgeInSeconds": 600,
        "asyncTask": True,
        "destinationConfig": {**to, "onSuccess": {"destination": f"acs:fc:{REGION}:1:functions/f0"}},
    }

    spec = load(tmp_path, {"asyncInvokeConfig": config, "triggers": [oss(prefix="a/", suffix=".jpg"), topic()]}, {})[
        "f0"
    ]

    assert spec.async_config == AsyncInvokeConfig(0, 600, True, "f0", "f1")
    assert spec.oss_triggers == (OssTrigger("uploads", "selfies", (PUT,), "a/", ".jpg"),)
    assert spec.mns_topic_triggers == (MnsTopicTrigger("signups", "signups", "JSON"),)


@pytest.mark.parametrize(
    ("config", "named", "why"),
    [
        ({"maxAsyncRetryAttempts": 9}, "asyncInvokeConfig.maxAsyncRetryAttempts", "0 to 8"),
        ({"maxAsyncRetryAttempts": "3"}, "asyncInvokeConfig.maxAsyncRetryAttempts", "integer"),
        ({"maxAsyncEventAgeInSeconds": 0}, "asyncInvokeConfig.maxAsyncEventAgeInSeconds", "1 to 2592000"),
        ({"asyncTask": "yes"}, "asyncInvokeConfig.asyncTask", "true or false"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path: Path, config: dict[str, Any], named: str, why: str) -> None:
    said = problem(tmp_path, {"asyncInvokeConfig": config})

    assert named in said
    assert why in said


@pytest.mark.parametrize(
    ("destination", "why"),
    [
        (f"acs:fc:{REGION}:1:functions/absent", "no function 'absent'"),
        ("acs:fc:eu-central-1:1:functions/f0", f"region, {REGION}"),
        (f"acs:mns:{REGION}::/queues/q/messages", "acs:fc:<region>"),
        ("f0", "acs:fc:<region>"),
        ("", "string"),
    ],
)
@pytest.mark.parametrize("key", ["onFailure", "onSuccess"])
def test_a_destination_must_be_a_function_of_the_template(tmp_path: Path, key: str, destination: str, why: str) -> None:
    config = {"destinationConfig": {key: {"destination": destination}}}

    said = problem(tmp_path, {"asyncInvokeConfig": config})

    assert f"props.asyncInvokeConfig.destinationConfig.{key}.destination" in said
    assert why in said


@pytest.mark.parametrize(
    ("trigger", "named", "why"),
    [
        (oss(events=()), "triggerConfig.events", PUT),
        (oss(events=("ObjectCreated:PutObject",)), "triggerConfig.events", PUT),
        (oss(events=("oss:ObjectCreated:Put*",)), "triggerConfig.events", PUT),
        (oss(events=("oss:ObjectRemoved:*",)), "triggerConfig.events", PUT),
        (oss(sourceArn="acs:oss:eu-central-1:1:selfies"), "sourceArn", f"region, {REGION}"),
        (oss(sourceArn=f"acs:oss:{REGION}:1:Selfies"), "sourceArn", "acs:oss:<region>"),
        (oss(sourceArn=None), "sourceArn", "missing"),
        (oss(triggerName=None), "triggerName", "missing"),
        (oss(prefix=1), "filter.key.prefix", "string"),  # type: ignore[arg-type]
        (topic(config={"notifyContentFormat": "SIMPLIFIED"}), "notifyContentFormat", "STREAM"),
        (topic(config={"notifyStrategy": "NEVER"}), "notifyStrategy", "BACKOFF_RETRY"),
        (topic(config={"filterTag": "x"}), "filterTag", "not applied"),
        (topic(sourceArn=f"acs:mns:{REGION}:1:topics/signups"), "sourceArn", "/topics/<topic>"),
        (topic(sourceArn="acs:mns:us-east-1:1:/topics/signups"), "sourceArn", f"region, {REGION}"),
        ({"triggerName": "x", "triggerType": "kafka"}, "triggerType", "mns_topic"),
        ({"triggerName": "x"}, "triggerType", "missing"),
    ],
)
def test_a_wrong_trigger_is_refused(tmp_path: Path, trigger: dict[str, Any], named: str, why: str) -> None:
    said = problem(tmp_path, {"triggers": [trigger]})

    assert said.startswith("s.yaml: resources.r0.props.triggers[0].")
    assert named in said
    assert why in said


@pytest.mark.parametrize(
    ("events", "event", "taken"),
    [
        ([PUT], "ObjectCreated:PutObject", True),
        ([PUT], "ObjectCreated:PostObject", False),
        ([PUT], PUT, False),
        (["oss:ObjectCreated:*"], "ObjectCreated:UploadPart", True),
        (["oss:ObjectCreated:*"], "ObjectRemoved:DeleteObject", False),
        (["oss:ObjectRemoved:DeleteObjects"], "ObjectRemoved:DeleteObject", False),
        ([PUT, "oss:ObjectRemoved:DeleteObject"], "ObjectRemoved:DeleteObject", True),
    ],
)
def test_which_events_a_trigger_takes(events: list[str], event: str, taken: bool) -> None:
    assert OssTrigger("t", "b", tuple(events), "", "").takes(event, "b", "key") is taken


@pytest.mark.parametrize(
    ("prefix", "suffix", "key", "taken"),
    [
        ("", "", "anything", True),
        ("enroll/", "", "enroll/1", True),
        ("enroll/", "", "enroll", False),
        ("enroll/", "", "/enroll/1", False),
        ("", ".jpg", "1.jpg", True),
        ("", ".jpg", "1.JPG", False),
        ("a", "a", "a", True),
    ],
)
def test_which_keys_a_trigger_takes(prefix: str, suffix: str, key: str, taken: bool) -> None:
    assert OssTrigger("t", "b", (PUT,), prefix, suffix).takes("ObjectCreated:PutObject", "b", key) is taken


@pytest.mark.parametrize(
    ("second", "conflicts"),
    [
        (oss(prefix="source", suffix="1zip"), True),
        (oss(prefix="source1", suffix="zip"), True),
        (oss(prefix="source"), True),
        (oss(suffix="zip"), True),
        (oss(["oss:ObjectCreated:*"], "source", "zip"), True),
        (oss(prefix="source1", suffix="zip1"), False),
        (oss(prefix="1source", suffix="zip"), False),
        (oss(["oss:ObjectCreated:PostObject"], "source", "zip"), False),
        (oss(prefix="source", suffix="zip", sourceArn=f"acs:oss:{REGION}:1:other"), False),
    ],
)
def test_triggers_conflict_as_documented(tmp_path: Path, second: dict[str, Any], conflicts: bool) -> None:
    first = oss(prefix="source", suffix="zip")
    functions = [{"triggers": [first]}, {"triggers": [{**second, "triggerName": "more"}]}]

    if conflicts:
        assert "resources.r1.props.triggers: more conflicts with uploads of f0" in problem(tmp_path, *functions)
    else:
        assert len(load(tmp_path, *functions)) == 2
