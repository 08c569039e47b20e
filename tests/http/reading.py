"""What tests of reading share: avis of several démarches, and tokens of several reaches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx2 as httpx

from collector.acces import Droit, JetonApi, Portee, empreinte, new_jeton_api
from collector.clock import instant
from collector.domain import Avis, Bouton, new_cle
from tests.world import AILLEURS, COURRIEL, FIN, NOON, World

EVERYTHING = Portee(tout=True)
HOUR = 3_600_000
DAY = 24 * HOUR

WORDS = (
    "Très simple, merci beaucoup.",
    "Je n’ai pas reçu le courriel de confirmation !",
    None,
    "=SOMME(A1:A9)",
    'Le bouton « Valider » ne répond pas,\n"impossible" d’envoyer ; dommage.',
    None,
    "Émojis 😀 et accents : çà et là, œuvre.",
)


def some_avis(n: int = 60) -> list[Avis]:
    """Avis of three boutons over a few weeks; one in eleven was set aside."""
    return [_avis(i) for i in range(n)]


def _avis(i: int) -> Avis:
    bouton: Bouton = (FIN, COURRIEL, FIN, AILLEURS)[i % 4]
    longue = bouton.demarche_id == AILLEURS.demarche_id
    at = instant(NOON - 30 * DAY + i * 11 * HOUR)
    notes = {"satisfaction": i % 3 + 1} | ({"effort": i % 5 + 1} if i % 2 else {})
    return Avis(
        demarche_id=bouton.demarche_id,
        cle=new_cle(NOON, i),
        bouton=bouton.code,
        questionnaire="demarche-longue-1" if longue else "standard-1",
        etape=i % 2 + 1,
        recu_le=at.recu_le,
        jour=at.jour_iso,
        notes=notes,
        verbatim=WORDS[i % len(WORDS)],
        langue="en" if i % 9 == 0 else "fr",
        affichage="dialogue",
        widget="1.0.0" if i % 3 else None,
        ecarte="spam" if i % 11 == 0 else None,
    )


def record(world: World, avis: Iterable[Avis]) -> None:
    asyncio.run(world.store.record([*avis]))


def a_token(
    world: World,
    portee: Portee = EVERYTHING,
    *droits: Droit,
    days: int = 365,
) -> str:
    """The text of a new token, with the right to read besides those given."""
    text = new_jeton_api()
    made, end = instant(world.clock.ms).recu_le, instant(world.clock.ms + days * DAY).recu_le
    jeton = JetonApi(0, "Essai", portee, frozenset({"lire", *droits}), made, end)
    asyncio.run(world.store.add_jeton(jeton, empreinte(text)))
    return text


def read(world: World, address: str, token: str, **params: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return world.client.get(address, params=params or None, headers=headers)
