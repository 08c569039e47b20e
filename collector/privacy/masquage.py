"""Personal data in a comment, masked before anything keeps it. Pure.

The rules are data, `schemas/masquage.json`. They are tried in their order, and the first one that
recognises a passage decides: it is masked with the name of its kind or, by a rule without a kind,
left as it is. What one rule takes for a date is no telephone to the rules after it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise, zip_longest
from types import MappingProxyType
from typing import Any, NamedTuple

from stdnum import iban, luhn, numdb
from stdnum.fr import nif, nir

from collector.config import resource
from collector.parse import MAX_VERBATIM

# Shorter than anything that is masked: for a comment that other masks would make too long.
SHORT = "[…]"

# Characters around what is looked at: the unit of an amount; a word that announces, an address.
NEAR, FAR = 24, 128
LEAST = 7  # digits, of a number that a word announces
# Of most comments, for which a counter of their own would take a fifth of the time.
NONE: Mapping[str, int] = MappingProxyType({})
# Marks that nobody sees between two digits, and other writings of what rules are written with.
_SIGNS = str.maketrans(
    dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0f\u20e3", " ")
    | dict.fromkeys("\u2043\u2212\uff0d", "-")
    | dict(zip("＠﹫．＋（）／’", "@@.+()/'", strict=True))
    | dict(zip("àâäçéèêëîïôöùûü", "aaaceeeeiioouuu", strict=True))
    | {zero + n: str(n) for zero in map(ord, "٠۰０") for n in range(10)}
)
_PIECE = re.compile(r"(?<!\?P)<(\w+)>")
_NOT_AFTER = re.compile(r"\(\?<!\[([^\]]+)\]\)")


class Masked(NamedTuple):
    """A comment without personal data, and how many passages of each kind were masked."""

    texte: str
    genres: Mapping[str, int]


class Passage(NamedTuple):
    """What a rule recognised, from `debut` up to `fin`. Without a kind, it is left as it is."""

    debut: int
    fin: int
    genre: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """Tried only in a text with one of `mots`, if it has any. `groupe` of what the pattern found is
    meant: after words that announce it, the one with the name « numero ». `controle` says how many
    characters of that: none, when it is something else that only looks like it."""

    genre: str | None
    mots: Sequence[str]
    motif: re.Pattern[str]
    groupe: str | int
    controle: Callable[[str], int]
    autour: int
    """How far it may see around what its family looks at."""

    def passages(self, text: str, debut: int, fin: int) -> Iterator[Passage]:
        """What it recognises from `debut` on, up to `fin`, and a bit around."""
        if self.mots and not any(mot in text for mot in self.mots):
            return
        at, end = max(debut - self.autour, 0), fin + self.autour
        while found := self.motif.search(text, at, end):
            debut, fin = found.span(self.groupe)
            length = self.controle(text[debut:fin])
            if length:
                yield Passage(debut, debut + length, self.genre)
                if self.genre:
                    # No digit any more to what stands beside it: a list of numbers would take a
                    # whole look for each of them.
                    text = _without(text, debut, debut + length)
            at = debut + length if length else found.start() + 1


@dataclass(frozen=True, slots=True)
class Clue:
    """What costs less than rules: one of these signs or words is in any text they recognise."""

    signes: re.Pattern[str]
    mots: Sequence[str]

    def is_in(self, text: str) -> bool:
        if self.signes.search(text):
            return True
        for mot in self.mots:  # noqa: SIM110 – any() would take as long again
            if mot in text:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Family:
    """Rules that are tried only where there is a clue, and around what `amorce` finds."""

    clue: Clue
    amorce: re.Pattern[str]
    rules: Sequence[Rule]

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where to look, from and up to, each well apart from the next one."""
        if not self.clue.is_in(text):
            return
        found = self.amorce.finditer(text)
        first = next(found, None)
        if first is None:
            return
        debut, fin = first.span()
        for each in found:
            if each.start() - fin > 2 * FAR:
                yield debut, fin
                debut = each.start()
            fin = each.end()
        yield debut, fin


@dataclass(frozen=True, slots=True)
class Rules:
    """The data, compiled. Most comments have no `clue` of anything, which takes 2 µs to see."""

    masques: Mapping[str, str]
    clue: Clue
    families: Sequence[Family]


def mask(verbatim: str) -> Masked:
    """The comment with each passage of personal data masked. Masked again, it stays the same; it
    never becomes longer than MAX_VERBATIM."""
    rules = load_rules()
    if not rules.clue.is_in(verbatim):
        return Masked(verbatim, NONE)
    genres: Counter[str] = Counter()
    # Again, until nothing is found: what stood beside a number may be one, once that is masked.
    while found := passages(verbatim):
        verbatim = _masked(verbatim, found, rules.masques)
        genres.update(each.genre for each in found if each.genre)
    return Masked(verbatim, genres)


def passages(verbatim: str) -> list[Passage]:
    """What is to be masked, in the order of the text."""
    found: list[Passage] = []
    text = ""
    for family in load_rules().families:
        for place in family.places(verbatim):
            text = text or folded(verbatim)
            for rule in family.rules:
                for passage in list(rule.passages(text, *place)):
                    found.append(passage)
                    # No text any more to the rules that come after.
                    text = _without(text, passage.debut, passage.fin)
    return sorted(each for each in found if each.genre)


