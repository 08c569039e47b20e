"""Comments: read, sorted, taken out and put back, by whoever may."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admin_ui.commentaires.comments import PER_PAGE
from collector.clock import instant
from collector.domain import PIEGE, Avis, new_cle
from collector.moderation import AT_ONCE, MASQUE
from collector.store.postgres import PostgresStore
from collector.store.sqlite import SqliteStore
from tests.admin.visit import Visit, a_visit, an_admin_world, run
from tests.store.engines import ENGINES, PostgresEngine
from tests.world import AILLEURS, FIN, NOON, World

LIST = "/demarches/carte-de-stationnement/commentaires"
LABELS = f"{LIST}/etiquettes"
SCRIPT = "<script>alert(1)</script>"
QUERIES = 5


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with an_admin_world(tmp_path) as made:
        yield made


@pytest.fixture
def porteur(world: World) -> Visit:
    return a_visit(world, "porteur")


def came(world: World, *texts: str | None, **changes: Any) -> list[Avis]:
    """An avis for each text, a second apart, the first of them now."""
    first = world.clock.ms
    world.clock.advance(seconds=len(texts))
    batch = [_avis(first + n * 1000, text)._replace(**changes) for n, text in enumerate(texts)]
    store = world.store
    run(world, lambda: store.record(batch))
    return batch


def _avis(ms: int, text: str | None) -> Avis:
    now = instant(ms)
    notes = {"satisfaction": 3}
    return Avis(1, new_cle(ms), FIN.code, "standard-1", 1, now.recu_le, now.jour_iso, notes, text)


def shown(page: str) -> list[str]:
    """The comments of a page, in order, marks taken out."""
    found = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL)
    return [html.unescape(re.sub("</?mark>", "", each)) for each in found]


def listed(visit: Visit, query: str = "") -> list[str]:
    answer = visit.get(f"{LIST}{query}")
    assert answer.status_code == 200
    return shown(answer.text)


def one(visit: Visit, avis: Avis, query: str = "") -> str:
    answer = visit.get(f"{LIST}/{avis.cle}{query}")
    assert answer.status_code == 200
    return answer.text


def do(visit: Visit, avis: Avis, geste: str, query: str = "", **more: str) -> str:
    """Do something with one comment; the page that follows, or the sentence that comes at once."""
    answer = visit.post(f"{LIST}/{avis.cle}{query}", {"geste": geste, **more})
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"].removeprefix("/admin")
    return visit.get(location).text


def bulk(visit: Visit, batch: list[Avis], geste: str, **more: str) -> tuple[int, str]:
    data = {"cle": [avis.cle for avis in batch], "geste": geste, **more}
    answer = visit.post(LIST, data)
    return answer.status_code, answer.headers.get("location", answer.text)


def noted(world: World) -> list[tuple[str, str]]:
    """The last lines of the journal, but for sessions."""
    sql = "select action, sur from journal where action not like 'connexion%' order by id"
    return [(action, sur) for action, sur in world.rows(sql)]


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="/admin([^"#]*)', page)
    return html.unescape(found[1]) if found else None


# Read


def test_comments_are_read_from_the_latest_back_page_by_page(world: World, porteur: Visit) -> None:
    texts = [f"Commentaire {n}" for n in range(PER_PAGE + 5)]
    came(world, *texts)
    came(world, None)
    first = porteur.get(LIST)
    assert shown(first.text) == texts[:4:-1]
    next_ = link(first.text, "next")
    assert next_ is not None
    last = porteur.get(next_)
    assert shown(last.text) == texts[4::-1]
    assert link(last.text, "next") is None


def test_the_whole_filter_is_in_the_address_and_stays_with_its_links(
    world: World, porteur: Visit
) -> None:
    bad = came(world, "Mauvais un", "Mauvais deux", notes={"satisfaction": 1})
    came(world, "Bon")
    query = "?note.satisfaction=1"
    assert listed(porteur, query) == ["Mauvais deux", "Mauvais un"]
    page = one(porteur, bad[1], query)
    assert link(page, "prev") is None
    assert link(page, "next") == f"{LIST}/{bad[0].cle}{query}"
    assert link(one(porteur, bad[0], query), "next") is None
    assert link(one(porteur, bad[0]), "prev") == f"{LIST}/{bad[1].cle}"
    colleague = a_visit(world, "porteur", structure_id=1, courriel="paul@exemple.fr")
    assert listed(colleague, query) == ["Mauvais deux", "Mauvais un"]


def test_what_is_looked_for_is_marked(world: World, porteur: Visit) -> None:
    [long, _] = came(world, "blabla " * 1_000 + "le paiement échoue", "autre chose")
    page = porteur.get(f"{LIST}?q=échoue").text
    assert "<mark>échoue</mark>" in page
    assert len(shown(page)) == 1
    alone = one(porteur, long, "?q=paiement")
    assert "<mark>paiement</mark>" in alone
    assert shown(alone)[0] == long.verbatim


def test_a_filter_that_cannot_be_read_is_said_and_shows_nothing(
    world: World, porteur: Visit
) -> None:
    came(world, "Un mot")
    answer = porteur.get(f"{LIST}?q=le&statut=tous")
    assert answer.status_code == 422
    assert "au moins un mot à chercher" in answer.text
    assert 'value="le"' in answer.text
    assert shown(answer.text) == []


def test_new_is_what_came_since_the_last_visit(world: World, porteur: Visit) -> None:
    came(world, "Ancien")
    assert listed(porteur, "?nouveaux=oui") == ["Ancien"]  # the first visit: all is new
    world.clock.advance(hours=5)
    porteur = a_visit(world, "porteur")
    came(world, "Nouveau un", "Nouveau deux")
    first = porteur.get(LIST).text
    assert first.count('class="etiquette nouveau"') == 0  # nobody looked at this one before
    world.clock.advance(hours=5)
    porteur = a_visit(world, "porteur")
    came(world, "Tout neuf")
    porteur.get(LIST)
    again = porteur.get(LIST).text  # what is new stays so during a visit
    assert again.count('class="etiquette nouveau"') == 1
    assert listed(porteur, "?nouveaux=oui") == ["Tout neuf"]
    other = a_visit(world, "operateur", courriel="autre@exemple.fr")
    assert len(listed(other, "?nouveaux=oui")) == 4


def test_who_may_read_and_not_moderate_reads(world: World) -> None:
    [taken, _] = came(world, "Un imbécile !", "Poli.")
    porteur, lecteur = a_visit(world, "porteur"), a_visit(world, "lecteur")
    analyste = a_visit(world, "analyste", verbatims=True)
    do(porteur, taken, "retirer-injure")
    assert listed(analyste) == ["Poli."]
    for page in (analyste.get(LIST).text, one(analyste, taken)):
        assert 'method="post" action="/admin/demarches' not in page
        assert "imbécile" not in page
    assert "imbécile" in one(porteur, taken)
    assert analyste.post(LIST, {"cle": taken.cle, "geste": "remettre"}).status_code == 403
    assert lecteur.get(LIST).status_code == 403


def test_a_comment_of_another_demarche_is_not_found(world: World, porteur: Visit) -> None:
    [elsewhere] = came(world, "Ailleurs", demarche_id=2, bouton=AILLEURS.code)
    assert porteur.get(f"{LIST}/{elsewhere.cle}").status_code == 404
    assert porteur.get(f"{LIST}/rien").status_code == 404
    answer = porteur.post(f"{LIST}/{elsewhere.cle}", {"geste": "retirer-injure"})
    assert answer.headers["location"].endswith("fait=deja_change")
    assert world.rows("select verbatim from avis") == [("Ailleurs",)]


# Sort


def test_a_comment_is_marked_and_the_next_one_comes(world: World, porteur: Visit) -> None:
    old, new = came(world, "Ancien", "Récent")
    assert "Lu, au suivant" in one(porteur, new)
    page = do(porteur, new, "marquer-lu", "?etat=a_lire", vu="a_lire", suivant=old.cle)
    assert shown(page) == ["Ancien"]
    assert listed(porteur, "?etat=a_lire") == ["Ancien"]
    assert listed(porteur, "?etat=lu") == ["Récent"]
    assert "Porteur, le 22" in one(porteur, new).replace("\u00a0", " ")
    [(action, sur)] = noted(world)
    assert (action, new.cle in sur, "Récent" in sur) == ("commentaire_marque", True, False)


def test_who_comes_second_sees_what_the_first_one_did(world: World, porteur: Visit) -> None:
    [avis] = came(world, "À deux")
    paul = a_visit(world, "porteur", courriel="paul@exemple.fr")
    do(porteur, avis, "marquer-a_traiter", vu="a_lire")
    page = do(paul, avis, "marquer-lu", vu="a_lire")
    assert "Quelqu’un a changé ce commentaire avant vous" in page
    assert listed(porteur, "?etat=a_traiter") == ["À deux"]
    do(porteur, avis, "retirer-injure")
    assert "Quelqu’un a changé" in do(paul, avis, "retirer-donnees_personnelles")
    do(porteur, avis, "spam")
    assert "Quelqu’un a changé" in do(paul, avis, "reintegrer", vu=PIEGE)  # it was another reason
    assert [action for action, _ in noted(world)] == [
        "commentaire_marque", "commentaire_retire", "avis_ecarte",
    ]  # fmt: skip


def test_labels_are_put_on_what_is_ticked_and_counted_by_month(
    world: World, porteur: Visit
) -> None:
    batch = came(world, "un", "deux", "trois")
    assert porteur.post(LABELS, {"nom": "Paiement"}).status_code == 303
    assert porteur.post(LABELS, {"nom": "Paiement"}).status_code == 422
    assert porteur.post(LABELS, {"nom": ""}).status_code == 422
    assert bulk(porteur, batch[:2], "etiqueter-1")[1].endswith("fait=commentaire_etiquete")
    assert bulk(porteur, batch[:2], "etiqueter-1")[1].endswith("fait=rien_a_changer")
    assert listed(porteur, "?etiquette=1") == ["deux", "un"]
    labels = porteur.get(LABELS).text
    assert "novembre 2026</th></tr>" in labels
    assert re.findall(r'<td class="chiffre">(\d+)</td>', labels) == ["0"] * 11 + ["2"]
    do(porteur, batch[0], "desetiqueter-1")
    assert listed(porteur, "?etiquette=1") == ["deux"]
    assert [action for action, _ in noted(world)] == [
        "etiquette_creee", "commentaire_etiquete", "commentaire_desetiquete",
    ]  # fmt: skip
    assert '"nombre": 2' in noted(world)[1][1]


def test_a_label_is_renamed_and_goes_once_that_is_confirmed(world: World, porteur: Visit) -> None:
    [avis] = came(world, "un")
    porteur.post(LABELS, {"nom": "Paiement"})
    porteur.post(LABELS, {"nom": "Autre"})
    do(porteur, avis, "etiqueter-1")
    renamed = {"etiquette": "1", "nouveau_nom": "Payer"}
    assert porteur.post(f"{LABELS}/nom", renamed).status_code == 303
    assert porteur.post(f"{LABELS}/nom", {**renamed, "nouveau_nom": "Autre"}).status_code == 422
    asked = porteur.post(f"{LABELS}/supprimer", {"etiquette": "1"})
    assert asked.status_code == 200
    assert "Supprimer l’étiquette «\u00a0Payer\u00a0»" in asked.text
    assert "Payer" in one(porteur, avis)
    porteur.post(f"{LABELS}/supprimer", {"etiquette": "1", "confirme": "oui"})
    assert "Payer" not in porteur.get(LABELS).text
    assert [action for action, _ in noted(world)][-2:] == [
        "etiquette_renommee", "etiquette_supprimee",
    ]  # fmt: skip


def test_who_moderates_one_demarche_does_not_rename_what_others_share(world: World) -> None:
    alone = a_visit(world, "porteur", demarche_id=1, courriel="seul@exemple.fr")
    assert alone.post(LABELS, {"nom": "Paiement"}).status_code == 303
    assert "il faut pouvoir les modérer toutes" in alone.get(LABELS).text
    assert alone.post(f"{LABELS}/nom", {"etiquette": "1", "nouveau_nom": "x"}).status_code == 403
    assert alone.post(f"{LABELS}/supprimer", {"etiquette": "1"}).status_code == 403


# Take out


def test_spam_leaves_the_figures_and_comes_back(world: World, porteur: Visit) -> None:
    batch = came(world, "Achetez !", "Merci.")
    page = do(porteur, batch[0], "spam")
    assert "écarté comme indésirable" in page
    assert world.histogram() == {3: 1}
    assert listed(porteur) == ["Merci."]
    assert listed(porteur, "?statut=ecarte") == ["Achetez !"]
    do(porteur, batch[0], "reintegrer", vu="spam")
    assert world.histogram() == {3: 2}
    assert '"motif": "spam"' in noted(world)[0][1]


def test_what_the_traps_caught_is_shown_with_its_reason_and_let_back_in(
    world: World, porteur: Visit
) -> None:
    [caught] = came(world, "Vraie personne", ecarte=PIEGE)
    assert listed(porteur) == []
    page = porteur.get(f"{LIST}?statut=ecarte").text
    assert "Écarté par le piège à robots" in page
    assert world.histogram() == {}
    do(porteur, caught, "reintegrer", vu=PIEGE)
    assert world.histogram() == {3: 1}
    assert listed(porteur) == ["Vraie personne"]


def test_a_comment_is_taken_out_and_put_back_and_its_marks_count(
    world: World, porteur: Visit
) -> None:
    [avis, _] = came(world, "Un imbécile !", "Poli.")
    page = do(porteur, avis, "retirer-injure")
    assert "retiré par Porteur" in page
    assert (listed(porteur), listed(porteur, "?q=imbécile")) == (["Poli."], [])
    assert world.rows(f"select verbatim from avis where cle = '{avis.cle}'") == [(None,)]
    assert world.histogram() == {3: 2}
    assert "Retiré\u00a0: insulte ou menace" in porteur.get(f"{LIST}?etat=retire").text
    do(porteur, avis, "remettre")
    assert listed(porteur, "?q=imbécile") == ["Un imbécile !"]
    assert "imbécile" not in repr(noted(world))
    assert '"motif": "injure"' in noted(world)[0][1]


def test_many_are_taken_out_once_that_is_confirmed(world: World, porteur: Visit) -> None:
    batch = came(world, *(f"n{i}" for i in range(4)))
    for geste, title in (("retirer-injure", "Retirer 3 commentaires"), ("spam", "Écarter 3 avis")):
        status, page = bulk(porteur, batch[:3], geste)
        assert (status, title in page) == (200, True)
        assert world.histogram() == {3: 4}
    assert len(listed(porteur)) == 4
    bulk(porteur, batch[:3], "retirer-injure", confirme="oui")
    assert listed(porteur) == ["n3"]
    bulk(porteur, batch, "spam", confirme="oui")
    assert world.histogram() == {}
    bulk(porteur, batch, "reintegrer")
    bulk(porteur, batch, "remettre")
    assert (world.histogram(), len(listed(porteur))) == ({3: 4}, 4)
    numbers = [re.findall(r'"nombre": (\d)', sur) for _, sur in noted(world)]
    assert numbers == [["3"], ["4"], ["4"], ["3"]]


def test_what_is_ticked_is_checked(world: World, porteur: Visit) -> None:
    [avis] = came(world, "un")
    assert bulk(porteur, [], "spam")[1].endswith("fait=rien_de_coche")
    assert bulk(porteur, [avis], "")[1].endswith("fait=geste_absent")
    assert bulk(porteur, [avis], "effacer")[1].endswith("fait=geste_absent")
    assert bulk(porteur, [avis._replace(cle="x' or 1")], "spam")[0] == 400
    many = [avis._replace(cle=new_cle(NOON, n)) for n in range(AT_ONCE + 1)]
    assert bulk(porteur, many, "marquer-lu")[0] == 400
    assert bulk(porteur, [*many[:-2], avis], "marquer-lu")[0] == 303
    assert listed(porteur, "?etat=lu") == ["un"]


def test_a_passage_is_masked_for_good_once_it_was_seen(world: World, porteur: Visit) -> None:
    [avis] = came(world, "Madame Durand, 3 rue des Lilas.\nMadame Durand !")
    typed = {"geste": "masquer", "passage": "Madame Durand", "motif": "donnees_personnelles"}
    wrong = porteur.post(f"{LIST}/{avis.cle}", {**typed, "passage": "Monsieur"})
    assert wrong.status_code == 422
    assert "Ce passage n’est pas dans le commentaire" in wrong.text
    assert "Monsieur</textarea>" in wrong.text
    assert porteur.post(f"{LIST}/{avis.cle}", {**typed, "motif": ""}).status_code == 422
    before = porteur.post(f"{LIST}/{avis.cle}", typed)
    assert shown(before.text) == [f"{MASQUE}, 3 rue des Lilas.\n{MASQUE} !"]
    assert listed(porteur) == [avis.verbatim]
    vu = re.findall(r'name="vu" value="(\w+)"', before.text)[0]
    # A comment that changed meanwhile is shown again.
    run(world, lambda: world.store.record([avis._replace(etape=2, verbatim="Madame Durand.")]))
    again = porteur.post(f"{LIST}/{avis.cle}", {**typed, "vu": vu})
    assert (again.status_code, shown(again.text)) == (200, [f"{MASQUE}."])
    vu = re.findall(r'name="vu" value="(\w+)"', again.text)[0]
    page = do(porteur, avis, **{**typed, "vu": vu})
    assert shown(page) == [f"{MASQUE}."]
    assert "Un passage a été masqué par Porteur" in page
    for table in ("avis", "retrait", "journal"):
        assert "Durand" not in repr(world.rows(f"select * from {table}"))


# What strangers write


def test_nothing_that_was_written_becomes_a_part_of_the_page(world: World, porteur: Visit) -> None:
    nasty = f'{SCRIPT}"><img src=x onerror=alert(2)> {{{{ 7 * 7777 }}}}'
    batch = came(world, nasty, nasty)
    porteur.post(LABELS, {"nom": SCRIPT})
    do(porteur, batch[0], "etiqueter-1")
    mask = {"geste": "masquer", "motif": "injure"}
    pages = [
        porteur.get(LIST), porteur.get(LABELS), porteur.get(f"{LIST}?q=script"),
        porteur.get(f"{LIST}?q={SCRIPT}&etiquette=1"), porteur.get(f"{LIST}/{batch[0].cle}"),
        porteur.get(f"{LIST}/{batch[0].cle}?q=alert"),
        porteur.post(f"{LIST}/{batch[0].cle}", {**mask, "passage": SCRIPT[:9]}),
        porteur.post(f"{LIST}/{batch[0].cle}", {**mask, "passage": f"x{SCRIPT}"}),
        porteur.post(f"{LABELS}/supprimer", {"etiquette": "1"}),
    ]  # fmt: skip
    do(porteur, batch[1], "retirer-injure")
    pages.append(porteur.get(f"{LIST}/{batch[1].cle}"))
    for page in pages:
        assert page.status_code in (200, 422)
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "54439" not in page.text
        assert "&lt;" in page.text  # what was written is there, as text


def test_long_and_foreign_comments_keep_pages_light(world: World, porteur: Visit) -> None:
    family = "👨‍👩‍👧‍👦" * 900
    arabic = "كانت الإجراءات سهلة " * 480
    came(world, *([family, arabic, "&" * 9_999] * (PER_PAGE // 3)), langue="ar")
    answer = porteur.get(LIST)
    assert len(answer.content) <= 60_000
    assert answer.text.count('dir="auto" lang="ar"') == PER_PAGE
    [avis] = came(world, "a\n\nb\n" + "x" * 9_000)
    assert shown(one(porteur, avis))[0] == avis.verbatim


# How much is asked of the database


@contextlib.contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """Every statement the store is given meanwhile, sessions and catalogue included."""
    store = world.store
    assert isinstance(store, SqliteStore | PostgresStore)
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_read", "_read_at_length"):
            patch.setattr(store, name, _counting(getattr(store, name), asked))
        for name in ("_commit", "_change"):
            patch.setattr(store, name, _counting_one(getattr(store, name), asked))
        yield asked


def _counting(run_them: Any, asked: list[str]) -> Any:
    async def count(*queries: Any) -> Any:
        before = len(asked)
        found = await run_them(*queries)
        if len(asked) == before:  # one calls the other on SQLite
            asked.extend(sql.split("*/")[0] for sql, _ in queries)
        return found

    return count


def _counting_one(run_it: Any, asked: list[str]) -> Any:
    async def count(sql: str, *values: object) -> Any:
        asked.append(sql.split("*/")[0])
        return await run_it(sql, *values)

    return count


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_page_takes_five_queries_at_most(tmp_path: Path, kind: str) -> None:
    engine = ENGINES[kind](tmp_path)
    where = engine.address if isinstance(engine, PostgresEngine) else None
    with an_admin_world(tmp_path, where) as world:
        porteur = a_visit(world, "porteur")
        batch = came(world, *(f"Un mot {n}" for n in range(40)))
        porteur.post(LABELS, {"nom": "Paiement"})
        here = f"{LIST}/{batch[5].cle}"
        for path in (
            LIST, f"{LIST}?q=mot", f"{LIST}?etiquette=1&note.satisfaction=3", f"{LIST}?etat=lu",
            f"{LIST}?nouveaux=oui", f"{LIST}?statut=ecarte", f"{LIST}?etat=retire", here,
            f"{here}?q=mot", f"{here}?etat=a_lire", LABELS,
        ):  # fmt: skip
            with counted(world) as asked:
                assert porteur.get(path).status_code == 200
            assert 3 <= len(asked) <= QUERIES, (path, asked)
