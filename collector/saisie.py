"""What a person types to configure something, checked and as it is kept. Pure.

One check for the command line and for pages. Each raises ValueError with a sentence for whoever
typed it: what is wanted, never only that it is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fr import siret as stdnum_siret

from collector.asked.choix import fold
from collector.config import origin_of
from collector.domain import LANGUES
from collector.insee import is_code

LONGEST = 200  # characters of a title, a name, a slug
LONGEST_URL = 2_000
MOST_ORIGINES = 50
SLUG_LENGTH = 60  # of one that is proposed
AFFICHAGES = ("dialogue", "integre", "flottant", "lien")

# /resultats/methode, /admin/demarches/nouvelle
RESERVED = {"methode", "nouvelle"}

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EXTERNE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def read_texte(text: str, longest: int = LONGEST) -> str:
    """A line of text: spaces that follow each other are one."""
    seen = "".join(each for each in " ".join(text.split()) if each.isprintable())
    text = unicodedata.normalize("NFC", seen).strip()
    if not text or len(text) > longest:
        raise ValueError(f"il faut de 1 à {longest} caractères.")
    return text


def read_slug(text: str) -> str:
    if not _SLUG.fullmatch(text) or len(text) > LONGEST:
        raise ValueError("il faut des minuscules, des chiffres et des tirets.")
    if text in RESERVED:
        raise ValueError("c’est l’adresse d’une autre page.")
    return text


def propose_slug(titre: str, taken: Collection[str]) -> str:
    """A slug made of the words of a title, that nothing else has."""
    words = re.findall(r"[a-z0-9]+", fold(titre))
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:SLUG_LENGTH]
        if len(longer) > SLUG_LENGTH:
            break
        slug = longer
    slug = slug or "demarche"
    others = (f"{slug}-{n}" for n in range(2, len(taken) + 4))
    return next(each for each in (slug, *others) if each not in taken and each not in RESERVED)


def read_langue(text: str) -> str:
    if text not in LANGUES:
        raise ValueError(f"il faut {' ou '.join(LANGUES)}.")
    return text


def read_siret(text: str) -> str:
    """The 14 digits; spaces may stand between them. Those of La Poste, whose offices have a sum of
    their own, are known."""
    digits = re.sub(r"[\s.\u202f]", "", text)
    if not re.fullmatch(r"[0-9]{14}", digits):
        raise ValueError("il faut les 14 chiffres d’un SIRET.")
    try:
        return str(stdnum_siret.validate(digits))
    except InvalidChecksum:
        raise ValueError("un des chiffres est faux : leur somme ne tombe pas juste.") from None
    except ValidationError:
        raise ValueError("il faut les 14 chiffres d’un SIRET.") from None


def read_territoire(text: str) -> str:
    """The INSEE code of a commune or a département."""
    code = text.strip().upper()
    if not is_code(code):
        raise ValueError(
            "il faut le code INSEE d’une commune ou d’un département, comme 01053, 2A004, 97411, "
            "01 ou 974 ; ce n’est pas le code postal."
        )
    return code


def read_affichage(text: str) -> str:
    if text not in AFFICHAGES:
        raise ValueError(f"il faut {', '.join(AFFICHAGES[:-1])} ou {AFFICHAGES[-1]}.")
    return text


def read_origine(text: str) -> str:
    """An origin as browsers send it. A path or a slash at the end would never match."""
    try:
        parts = urlsplit(text)
        origin = origin_of(text)
    except ValueError:
        origin = ""
    if not origin or parts.path or parts.query or parts.fragment or len(origin) > LONGEST_URL:
        raise ValueError("il faut https://nom-du-site, sans rien après.")
    return origin


def read_origines(lines: Iterable[str]) -> tuple[str, ...]:
    """Origins, one a line, each once; what is wrong is named."""
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, lines)):
        try:
            found[read_origine(line)] = None
        except ValueError as error:
            raise ValueError(f"« {line[:LONGEST]} » : {error}") from None
    if len(found) > MOST_ORIGINES:
        raise ValueError(f"il faut au plus {MOST_ORIGINES} sites.")
    return tuple(found)


def read_url(text: str) -> str:
    """The address of a page for people."""
    try:
        origin_of(text)
    except ValueError:
        text = ""
    if not text or len(text) > LONGEST_URL or not text.isprintable() or " " in text:
        raise ValueError("il faut une adresse qui commence par https:// ou http://.")
    return text


def read_externe(text: str) -> str:
    """The id of something elsewhere, such as the national button's."""
    if not _EXTERNE.fullmatch(text):
        shown = text[:LONGEST]
        raise ValueError(f"« {shown} » : il faut des lettres, des chiffres, - ou _, 64 au plus.")
    return text


def read_externes(lines: Iterable[str]) -> tuple[str, ...]:
    """Ids of a démarche elsewhere, one a line, each once."""
    found = dict.fromkeys(filter(None, map(str.strip, lines)))
    for each in found:
        read_externe(each)
    if len(found) > MOST_ORIGINES:
        raise ValueError(f"il faut au plus {MOST_ORIGINES} numéros.")
    return tuple(found)
