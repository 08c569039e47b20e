"""Passwords: Argon2id, long rather than odd. What is refused, and why.

OWASP's first choice of parameters (19 MiB, 2 passes, 1 lane), and NIST SP 800-63B: length, a list
of common ones, no rule about which characters.
"""

from __future__ import annotations

import asyncio
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from collector.comptes import Compte

SHORTEST, LONGEST = 15, 1_000
_FEWEST = 6  # different characters
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Of a password nobody knows: who has no account waits as long as who mistyped.
_NOBODY = _HASHER.hash("c’est le mot de passe de personne")

# Roots of common long passwords, as they are typed without spaces, digits and signs.
_COMMON = frozenset(
    (
        "motdepasse", "password", "administrateur", "administration", "administrator",
        "azertyuiop", "qwertyuiop", "qsdfghjklm", "wxcvbn", "abcdefghijklm", "bonjour",
        "iloveyou", "jetaime", "soleil", "doudou", "chocolat", "jedonnemonavis", "monavis",
        "avis", "demarche", "demarches", "servicepublic", "servicespublics", "mairie",
        "prefecture", "france", "republique", "welcome", "bienvenue", "changeme", "changezmoi",
        "letmein", "secret", "marseille", "toulouse", "football",
    )
)  # fmt: skip


def wrong_with(password: str, courriel: str = "", nom: str = "") -> str | None:
    """Why a password is refused, as a sentence; None when it is good."""
    if len(password) < SHORTEST:
        return (
            f"{len(password)} caractère{'s' if len(password) > 1 else ''} : il en faut "
            f"{SHORTEST} au moins. Quelques mots mis bout à bout font un bon mot de passe."
        )
    if len(password) > LONGEST:
        return f"{len(password)} caractères : il en faut {LONGEST} au plus."
    if _is_common(password, courriel, nom):
        return (
            "Ce mot de passe se devine : il répète les mêmes signes, ou n’est fait que de mots "
            "que tout le monde essaie. Choisissez-en un autre."
        )
    return None


def hash_now(password: str) -> str:
    """The hash, while nobody else waits."""
    return _HASHER.hash(password)


async def hashed(password: str, hashing: asyncio.Semaphore) -> str:
    async with hashing:
        return await asyncio.to_thread(_HASHER.hash, password)


async def is_right(compte: Compte | None, password: str, hashing: asyncio.Semaphore) -> bool:
    """Whether it is the password of this account; takes as long where there is none."""
    known = compte.mot_de_passe if compte is not None else None
    async with hashing:
        right = await asyncio.to_thread(_verify, known or _NOBODY, password[:LONGEST])
    return right and known is not None


def _verify(known: str, password: str) -> bool:
    try:
        return _HASHER.verify(known, password)
    except (Argon2Error, InvalidHashError):
        return False


def _is_common(password: str, courriel: str, nom: str) -> bool:
    typed = password.casefold()
    if len(set(typed)) < _FEWEST or _runs(typed) > len(typed) // 2:
        return True
    left = "".join(c for c in typed if c.isalpha())
    own = {part for part in (courriel.partition("@")[0], *nom.split()) if len(part) > 2}
    for word in sorted(_COMMON | {each.casefold() for each in own}, key=len, reverse=True):
        left = left.replace(word, "")
    # What is left once everything known is taken away is what there is to guess.
    return len(set(left)) + len({c for c in typed if not c.isalnum()}) < _FEWEST - 2


def _runs(text: str) -> int:
    """How many characters follow the one before in the alphabet, or are the same."""
    return sum(ord(b) - ord(a) in (-1, 0, 1) for a, b in pairwise(text))
