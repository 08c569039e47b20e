"""What is taken for an address, and what it takes to delete one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.catalogue import shipped_questionnaires
from collector.domain import new_cle
from collector.errors import Invalid, NotFound
from collector.privacy.contact import LONGEST_COURRIEL, Effacements, check_contact, read_courriel
from tests.world import NOON, SECRET

SHIPPED = shipped_questionnaires()
ASKING, SILENT = SHIPPED["standard-contact-1"], SHIPPED["standard-1"]
CLE = new_cle(NOON, 1)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("camille@exemple.fr", "camille@exemple.fr"),
        ("  Camille.Durand@Exemple.FR \n", "Camille.Durand@exemple.fr"),
        ("c.durand+avis@mail.exemple.co.uk", "c.durand+avis@mail.exemple.co.uk"),
        ("o'brien_{x}@xn--lve-6la.fr", "o'brien_{x}@xn--lve-6la.fr"),
        ("1@2.museum", "1@2.museum"),
        (f"{'a' * 64}@exemple.fr", f"{'a' * 64}@exemple.fr"),
    ],
)
def test_an_address_is_kept_as_its_owner_wrote_it(typed: str, kept: str) -> None:
    assert read_courriel(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "camille", "camille@", "@exemple.fr", "camille@exemple", "camille@@exemple.fr",
        "camille durand@exemple.fr", "camille@exemple .fr", ".camille@exemple.fr",
        "camille.@exemple.fr", "cam..ille@exemple.fr", "camille@-exemple.fr",
        "camille@exemple-.fr", "camille@exemple..fr", "camille@192.0.2.1", "camille@[192.0.2.1]",
        "hélène@exemple.fr", "helene@élève.fr", '"a b"@exemple.fr', "a@exemple.fr, b@exemple.fr",
        "a@exemple.fr\nbcc: b@exemple.fr", "Camille <a@exemple.fr>", "mailto:a@exemple.fr",
        f"{'a' * 65}@exemple.fr", f"a@{'b' * 64}.fr", f"a@{'b.' * 126}fr",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_taken_for_one(typed: str) -> None:
    assert read_courriel(typed) is None


@given(st.text(max_size=300))
def test_what_is_kept_is_short_and_plain(typed: str) -> None:
    kept = read_courriel(typed)
    assert kept is None or (len(kept) <= LONGEST_COURRIEL and kept.isascii() and kept.isprintable())


def fautes(courriel: str, accord: bool) -> list[str]:
    with pytest.raises(Invalid) as refused:
        check_contact({"courriel": courriel, "accord": accord}, ASKING)
    return [faute.champ for faute in refused.value.fautes()]


def test_an_address_is_taken_with_consent_only() -> None:
    given = {"courriel": "camille@exemple.fr", "accord": True}
    assert check_contact({"courriel": "camille@exemple.fr", "accord": True}, ASKING)
    assert fautes("camille@exemple.fr", False) == ["contact.accord"]
    assert fautes("camille", True) == ["contact.courriel"]
    assert fautes("", False) == ["contact.courriel", "contact.accord"]
    with pytest.raises(Invalid, match="avis_invalide"):
        check_contact({"courriel": given["courriel"], "accord": True}, SILENT)  # type: ignore[typeddict-item]


# What deletes one


def test_what_is_signed_is_read_again_and_says_no_address() -> None:
    effacements = Effacements(SECRET)
    jeton = effacements.sign(2_000_000_000, CLE)
    assert effacements.read(jeton) == (2_000_000_000, CLE)
    assert len(jeton) == 48
    assert jeton.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("at", [0, 20, 30, 47])
def test_a_letter_that_changes_makes_it_nobodys(at: int) -> None:
    jeton = Effacements(SECRET).sign(1, CLE)
    other = "B" if jeton[at] == "A" else "A"
    with pytest.raises(NotFound):
        Effacements(SECRET).read(jeton[:at] + other + jeton[at + 1 :])


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,80}", fullmatch=True))
def test_nothing_else_is_read(jeton: str) -> None:
    with pytest.raises(NotFound):
        Effacements(SECRET).read(jeton)


def test_another_secret_reads_nothing() -> None:
    with pytest.raises(NotFound):
        Effacements(f"{SECRET} bis").read(Effacements(SECRET).sign(1, CLE))


def test_what_a_secret_before_has_signed_is_still_read() -> None:
    jeton = Effacements(SECRET).sign(1, CLE)
    ring = Effacements(f"{SECRET} bis", (SECRET,))
    assert ring.read(jeton) == (1, CLE)
    assert ring.sign(1, CLE) != jeton
