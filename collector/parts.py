"""What `create_app` makes and every view is given: one frozen value, no globals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment
from starlette.requests import Request

from collector.asked.cursor import Cursors
from collector.catalogue import Live
from collector.clock import Clock
from collector.config import Settings
from collector.figures.overview import Read
from collector.jeton import Jetons
from collector.limits import AddressLimit, AtOnce, Limit
from collector.parse import Schema
from collector.presence import Presence
from collector.privacy.contact import Effacements
from collector.privacy.daily import Daily
from collector.privacy.declarations import Textes
from collector.recent import Recent
from collector.releases import File, Releases
from collector.store.contract import Store
from collector.texts import Texts
from collector.watch.metrics import Metrics
from collector.wire.proxies import Proxies
from collector.writer import Writer


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running collector. `origin` is its own origin, as browsers write it;
    `styles` are the sheets of our pages by their digests, `images` pictures by their names,
    `alertes` what personal data looks like, as a form is told it."""

    settings: Settings
    origin: str
    clock: Clock
    store: Store
    catalogue: Live
    recent: Recent[Read]
    writer: Writer
    presence: Presence
    daily: Daily
    jetons: Jetons
    effacements: Effacements
    avis_schema: Schema
    proxies: Proxies
    address_limit: AddressLimit
    bouton_limit: Limit
    releases: Releases
    styles: Mapping[str, File]
    images: Mapping[str, File]
    templates: Environment
    texts: Texts
    alertes: Sequence[Mapping[str, str]]
    declarations: Mapping[str, Textes]
    metrics: Metrics
    cursors: Cursors
    downloads: AtOnce


def parts_of(request: Request) -> Parts:
    parts: Parts = request.scope["state"]["parts"]
    return parts


def visitor_of(request: Request) -> str:
    """The address of who asks, to count by and for nothing else: it is written nowhere."""
    return parts_of(request).proxies.visitor(request.scope)
