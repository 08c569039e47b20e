"""What a store says when it fails is logged: it never quotes what was written."""

from __future__ import annotations

import contextlib
import io
import logging
import traceback
from collections.abc import Iterator

import pytest

from collector.clock import instant
from collector.domain import Avis, new_cle
from collector.store.contract import BatchError, Store, StoreError
from collector.watch.log import Json, Words
from tests.store.engines import Engine, SqliteEngine
from tests.world import FIN, NOON

pytestmark = pytest.mark.anyio

PLANTED = "Je suis Camille Dupont, camille@exemple.fr"


def an_avis(bouton: str) -> Avis:
    at = instant(NOON)
    return Avis(
        demarche_id=FIN.demarche_id,
        cle=new_cle(NOON, 1),
        bouton=bouton,
        questionnaire="standard-1",
        etape=1,
        recu_le=at.recu_le,
        jour=at.jour_iso,
        notes={"satisfaction": 3},
        verbatim=PLANTED,
    )


@contextlib.contextmanager
def logged() -> Iterator[io.StringIO]:
    """What a server would say meanwhile, in both of its forms."""
    lines = io.StringIO()
    handlers = [logging.StreamHandler(lines) for _ in range(2)]
    handlers[0].setFormatter(Json())
    handlers[1].setFormatter(Words())
    logger = logging.getLogger("collector")
    for each in handlers:
        logger.addHandler(each)
    try:
        yield lines
    finally:
        for each in handlers:
            logger.removeHandler(each)


async def test_an_avis_that_breaks_a_constraint_is_not_quoted(store: Store) -> None:
    with logged() as lines:
        with pytest.raises(BatchError) as failed:
            await store.record([an_avis(FIN.code)._replace(demarche_id=404)], {})
        logging.getLogger("collector").error("%s", failed.value, exc_info=failed.value)
    assert lines.getvalue().count("BatchError") == 2
    assert PLANTED not in lines.getvalue()


async def provoke(store: Store, engine: Engine) -> None:
    """Have an engine fail on a comment, in the way in which it quotes it."""
    await store.record([an_avis(FIN.code)], {})
    if isinstance(engine, SqliteEngine):
        unreadable = f"{PLANTED.encode().hex()}ff"
        engine.execute(f"update avis set verbatim = cast(x'{unreadable}' as text)")
        await store.avis_page(FIN.demarche_id, "", 10)
    else:
        engine.execute("alter table avis add constraint court check (length(verbatim) < 60)")
        longer = an_avis(FIN.code)._replace(etape=2, verbatim=PLANTED * 2)
        await store.record([longer], {})


async def test_a_comment_that_an_engine_quotes_is_not_quoted_by_us(
    store: Store, engine: Engine
) -> None:
    with logged() as lines:
        with pytest.raises(StoreError) as failed:
            await provoke(store, engine)
        logging.getLogger("collector").error("%s", failed.value, exc_info=failed.value)
    # What Python would print of it does hold the comment.
    assert PLANTED in "".join(traceback.format_exception(failed.value))
    assert lines.getvalue().count(type(failed.value).__name__) == 2
    assert PLANTED not in lines.getvalue()
