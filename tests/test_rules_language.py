"""The query language: what a line means, and what it says when it means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_release
from newswatch.errors import RuleError
from newswatch.rules.find import find, prepare
from newswatch.rules.language import leaves, parse_query

RELEASE = make_release(
    title="ODIHR opens election observation mission in Tajikistan",
    text="At the invitation of the authorities, 11 experts and 20 observers follow the "
    "parliamentary elections. A press conference is held in São Tomé’s OSCE/ODIHR office.",
)


def finds(query: str) -> list[str] | None:
    spots = find(parse_query(query), prepare(RELEASE))
    return None if spots is None else [spot.words for spot in spots]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("observers", ["observers"]),
        ("OBSERVERS", ["observers"]),
        ("observer", None),
        ('"election observation"', ["election observation"]),
        ('"observation election"', None),
        ("mission Tajikistan", ["mission", "Tajikistan"]),
        ("mission AND Tajikistan", ["mission", "Tajikistan"]),
        ("mission AND Belarus", None),
        ("Belarus OR Tajikistan", ["Tajikistan"]),
        ("Belarus mission OR experts", ["experts"]),
        ("Belarus (mission OR experts)", None),
        ("mission NOT Belarus", ["mission"]),
        ("mission NOT Tajikistan", None),
        ("mission NOT (Belarus OR Georgia)", ["mission"]),
        ("elect*", ["election"]),
        ("parliament*", ["parliamentary"]),
        ('"opens mission"~2', ["opens election observation mission"]),
        ('"mission opens"~2', ["opens election observation mission"]),
        ('"opens mission"~1', None),
        ("title:mission", ["mission"]),
        ("title:observers", None),
        ("text:observers", ["observers"]),
        ("title:(observers OR mission)", ["mission"]),
        (r"/\d+ experts/", ["11 experts"]),
        (r"/odihr (opens|closes)/", ["ODIHR opens"]),
        ("sao", ["São"]),
        ('"Sao Tome"', ["São Tomé"]),
        ("OSCE/ODIHR", ["OSCE/ODIHR"]),
        ("note OR order OR android", None),
    ],
)
def test_a_query_finds(query: str, found: list[str] | None) -> None:
    assert finds(query) == found


@pytest.mark.parametrize(
    ("query", "offset", "words"),
    [
        ("", None, "empty query"),
        ("   ", None, "empty query"),
        ("a (b", 4, "not closed"),
        ("a) b", 1, "not opened"),
        ("()", 1, "holds nothing"),
        ("NOT a", 0, "something to look for"),
        ("a OR NOT b", 0, "something to look for"),
        ('say "abc', 4, "quotation mark is not closed"),
        ('""', 0, "no word"),
        ("title:", 6, "must follow"),
        ("titel:x", 0, "no field 'titel'"),
        ("a AND", 5, "must follow"),
        ("OR a", 0, "both its sides"),
        ("e*", 0, "two letters"),
        ("*", 0, "stands at the end"),
        ("/a", 0, "not closed by /"),
        ("/(/", 0, "not a regular expression"),
        ("/a*/", 0, "matches everything"),
        ("a~3", 1, "behind a phrase"),
        ('"a"~3', 0, "two words or more"),
        ('"a b"~999', 0, "at most"),
        ("—", 0, "no word"),
    ],
)
def test_a_query_that_means_nothing_is_refused_with_its_place(
    query: str, offset: int | None, words: str
) -> None:
    with pytest.raises(RuleError, match=words) as refused:
        parse_query(query)
    assert refused.value.offset == offset


@pytest.mark.parametrize(
    "query", ["(" * 51 + "a" + ")" * 51, "a " * 6_000, "a " + "NOT " * 1_500 + "b"]
)
def test_a_query_that_is_too_large_is_refused(query: str) -> None:
    with pytest.raises(RuleError):
        parse_query(query)


def test_an_expression_that_would_backtrack_for_ever_is_linear() -> None:
    release = make_release(text="a" * 50_000)
    assert find(parse_query("/(a+)+$b/"), prepare(release)) is None


def test_operators_are_words_when_they_are_written_small() -> None:
    assert [leaf.shown for leaf in leaves(parse_query("free and fair"))] == ["free", "and", "fair"]


@given(st.text(max_size=60))
def test_any_line_is_a_query_or_a_refusal_with_a_place_in_it(line: str) -> None:
    offset = refusal_of(line)
    assert offset is None or 0 <= offset <= len(line)


def refusal_of(line: str) -> int | None:
    try:
        parse_query(line)
    except RuleError as refused:
        return refused.offset
    return None
