"""Words to look for, as FTS5 wants them: every one in quotes, where nothing means anything else."""

from __future__ import annotations

from collections.abc import Sequence

from collector.recherche import Recherche, Terme

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
    return f'"{" ".join(terme.mots)}"{" *" if terme.debut else ""}'
