"""Fields that configure something: read as `collector.saisie` reads them, refused in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from admin_ui.formulaire import Formulaire
from collector.saisie import LONGEST_URL

T = TypeVar("T")
U = TypeVar("U")


def read(
    form: Formulaire,
    name: str,
    reader: Callable[[str], str],
    obligatoire: str = "",
    longest: int = LONGEST_URL,
) -> str:
    """A field as it is kept; empty when it is, or when it was refused."""
    text = form.texte(name, longest, obligatoire)
    return _read(form, name, reader, text) or "" if text else ""


def read_lines(
    form: Formulaire, name: str, reader: Callable[[Sequence[str]], tuple[str, ...]]
) -> tuple[str, ...]:
    """A field of one value a line."""
    lines = form.paragraphe(name, 100 * LONGEST_URL).split("\n")
    return _read(form, name, reader, lines) or ()


def read_one_of(form: Formulaire, name: str, known: Mapping[str, T], refusal: str) -> T | None:
    """What one of the choices stands for; None when it was refused."""
    found = known.get(form.get(name, ""))
    if found is None:
        form.refuse(name, refusal)
    return found


def _read(form: Formulaire, name: str, reader: Callable[[T], U], given: T) -> U | None:
    if name in form.erreurs:
        return None
    try:
        return reader(given)
    except ValueError as error:
        sentence = str(error)
        form.refuse(name, sentence[0].upper() + sentence[1:])
        return None
