"""Settings: declared once, and refused all at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from collector.config import (
    ConfigError,
    Settings,
    declared,
    load,
    without_password,
)
from collector.starting import around


def wrong(given: Mapping[str, str | None], environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as refused:
        load(given, environ or {})
    return str(refused.value)


def test_without_anything_every_setting_has_its_default() -> None:
    assert load({}, {}) == Settings()


def test_every_default_is_a_value_that_is_accepted() -> None:
    assert load({each.name: each.default for each in declared()}, {}) == Settings()


def test_every_setting_is_declared_with_a_variable_and_a_sentence() -> None:
    for each in declared():
        assert each.variable == f"JDMA_{each.name.upper()}"
        assert each.help.endswith(".")


def test_a_socket_is_listened_on_where_the_public_address_is_known() -> None:
    assert "il faut JDMA_PUBLIC_URL" in wrong({"host": "unix:/run/jdma/http"})
    public = {"host": "unix:/run/jdma/http", "public_url": "https://a.fr"}
    assert load(public, {}).socket_path == Path("/run/jdma/http")
    assert load({}, {}).socket_path is None


def test_an_option_goes_before_a_variable_and_a_variable_before_the_default() -> None:
    environ = {"JDMA_PORT": "9000", "JDMA_HOST": "::1"}
    settings = load({"port": "9001", "host": None}, environ)
    assert (settings.port, settings.host) == (9001, "::1")


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("database", "postgresql://avis", "une adresse sqlite:///"),
        ("database", "avis.db", "une adresse sqlite:///"),
        ("database", "sqlite:///", "une adresse sqlite:///"),
        ("port", "0", "un nombre entier de 1 à 65535"),
        ("port", "65536", "un nombre entier de 1 à 65535"),
        ("port", "http", "un nombre entier"),
        ("port", "８０００", "un nombre entier"),
        ("port", "²", "un nombre entier"),
        ("port", " 80", "un nombre entier"),
        ("port", "", "un nombre entier"),
        ("port", "-1", "un nombre entier"),
        ("host", "unix:jdma.sock", "une adresse IP, un nom, ou unix:/chemin"),
        ("public_url", "avis.exemple.fr", "une adresse http:// ou https://, ou rien"),
        ("public_url", "ftp://avis.exemple.fr", "une adresse http://"),
        ("public_url", "https://", "une adresse http://"),
        ("public_url", "https://a.fr/?x=1", "une adresse http://"),
        ("public_url", "https://[::1", "une adresse http://"),
        ("public_url", "https://:443", "une adresse http://"),
        ("public_url", "https://a.fr:port", "une adresse http://"),
        ("public_url", "https://moi@a.fr", "une adresse http://"),
        ("public_url", "https://a.fr/#x", "une adresse http://"),
        ("secret", "trop-court", "au moins 32 caractères"),
        ("address_rate", "-1", "un nombre entier de 0 à 1000000"),
        ("address_burst", "0", "un nombre entier de 1 à 1000000"),
        ("bouton_rate", "1.5", "un nombre entier"),
        ("queue_size", "0", "un nombre entier de 1 à 1000000"),
        ("langues", "", "fr, et si besoin d’autres de ar, de, en, es, fr, it, pt"),
        ("langues", "en", "fr, et si besoin d’autres"),
        ("langues", "fr,xx", "fr, et si besoin d’autres"),
        ("langues", "fr;en", "fr, et si besoin d’autres"),
        ("langues", "fr,", "fr, et si besoin d’autres"),
        ("langues", "fr,../fr", "fr, et si besoin d’autres"),
        ("min_seconds", "-0.1", "un nombre de 0 à 60"),
        ("min_seconds", "61", "un nombre de 0 à 60"),
        ("min_seconds", "nan", "un nombre de 0 à 60"),
        ("min_seconds", "inf", "un nombre de 0 à 60"),
        ("min_seconds", "une", "un nombre de 0 à 60"),
        ("jeton_hours", "169", "un nombre entier de 1 à 168"),
        ("public_threshold", "0", "un nombre entier de 1 à 1000"),
        ("class_bon", "10.1", "un nombre de 0 à 10"),
        ("smtp_from", "avis", "une adresse comme avis@exemple.fr"),
        ("smtp_from", "avis@", "une adresse comme"),
        ("smtp_from", "a@exemple.fr, b@exemple.fr", "une adresse comme"),
        ("smtp_from", "Avis <avis@exemple.fr", "une adresse comme"),
        ("smtp_from", "avisé@exemple.fr", "une adresse comme"),
        ("smtp_from", "avis@exemple.fr\nBcc: b@exemple.fr", "une adresse comme"),
        ("oidc_issuer", "http://auth.exemple.fr", "une adresse https://"),
        ("oidc_issuer", "auth.exemple.fr", "une adresse https://"),
        ("oidc_issuer", "https://moi@auth.exemple.fr", "une adresse https://"),
        ("oidc_issuer", "https://auth.exemple.fr/?a=1", "une adresse https://"),
        ("oidc_issuer", "https://auth.exemple.fr/#a", "une adresse https://"),
        ("oidc_client_id", "a b", "sans espace"),
        ("oidc_acr", "eidas1 é", "sans espace"),
        ("oidc_siret", "1", "oui ou non"),
        ("accessibilite", "conforme", "non_conforme, partielle ou totale"),
        ("accessibilite_audit", "87 %", "comme 2026-10-12, 87.5, Cabinet Exemple"),
        ("accessibilite_audit", "2026-13-12, 87, Nous", "comme 2026-10-12"),
        ("accessibilite_audit", "2026-10-12, 101, Nous", "comme 2026-10-12"),
        ("accessibilite_audit", "2026-10-12, nan, Nous", "comme 2026-10-12"),
        ("accessibilite_audit", "2026-10-12, 87,", "comme 2026-10-12"),
        ("accessibilite_schema", "http://exemple.fr", "une adresse https://"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(name: str, value: str, wanted: str) -> None:
    for message in (wrong({name: value}), wrong({}, {f"JDMA_{name.upper()}": value})):
        assert message.startswith(f"JDMA_{name.upper()} vaut ")
        assert wanted in message
        assert ("trop-court" in message) is False
        if name != "secret":
            assert f"« {value} »" in message


@pytest.mark.parametrize(
    "value",
    [
        "smtp.exemple.fr", "smtp://", "http://avis:motdepasse@exemple.fr", "smtp://a.fr/motdepasse",
        "smtp://avis:motdepasse@exemple.fr:port", "smtp://avis:motdepasse@exemple.fr/?x=1",
        "smtp://avis:motde/passe@exemple.fr", "smtp://avis@exemple.fr", "smtp://:motdepasse@a.fr",
        "smtp://avis:mot de passe@exemple.fr", "smtps://avis:motdepasse@[::1",
    ],
)  # fmt: skip
def test_an_address_of_a_mail_server_that_is_wrong_is_not_shown(value: str) -> None:
    assert wrong({"smtp_url": value}) == (
        "JDMA_SMTP_URL vaut … : il faut smtp://utilisateur:mot-de-passe@serveur:port, smtps://…, "
        "ou rien."
    )


def test_a_state_of_accessibility_rests_on_an_audit() -> None:
    audit = "2026-10-12, 87.5, Cabinet, d’exemple"
    found = load({"accessibilite": "partielle", "accessibilite_audit": audit}, {}).audit
    assert found == (date(2026, 10, 12), 87.5, "Cabinet, d’exemple")
    assert load({}, {}).audit is None
    assert "un audit d’au moins 50\u202f%" in wrong({"accessibilite": "partielle"})
    assert "au moins 100\u202f%" in wrong({"accessibilite": "totale", "accessibilite_audit": audit})
    less = "2026-10-12, 49.9, Nous"
    assert "50\u202f%" in wrong({"accessibilite": "partielle", "accessibilite_audit": less})


def test_a_mail_server_goes_with_an_address_that_sends() -> None:
    url, sender = "smtp://avis:mot%2Fde%40passe@exemple.fr:587", "Écoute <avis@exemple.fr>"
    settings = load({"smtp_url": url, "smtp_from": sender}, {})
    assert (settings.smtp_url, settings.smtp_from) == (url, sender)
    for alone in ({"smtp_url": url}, {"smtp_from": sender}):
        assert wrong(alone).startswith("JDMA_SMTP_URL et JDMA_SMTP_FROM vont ensemble")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"class_moyen": "8.5"}, "JDMA_CLASS_MOYEN vaut 8.5 et JDMA_CLASS_BON 8 : "),
        ({"class_bon": "4"}, "JDMA_CLASS_MOYEN vaut 5 et JDMA_CLASS_BON 4 : "),
    ],
)
def test_a_class_that_would_begin_above_the_next_one_is_refused(
    given: dict[str, str | None], said: str
) -> None:
    assert wrong(given).startswith(said)
    assert load({"class_moyen": "8"}, {}).class_moyen == 8


PROVIDER = {"oidc_issuer": "https://a.fr/v2/", "oidc_client_id": "a", "oidc_client_secret": "b"}


def test_a_provider_is_named_whole_or_not_at_all() -> None:
    for missing in ("oidc_client_id", "oidc_client_secret"):
        given = {name: value for name, value in PROVIDER.items() if name != missing}
        assert wrong(given) == (
            "JDMA_OIDC_ISSUER demande JDMA_OIDC_CLIENT_ID et JDMA_OIDC_CLIENT_SECRET, que ce "
            "fournisseur vous a donnés."
        )
    settings = load({**PROVIDER, "oidc_acr": " eidas2  eidas3 "}, {})
    assert settings.oidc_issuer == "https://a.fr/v2/"  # as it is, slash included
    assert settings.oidc_acr == "eidas2 eidas3"
    assert load({**PROVIDER, "oidc_issuer": "http://127.0.0.1:8080"}, {}).oidc_issuer


def test_the_secret_given_by_a_provider_is_not_shown() -> None:
    assert "un secret" not in wrong({"oidc_client_secret": "un secret"})


def test_all_wrong_values_are_told_at_once() -> None:
    message = wrong({"port": "x"}, {"JDMA_HOURS": "1", "JDMA_QUEUE_SIZE": "0", "PATH": "/bin"})
    assert [line.split()[0] for line in message.splitlines()] == [
        "JDMA_HOURS", "JDMA_PORT", "JDMA_QUEUE_SIZE",
    ]  # fmt: skip


def test_values_that_do_not_go_together_are_told_with_the_others() -> None:
    given = {"workers": "2", "smtp_from": "a@b.fr", "class_bon": "1", "port": "x"}
    message = wrong({**given, "oidc_issuer": "https://a.fr"}, {"JDMA_HOURS": "1"})
    assert [line.split()[0] for line in message.splitlines()] == [
        "JDMA_HOURS", "JDMA_PORT", "JDMA_WORKERS", "JDMA_SMTP_URL", "JDMA_OIDC_ISSUER",
        "JDMA_CLASS_MOYEN",
    ]  # fmt: skip


def test_a_value_that_is_wrong_is_told_once() -> None:
    assert wrong({"workers": "2", "database": "avis.db"}).count("\n") == 0
    assert wrong({"smtp_url": "x", "smtp_from": "a@b.fr"}).count("\n") == 0


def test_what_is_wrong_around_the_settings_is_told_with_the_others(tmp_path: Path) -> None:
    (tmp_path / "avis.db.secret").write_text("court")
    absent = tmp_path / "absent" / "avis.db"
    with pytest.raises(ConfigError) as refused:
        load({"database": f"sqlite:///{absent}", "port": "x"}, {}, around)
    first, second = str(refused.value).splitlines()
    assert first.startswith("JDMA_PORT vaut « x »")
    assert second == f"{absent} ne s’ouvre pas : {absent.parent} n’est pas un dossier."
    with pytest.raises(ConfigError, match=r"avis\.db\.secret ne contient pas un secret"):
        load({"database": f"sqlite:///{tmp_path}/avis.db"}, {}, around)
    with pytest.raises(ConfigError, match="c’est un dossier"):
        load({"database": f"sqlite:///{tmp_path}", "secret": "s" * 40}, {}, around)
    with pytest.raises(ConfigError, match="JDMA_SECRET manque"):
        load({"database": "postgresql://a/b"}, {}, around)
    (tmp_path / "avis.db.secret").write_text("s" * 40)
    assert load({"database": f"sqlite:///{tmp_path}/avis.db"}, {}, around).port == 8000


def test_an_audit_of_a_day_to_come_is_refused_at_start_with_the_others(tmp_path: Path) -> None:
    given = {"database": f"sqlite:///{tmp_path}/avis.db"}
    audited = {**given, "accessibilite_audit": "2020-10-12, 87.5, Cabinet"}
    assert load(audited, {}, around).audit
    to_come = {**given, "accessibilite_audit": "2999-10-12, 87.5, Cabinet"}
    with pytest.raises(ConfigError) as refused:
        load({**to_come, "port": "x"}, {}, around)
    first, second = str(refused.value).splitlines()
    assert first.startswith("JDMA_PORT vaut « x »")
    assert second == "JDMA_ACCESSIBILITE_AUDIT est du 2999-10-12 : un audit à venir ne dit rien."


def test_a_variable_nobody_knows_is_refused_but_those_of_tests() -> None:
    assert wrong({}, {"JDMA_PROT": "80"}) == "JDMA_PROT n’est pas un réglage connu."
    assert load({}, {"JDMA_TEST_BROWSER": "x", "PROT": "80"}) == Settings()


@pytest.mark.parametrize(
    ("given", "base_url", "base_path", "origin"),
    [
        ({}, "http://127.0.0.1:8000", "", "http://127.0.0.1:8000"),
        ({"host": "::1", "port": "80"}, "http://[::1]:80", "", "http://[::1]"),
        ({"public_url": "https://a.fr/"}, "https://a.fr", "", "https://a.fr"),
        ({"public_url": "https://a.fr/avis/"}, "https://a.fr/avis", "/avis", "https://a.fr"),
        ({"public_url": "https://A.Fr:443/Avis/"}, "https://a.fr/Avis", "/Avis", "https://a.fr"),
        ({"public_url": "HTTP://A.FR:80"}, "http://a.fr", "", "http://a.fr"),
        ({"public_url": "https://a.fr:80"}, "https://a.fr:80", "", "https://a.fr:80"),
        ({"public_url": "https://[::FFFF]:443"}, "https://[::ffff]", "", "https://[::ffff]"),
        ({"public_url": "http://a.fr:81"}, "http://a.fr:81", "", "http://a.fr:81"),
    ],
)
def test_the_address_the_outside_knows(
    given: dict[str, str | None], base_url: str, base_path: str, origin: str
) -> None:
    settings = load(given, {})
    assert (settings.base_url, settings.base_path, settings.origin) == (base_url, base_path, origin)


@pytest.mark.parametrize(
    ("given", "langues"),
    [("fr", "fr"), ("fr,ar", "fr,ar"), (" FR, en ,fr,EN", "fr,en"), ("de,fr", "de,fr")],
)
def test_languages_are_kept_in_the_order_they_are_given(given: str, langues: str) -> None:
    assert load({"langues": given}, {}).langues == langues


def test_the_path_of_the_database_is_relative_or_absolute() -> None:
    assert load({"database": "sqlite:///avis.db"}, {}).sqlite_path == Path("avis.db")
    assert load({"database": "sqlite:////var/a.db"}, {}).sqlite_path == Path("/var/a.db")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://u:mot%2Fp@ss@h/db", "postgresql://u:…@h/db"),
        ("postgresql://u@h/db?password=mot&sslmode=require",
         "postgresql://u@h/db?password=…&sslmode=require"),
        ("postgresql:///db?user=u&sslpassword=mot", "postgresql:///db?user=u&sslpassword=…"),
        ("postgresql://h/password=a?passwords=b", "postgresql://h/password=a?passwords=b"),
        ("sqlite:////var/avis.db", "sqlite:////var/avis.db"),
    ],
)  # fmt: skip
def test_a_database_is_shown_without_its_password(address: str, shown: str) -> None:
    assert without_password(address) == shown
