"""What a person types to configure something: what is taken, as it is kept, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.insee import is_code
from collector.saisie import (
    LONGEST,
    MOST_ORIGINES,
    RESERVED,
    SLUG_LENGTH,
    propose_slug,
    read_affichage,
    read_externes,
    read_langue,
    read_origine,
    read_origines,
    read_siret,
    read_slug,
    read_territoire,
    read_texte,
    read_url,
)


@pytest.mark.parametrize(
    "siret",
    [
        "73282932000074",
        "732 829 320 00074",
        "732\u202f829\u202f320\u00a000074",
        "35600000000048",  # the head office of La Poste: the usual sum
        "35600000049837",  # one of its offices: a sum of their own
    ],
)
def test_a_siret_is_kept_as_its_digits(siret: str) -> None:
    assert read_siret(siret) == "".join(each for each in siret if each.isdecimal())


@pytest.mark.parametrize(
    ("siret", "said"),
    [
        ("", "les 14 chiffres"),
        ("7328293200007", "les 14 chiffres"),
        ("732829320000745", "les 14 chiffres"),
        ("7328293200007a", "les 14 chiffres"),
        ("٧٣٢٨٢٩٣٢٠٠٠٠٧٤", "les 14 chiffres"),
        ("73282932000075", "leur somme"),
        ("37282932000074", "leur somme"),
        ("35600000049838", "leur somme"),
    ],
)
def test_a_siret_that_is_none_is_refused(siret: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_siret(siret)


@given(st.integers(0, 13), st.integers(1, 9))
def test_any_digit_that_is_wrong_is_found(place: int, by: int) -> None:
    right = "73282932000074"
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    with pytest.raises(ValueError, match="leur somme"):
        read_siret(wrong)


COMMUNES = ["01053", "75056", "2A004", "2B033", "95680", "97105", "97411", "97801", "98818"]
DEPARTEMENTS = ["01", "09", "19", "2A", "2B", "21", "95", "971", "974", "978", "988", "989"]


@pytest.mark.parametrize("code", [*COMMUNES, *DEPARTEMENTS])
def test_codes_of_communes_and_departements_are_kept_as_text(code: str) -> None:
    assert read_territoire(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    "code",
    ["", "1", "1053", "00", "20", "20004", "96", "99", "2C", "97", "970", "979", "01000", "97400",
     "00001", "96001", "010530", "974110", "2a 004", "Ain", "٠١", "01053\n1"],
)  # fmt: skip
def test_what_is_no_code_of_insee_is_refused(code: str) -> None:
    assert not is_code(code.upper())
    with pytest.raises(ValueError, match="pas le code postal"):
        read_territoire(code)


def test_lines_of_text_have_single_spaces_and_nothing_unseen() -> None:
    assert read_texte("  Demander\tune  carte\n") == "Demander une carte"
    assert read_texte("de\u202emander\x00") == "demander"
    assert read_texte("e\u0301tat") == "état"


@pytest.mark.parametrize("text", ["", " ", "\x00\u200b", "a" * (LONGEST + 1)])
def test_an_empty_line_or_a_long_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="de 1 à 200 caractères"):
        read_texte(text)


@pytest.mark.parametrize("slug", ["Carte", "carte_grise", "-carte", "a--b", "", "é", "a" * 201])
def test_a_slug_is_of_small_letters_digits_and_hyphens(slug: str) -> None:
    assert read_slug("carte-2") == "carte-2"
    with pytest.raises(ValueError, match="des minuscules, des chiffres et des tirets"):
        read_slug(slug)


@pytest.mark.parametrize("slug", sorted(RESERVED))
def test_a_slug_is_no_other_pages(slug: str) -> None:
    with pytest.raises(ValueError, match="d’une autre page"):
        read_slug(slug)


@pytest.mark.parametrize(
    ("titre", "taken", "slug"),
    [
        ("Demander une carte de stationnement", (), "demander-une-carte-de-stationnement"),
        ("Cœur & santé : l’été !", (), "coeur-sante-l-ete"),
        ("Carte", {"carte"}, "carte-2"),
        ("Carte", {"carte", "carte-2", "carte-3"}, "carte-4"),
        ("Nouvelle", (), "nouvelle-2"),
        ("???", (), "demarche"),
        ("日本", {"demarche"}, "demarche-2"),
        ("mot " * 40, (), "mot" + "-mot" * 14),
    ],
)
def test_a_slug_is_proposed_from_the_words_of_a_title(
    titre: str, taken: set[str], slug: str
) -> None:
    assert propose_slug(titre, taken) == slug


@given(st.text(max_size=200), st.integers(0, 3))
def test_what_is_proposed_is_a_slug_that_nothing_has(titre: str, others: int) -> None:
    taken: set[str] = set()
    for _ in range(others):
        taken.add(propose_slug(titre, taken))
    slug = propose_slug(titre, taken)
    assert read_slug(slug) == slug
    assert slug not in taken
    assert len(slug) <= SLUG_LENGTH + 2


def test_an_origin_is_kept_as_browsers_send_it() -> None:
    assert read_origine("HTTPS://WWW.Exemple.fr:443") == "https://www.exemple.fr"
    assert read_origine("http://localhost:8001") == "http://localhost:8001"


@pytest.mark.parametrize(
    "text",
    ["", "www.exemple.fr", "https://", "https://a.fr/", "https://a.fr/x", "https://a.fr?x",
     "https://a.fr#x", "https://a@b.fr", "https://a.fr:x", "ftp://a.fr", "null", "*",
     "https://*.a.fr", "https://a.fr https://b.fr", "javascript:alert(1)", "https://é.fr",
     "https://" + "a" * 3000],
)  # fmt: skip
def test_what_is_no_exact_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="https://nom-du-site, sans rien après"):
        read_origine(text)


def test_origins_stand_one_a_line_each_once() -> None:
    lines = ["https://a.fr", "", "  https://b.fr  ", "https://A.fr:443"]
    assert read_origines(lines) == ("https://a.fr", "https://b.fr")
    with pytest.raises(ValueError, match=r"« b\.fr » : il faut https://nom-du-site"):
        read_origines(["https://a.fr", "b.fr"])
    with pytest.raises(ValueError, match="au plus 50 sites"):
        read_origines([f"https://a{i}.fr" for i in range(MOST_ORIGINES + 1)])


@pytest.mark.parametrize(
    "text",
    ["", "exemple.fr", "javascript:alert(1)", "data:text/html,x", "https://", "https://a.fr/a b",
     "https://a.fr/" + "a" * 2000],
)  # fmt: skip
def test_the_address_of_a_page_is_one(text: str) -> None:
    assert read_url("https://a.fr/carte?x=1#y") == "https://a.fr/carte?x=1#y"
    with pytest.raises(ValueError, match="qui commence par https:// ou http://"):
        read_url(text)


def test_ids_elsewhere_stand_one_a_line() -> None:
    assert read_externes(["1234", " ab_c-1 ", "", "1234"]) == ("1234", "ab_c-1")
    with pytest.raises(ValueError, match="« a/b » : il faut des lettres"):
        read_externes(["a/b"])
    with pytest.raises(ValueError, match="au plus 50 numéros"):
        read_externes(map(str, range(51)))


@pytest.mark.parametrize(
    ("read", "right", "said"),
    [(read_langue, "en", "fr ou en"), (read_affichage, "flottant", "flottant ou lien")],
)
def test_one_of_a_few_words_is_wanted(read: Callable[[str], str], right: str, said: str) -> None:
    assert read(right) == right
    with pytest.raises(ValueError, match=said):
        read("autre")
