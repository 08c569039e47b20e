"""What `jdma diagnostic` finds: one matter each, how it is, and in a sentence what to do."""

from __future__ import annotations

from typing import Literal, NamedTuple

Etat = Literal["ok", "attention", "echec"]


class Finding(NamedTuple):
    """`echec`: it does not work, or avis may be lost. `attention`: somebody should look."""

    nom: str
    etat: Etat
    phrase: str


def ok(nom: str, phrase: str) -> Finding:
    return Finding(nom, "ok", phrase)


def attention(nom: str, phrase: str) -> Finding:
    return Finding(nom, "attention", phrase)


def echec(nom: str, phrase: str) -> Finding:
    return Finding(nom, "echec", phrase)
