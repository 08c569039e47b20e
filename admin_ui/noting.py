"""Lines of the journal: who did what. Never a secret, nor a comment."""

from __future__ import annotations

from starlette.requests import Request

from admin_ui.gate import agent_of
from collector.acces import Entree
from collector.comptes import Compte
from collector.parts import parts_of


async def note(request: Request, compte: Compte | None, action: str, **sur: object) -> None:
    """A line of the journal about somebody who is not, or not yet, signed in."""
    qui = f"compte {compte.id}" if compte is not None else "inconnu"
    le = parts_of(request).clock.now().recu_le
    await parts_of(request).store.add_entree(Entree(le, qui, action, sur))


async def note_agent(request: Request, action: str, **sur: object) -> None:
    """A line of the journal about what the agent did."""
    le = parts_of(request).clock.now().recu_le
    await parts_of(request).store.add_entree(Entree(le, agent_of(request).qui, action, sur))
