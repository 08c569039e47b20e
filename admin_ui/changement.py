"""Something configured was changed: a line of the journal, and pages that show it at once."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

from starlette.requests import Request

from admin_ui.noting import note_agent
from collector.domain import Bouton, Demarche
from collector.parts import parts_of

T = TypeVar("T", Bouton, Demarche)


async def note_change(request: Request, action: str, **sur: object) -> None:
    """To be awaited once the change is committed."""
    parts_of(request).catalogue.look_again()
    await note_agent(request, action, **sur)


def changed_fields(before: T, after: T) -> list[str]:
    """What the journal says of a change: names alone, as words may be anybody's."""
    names = (field.name for field in fields(before))
    return [name for name in names if getattr(before, name) != getattr(after, name)]
