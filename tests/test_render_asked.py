"""What a rule asks for, in the words of its readers' languages."""

from typing import Any

import pytest

from newswatch.render.asked import asked
from newswatch.render.words import LANGUAGES
from newswatch.rules.compile import compile_when
from test_rules_compile import Names


def said(when: dict[str, Any], language: str = "en") -> str:
    condition, problems = compile_when(when, Names())
    assert condition is not None, problems
    return asked(condition, LANGUAGES[language])


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"country": ["MD", "georgia"]}, "country: Georgia, Moldova"),
        ({"mentions": "TJ"}, "mentioned country: Tajikistan"),
        ({"event": ["mission.opened"]}, "event: mission opened"),
        ({"mission": ["EOM"]}, "mission type: EOM"),
        ({"transition": ["opened"]}, "state of the mission: opened"),
        ({"overdue": ["final_report"]}, "overdue step: final report"),
        ({"election": ["local"]}, "kind of election: local election"),
        ({"topic": "Elections"}, "topic: Elections"),
        ({"source": "Odihr"}, "source: Odihr"),
        ({"language": "en"}, "language: en"),
        ({"text": "media  AND  visa"}, "words: media AND visa"),
        (
            {"keywords": {"any": ["visa", "press"], "all": ["media"], "none": ["staff"]}},
            "keyword: any of visa, press; all of media; none of staff",
        ),
        (
            {"published": {"after": "2025-01-31", "before": "2025-03-01"}},
            "publishing date: after 31 January 2025, before 1 March 2025",
        ),
        ({"published": {"within": "30d"}}, "publishing date: at most 30 days old"),
        ({"published": {"within": "12h"}}, "publishing date: at most 12 hours old"),
        ({"everything": True}, "everything"),
        ({"country": "MD", "event": "none"}, "country: Moldova; event: none"),
        (
            {"any_of": [{"text": "visa"}, {"country": "MD", "not": {"topic": "Media"}}]},
            "any of (words: visa) or (country: Moldova; not (topic: Media))",
        ),
    ],
)
def test_a_rule_is_told_in_words(when: dict[str, Any], expected: str) -> None:
    assert said(when) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "fr",
            "pays\u00a0: Moldavie\u00a0; sauf (date de publication\u00a0: avant le 1er mars 2025)",
        ),
        ("ru", "страна: Молдова; кроме (дата публикации: до 1 марта 2025\u202fг.)"),
        ("es", "país: Moldavia; salvo (fecha de publicación: antes del 1 de marzo de 2025)"),
    ],
)
def test_a_rule_is_told_in_the_language_of_its_reader(language: str, expected: str) -> None:
    when = {"country": "MD", "not": {"published": {"before": "2025-03-01"}}}
    assert said(when, language) == expected


def test_a_group_is_told_by_its_name_and_not_by_all_its_countries() -> None:
    assert said({"country": ["south-caucasus", "MD"]}, "ru") == "страна: south-caucasus, Молдова"
