"""The services that are installed, found by their entry points: shared code imports none."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING

from aidataops.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from aidataops.messaging.application import Application

GROUP = "aidataops.services"
"""Each service's distribution declares ``name = "package.app:create_app"`` in this group."""

PORTS = {
    "gateway": 8080,
    "sourcing": 8082,
    "annotation-intake": 8083,
    "qa": 8084,
    "feedback-router": 8085,
    "lineage": 8086,
    "console": 8081,
}
"""Where each listens if nobody says otherwise, in the order in which people meet them."""


def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def service_names() -> list[str]:
    """The installed services, in the order in which people meet them."""
    found = _entries()
    return [name for name in PORTS if name in found] + sorted(set(found) - set(PORTS))


def package_of(service: str) -> str:
    """The Python package of a service; raises ``ConfigurationError`` when it is not installed."""
    return _entry(service).module.rpartition(".")[0]


def all_settings() -> list[type[BaseSettings]]:
    """The settings of all services, then those in each service's own module ``settings``."""
    from pydantic_settings import BaseSettings

    from aidataops.settings import Settings

    modules = [f"{package_of(name)}.settings" for name in service_names()]
    own = [
        found
        for module in modules
        if find_spec(module) is not None
        for found in vars(import_module(module)).values()
        if isinstance(found, type) and issubclass(found, BaseSettings) and found is not BaseSettings
    ]
    return [Settings, *own]


def load_service(service: str) -> Application:
    """A service's application, not started."""
    application: Application = _entry(service).load()()
    return application


def _entry(service: str) -> EntryPoint:
    found = _entries()
    if service not in found:
        raise ConfigurationError(
            f"no service {service!r} is installed; there are {', '.join(service_names())}"
        )
    return found[service]
