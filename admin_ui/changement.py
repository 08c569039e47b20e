"""Something configured was changed: a line of the journal, and pages that show it at once."""

from __future__ import annotations

from starlette.requests import Request

from admin_ui.noting import note_agent
from collector.parts import parts_of


async def note_change(request: Request, action: str, **sur: object) -> None:
    """To be awaited once the change is committed."""
    parts_of(request).catalogue.look_again()
    await note_agent(request, action, **sur)
