"""The people of the demonstration: one of each role, one password, drawn at random and kept beside
the database for the next start."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from admin_ui.connexion import passwords
from admin_ui.connexion.inviting import NAMES
from collector.clock import instant
from collector.comptes import Compte, Droit, Role
from collector.store.admin import AdminStore
from collector.store.contract import Store

BY = "démonstration"


async def demonstrate(store: Store, folder: Path) -> dict[str, str]:
    """Make who is not there yet; how each signs in, and the password of all: role to address, and
    « mot de passe »."""
    assert isinstance(store, AdminStore)  # every engine is one
    password = _password(folder / "mot-de-passe")
    known = {compte.courriel for compte in await store.comptes()}
    people = {role: f"{role}@exemple.fr" for role in NAMES}
    structures = sorted((await store.load_catalogue()).structures)
    for role, courriel in people.items():
        if courriel not in known:
            # One who has everything, three of the first administration.
            reach = None if role == "operateur" else structures[0]
            await _add(store, role, courriel, password, reach)
    return {str(role): courriel for role, courriel in people.items()} | {"mot de passe": password}


async def _add(
    store: AdminStore, role: Role, courriel: str, password: str, structure_id: int | None
) -> None:
    now = instant(time.time_ns() // 1_000_000).recu_le
    nom = f"{NAMES[role].capitalize()} de démonstration"
    known = passwords.hash_now(password)
    id = await store.add_compte(Compte(0, courriel, nom, now, known))
    await store.add_droit(Droit(0, id, role, structure_id, None, role == "analyste", now, BY))


def _password(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"demo-{secrets.token_urlsafe(9)}\n", encoding="ascii")
    return path.read_text("ascii").strip()
