"""Words to look for in comments: `q` as a person types it, and what it finds in a text. Pure.

Words must all be there, in any order; « quoted words » next to each other; a final * stands for the
rest of a word. Accents and case do not matter. Anything else is punctuation, operators included.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.domain import Texte
from collector.errors import BadFilter, Faute

MAX_CHARACTERS = 200
MAX_MOTS = 20
MIN_PREFIX = 2

# Around what was found. No comment has them: `parse.clean` takes controls out.
MARK_START = "\x02"
MARK_END = "\x03"

PASSAGE = 240  # characters of a comment that are shown around what was found
BEFORE = 60  # of which at least so many come before it, where there are as many

# A letter or digit, and the marks that stand on it: the tokens of both engines.
_WORD = re.compile("(?:[^\\W_][\u0300-\u036f]*)+")
_MARKS = re.compile("[\u0300-\u036f]+")
_PIECE = re.compile(
    f'"(?P<droits>[^"]*)"|«(?P<francais>[^»]*)»|“(?P<anglais>[^”]*)”'
    f"|(?P<mot>{_WORD.pattern})(?P<debut>\\*(?!\\w))?"
)

# Words that say nothing by themselves, accents folded. Elided ones stand alone: l’avis, qu’il.
_STOP_WORDS = {
    "a", "ai", "as", "au", "aux", "avec", "c", "ca", "ce", "ces", "cet", "cette", "d", "dans",
    "de", "des", "du", "elle", "elles", "en", "est", "et", "eux", "il", "ils", "j", "je", "l",
    "la", "le", "les", "leur", "leurs", "lui", "m", "ma", "mais", "me", "meme", "mes", "moi",
    "mon", "n", "ne", "nos", "notre", "nous", "on", "ou", "par", "pas", "pour", "qu", "que",
    "qui", "s", "sa", "se", "ses", "si", "son", "sont", "sur", "t", "ta", "te", "tes", "toi",
    "ton", "tu", "un", "une", "vos", "votre", "vous", "y",
    "am", "an", "and", "are", "at", "be", "been", "but", "by", "did", "do", "does", "for",
    "from", "had", "has", "have", "he", "her", "him", "his", "i", "in", "is", "it", "its", "my",
    "of", "or", "our", "she", "so", "than", "that", "the", "their", "them", "there", "they",
    "this", "to", "was", "we", "were", "what", "which", "who", "will", "with", "you", "your",
}  # fmt: skip

_EMPTY: Texte = {
    "fr": "au moins un mot à chercher, autre que « le », « de » ou « the » seuls",
    "en": "at least one word to look for, other than “the”, “of” or “le” alone",
}
_TOO_LONG: Texte = {
    "fr": f"au plus {MAX_CHARACTERS} caractères",
    "en": f"at most {MAX_CHARACTERS} characters",
}
_TOO_MANY: Texte = {"fr": f"au plus {MAX_MOTS} mots", "en": f"at most {MAX_MOTS} words"}
_PREFIX: Texte = {
    "fr": f"au moins {MIN_PREFIX} lettres devant « * »",
    "en": f"at least {MIN_PREFIX} letters before “*”",
}


@dataclass(frozen=True, slots=True)
class Terme:
    """Words that stand next to each other, folded; most often one. `debut`: a word that starts so
    is meant too. `ecrits`: the same words as they were typed."""

    mots: tuple[str, ...]
    debut: bool = False
    ecrits: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Recherche:
    """What a comment must have: every one of these, and there is at least one."""

    termes: tuple[Terme, ...]


def fold(text: str) -> str:
    """Without accents or capitals, as both engines compare words."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFD", text.lower()))


def parse_recherche(q: str) -> Recherche:
    """What `q` asks for. Raises BadFilter when that is nothing, or too much."""
    if len(q) > MAX_CHARACTERS:
        raise BadFilter(Faute("q", q, _TOO_LONG))
    termes = tuple(dict.fromkeys(_termes(q)))
    if not termes:
        raise BadFilter(Faute("q", q, _EMPTY))
    if sum(len(terme.mots) for terme in termes) > MAX_MOTS:
        raise BadFilter(Faute("q", q, _TOO_MANY))
    return Recherche(termes)


def _termes(q: str) -> Iterator[Terme]:
    # Composed, as comments are: apart, some marks would end a word.
    for piece in _PIECE.finditer(unicodedata.normalize("NFC", q)):
        if piece["mot"] is None:
            quoted = piece["droits"] or piece["francais"] or piece["anglais"] or ""
            if ecrits := tuple(_WORD.findall(quoted)):
                yield _terme(ecrits)
        elif piece["debut"]:
            yield _prefix(q, piece["mot"])
        elif fold(piece["mot"]) not in _STOP_WORDS:
            yield _terme((piece["mot"],))


def _terme(ecrits: tuple[str, ...], debut: bool = False) -> Terme:
    return Terme(tuple(map(fold, ecrits)), debut, ecrits)


def _prefix(q: str, ecrit: str) -> Terme:
    if len(fold(ecrit)) < MIN_PREFIX:
        raise BadFilter(Faute("q", q, _PREFIX))
    return _terme((ecrit,), debut=True)


