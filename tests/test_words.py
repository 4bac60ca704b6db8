"""The words of messages: every language has all of them, and nothing stays untranslated."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime, time, timedelta, timezone
from typing import get_args, get_type_hints

import pytest

from factories import make_release
from newswatch.choices import REFUSALS
from newswatch.config.models import SubscriberModel
from newswatch.config.schema import WHEN_KEYS
from newswatch.model import (
    ELECTION_KINDS,
    EVENTS,
    EXPECTED_STEPS,
    MISSION_STATES,
    Delivery,
    Election,
)
from newswatch.render.words import ENGLISH, LANGUAGES, Words
from newswatch.revisions import facts
from newswatch.rules.rule import Subscriber
from newswatch.understand.countries import all_codes, country_name
from newswatch.web.manage import ACTIONS

every_language = pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
OTHERS = [words for words in LANGUAGES.values() if words is not ENGLISH]
every_other = pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.language)
# What is written alike in English and in another language.
ALIKE = {"institution", "source", "no", "1", "Date", "Type of mission", "; "}
SAME_SHAPE = {"locale", "language", "quoted", "stated", "met", "counted_of", "vote", "countries"}


def said(words: Words) -> Iterator[tuple[str, str]]:
    """Every word with its name; those of a table under the table's name and their own."""
    for field in fields(words):
        value = getattr(words, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name}.{key}", text) for key, text in value.items())
        elif isinstance(value, tuple):
            yield from ((f"{field.name}.{number}", text) for number, text in enumerate(value))
        else:
            yield field.name, value


def test_a_file_may_ask_for_every_language_that_there_is() -> None:
    choices = get_args(SubscriberModel.model_fields["language"].annotation)
    assert set(choices) == set(LANGUAGES)
    assert Subscriber("desk", "The desk").language in LANGUAGES


@every_language
def test_a_language_has_every_word(words: Words) -> None:
    assert set(words.events) == set(EVENTS) - {"none"}
    assert set(words.elections) == set(ELECTION_KINDS)
    assert set(words.states) == set(MISSION_STATES)
    assert set(words.fields) == set(WHEN_KEYS) - {"not", "any_of"}
    for table in ("pages", "manage", "wrong", "digests", "asks"):
        assert set(getattr(words, table)) == set(getattr(ENGLISH, table))
    assert set(words.done) == set(ACTIONS)
    assert set(words.deliveries) == set(get_args(get_type_hints(Delivery)["state"]))
    assert set(words.refused) == set(REFUSALS)
    assert len(words.weekly) == 7
    assert set(words.changed) == set(facts(make_release()))
    assert {f"mission.{step}" for step in EXPECTED_STEPS} <= set(words.events)
    assert [name for name, text in said(words) if not text.strip()] == []


@every_language
def test_what_is_put_into_a_sentence_has_its_place_in_it(words: Words) -> None:
    def gaps(text: str) -> int:
        return len(re.findall(r"\{\d?\}", text))

    english = {name: gaps(text) for name, text in said(ENGLISH)}
    wrong = [name for name, text in said(words) if gaps(text) != english.get(name, gaps(text))]
    assert wrong == []


@every_other
def test_no_word_stays_english(words: Words) -> None:
    english = dict(said(ENGLISH))
    kept = [
        (name, text)
        for name, text in said(words)
        if name.partition(".")[0] not in SAME_SHAPE
        if text == english.get(name) and text not in ALIKE
    ]
    assert kept == []


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("en", 1, "1 release"),
        ("en", 0, "0 releases"),
        ("fr", 0, "0 communiqué"),
        ("fr", 2, "2 communiqués"),
        ("fr", 1_000_000, "1000000 communiqués"),
        ("ru", 1, "1 сообщение"),
        ("ru", 2, "2 сообщения"),
        ("ru", 5, "5 сообщений"),
        ("ru", 11, "11 сообщений"),
        ("ru", 21, "21 сообщение"),
        ("ru", 112, "112 сообщений"),
        ("ru", 122, "122 сообщения"),
        ("es", 1, "1 comunicado"),
    ],
)
def test_a_number_takes_the_plural_of_its_language(
    language: str, count: int, expected: str
) -> None:
    assert LANGUAGES[language].counted(count) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "parliamentary election of 1 March 2025"),
        ("fr", "élections législatives du 1er mars 2025"),
        ("ru", "парламентские выборы 1 марта 2025\u202fг."),
        ("es", "elecciones parlamentarias del 1 de marzo de 2025"),
    ],
)
def test_an_election_is_told_with_its_day(language: str, expected: str) -> None:
    assert LANGUAGES[language].election(Election("parliamentary", date(2025, 3, 1))) == expected


def test_only_the_first_of_a_month_is_written_otherwise() -> None:
    assert [LANGUAGES["fr"].day(date(2025, 1, day)) for day in (10, 11, 21)] == [
        "10 janvier 2025",
        "11 janvier 2025",
        "21 janvier 2025",
    ]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["at 01:00", "at 13:05"]),
        ("fr", ["à 01:00", "à 13:05"]),
        ("ru", ["в 01:00", "в 13:05"]),
        ("es", ["a la 1:00", "a las 13:05"]),
    ],
)
def test_a_time_of_day_is_told_as_the_language_does(language: str, expected: list[str]) -> None:
    assert [LANGUAGES[language].at_time(at) for at in (time(1), time(13, 5))] == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["1 day", "7 days", "36 hours"]),
        ("fr", ["1\u00a0jour", "7\u00a0jours", "36\u00a0heures"]),
        ("ru", ["1 день", "7 дней", "36 часов"]),
        ("es", ["1 día", "7 días", "36 horas"]),
    ],
)
def test_a_span_is_told_in_days_or_hours(language: str, expected: list[str]) -> None:
    spans = (timedelta(1), timedelta(7), timedelta(hours=36))
    assert [LANGUAGES[language].span(one) for one in spans] == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "1 March 2025, 23:30 UTC"),
        ("fr", "1er mars 2025, 23:30 UTC"),
        ("ru", "1 марта 2025\u202fг., 23:30 UTC"),
        ("es", "1 de marzo de 2025, 23:30 UTC"),
    ],
)
def test_a_moment_is_told_in_utc(language: str, expected: str) -> None:
    vienna = datetime(2025, 3, 2, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert LANGUAGES[language].moment(vienna) == expected


@every_language
def test_every_country_has_a_name(words: Words) -> None:
    assert [code for code in all_codes() if words.country(code) == code] == []
    assert words.country("QQ") == "QQ"


def test_countries_are_called_in_mails_as_on_the_site() -> None:
    assert {code: ENGLISH.country(code) for code in all_codes()} == {
        code: country_name(code) for code in all_codes()
    }


def test_countries_have_their_names_in_the_language() -> None:
    found = {
        name: [words.country(code) for code in ("TJ", "PS", "EU")]
        for name, words in LANGUAGES.items()
    }
    assert found["fr"] == ["Tadjikistan", "Palestine", "Union européenne"]
    assert found["ru"] == ["Таджикистан", "Палестина", "Европейский союз"]
    assert found["es"] == ["Tayikistán", "Palestina", "Unión Europea"]
