"""The labelled comments, and how well the rules find what is marked in them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from collector.privacy.masquage import Passage, alertes, passages

HERE = Path(__file__).parent
TUNED = "corpus"
HELD_OUT = "tenu_a_part"

_MARK = re.compile(r"⟦(\w+):([^⟦⟧]*)⟧")


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, and what is to be masked in it."""

    texte: str
    marques: tuple[Passage, ...]


class Warned(NamedTuple):
    """How many comments have something marked, and how many of these set off the warning that is
    given as one types; how many have traps alone, and how many of these set it off."""

    marques: int
    avertis: int
    pieges: int
    pour_rien: int


class Figures(NamedTuple):
    """Of one kind: how many passages are marked, how many of these were masked wholly, how many of
    those by the name of the kind; how many masks bear its name, and how many of these hide nothing
    that was marked. `larges`: masks that also hide some of what stands around."""

    marques: int
    trouves: int
    nommes: int
    masques: int
    de_trop: int
    larges: int

    @property
    def rappel(self) -> float:
        return self.trouves / self.marques

    @property
    def precision(self) -> float:
        return 1 - self.de_trop / self.masques

    @property
    def said_rappel(self) -> str:
        return f"{self.rappel:.0%} ({self.trouves} sur {self.marques})".replace("%", "\u202f%")

    @property
    def said_precision(self) -> str:
        right = self.masques - self.de_trop
        return f"{self.precision:.0%} ({right} sur {self.masques})".replace("%", "\u202f%")


def read(name: str) -> list[Comment]:
    lines = (HERE / f"{name}.txt").read_text("utf-8").splitlines()
    return [comment(line.replace("↵", "\n")) for line in lines if line and line[0] != "#"]


def comment(line: str) -> Comment:
    """A line of a file, marks as « ⟦genre:text⟧ »."""
    text = ""
    marks = []
    at = 0
    for mark in _MARK.finditer(line):
        text += line[at : mark.start()]
        marks.append(Passage(len(text), len(text) + len(mark[2]), mark[1]))
        text += mark[2]
        at = mark.end()
    return Comment(text + line[at:], tuple(marks))


def warned(comments: Sequence[Comment]) -> Warned:
    """What the warning does, which is made of the same data but is tried in a browser: no checksum,
    and nothing that is left because of what stands around."""
    looks = [re.compile(each["motif"], re.IGNORECASE) for each in alertes()]
    found = Counter(
        (bool(each.marques), any(look.search(each.texte) for look in looks)) for each in comments
    )
    marked, traps = ((found[kind, True], found[kind, False]) for kind in (True, False))
    return Warned(sum(marked), marked[0], sum(traps), traps[0])


def measured(comments: Sequence[Comment]) -> dict[str, Figures]:
    """The figures of each kind, and of « tous » together."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for comment in comments:
        found = passages(comment.texte)
        for mark in comment.marques:
            same = [each for each in found if each.genre == mark.genre]
            _add(
                counts[str(mark.genre)],
                marques=1,
                trouves=is_hidden(comment, mark, found),
                nommes=is_hidden(comment, mark, same),
            )
        for mask in found:
            alone = not any(meet(mask, mark) for mark in comment.marques)
            larges = overflows(mask, comment)
            _add(counts[str(mask.genre)], masques=1, de_trop=alone, larges=larges)
    counts["tous"] = sum(counts.values(), Counter())
    return {genre: Figures(*(n[field] for field in Figures._fields)) for genre, n in counts.items()}


def _add(counts: Counter[str], **more: int) -> None:
    counts.update(more)


def is_hidden(comment: Comment, mark: Passage, found: Sequence[Passage]) -> bool:
    """Whether no letter or digit of it is left to read."""
    hidden = {at for each in found for at in range(each.debut, each.fin)}
    return all(at in hidden for at in range(mark.debut, mark.fin) if comment.texte[at].isalnum())


def meet(a: Passage, b: Passage) -> bool:
    return a.debut < b.fin and b.debut < a.fin


def overflows(mask: Passage, comment: Comment) -> bool:
    """Whether it hides letters or digits around a mark that it is on."""
    mine = [mark for mark in comment.marques if meet(mask, mark)]
    marked = {at for mark in mine for at in range(mark.debut, mark.fin)}
    around = set(range(mask.debut, mask.fin)) - marked
    return bool(mine) and any(comment.texte[at].isalnum() for at in around)
