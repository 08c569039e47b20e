"""One-time links: an invitation, another password, another e-mail address.

What is kept of one is the SHA-256 of its secret; it serves once, for as long as it lasts.
"""

from __future__ import annotations

import secrets

from admin_ui.sessions import empreinte
from collector.clock import Instant, instant
from collector.comptes import Compte, Lien, Usage
from collector.store.admin import AdminStore

HOUR_MS = 3_600_000
LASTS_MS: dict[Usage, int] = {
    "invitation": 7 * 24 * HOUR_MS,
    "mot_de_passe": HOUR_MS,
    "courriel": 24 * HOUR_MS,
}


async def new_link(
    store: AdminStore, compte: Compte, usage: Usage, now: Instant, courriel: str | None = None
) -> str:
    """A new link's secret; older ones of this account for the same use end."""
    secret = secrets.token_urlsafe(32)
    end = instant(now.ms + LASTS_MS[usage]).recu_le
    await store.add_lien(Lien(empreinte(secret), usage, compte.id, now.recu_le, end, courriel))
    return secret


def address_of(base_url: str, secret: str) -> str:
    return f"{base_url}/admin/lien/{secret}"
