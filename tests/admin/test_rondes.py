"""Rounds: what is due is told, by a real mail server and a real webhook, and marked once taken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import trustme

from admin_ui.alertes import veille as rules
from admin_ui.alertes.crochet import secret_of, signature
from admin_ui.alertes.desabonnement import Arret, read
from admin_ui.alertes.lettres import lettre
from admin_ui.alertes.remise import AGAIN
from admin_ui.alertes.rondes import LEASE, LeaseLost, Rondes
from admin_ui.pieces import Pieces
from collector.alertes import ESSAI, Crochet, Evenement
from collector.clock import Instant, instant
from collector.comptes import Compte
from collector.config import resource
from collector.domain import Avis, new_cle
from collector.parts import Parts
from collector.store.admin import AdminStore
from collector.store.contract import Store
from tests import postgres
from tests.admin.poste import Poste, a_poste
from tests.admin.recepteur import Recepteur, a_recepteur
from tests.admin.visit import a_compte, an_admin_world, run
from tests.http.depot import said
from tests.world import CARTE, FIN, SECRET, World, an_avis, execute

FROM = "Je donne mon avis <avis@exemple.fr>"
VALIDATOR = jsonschema_rs.validator_for(
    orjson.loads(resource("schemas", "evenement.v1.json").read_bytes())
)
FAILS = said(500)
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass
class Guet:
    """A collector whose rounds a test makes, and whose clock it moves."""

    world: World
    rondes: Rondes

    @property
    def store(self) -> AdminStore:
        assert isinstance(self.world.store, AdminStore)
        return self.world.store

    @property
    def parts(self) -> Parts:
        found = self.world.client.app_state["parts"]
        assert isinstance(found, Parts)
        return found

    @property
    def now(self) -> Instant:
        return instant(self.world.clock.ms)

    def ronde(self, *, seconds: float = 0) -> bool:
        """Let time pass, and make a round."""
        self.world.clock.advance(seconds=seconds)
        made: bool = run(self.world, self.rondes.ronde)
        return made

    def do(self, work: Any) -> Any:
        """Await something in the loop of the collector."""

        async def awaited() -> Any:
            return await work

        return run(self.world, awaited)

    def camille(self, *genres: str) -> Compte:
        """Somebody who may see CARTE, and is to be told of these."""
        compte = a_compte(self.world, "lecteur", demarche_id=CARTE.id, courriel="camille@a.fr")
        self.subscribe(compte.id, 0, *genres)
        return compte

    def subscribe(self, compte_id: int, crochet_id: int, *genres: str) -> None:
        veilles = [rules.first(CARTE.id, genre, self.now) for genre in genres]
        who = (CARTE.id, compte_id, crochet_id)
        self.do(self.store.subscribe(*who, veilles, self.now.recu_le))

    def crochet(self, recepteur: Recepteur, *genres: str) -> Crochet:
        self.rondes.remise.livreur = recepteur.livreur(seconds=2)
        made = Crochet(0, CARTE.id, recepteur.url, "graine", self.now.recu_le, "compte 1")
        id: int = self.do(self.store.add_crochet(made))
        self.subscribe(0, id, *genres)
        found: Crochet = self.do(self.store.crochet(id))
        return found

    def avis(self, n: int = 1, satisfaction: int = 3, verbatim: str | None = None) -> None:
        """That many are received now."""
        found = [
            Avis(
                CARTE.id, new_cle(self.now.ms), FIN.code, "standard-1", 1, self.now.recu_le,
                self.now.jour_iso, {"satisfaction": satisfaction}, verbatim,
            )
            for _ in range(n)
        ]  # fmt: skip
        store: Store = self.world.store
        self.do(store.record(found))

    def envois(self) -> list[tuple[str, int, str]]:
        """What became of everything that was to be told: statut, essais, raison."""
        sql = "select statut, essais, raison from envoi order by id"
        return [(str(a), int(b), str(c)) for a, b, c in self.world.rows(sql)]


@contextmanager
def a_guet(folder: Path, poste: Poste | None = None, where: str | None = None) -> Iterator[Guet]:
    given = {"smtp_url": poste.url, "smtp_from": FROM} if poste else {}
    with an_admin_world(folder, where, **given) as world:
        pieces = world.client.app_state["admin"]
        assert isinstance(pieces, Pieces)
        yield Guet(world, pieces.rondes)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def poste() -> Iterator[Poste]:
    with a_poste() as poste:
        yield poste


@pytest.fixture
def guet(tmp_path: Path, poste: Poste) -> Iterator[Guet]:
    with a_guet(tmp_path, poste) as guet:
        yield guet


# People


def test_a_digest_comes_in_the_morning_once(guet: Guet, poste: Poste) -> None:
    camille = guet.camille("resume_jour", "resume_semaine")
    guet.avis(3, verbatim="un mot que nul courriel ne dit")
    assert not guet.ronde(seconds=19.9 * HOUR)
    assert poste.received == []
    assert guet.ronde(seconds=0.2 * HOUR)
    by_day, by_week = sorted(poste.received, key=lambda each: "16" in each.email["subject"])
    assert by_day.pour == [camille.courriel]
    assert by_day.email["subject"] == "Demander une carte : 3 avis le 22 novembre 2026"
    assert "du 16 novembre 2026 au 22 novembre 2026" in by_week.email["subject"]
    assert "- commentaires : 3" in by_day.texte
    assert "10,0 sur 10, pour 3 réponses" in by_day.texte
    assert "/admin/demarches/carte-de-stationnement?du=2026-11-22&au=2026-11-22" in by_day.texte
    assert "un mot" not in by_day.texte + by_week.texte
    assert not guet.ronde(seconds=HOUR)
    assert guet.ronde(seconds=DAY)  # nothing came that day: looked at, and not told
    assert len(poste.received) == 2


def test_a_message_says_how_to_stop_it_and_the_address_is_signed(guet: Guet, poste: Poste) -> None:
    camille = guet.camille("resume_jour")
    guet.avis()
    guet.ronde(seconds=DAY)
    [courriel] = poste.received
    stop = str(courriel.email["list-unsubscribe"]).strip("<>")
    assert stop in courriel.texte
    signed = stop.partition("?a=")[2]
    assert read([SECRET], signed) == Arret(CARTE.id, "resume_jour", camille.id)
    others = [
        signed.replace("resume_jour", "silence"),
        f"2{signed[1:]}",
        signed[:-1],
        "é",
        "..",
        "",
    ]
    assert [read([SECRET], each) for each in others] == [None] * len(others)
    assert read([SECRET + "x"], signed) is None


def test_comments_are_told_together_and_once(guet: Guet, poste: Poste) -> None:
    guet.camille("commentaires")
    guet.avis(verbatim="un")
    assert guet.ronde(seconds=10 * MINUTE)
    guet.avis(verbatim="deux")
    guet.avis(verbatim="trois")
    for _ in range(5):
        guet.ronde(seconds=10 * MINUTE)
    assert len(poste.received) == 1
    guet.ronde(seconds=11 * MINUTE)
    assert [each.email["subject"] for each in poste.received] == [
        "Demander une carte : 1 nouveau commentaire",
        "Demander une carte : 2 nouveaux commentaires",
    ]
    for _ in range(12):
        guet.ronde(seconds=10 * MINUTE)
    assert len(poste.received) == 2


def test_a_drop_is_told(guet: Guet, poste: Poste) -> None:
    guet.camille("baisse")
    guet.avis(99, satisfaction=3)
    guet.avis(1, satisfaction=2)
    guet.ronde(seconds=31 * DAY)
    assert poste.received == []
    guet.avis(100, satisfaction=1)
    guet.ronde(seconds=DAY)
    assert "la note a baissé, de 10,0 à 0,0" in poste.received[0].email["subject"]
    guet.ronde(seconds=DAY)
    assert len(poste.received) == 1


def test_silence_is_told(guet: Guet, poste: Poste) -> None:
    guet.camille("silence")
    for _ in range(10):
        guet.avis(2)
        guet.ronde(seconds=DAY)
    assert poste.received == []
    for _ in range(5):
        guet.ronde(seconds=DAY)
    [courriel] = poste.received
    assert "plus aucun avis depuis le 1er décembre 2026" in courriel.email["subject"]
    assert "aucun avis depuis 3 jours entiers" in courriel.texte


def test_a_bouton_that_sends_people_away_is_told(guet: Guet, poste: Poste) -> None:
    guet.camille("integration")
    for n in range(rules.REFUSED_LEAST):
        guet.ronde(seconds=HOUR)
        assert poste.received == []
        answer = guet.world.post(an_avis(clock_ms=guet.now.ms), origin=f"https://a{n}.exemple.fr")
        assert answer.status_code == 403
    guet.do(guet.parts.presence.write())
    guet.ronde(seconds=HOUR)
    [courriel] = poste.received
    assert courriel.email["subject"] == "Demander une carte : des avis sont refusés"
    assert "Fin de démarche (k7f3q2) : 5 avis refusés" in courriel.texte
    assert "a0.exemple.fr" not in courriel.texte  # anybody may claim to be a site
    for _ in range(5):
        guet.ronde(seconds=HOUR)
    assert len(poste.received) == 1


def test_who_lost_the_right_left_or_stopped_is_told_nothing(guet: Guet, poste: Poste) -> None:
    def lose(compte: Compte) -> None:
        [right] = guet.do(guet.store.droits(compte.id))
        guet.do(guet.store.drop_droit(compte.id, right.id))

    def leave(compte: Compte) -> None:
        guet.do(guet.store.close_compte(compte.id, guet.now.recu_le))

    ends = [lose, leave, None]
    for n, end in enumerate(ends):
        compte = a_compte(guet.world, "lecteur", demarche_id=CARTE.id, courriel=f"q{n}@exemple.fr")
        guet.subscribe(compte.id, 0, "resume_jour")
        if end:
            end(compte)
    guet.avis()
    guet.ronde(seconds=DAY)
    assert [each.pour for each in poste.received] == [["q2@exemple.fr"]]
    assert [statut for statut, *_ in guet.envois()] == ["annule", "annule", "pris"]


def test_who_stops_while_a_message_waits_does_not_get_it(guet: Guet, poste: Poste) -> None:
    camille = guet.camille("resume_jour")
    guet.avis()
    poste.replies = {"RCPT": "451 plus tard"}
    guet.ronde(seconds=DAY)
    poste.replies = {}
    guet.do(guet.store.unsubscribe(CARTE.id, "resume_jour", camille.id))
    guet.ronde(seconds=2 * MINUTE)
    assert poste.received == []
    assert guet.envois() == [("annule", 1, "l’alerte n’est plus demandée")]


def test_of_what_nobody_asks_for_any_more_nothing_is_watched(guet: Guet) -> None:
    camille = guet.camille("resume_jour")
    guet.do(guet.store.unsubscribe(CARTE.id, "resume_jour", camille.id))
    guet.ronde(seconds=DAY)
    assert guet.world.rows("select * from veille") == []
    assert not guet.ronde(seconds=30 * DAY)


def test_an_archived_demarche_is_silent(guet: Guet, poste: Poste) -> None:
    guet.camille("resume_jour", "silence", "commentaires")
    guet.avis(verbatim="un")
    execute(guet.world.path, "update demarche set archivee = 1")
    execute(guet.world.path, "update catalogue set version = version + 1")
    guet.parts.catalogue.look_again()
    guet.ronde(seconds=DAY)
    assert poste.received == []
    assert len(guet.world.rows("select * from veille")) == 3


# What fails is tried again


def test_a_message_is_marked_when_the_server_took_it_and_not_before(
    guet: Guet, poste: Poste
) -> None:
    guet.camille("resume_jour")
    guet.avis()
    poste.replies = {".": "451 plus tard"}
    guet.ronde(seconds=DAY)
    assert guet.envois() == [("attente", 1, "le serveur de courriel a répondu 451")]
    assert not guet.ronde(seconds=59)
    poste.replies = {}
    assert guet.ronde(seconds=2)
    assert (guet.envois(), len(poste.received)) == ([("pris", 2, "")], 1)
    assert not guet.ronde(seconds=DAY / 2)


def test_an_address_that_is_refused_for_good_is_not_tried_again(guet: Guet, poste: Poste) -> None:
    guet.camille("resume_jour")
    guet.avis()
    poste.replies = {"RCPT": "550 inconnu"}
    guet.ronde(seconds=DAY)
    assert guet.envois() == [("abandonne", 1, "le serveur de courriel refuse l’adresse (550)")]


def test_without_a_mail_server_it_is_said_and_tried_again(tmp_path: Path) -> None:
    with a_guet(tmp_path) as guet:
        guet.camille("resume_jour")
        guet.avis()
        guet.ronde(seconds=DAY)
        assert guet.envois()[0][:2] == ("attente", 1)
        assert "JDMA_SMTP_URL" in guet.envois()[0][2]


def test_one_thing_that_cannot_be_told_holds_nothing_else_back(
    guet: Guet, poste: Poste, caplog: pytest.LogCaptureFixture
) -> None:
    guet.camille("silence", "resume_jour")
    veille = rules.first(CARTE.id, "silence", guet.now)
    event = Evenement("0" * 24, "silence", CARTE.id, guet.now.recu_le, {"of": "another release"})
    guet.do(guet.store.advance(veille, veille, event))
    guet.subscribe(2, 0, "commentaires")
    execute(guet.world.path, "update veille set etat = '{}' where genre = 'commentaires'")
    guet.avis()
    guet.ronde(seconds=DAY)
    assert [each.email["subject"][:24] for each in poste.received] == ["Demander une carte : 1 a"]
    assert ("attente", 1, "une erreur de notre côté") in guet.envois()
    said = [record.message for record in caplog.records]
    assert said == [
        "no decision on commentaires of démarche 1",
        "what is to be told cannot be: envoi 1",
    ]
    assert not guet.ronde(seconds=30)


def test_a_webhook_is_tried_seven_times_with_longer_and_longer_pauses(
    guet: Guet, authority: trustme.CA
) -> None:
    with a_recepteur(authority, FAILS) as recepteur:
        crochet = guet.crochet(recepteur)
        event = Evenement("0" * 24, ESSAI, CARTE.id, guet.now.recu_le, {})
        guet.do(guet.store.send_to_crochet(event, crochet.id))
        guet.ronde()
        for n, pause in enumerate(AGAIN, start=1):
            assert guet.envois() == [("attente", n, "la réponse est 500")]
            assert not guet.ronde(seconds=pause.total_seconds() - 1)
            assert guet.ronde(seconds=2)
        assert guet.envois()[0] == ("abandonne", 7, "la réponse est 500")
        assert len(recepteur.received) == 7
        assert len({each.entetes["jdma-evenement"] for each in recepteur.received}) == 1


# Programs


def test_a_webhook_is_told_in_json_signed_with_its_secret(
    guet: Guet, authority: trustme.CA
) -> None:
    with a_recepteur(authority) as recepteur:
        crochet = guet.crochet(recepteur, "resume_jour")
        guet.avis(2, verbatim="un mot")
        guet.ronde(seconds=DAY)
        [recu] = recepteur.received
    event = orjson.loads(recu.corps)
    VALIDATOR.validate(event)
    assert (event["genre"], event["donnees"]["avis"]) == ("resume_jour", 2)
    assert event["demarche"]["slug"] == CARTE.slug
    assert event["id"] == recu.entetes["jdma-evenement"]
    secret = secret_of(SECRET, crochet.id, crochet.graine)
    wanted = signature([secret], guet.now.ms // 1000, recu.corps)
    assert recu.entetes["jdma-signature"] == wanted
    assert b"un mot" not in recu.corps


def test_people_and_programs_are_told_the_same_event_and_one_does_not_wait_for_the_other(
    guet: Guet, poste: Poste, authority: trustme.CA
) -> None:
    with a_recepteur(authority, b"") as recepteur:
        guet.camille("resume_jour")
        guet.crochet(recepteur, "resume_jour")
        guet.rondes.remise.livreur = recepteur.livreur(seconds=0.3)
        guet.avis()
        guet.ronde(seconds=DAY)
    assert sorted(statut for statut, *_ in guet.envois()) == ["attente", "pris"]
    assert len(poste.received) == 1


def test_a_webhook_that_was_deleted_is_told_nothing(guet: Guet, authority: trustme.CA) -> None:
    with a_recepteur(authority, FAILS) as recepteur:
        crochet = guet.crochet(recepteur, "resume_jour")
        guet.avis()
        guet.ronde(seconds=DAY)
        guet.do(guet.store.drop_crochet(CARTE.id, crochet.id))
        assert not guet.ronde(seconds=2 * MINUTE)
        assert len(recepteur.received) == 1


EVERY_KIND: dict[str, dict[str, Any]] = {
    "resume_mois": {
        "periode": {"du": "2026-10-01", "au": "2026-10-31"},
        "avis": 1, "ouvertures": 0, "commentaires": 0,
        "questions": [
            {"dimension": "s", "question": "Q ?", "reponses": 1, "note_sur_10": 5.0,
             "intervalle": None, "ecart": None, "significatif": False},
            {"dimension": "e", "question": "R ?", "reponses": 40, "note_sur_10": 5.0,
             "intervalle": [4.0, 6.0], "ecart": -1.25, "significatif": True},
            {"dimension": "c", "question": "C ?", "reponses": 0, "note_sur_10": None,
             "intervalle": None, "ecart": None, "significatif": False},
        ],
    },
    "commentaires": {"commentaires": 2, "depuis": "2026-11-22T10:00:00.000Z"},
    "baisse": {
        "dimension": "s", "question": "Q ?", "ecart": -0.6,
        "avant": {"du": "2026-09-01", "au": "2026-09-30", "reponses": 99, "note_sur_10": 8.0},
        "apres": {"du": "2026-10-01", "au": "2026-10-30", "reponses": 99, "note_sur_10": 7.4},
    },
    "silence": {"dernier": "2026-11-01", "jours": 5, "seuil": 5, "pause": 2},
    "integration": {"boutons": [{"code": "k7f3q2", "libelle": "Fin", "refus": 12}]},
}  # fmt: skip


@pytest.mark.parametrize("genre", EVERY_KIND)
def test_every_kind_has_words_for_people_and_json_for_programs(
    guet: Guet, poste: Poste, authority: trustme.CA, genre: str
) -> None:
    with a_recepteur(authority) as recepteur:
        guet.camille(genre)
        guet.crochet(recepteur, genre)
        before = rules.first(CARTE.id, genre, guet.now)
        event = Evenement("0" * 24, genre, CARTE.id, guet.now.recu_le, EVERY_KIND[genre])
        guet.do(guet.store.advance(before, before, event))
        guet.ronde()
        VALIDATOR.validate(orjson.loads(recepteur.received[0].corps))
    [courriel] = poste.received
    assert courriel.email["subject"].startswith("Demander une carte : ")
    assert "{" not in courriel.texte
    assert "None" not in courriel.texte
    assert "\n\n\n" not in courriel.texte


def test_a_title_is_written_in_a_message_as_it_is(guet: Guet) -> None:
    """Not as in a page, nor as a template."""
    titre = "L’été & <l’hiver>\n{{ 7 * 7 }}"
    event = Evenement("0" * 24, "silence", CARTE.id, guet.now.recu_le, EVERY_KIND["silence"])
    written = lettre(event, replace(CARTE, titre=titre), "", "", guet.rondes.remise._templates)
    assert written.objet.startswith("L’été & <l’hiver> {{ 7 * 7 }} : plus aucun avis")
    assert "L’été & <l’hiver> {{ 7 * 7 }} : aucun avis depuis 5 jours" in written.texte


# Several servers, and one that dies


def test_a_server_that_died_before_it_marked_sends_it_again_and_loses_nothing(
    guet: Guet, poste: Poste, monkeypatch: pytest.MonkeyPatch
) -> None:
    guet.camille("resume_jour")
    guet.avis()

    async def dies(*_: object) -> None:
        raise ConnectionAbortedError

    with monkeypatch.context() as dead:
        for name in ("leave_envoi", "finish_tache"):
            dead.setattr(guet.store, name, dies)
        with pytest.raises(ConnectionAbortedError):
            guet.ronde(seconds=DAY)
    assert guet.envois() == [("attente", 0, "")]
    assert guet.ronde(seconds=LEASE.total_seconds() + 1)
    assert guet.envois() == [("pris", 1, "")]
    first, second = poste.received
    assert first.texte == second.texte
    assert not guet.ronde(seconds=HOUR)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_of_several_servers_one_tells_each_thing(tmp_path: Path, poste: Poste, engine: str) -> None:
    with (
        postgres.a_database() if engine == "postgresql" else nullcontext() as where,
        a_guet(tmp_path, poste, where) as guet,
    ):
        guet.camille("resume_jour")
        guet.avis()
        guet.world.clock.advance(days=1)
        others = [
            Rondes(guet.parts, guet.rondes.remise._courrier, guet.rondes.remise._templates)
            for _ in "123"
        ]

        async def all_at_once() -> list[bool]:
            return await asyncio.gather(*(each.ronde() for each in (guet.rondes, *others)))

        assert sorted(guet.do(all_at_once())) == [False, False, False, True]
        assert len(poste.received) == 1


def test_while_another_server_makes_the_round_this_one_does_not(guet: Guet, poste: Poste) -> None:
    guet.camille("resume_jour")
    guet.avis()
    guet.world.clock.advance(days=1)
    now, ends = guet.now.recu_le, (rules.later(guet.now, -LEASE), rules.later(guet.now, LEASE))
    assert guet.do(guet.store.take_tache("ronde", now, *ends))
    assert not guet.ronde(seconds=MINUTE)
    assert poste.received == []
    assert guet.ronde(seconds=LEASE.total_seconds())
    assert len(poste.received) == 1


def test_who_lost_the_lease_stops(
    guet: Guet, poste: Poste, monkeypatch: pytest.MonkeyPatch
) -> None:
    guet.camille("resume_jour")
    guet.avis()
    due = guet.store.due

    async def slow(le: str, limit: int) -> Sequence[Any]:
        """Longer than the lease lasts, while another server takes it."""
        if limit > 1:
            guet.world.clock.advance(seconds=LEASE.total_seconds() + 60)
            ends = rules.later(guet.now, -LEASE), rules.later(guet.now, LEASE)
            assert await guet.store.take_tache("ronde", guet.now.recu_le, *ends)
        return await due(le, limit)

    monkeypatch.setattr(guet.store, "due", slow)
    guet.world.clock.advance(days=1)
    with pytest.raises(LeaseLost):
        guet.ronde(seconds=0)
    assert poste.received == []
    assert guet.envois() == []


# Addresses that people left


def test_no_message_and_no_event_tells_an_address_that_was_left(
    guet: Guet, poste: Poste, authority: trustme.CA
) -> None:
    with a_recepteur(authority) as recepteur:
        guet.camille("resume_jour", "resume_semaine", "commentaires")
        guet.crochet(recepteur, "commentaires", "resume_jour")
        avis = [
            Avis(
                CARTE.id, new_cle(guet.now.ms), FIN.code, "standard-contact-1", 1,
                guet.now.recu_le, guet.now.jour_iso, {"satisfaction": 1}, "Un mot.",
            )
            for _ in range(2)
        ]  # fmt: skip
        left = {0: "camille@laissee.example", 1: "alix@laissee.example"}
        guet.do(guet.world.store.record(avis, contacts=left))
        assert guet.ronde(seconds=DAY)
        told = [each.email.as_string() for each in poste.received]
        posted = [each.corps.decode() for each in recepteur.received]
    queued = [str(row) for row in guet.world.rows("select * from envoi")]
    assert [len(told) >= 2, len(posted) >= 2, len(queued) >= 4] == [True] * 3
    assert not [each for each in (*told, *posted, *queued) if "laissee" in each]
