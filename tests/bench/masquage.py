"""How well masking finds what is marked in the labelled comments, and what it costs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import NamedTuple

from collector.parse import Schema, parse_avis
from collector.privacy.masquage import mask
from tests.masquage.corpus import HELD_OUT, TUNED, Figures, Warned, measured, read, warned
from tests.world import NOON, an_avis

ROUNDS = 20
PLAIN = (
    "Le site est très lent et je n’ai pas compris comment joindre la pièce demandée, j’ai dû "
    "recommencer plusieurs fois avant que ça marche. Sinon rien à dire, merci pour votre aide !"
)
COMMENTS = {
    "sans chiffre ni arobase": PLAIN,
    "quelques chiffres": PLAIN.replace("plusieurs", "3").replace("très lent", "lent depuis 2 mois"),
    "une date": f"Ma demande du 12/03/2024 n’avance pas. {PLAIN}",
    "un téléphone et une adresse": f"{PLAIN} 06 39 98 12 34, prenom.nom@exemple.fr",
}


class Cost(NamedTuple):
    """Microseconds of a processor, and how many times what reading the body of the avis takes."""

    micros: float
    to_parse: float


def tables() -> dict[str, dict[str, Figures]]:
    """The figures of each set of comments, by kind."""
    return {name: measured(read(name)) for name in (TUNED, HELD_OUT)}


def warnings() -> dict[str, Warned]:
    return {name: warned(read(name)) for name in (TUNED, HELD_OUT)}


def costs() -> dict[str, Cost]:
    """What a comment of each sort costs."""
    schema = Schema("avis.v1.json")
    found = {}
    for name, verbatim in COMMENTS.items():
        body = json.dumps(an_avis(verbatim=verbatim)).encode()
        parsing = _micros(lambda body=body: parse_avis(body, schema, NOON))  # type: ignore[misc]
        masking = _micros(lambda verbatim=verbatim: mask(verbatim))  # type: ignore[misc]
        found[name] = Cost(masking, masking / parsing)
    return found


def _micros(work: Callable[[], object], times: int = 200) -> float:
    """The least of some rounds, so that neighbours count little."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time_ns()
        for _ in range(times):
            work()
        best = min(best, time.process_time_ns() - begin)
    return best / times / 1000
