"""The deployment's settings, read once at start from the environment; a missing or wrong one stops the function by
name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from facegate import regions
from facegate.errors import SettingError
from facegate.regions import COMPARE_FACES_ENDPOINT
from facegate.users import UserIds

MIN_KEY_CHARACTERS = 32
ENDPOINT = re.compile(r"https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(:[0-9]{1,5})?")
GROUP_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
INSTANCE = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,14}[A-Za-z0-9]")
BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
PREFIX = re.compile(r"[A-Za-z0-9_-]+/")
TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
EXAMPLES: Mapping[str, str] = {
    "FC_REGION": "ap-southeast-1",
    "FC_ACCOUNT_ID": "1234567890123456",
    "FC_FUNCTION_NAME": "face-compare",
    "FACEGATE_TABLESTORE_INSTANCE": "facegate",
    "FACEGATE_BUCKET": "my-company-faces",
    "FACEGATE_FACE_GROUPS": "members",
    "FACEGATE_USER_ID_KEY": "plain",
}
"""A value of each variable that must be set."""


class Endpoint(Struct, frozen=True):
    """`scheme` http or https; `host` with its port, as the SDK wants it."""

    scheme: str
    host: str

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"


class Settings(Struct, frozen=True):
    """One deployment. Times in milliseconds, `max_body_bytes` of the HTTP request after Base64 of the event is
    undone.
    """

    region: str
    id_verification: Endpoint
    compare_faces: Endpoint
    tablestore: Endpoint
    tablestore_instance: str
    claims_table: str
    results_table: str
    failures_table: str
    oss: Endpoint
    bucket: str
    picture_prefixes: tuple[str, ...]
    function_compute: Endpoint
    function_service: str | None
    function_name: str
    face_groups: tuple[str, ...]
    users: UserIds
    connect_timeout_ms: int
    read_timeout_ms: int
    in_progress_wait_ms: int
    max_body_bytes: int

    @property
    def default_face_group(self) -> str:
        return self.face_groups[0]


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Reads and checks all settings. Raises SettingError naming the variable and what was expected."""
    return _settings(_Reader(environment))


def variables() -> Mapping[str, bool]:
    """Every variable that `from_environment` reads, by name, and whether it must be set."""
    read = _Listing(EXAMPLES)
    _settings(read)
    return read.listed


def _settings(read: _Reader) -> Settings:
    region = regions.region(read.text("FC_REGION"))
    instance = read.matching("FACEGATE_TABLESTORE_INSTANCE", INSTANCE, "3 to 16 letters, digits or '-'")
    return Settings(
        region=region.id,
        id_verification=read.endpoint("FACEGATE_ID_VERIFICATION_ENDPOINT", region.id_verification),
        compare_faces=read.endpoint("FACEGATE_COMPARE_FACES_ENDPOINT", COMPARE_FACES_ENDPOINT),
        tablestore=read.endpoint("FACEGATE_TABLESTORE_ENDPOINT", region.tablestore(instance)),
        tablestore_instance=instance,
        claims_table=read.matching("FACEGATE_CLAIMS_TABLE", TABLE, "a table name", "facegate_claims"),
        results_table=read.matching("FACEGATE_RESULTS_TABLE", TABLE, "a table name", "facegate_results"),
        failures_table=read.matching("FACEGATE_FAILURES_TABLE", TABLE, "a table name", "facegate_failures"),
        oss=read.endpoint("FACEGATE_OSS_ENDPOINT", region.oss),
        bucket=read.matching("FACEGATE_BUCKET", BUCKET, "the name of an OSS bucket"),
        picture_prefixes=read.prefixes("FACEGATE_PICTURE_PREFIXES", "pictures/,enroll/"),
        function_compute=read.endpoint("FACEGATE_FC_ENDPOINT", region.function_compute(read.text("FC_ACCOUNT_ID"))),
        function_service=read.text("FACEGATE_FC_SERVICE", "") or None,
        function_name=read.text("FC_FUNCTION_NAME"),
        face_groups=read.face_groups("FACEGATE_FACE_GROUPS"),
        users=read.user_ids("FACEGATE_USER_ID_KEY"),
        connect_timeout_ms=read.number("FACEGATE_CONNECT_TIMEOUT_MS", 2_000, 100, 30_000),
        read_timeout_ms=read.number("FACEGATE_READ_TIMEOUT_MS", 10_000, 500, 60_000),
        in_progress_wait_ms=read.number("FACEGATE_IN_PROGRESS_WAIT_MS", 2_000, 0, 10_000),
        max_body_bytes=read.number("FACEGATE_MAX_BODY_BYTES", 32 * 1024 * 1024, 100_000, 32 * 1024 * 1024),
    )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str, default: str | None = None) -> str:
        value = self._environment.get(name, "").strip() or default
        if value is None:
            raise SettingError(f"{name} is not set")
        return value

    def matching(self, name: str, pattern: re.Pattern[str], expected: str, default: str | None = None) -> str:
        value = self.text(name, default)
        if not pattern.fullmatch(value):
            raise SettingError(f"{name} is {value!r}: expected {expected}")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) <= 12 and low <= int(value) <= high):
            raise SettingError(f"{name} is {value!r}: expected a whole number from {low} to {high}")
        return int(value)

    def endpoint(self, name: str, default: str) -> Endpoint:
        text = self.text(name, default).removesuffix("/")
        if not ENDPOINT.fullmatch(text):
            raise SettingError(f"{name} must be http://host[:port] or https://host[:port]")
        scheme, _, host = text.partition("://")
        return Endpoint(scheme, host)

    def face_groups(self, name: str) -> tuple[str, ...]:
        codes = tuple(code.strip() for code in self.text(name).split(","))
        if not all(GROUP_CODE.fullmatch(code) for code in codes):
            raise SettingError(f"{name} must list face group codes, separated by commas; the first is the default")
        return codes

    def prefixes(self, name: str, default: str) -> tuple[str, ...]:
        prefixes = tuple(prefix.strip() for prefix in self.text(name, default).split(","))
        if not all(PREFIX.fullmatch(prefix) for prefix in prefixes):
            raise SettingError(f"{name} must list object prefixes such as pictures/, separated by commas")
        return prefixes

    def user_ids(self, name: str) -> UserIds:
        value = self.text(name)
        if value == "plain":
            return UserIds(key=None)
        if len(value) < MIN_KEY_CHARACTERS:
            raise SettingError(
                f"{name} must have at least {MIN_KEY_CHARACTERS} characters, or 'plain' to hash no user ids"
            )
        return UserIds(key=value.encode())


class _Listing(_Reader):
    """Notes what is read."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(environment)
        self.listed: dict[str, bool] = {}

    def text(self, name: str, default: str | None = None) -> str:
        self.listed[name] = default is None
        return super().text(name, default)