# What it finds


class Word(NamedTuple):
    """A word of a comment: where it is, and as it is compared."""

    start: int
    end: int
    mot: str


def words(text: str) -> list[Word]:
    """The words of a comment, in order."""
    return [Word(*found.span(), fold(found[0])) for found in _WORD.finditer(text)]


# Okapi BM25 (Robertson & Zaragoza, 2009), with its usual constants: a second time counts for less
# than the first, and a word in a short comment for more. All have all the words, so that how rare
# each is changes little, and would take reading the whole index.
_SATURATION = 1.2
_LENGTH = 0.75


def scores(texts: Sequence[str], recherche: Recherche) -> list[float]:
    """How well each comment answers, beside the others."""
    mean = sum(map(len, texts)) / max(len(texts), 1) or 1
    patterns = [_pattern(terme) for terme in recherche.termes]
    return [_score(text, len(text) / mean, patterns) for text in texts]


def _pattern(terme: Terme) -> re.Pattern[str]:
    return re.compile("[\\W_]+".join(terme.mots) + ("" if terme.debut else "(?![^\\W_])"))


def _score(text: str, length: float, patterns: Sequence[re.Pattern[str]]) -> float:
    folded = fold(text)
    found = [_times(pattern, folded) for pattern in patterns]
    at_half = _SATURATION * (1 - _LENGTH + _LENGTH * length)
    return sum(n / (n + at_half) for n in found)


def _times(pattern: re.Pattern[str], folded: str) -> int:
    # What comes before is looked at here: a pattern that starts with letters is found ten times
    # faster.
    starts = (found.start() for found in pattern.finditer(folded))
    return sum(not folded[max(start - 1, 0) : start].isalnum() for start in starts)


# What is shown of it

Span = tuple[int, int]


def passage(text: str, recherche: Recherche, formes: Set[str] = frozenset()) -> str:
    """The part of a comment where most was found, on one line, with marks around it.

    `formes` are other words, folded, that an engine takes for one that was asked for.
    """
    text = text.replace(MARK_START, " ").replace(MARK_END, " ")
    found = words(text)
    hits = list(_hits(found, recherche.termes, formes))
    start, end = _window(text, found, hits)
    marked = _marked(text, start, end, hits)
    before, after = "…" if start > 0 else "", "…" if end < len(text) else ""
    return before + " ".join(marked.split()) + after


def marked(text: str, recherche: Recherche, formes: Set[str] = frozenset()) -> str:
    """The whole of a comment, as it is, with marks around what was found."""
    text = text.replace(MARK_START, " ").replace(MARK_END, " ")
    return _marked(text, 0, len(text), list(_hits(words(text), recherche.termes, formes)))


def parts_in(passage: str) -> list[tuple[str, bool]]:
    """The pieces of a passage, in order, each with whether it was looked for."""
    found = []
    for i, piece in enumerate(passage.split(MARK_START)):
        inside, _, after = piece.partition(MARK_END) if i else ("", "", piece)
        found += [(inside, True), (after, False)]
    return [(text, hit) for text, hit in found if text]


def _hits(found: Sequence[Word], termes: Sequence[Terme], formes: Set[str]) -> Iterator[Span]:
    """Where there is something to mark, in order, none over another."""
    done = 0
    for i, word in enumerate(found):
        length = max((_length(found, i, terme) for terme in termes), default=0)
        end = found[i + length - 1].end if length else word.end
        if (length or word.mot in formes) and end > done:
            yield max(word.start, done), end
            done = end


def _length(found: Sequence[Word], i: int, terme: Terme) -> int:
    """How many words from the i-th on are what is asked for: all of it, or none."""
    if terme.debut:
        return int(found[i].mot.startswith(terme.mots[0]))
    n = len(terme.mots)
    if found[i].mot != terme.mots[0]:
        return 0
    return n if tuple(word.mot for word in found[i : i + n]) == terme.mots else 0


def _window(text: str, found: Sequence[Word], hits: Sequence[Span]) -> Span:
    """From where to where a comment is shown: between words, where there are most hits."""
    if len(text) <= PASSAGE:
        return 0, len(text)
    starts = [start for start, _ in hits] or [0]
    reach = PASSAGE - BEFORE
    within = [bisect_left(starts, start + reach) - i for i, start in enumerate(starts)]
    best = starts[within.index(max(within))]
    start = max(0, min(best - BEFORE, len(text) - PASSAGE))
    if start > 0:
        start = next((word.start for word in found if word.start >= start), start)
    end = start + PASSAGE
    if end < len(text):
        end = max((word.end for word in found if best < word.end <= end), default=end)
    return start, min(end, len(text))


def _marked(text: str, start: int, end: int, hits: Sequence[Span]) -> str:
    parts = []
    for first, last in hits:
        if first >= end or last <= start:
            continue
        first, last = max(first, start), min(last, end)
        parts += [text[start:first], MARK_START, text[first:last], MARK_END]
        start = last
    return "".join((*parts, text[start:end]))
