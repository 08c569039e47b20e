"""Words to look for, as PostgreSQL wants them: see the column `recherche` in the migrations."""

from __future__ import annotations

from collector.asked.recherche import Recherche, Terme
from collector.store.selecting import Values

# Which of these words have the French stem of one that is looked for.
FORMES = """/* Store.search */
select mot
from unnest(cast($1 as text[])) as mot
where ts_lexize('pg_catalog.french_stem', mot) && array(
    select unnest(ts_lexize('pg_catalog.french_stem', cherche))
    from unnest(cast($2 as text[])) as cherche
)
"""


def query(values: Values, recherche: Recherche) -> str:
    """What a comment is compared to. No text makes it fail: none is read as an operator."""
    return f"({' && '.join(_terme(values, terme) for terme in recherche.termes)})"


def _terme(values: Values, terme: Terme) -> str:
    said = f"cast({values.name(' '.join(terme.mots))} as text)"
    exact = f"phraseto_tsquery('pg_catalog.simple', {said})"
    if terme.debut:
        # Nothing may be left of it, where PostgreSQL knows no such letter: nothing is found then.
        return f"cast(nullif(cast({exact} as text), '') || ':*' as tsquery)"
    if len(terme.mots) > 1:
        return exact
    return f"({exact} || plainto_tsquery('pg_catalog.french', {said}))"
