"""What is served beside the collector, and what the collector knows of it: nothing but this.

The administration is one. It imports the collector, never the reverse: without its folder, or with
JDMA_ADMIN at « non », the collector serves all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from starlette.routing import BaseRoute
from typer import Typer

from collector.config import Settings
from collector.parts import Parts
from collector.store.contract import Store
from collector.watch.findings import Finding

ADMIN = "admin_ui"


class Annexe(Protocol):
    """Routes, and a life as long as the server's."""

    def routes(self) -> Sequence[BaseRoute]: ...

    async def start(self, parts: Parts) -> Mapping[str, object]:
        """Begin; what its views find in the state of each request."""

    async def close(self) -> None: ...


def commands() -> Mapping[str, Typer]:
    """The groups of commands they add to `jdma`, by name."""
    if find_spec(ADMIN) is None:
        return {}
    apps: Mapping[str, Typer] = import_module(f"{ADMIN}.cli").APPS
    return apps


async def sound(settings: Settings) -> list[Finding]:
    """What they ask of the network for `jdma diagnostic --reseau`."""
    if not settings.admin or find_spec(ADMIN) is None:
        return []
    found: AsyncIterator[Finding] = import_module(f"{ADMIN}.exploitation.sounding").sound(settings)
    return [each async for each in found]


async def demonstrate(store: Store, folder: Path) -> Mapping[str, str]:
    """Who may sign in to a demonstration, for it to say so."""
    if find_spec(ADMIN) is None:
        return {}
    people: Mapping[str, str] = await import_module(f"{ADMIN}.demo").demonstrate(store, folder)
    return people


def annexes(settings: Settings) -> list[Annexe]:
    """Those that are installed and wanted. Raises ConfigError."""
    if not settings.admin or find_spec(ADMIN) is None:
        return []
    made: Annexe = import_module(f"{ADMIN}.annexe").Admin(settings)
    return [made]
