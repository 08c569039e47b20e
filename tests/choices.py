"""A démarche that asks choices, beside those of `tests.world`, and what is posted to its bouton."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from collector.catalogue import shipped_questionnaires
from collector.domain import Avis, Bouton, Demarche, new_cle
from collector.options import check_answers
from collector.parts import Parts
from collector.store.contract import Store
from tests.world import NOON, SITE, World, an_avis

JDMA = shipped_questionnaires()["jdma-2024"]
[AIDE] = JDMA.choix
AIDEE = Demarche(4, "demarche-aidee", "Une démarche où l’on aide", 1, JDMA.id, publique=True)
AIDER = Bouton("h4lp3d", AIDEE.id, "Fin de démarche", origines=(SITE,))

Ticked = Mapping[str, Sequence[str]]


async def add_choices(store: Store) -> None:
    await store.add_demarche(AIDEE)
    await store.add_bouton(AIDER)


def with_choices(world: World) -> World:
    """A world that has the démarche too."""
    asyncio.run(add_choices(world.store))
    parts: Parts = world.client.app_state["parts"]
    parts.catalogue.look_again()
    return world


def helped(ticked: Sequence[str] = (), /, **notes: int) -> dict[str, Any]:
    """A body that ticks these options; `joint_telephone=2` is the note « joint.telephone »."""
    dotted = {name.replace("_", "."): level for name, level in notes.items()}
    levels = {"satisfaction": 3, **dotted}
    body = an_avis(AIDER, questionnaire=JDMA.id, notes=levels)
    return {**body, "choix": {AIDE.code: list(ticked)}} if ticked else body


def stored(body: Mapping[str, Any], jour: str, n: int = 1) -> list[Avis]:
    """The same as `n` avis of one day, as a store has them."""
    return [
        Avis(
            demarche_id=AIDEE.id,
            cle=new_cle(NOON),
            bouton=AIDER.code,
            questionnaire=JDMA.id,
            etape=1,
            recu_le=f"{jour}T12:00:00.000Z",
            jour=jour,
            notes=check_answers(body, JDMA),  # type: ignore[arg-type]
        )
        for _ in range(n)
    ]
