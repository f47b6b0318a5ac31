"""What the SDKs import at their start and a deployment never uses is loaded when it is asked for, not before.

The SDKs import these modules for asynchronous calls, RSA keys, roles of ECS instances and the like; without them a
cold start takes half the time (measured, docs/performance.md). A deferred module stands in for the real one: naming
what is in it costs nothing; calling it, looking into it, deriving from it or testing against it loads the real module,
which is shipped. Only `except` with such a name would not work before that, and no SDK has one on a path that does not
use the module first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

DEFERRED: Final = {
    "Crypto": "encrypting objects before they are put",
    "PIL.ExifTags": "names of EXIF's tags; the orientation is read by our own reader",
    "aiofiles": "reading credentials from files, asynchronously",
    "aiohttp": "asynchronous calls",
    "alibabacloud_cloudauth_intl20220809.models": "typed requests; the calls are made by `call_api`",
    "alibabacloud_credentials.provider": "finding credentials in files and at servers; the function's are given",
    "apscheduler": "renewing the credentials of an ECS instance's role",
    "asyncio": "asynchronous calls",
    "charset_normalizer": "guessing the encoding of texts; answers are read as bytes",
    "crc32c": "checksums of time series",
    "cryptography": "signing with an RSA key",
    "google.protobuf.internal.python_message": "messages without the native library, which is shipped",
    "google.protobuf.text_format": "writing requests to a debug log",
    "importlib.metadata": "the version of HTTP/2's package",
    "msgspec._json_schema": "schemas of types; ours are made when the API's description is",
    "msgspec.inspect": "the same",
    "typing_extensions": "required and optional keys of typed dictionaries, of which there are none",
    "websocket": "calls over WebSocket, and a shell in an instance",
    "xml.etree": "answers in XML, which only OSS gives",
}
"""Each module, with those below it, and what an SDK wants it for."""

CONSTANTS: Final = {"charset_normalizer": {"__version__": "3.5.2"}}
"""What an SDK reads at its import; a test holds it against the module."""


def install(modules: Iterable[str] = DEFERRED) -> None:
    """From now on these modules are deferred; not one that is loaded already. May be called again."""
    wanted = {name for name in modules if name not in sys.modules}
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(wanted))


class _Finder(MetaPathFinder, Loader):
    def __init__(self, roots: set[str]) -> None:
        self._roots = roots

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        root = self._root_of(fullname)
        return ModuleSpec(fullname, self, is_package=True) if root is not None else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _DeferredModule(spec.name, self)

    def exec_module(self, module: ModuleType) -> None:
        """A deferred module has nothing to run."""

    def defers(self, name: str) -> bool:
        """Whether the module has not been asked for yet."""
        return self._root_of(name) is not None

    def real(self, name: str) -> ModuleType:
        """The real module; all that belongs to it is no longer deferred. Raises ImportError."""
        root = self._root_of(name)
        if root is not None:
            self._roots.discard(root)
            for loaded in [other for other in sys.modules if _belongs(other, root)]:
                del sys.modules[loaded]
        return import_module(name)

    def _root_of(self, name: str) -> str | None:
        return next((root for root in self._roots if _belongs(name, root)), None)


class _DeferredModule(ModuleType):
    def __init__(self, name: str, finder: _Finder) -> None:
        super().__init__(name)
        self._finder = finder

    def __getattr__(self, name: str) -> Any:
        if not self._finder.defers(self.__name__):
            return getattr(import_module(self.__name__), name)
        if name in CONSTANTS.get(self.__name__, {}):
            return CONSTANTS[self.__name__][name]
        if name.startswith("__"):
            raise AttributeError(f"{self.__name__} is deferred and has no {name} yet")
        return _Later(self.__name__, name, self._finder)


class _Later:
    """Something in a deferred module. Using it loads the module."""

    def __init__(self, module: str, name: str, finder: _Finder) -> None:
        self._later = (module, name, finder)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._real())

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._real())

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[Any, ...]:
        return (self._real(),)

    def _real(self) -> Any:
        module, name, finder = self._later
        found = finder.real(module)
        try:
            return getattr(found, name)
        except AttributeError:
            return import_module(f"{module}.{name}")


def _belongs(name: str, root: str) -> bool:
    return name == root or name.startswith(f"{root}.")
