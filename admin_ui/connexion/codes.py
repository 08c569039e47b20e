"""One-time codes (TOTP, RFC 6238) and the recovery codes for whoever lost their telephone."""

from __future__ import annotations

import secrets

import pyotp

from admin_ui.sessions import empreinte
from collector.comptes import Compte
from collector.store.admin import AdminStore

ISSUER = "Je donne mon avis"
STEP = 30  # seconds
RECOVERY = 10
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"  # nothing that looks like something else


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, courriel: str) -> str:
    """What an authenticator reads in a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=courriel, issuer_name=ISSUER)


def step_of(secret: str, code: str, now_ms: int) -> int | None:
    """The step of a code that is right now, or was or will be half a minute away; else None."""
    typed = "".join(code.split())
    totp = pyotp.TOTP(secret)
    now = now_ms // 1000 // STEP
    for step in (now, now - 1, now + 1):
        if secrets.compare_digest(totp.at(step * STEP).encode(), typed.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Codes such as « bcdf-ghjk-mnpq », 57 bits each."""
    return ["-".join(_word() for _ in range(3)) for _ in range(RECOVERY)]


def kept(code: str) -> str:
    """What is kept of a recovery code, however it was typed."""
    return empreinte("".join(c for c in code.casefold() if c in _ALPHABET))


async def prove(store: AdminStore, compte: Compte, code: str, now_ms: int) -> str | None:
    """Take a code, of either kind, once: « totp », « secours », or None when it is wrong."""
    if compte.totp is None:
        return None
    step = step_of(compte.totp, code, now_ms)
    if step is not None:
        return "totp" if await store.use_totp(compte.id, step) else None
    before = compte.secours
    after = [each for each in before if each != kept(code)]
    if len(after) < len(before) and await store.use_secours(compte.id, before, after):
        return "secours"
    return None


def _word() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(4))
