"""The provider of the settings, as pages find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from admin_ui.connexion.oidc import Client, Departs, is_proconnect
from collector.config import ConfigError, Settings

if TYPE_CHECKING:
    from admin_ui.connexion.oidc_client import OidcClient

RETOUR, SORTIE = "/admin/oidc/retour", "/admin/oidc/sortie"
"""The two addresses to declare at a provider: back from signing in, back from signing out."""

MISSING = (
    "JDMA_OIDC_ISSUER demande la bibliothèque joserfc : pip install 'je-donne-mon-avis[oidc]'."
)


@dataclass(frozen=True, slots=True)
class Oidc:
    """`nom` is what people know the provider by; `proconnect`: whether it is ProConnect. `sur`:
    whether coming from there is worth a code of ours, which is so when levels are asked for."""

    client: OidcClient
    departs: Departs
    nom: str
    proconnect: bool
    sur: bool


def shown(oidc: Oidc | None) -> dict[str, object] | None:
    """What templates may know of it."""
    if oidc is None:
        return None
    return {"nom": oidc.nom, "proconnect": oidc.proconnect, "emetteur": oidc.client.emetteur}


def check_installed(settings: Settings) -> None:
    """Return when the settings want no provider, or one that can be had. Raises ConfigError."""
    if settings.oidc_issuer and find_spec("joserfc") is None:
        raise ConfigError(MISSING)


def make_oidc(settings: Settings, now_ms: Callable[[], int]) -> Oidc | None:
    """None when the settings name no provider."""
    if not settings.oidc_issuer:
        return None
    from admin_ui.connexion.oidc_client import (
        OidcClient,  # its libraries are those of the extra « oidc »
    )

    issuer, acr = settings.oidc_issuer, tuple(settings.oidc_acr.split())
    client = Client(settings.oidc_client_id, settings.base_url + RETOUR, acr)
    proconnect = is_proconnect(issuer)
    return Oidc(
        OidcClient(issuer, client, settings.oidc_client_secret, now_ms),
        Departs(settings.secret, settings.secrets_before),
        settings.oidc_label or ("ProConnect" if proconnect else str(urlsplit(issuer).hostname)),
        proconnect,
        bool(acr),
    )
