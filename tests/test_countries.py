"""Countries by code, name and group."""

import pytest
from babel import Locale

from newswatch.understand.countries import GROUPS, all_codes, country_name, resolve, suggest

# In CLDR's list and no countries: unions, test codes, parts that ISO 3166-1 only reserves.
NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


def test_every_country_of_iso_3166_is_known() -> None:
    known = Locale("en").territories
    codes = {code for code in known if len(code) == 2 and code.isalpha()} - NOT_COUNTRIES
    assert codes - all_codes() == set()
    assert all(country_name(code) != code for code in all_codes())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("TJ", "TJ"), ("tj", "TJ"), ("NO", "NO"), ("XK", "XK"), ("EU", "EU"), ("Tajikistan", "TJ"),
        ("tajikistan", "TJ"), ("Türkiye", "TR"), ("Turkey", "TR"), ("North Macedonia", "MK"),
        ("Kyrgyz Republic", "KG"), ("Côte d'Ivoire", "CI"), ("Ivory Coast", "CI"), ("Burma", "MM"),
        ("Bosnia and Herzegovina", "BA"), ("BiH", "BA"), ("Молдова", "MD"),
        ("Deutschland", "DE"), ("États-Unis", "US"), ("República Dominicana", "DO"),
        ("European Union", "EU"), ("Kosovo", "XK"), ("UK", "GB"),
    ],
)  # fmt: skip
def test_a_name_is_a_country(name: str, code: str) -> None:
    assert resolve(name) == {code}


@pytest.mark.parametrize(
    ("group", "size", "member", "stranger"),
    [
        ("western-balkans", 6, "XK", "HR"),
        ("south-caucasus", 3, "GE", "TR"),
        ("central-asia", 5, "TJ", "AF"),
        ("baltics", 3, "EE", "PL"),
        ("nordics", 5, "IS", "EE"),
        ("eu", 28, "EU", "GB"),
        ("osce", 57, "MN", "XK"),
        ("council-of-europe", 46, "TR", "RU"),
        ("african-union", 55, "MA", "IL"),
        ("oas", 34, "CU", "NI"),
        ("commonwealth", 56, "RW", "ZW"),
    ],
)
def test_a_group_has_its_members(group: str, size: int, member: str, stranger: str) -> None:
    codes = resolve(group)
    assert (len(codes), member in codes, stranger in codes) == (size, True, False)


def test_every_member_of_every_group_is_a_country() -> None:
    assert {code for group in GROUPS.values() for code in group} <= all_codes()


@pytest.mark.parametrize("name", ["", "Ruritania", "western balkan countries", "X", "ZZ", "Polish"])
def test_what_is_no_country_is_none(name: str) -> None:
    assert resolve(name) == frozenset()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Montenegroo", "Montenegro"),
        ("Tadjikistan?", "Tajikistan"),
        ("western-balkan", "western-balkans"),
    ],
)
def test_a_misspelt_name_gets_a_suggestion(name: str, meant: str) -> None:
    assert meant in suggest(name)
