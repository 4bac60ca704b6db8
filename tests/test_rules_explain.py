"""Why a rule matches or does not: what met it and where, what is missing, and what comes near."""

from dataclasses import replace
from typing import Any

import pytest

from factories import make_reading, make_release
from newswatch.model import Evidence, Release
from newswatch.rules.compile import compile_when
from newswatch.rules.explain import Explanation, Verdict, explain
from newswatch.rules.rule import Rule
from test_rules_compile import Names

RELEASE = make_release(
    title="Observers open a mission to Moldova",
    text="The observers will hold a long press briefing in Chisinau. Romania sends experts.",
    reading=make_reading(evidence=(Evidence("country", "MD", "title", 28, 35, "Moldova"),)),
)


def explained(when: dict[str, Any], release: Release = RELEASE) -> Explanation:
    condition, problems = compile_when(when, Names())
    assert condition is not None, problems
    return explain(Rule("r", "R", condition), release)


def near(query: str, release: Release = RELEASE) -> list[str]:
    (verdict,) = explained({"text": query}, release).verdicts
    assert not verdict.met
    return list(verdict.near)


def found(when: dict[str, Any], release: Release = RELEASE) -> str:
    return explained(when, release).verdicts[0].found


def test_every_condition_is_told_with_what_was_found() -> None:
    explanation = explained(
        {"country": ["MD"], "event": ["mission.cancelled"], "not": {"text": "briefing"}}
    )
    assert explanation.met is False
    assert explanation.verdicts == (
        Verdict("country", "MD", True, "MD “Moldova” (title 28–35)"),
        Verdict("event", "mission.cancelled", False, "it is mission.opened"),
        Verdict("not", "", False, "but it is so"),
        Verdict("text", "briefing", True, "“briefing” (text 37–45)", depth=1),
    )


def test_a_release_that_changes_no_missions_state_is_told_to() -> None:
    told_again = replace(RELEASE, transition=None)
    assert found({"transition": ["opened"]}, told_again) == "it changed the state of no mission"


def test_what_stops_a_rule_is_its_first_condition_that_is_not_met_with_its_parts() -> None:
    stop = explained({"country": ["MD"], "not": {"text": "briefing"}, "event": ["none"]}).stop
    assert [(one.field, one.depth) for one in stop] == [("not", 0), ("text", 1)]
    assert explained({"country": ["MD"]}).stop == ()


def test_a_match_has_the_place_of_each_of_its_words() -> None:
    assert found({"text": "moldova OR romania"}) == (
        "“Moldova” (title 28–35), “Romania” (text 59–66)"
    )
    assert found({"keywords": {"all": ["mission", "press briefing"]}}) == (
        "“mission” (title 17–24), “press briefing” (text 31–45)"
    )


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"text": "delegation"}, "delegation is not in title or text"),
        ({"text": "title:briefing"}, "briefing is not in the title"),
        ({"text": "mission delegation"}, "1 of 2 parts are met, but delegation is not in title or text"),
        ({"text": "delegation OR visit"}, "none of delegation, visit is in title or text"),
        ({"text": "mission NOT romania"}, "1 of 2 parts are met, but there is “Romania” (text 59–66), which must not be"),
        ({"keywords": ["delegation", "visit"]}, "none is there of delegation, visit"),
        ({"keywords": {"all": ["mission", "visit"]}}, "there is mission, but not visit"),
        ({"keywords": {"any": ["mission"], "none": ["romania"]}}, "there is romania, which must not be"),
        ({"country": ["baltics"]}, "it is MD; asked for: EE, LT, LV"),
        ({"country": ["GE"]}, "it is MD"),
        ({"event": ["none"]}, "it is mission.opened"),
        ({"language": ["fr"]}, "it is en"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(when: dict[str, Any], words: str) -> None:
    assert found(when) == words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("observer", "there is “Observers” (title 0–9); stem:observer or observer* would find it"),
        ("experting", "there is “experts” (text 73–80); stem:experting or experts would find it"),
        ("brief", "there is “briefing” (text 37–45); stem:brief or brief* would find it"),
        ("Rumania", "there is “Romania” (text 59–66), spelt nearly like rumania"),
        ("title:briefing", "briefing is not in the title, but in the text: “briefing” (text 37–45)"),
        ('"observers briefing"', 'its words are in the text, with 5 others between them or in another order; "observers briefing" asks for them side by side; "observers briefing"~5 would find them'),
        ('"observers briefing"~2', 'its words are in the text, with 5 others between them or in another order; ~2 allows 2 between them; "observers briefing"~5 would find them'),
        ('"press conference"', "of its words, press is in the text, conference not"),
        ('"press conf*"', "of its words, press is in the text, conf not"),
    ],
)  # fmt: skip
def test_what_comes_near_is_said_with_what_would_find_it(query: str, words: str) -> None:
    assert words in near(query)


@pytest.mark.parametrize(("language", "words"), [(None, "states no language"), ("ka", "for ka")])
def test_a_stem_that_cannot_be_taken_is_told(language: str | None, words: str) -> None:
    assert [words in one for one in near("stem:visit", replace(RELEASE, language=language))] == [
        True
    ]


def test_words_that_nothing_comes_near_have_no_hint() -> None:
    assert near("xylophone OR /qqq+/") == []
    assert near("mission NOT moldova") == []


def test_a_country_under_another_key_is_told() -> None:
    (verdict,) = explained({"country": ["RO"]}).verdicts
    assert verdict.near == ("RO is there under another key: mentions: [RO] would be met",)


def test_a_part_of_a_word_of_a_topic_is_told() -> None:
    (verdict,) = explained({"topic": "elect"}).verdicts
    assert verdict.near == (
        "it has “Elections”: whole words are compared, and 'elect' is a part of one",
    )


def test_what_comes_near_is_told_of_few_words_only() -> None:
    words = " OR ".join(f"observers{number}" for number in range(500))
    assert len(near(words)) == 5
    assert "492 more" in found({"text": words})