def _without(text: str, debut: int, fin: int) -> str:
    return text[:debut] + "\0" * (fin - debut) + text[fin:]


def _masked(verbatim: str, found: Sequence[Passage], masques: Mapping[str, str]) -> str:
    text = _replaced(verbatim, found, [masques[each.genre or ""] for each in found])
    if len(text) <= max(MAX_VERBATIM, len(verbatim)):
        return text
    return _replaced(verbatim, found, [SHORT] * len(found))


def _replaced(verbatim: str, found: Sequence[Passage], masks: Sequence[str]) -> str:
    ends = [0, *(each.fin for each in found)]
    begins = [*(each.debut for each in found), len(verbatim)]
    kept = [verbatim[fin:debut] for fin, debut in zip(ends, begins, strict=True)]
    return "".join(chain.from_iterable(zip_longest(kept, masks, fillvalue="")))


def folded(verbatim: str) -> str:
    """The text, a character for each, as rules are written: small letters without accents, and any
    digit is one of 0 to 9."""
    text = verbatim.lower()
    if len(text) != len(verbatim):  # « İ » has two small letters
        text = "".join(each.lower()[0] for each in verbatim)
    return text if text.isascii() else text.translate(_SIGNS)


def alertes() -> list[dict[str, str]]:
    """What looks like personal data to whoever is writing it: a kind (`genre`) and a regular
    expression (`motif`) for JavaScript, flags iu. Without the checksums: this only warns."""
    data = _data()
    found: dict[str, list[str]] = {}
    for rule in (*data["courriels"], *data["nombres"]):
        if "alerte" in rule:
            motif = _whole(rule["alerte"], data)
            # A browser of before 2023 cannot look behind.
            motif = _NOT_AFTER.sub(r"(?:^|[^\1])", motif)
            found.setdefault(rule["genre"], []).append(motif)
    return [{"genre": genre, "motif": "|".join(motifs)} for genre, motifs in found.items()]


@cache
def load_rules() -> Rules:
    data = _data()
    families = [_family("courriels", FAR, data), _family("nombres", NEAR, data)]
    return Rules(data["masques"], _clue(*data["amorces"].values()), families)


def _family(name: str, autour: int, data: Mapping[str, Any]) -> Family:
    amorce = data["amorces"][name]
    motif = re.compile(amorce["motif"], re.IGNORECASE)
    return Family(_clue(amorce), motif, [_rule(each, autour, data) for each in data[name]])


def _clue(*amorces: Mapping[str, Any]) -> Clue:
    signes = re.compile(f"[{''.join(each['signes'] for each in amorces)}]")
    # A word with a sign in it is found by that already.
    mots = [mot for each in amorces for mot in each["mots"] if not signes.search(mot)]
    return Clue(signes, mots)


def _rule(rule: Mapping[str, Any], autour: int, data: Mapping[str, Any]) -> Rule:
    motif = _whole(rule["motif"], data)
    annonces = rule.get("annonces", ())
    if annonces:
        motif = f"(?<![a-z])(?:{'|'.join(map(re.escape, annonces))}){motif}"
        autour = FAR
    controle = CONTROLES[rule["controle"]] if "controle" in rule else len
    mots = annonces or rule.get("avec", ())
    groupe = "numero" if annonces else 0
    return Rule(rule.get("genre"), mots, re.compile(motif), groupe, controle, autour)


def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(resource("schemas", "masquage.json").read_text("utf-8"))
    return found


def _whole(motif: str, data: Mapping[str, Any]) -> str:
    """A pattern with its pieces: `<s>` is what the data has under that name, pieces and all."""
    return _PIECE.sub(lambda found: f"(?:{_whole(data['morceaux'][found[1]], data)})", motif)


# What a pattern cannot say


def _iban(passage: str) -> int:
    """As much as an IBAN of that country has: the pattern goes on into the words that follow."""
    ends = [at for at, sign in enumerate(passage, 1) if sign.isalnum()]
    compact = _compact(passage).upper()
    [_, known], *_ = numdb.get("iban").info(compact)
    length = 4 + sum(map(int, re.findall(r"[0-9]+", known.get("bban", ""))))
    whole = iban.is_valid(compact[:length], check_country=False)
    return ends[length - 1] if whole else 0


def _nir(passage: str) -> int:
    compact = _compact(passage.replace("cle", ""))
    return len(passage) if nir.is_valid(compact) else 0


def _nif(passage: str) -> int:
    return len(passage) if nif.is_valid(_compact(passage)) else 0


def _luhn(passage: str) -> int:
    return len(passage) if luhn.is_valid(_compact(passage)) else 0


def _long(passage: str) -> int:
    return len(passage) if sum(map(str.isdigit, passage)) >= LEAST else 0


def _suite(passage: str) -> int:
    """Numbers that rise or fall by as much each time, which a telephone hardly has."""
    numbers = [int(each) for each in re.findall(r"[0-9]+", passage)]
    steps = {b - a for a, b in pairwise(numbers)}
    return len(passage) if len(steps) == 1 and steps != {0} else 0


def _compact(passage: str) -> str:
    """The letters and digits of it."""
    return "".join(sign for sign in passage if sign.isalnum())


CONTROLES: Mapping[str, Callable[[str], int]] = {
    "iban": _iban,
    "nir": _nir,
    "fiscal": _nif,
    "luhn": _luhn,
    "long": _long,
    "suite": _suite,
}
