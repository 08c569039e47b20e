"""Words to look for, as FTS5 wants them: every one in quotes, where nothing means anything else."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from collector.asked.recherche import Recherche, Terme

# Of more démarches than this, the condition on each row is enough.
NAMED = 100


def match(demarches: Sequence[int], recherche: Recherche) -> str:
    """What `recherche match` takes: the words in comments, and the démarches they are of."""
    wanted = f"verbatim : ({' AND '.join(map(_terme, recherche.termes))})"
    if not 0 < len(demarches) <= NAMED:
        return wanted
    named = " OR ".join(f'"{id}"' for id in demarches)
    return f"{wanted} AND demarche_id : ({named})"


def _terme(terme: Terme) -> str:
    """As it is folded, or as it was typed: FTS5 takes accents off the Latin alphabet alone, and a
    Greek or a Cyrillic word stands in the index with those that the comment has."""
    # Put together again: FTS5 keeps a letter and its mark as one sign, as the comment does (an
    # Arabic alef with its madda, a Korean syllable), and takes a mark alone for punctuation.
    folded = unicodedata.normalize("NFC", " ".join(terme.mots))
    typed = folded if folded.isascii() else " ".join(terme.ecrits) or folded
    ways = (f'"{mots}"{" *" if terme.debut else ""}' for mots in dict.fromkeys((folded, typed)))
    return f"({' OR '.join(ways)})"
