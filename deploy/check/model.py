"""What s.yaml may say: the keys of the fc3 component that this project uses, typed, under their official names.

The component's own schema lets unknown keys and any trigger configuration pass; here what is not listed is refused. A
field without a default must be given, also where the component has a default: what is deployed can be read in the
file. Descriptions end the sentence "expected …". Bounds are the documented ones.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """A mapping with these keys and no others."""


_ACCOUNT = r"[0-9]{10,20}"
_REGION = r"[a-z]+-[a-z]+(?:-[0-9])?"
_NAME = r"[_a-zA-Z][-_a-zA-Z0-9]{0,127}"

Text = Annotated[str, Meta(min_length=1, description="text that is not empty")]
Flag = Annotated[bool, Meta(description="true or false")]
FunctionName = Annotated[
    str, Meta(pattern=rf"^{_NAME}$", description="a letter or _, then letters, digits, - and _, at most 128")
]
HandlerName = Annotated[str, Meta(pattern=r"^[A-Za-z_]\w*\.[A-Za-z_]\w*$", description="file.function")]
LayerArn = Annotated[
    str,
    Meta(
        pattern=rf"^acs:fc:{_REGION}:{_ACCOUNT}:layers/[-_a-zA-Z0-9]+/versions/[1-9][0-9]*$",
        description="acs:fc:<region>:<account>:layers/<name>/versions/<number>",
    ),
]
FunctionArn = Annotated[
    str,
    Meta(
        pattern=rf"^acs:fc:{_REGION}:{_ACCOUNT}:functions/{_NAME}$",
        description="acs:fc:<region>:<account>:functions/<function>",
    ),
]
RoleArn = Annotated[
    str,
    Meta(
        pattern=rf"^acs:ram::{_ACCOUNT}:role/[a-z0-9.@_-]{{1,64}}$",
        description="acs:ram::<account>:role/<name>, in lower case as the component makes it",
    ),
]
BucketArn = Annotated[
    str,
    Meta(
        pattern=rf"^acs:oss:{_REGION}:{_ACCOUNT}:[a-z0-9][a-z0-9-]{{1,61}}[a-z0-9]$",
        description="acs:oss:<region>:<account>:<bucket>",
    ),
]
TopicArn = Annotated[
    str,
    Meta(
        pattern=rf"^acs:mns:{_REGION}:{_ACCOUNT}:/topics/[A-Za-z0-9][A-Za-z0-9-]{{0,254}}$",
        description="acs:mns:<region>:<account>:/topics/<topic>",
    ),
]
MemorySize = Annotated[
    int, Meta(ge=128, le=32768, multiple_of=64, description="a multiple of 64 from 128 to 32768, in MB")
]
Cpu = Annotated[float, Meta(ge=0.05, le=16, description="a number from 0.05 to 16")]
Timeout = Annotated[int, Meta(ge=1, le=86400, description="whole seconds from 1 to 86400")]
HookTimeout = Annotated[int, Meta(ge=1, le=300, description="whole seconds from 1 to 300")]
Retries = Annotated[int, Meta(ge=0, le=8, description="a whole number from 0 to 8")]
EventAge = Annotated[
    int, Meta(ge=1, le=604800, description="whole seconds from 1 to 604800, the narrowest of the documented bounds")
]
Reserved = Annotated[int, Meta(ge=1, le=300, description="a whole number from 1 to 300")]
Base64Url = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+$", description="Base64url without padding")]
HttpMethod = Literal["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"]


class LogConfig(Strict):
    project: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", description="the name of a log project")]
    logstore: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]$", description="the name of a log store")]
    enableRequestMetrics: Flag
    enableInstanceMetrics: Flag
    logBeginRule: Literal["None", "DefaultRegex"]


class VpcConfig(Strict):
    """Empty texts and an empty list: no VPC, as the component writes it itself."""

    vpcId: Annotated[str, Meta(pattern=r"^(vpc-[a-z0-9]+)?$", description="vpc-…, or empty")]
    vSwitchIds: list[Annotated[str, Meta(pattern=r"^vsw-[a-z0-9]+$", description="vsw-…")]]
    securityGroupId: Annotated[str, Meta(pattern=r"^(sg-[a-z0-9]+)?$", description="sg-…, or empty")]


class Hook(Strict):
    handler: HandlerName
    timeout: HookTimeout


class InstanceLifecycleConfig(Strict):
    initializer: Hook


class Destination(Strict):
    destination: FunctionArn


class DestinationConfig(Strict):
    onFailure: Destination


class AsyncInvokeConfig(Strict):
    maxAsyncRetryAttempts: Retries
    maxAsyncEventAgeInSeconds: EventAge
    asyncTask: Flag = False
    destinationConfig: DestinationConfig | None = None


class ConcurrencyConfig(Strict):
    reservedConcurrency: Reserved


class Tag(Strict):
    key: Annotated[str, Meta(min_length=1, max_length=64, description="1 to 64 characters")]
    value: Annotated[str, Meta(max_length=128, description="at most 128 characters")]


class JsonWebKey(Strict):
    """A public RSA key, RFC 7517; a private member is an unknown key."""

    kty: Literal["RSA"]
    alg: Literal["RS256"]
    use: Literal["sig"]
    n: Base64Url
    e: Base64Url
    kid: Text | None = None


class Jwks(Strict):
    keys: Annotated[list[JsonWebKey], Meta(min_length=1, max_length=1, description="exactly one key")]


class TokenLookup(Strict):
    readPosition: Literal["header"]
    parameterName: Text
    prefix: Text


class AuthConfig(Strict):
    jwks: Jwks
    tokenLookup: Annotated[list[TokenLookup], Meta(min_length=1, max_length=1, description="exactly one place")]


class HttpTriggerConfig(Strict):
    """`authConfig` belongs to jwt. `anonymous` can be said, so that a rule can say why not."""

    authType: Literal["function", "jwt", "anonymous"]
    methods: Annotated[list[HttpMethod], Meta(min_length=1, description="at least one method")]
    authConfig: AuthConfig | None = None


class KeyFilter(Strict):
    prefix: Text
    suffix: str


class ObjectFilter(Strict):
    key: KeyFilter


class OssTriggerConfig(Strict):
    events: Annotated[list[str], Meta(min_length=1, description="at least one event type")]
    filter: ObjectFilter


class MnsTopicTriggerConfig(Strict):
    notifyContentFormat: Literal["JSON", "STREAM"]
    notifyStrategy: Literal["EXPONENTIAL_DECAY_RETRY", "BACKOFF_RETRY"]


class HttpTrigger(Strict, tag_field="triggerType", tag="http"):
    triggerName: FunctionName
    triggerConfig: HttpTriggerConfig


class OssTrigger(Strict, tag_field="triggerType", tag="oss"):
    triggerName: FunctionName
    sourceArn: BucketArn
    invocationRole: RoleArn
    triggerConfig: OssTriggerConfig


class MnsTopicTrigger(Strict, tag_field="triggerType", tag="mns_topic"):
    triggerName: FunctionName
    sourceArn: TopicArn
    invocationRole: RoleArn
    triggerConfig: MnsTopicTriggerConfig


Trigger = HttpTrigger | OssTrigger | MnsTopicTrigger


class Function(Strict):
    """The props of one resource. Whether a value is wise is for the rules."""

    functionName: FunctionName
    description: Text
    region: Text
    runtime: Literal["python3.10"]
    handler: HandlerName
    code: Text
    layers: list[LayerArn]
    role: RoleArn
    memorySize: MemorySize
    cpu: Cpu
    diskSize: Literal[512, 10240]
    timeout: Timeout
    internetAccess: Flag
    vpcConfig: VpcConfig
    environmentVariables: dict[str, str]
    asyncInvokeConfig: AsyncInvokeConfig
    logConfig: LogConfig
    tags: list[Tag]
    triggers: list[Trigger]
    instanceLifecycleConfig: InstanceLifecycleConfig | None = None
    concurrencyConfig: ConcurrencyConfig | None = None


class Resource(Strict):
    component: Literal["fc3"]
    props: dict[str, Any]


class Template(Strict):
    """The whole file."""

    edition: Literal["3.0.0"]
    name: Text
    access: Text
    vars: dict[str, Any]
    resources: dict[str, Any]
