"""The query language: what a line means, and what it says when it means nothing."""

import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_release
from newswatch.errors import RuleError
from newswatch.rules.find import Spot, find, prepare
from newswatch.rules.language import leaves, parse_query

RELEASE = make_release(
    title="ODIHR opens election observation mission in Tajikistan",
    text="At the invitation of the authorities, 11 experts and 20 observers follow the "
    "parliamentary elections. A press conference is held in São Tomé’s OSCE/ODIHR office.",
    institutions=("OSCE", "ODIHR"),
    topics=("Human rights", "Elections"),
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
        ('"election obs*"', ["election observation"]),
        ('"observation elect*"', None),
        ("stem:observe", ["observation"]),
        ('stem:"opening elections"', ["opens election"]),
        ("title:stem:missions", ["mission"]),
        ("institution:odihr", ["ODIHR"]),
        ('institution:"odihr osce"', None),
        ('topic:"human rights"', ["Human rights"]),
        ('topic:"rights elections"', None),
        ("content_type:press", ["Press"]),
        ("publisher:observers", ["observers"]),
        ("source:newsroom", ["newsroom"]),
        ("language:en", ["en"]),
        ("url:releases", ["releases"]),
        ("institution:(elections OR NOT osce) mission", None),
        ("title:/opens \\w+/", ["opens election"]),
        ("co-operation OR observers", ["observers"]),
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
        ("titel:x", 0, "did you mean title:"),
        ("a country:GE", 2, "a key of `when`"),
        ("title:(a text:b)", 0, "a field within title"),
        ("stem:(a b)", 0, "takes a word"),
        ("stem:x*", 0, "takes a word"),
        ("$nothing", 0, "no query or keyword list"),
        ("a $nothing", 2, "no query or keyword list"),
        ('"e*"', 0, "two letters"),
        ('"elect* mission"', 0, "at the end of a phrase"),
        ("a\x00b", 1, "U\\+0000"),
        ("a \u202eb", 2, "U\\+202E"),
        ('"' + "w " * 51 + '"', 0, "at most 50 words"),
        ("/x{1001}/", 0, "repetition"),
        ("/((a{100}){100}){100}/", 0, "not a regular expression"),
        ('"a b"~99999999999999999999', 0, "at most"),
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
    "query",
    [
        "(" * 51 + "a" + ")" * 51,
        "(" * 10_000 + "a" + ")" * 10_000,
        "(" * 4_000,
        "a " * 6_000,
        "a " * 500_000,
        "a " + "NOT " * 1_500 + "b",
        "NOT " * 900 + "b",
        "title:" * 300 + "a",
        "/" + "(a*)*" * 1_900 + "$/",
        "/" + "[a-z]{1000}" * 800 + "/",
        '"' * 9_999,
    ],
    ids=lambda query: query[:10] + f"_{len(query)}",
)
def test_a_hostile_query_is_refused_soon_and_with_a_place(query: str) -> None:
    begun = process_time()
    with pytest.raises(RuleError) as refused:
        parse_query(query)
    assert process_time() - begun < 2
    assert refused.value.offset is not None


def test_the_longest_query_is_read_soon() -> None:
    begun = process_time()
    assert len(list(leaves(parse_query("ab OR " * 1_666 + "ab")))) == 1_667
    assert process_time() - begun < 3


def test_a_repeated_word_keeps_near_from_no_answer() -> None:
    text = "vote " * 20_000 + "x " * 200 + "count"
    begun = process_time()
    assert find(parse_query('"vote count"~100'), prepare(make_release(text=text))) is None
    assert process_time() - begun < 2


SCRIPTS = [
    ("选举", "总统选举观察团"),
    ('"选举观察"', "总统选举观察团"),
    ("选举*", "总统选举观察团"),
    ("選挙監視", "OSCEは選挙監視団を派遣"),
    ("선거", "대통령 선거를 참관"),
    ("การเลือกตั้ง", "สังเกตการณ์การเลือกตั้งทั่วไป"),
    ("ВЫБОРЫ", "Наблюдают выборы в Молдове"),
    ("stem:выборы", "на парламентских выборах"),
    ("наблюдател*", "Группа наблюдателей"),
    ("εκλογες", "Οι ΕΚΛΟΓΈΣ στην Κύπρο"),
    ("الانتخابات", "مراقبة الإنتخَابات في تونس"),
    ("stem:انتخاب", "مراقبة الانتخابات"),
    ("არჩევნები", "საპარლამენტო ᲐᲠᲩᲔᲕᲜᲔᲑᲘ საქართველოში"),
    ("ԸՆՏՐՈՒԹՅՈՒՆՆԵՐ", "Հայաստանի ընտրությունները, ընտրություններ"),
    ("izbori", "Predsjednički ìzbori"),
    ("d'observation", "mission d’observation"),
]


@pytest.mark.parametrize(("query", "text"), SCRIPTS)
def test_words_of_every_script_are_found(query: str, text: str) -> None:
    language = "ar" if "انتخاب" in query else "ru"
    assert find(parse_query(query), prepare(make_release(title=text, language=language)))


REFERENCE = (Path(__file__).parent.parent / "docs/reference/rules.md").read_text()
EXAMPLES = [
    (query.replace("\\|", "|"), met, unmet)
    for query, met, unmet in re.findall(
        r"^\| `([^`]+)` \| ([^(|]+) \| ([^(|]+) \|$", REFERENCE.split("## Queries")[1], re.MULTILINE
    )
]


@pytest.mark.parametrize(("query", "met", "unmet"), EXAMPLES)
def test_the_examples_of_the_reference_are_true(query: str, met: str, unmet: str) -> None:
    meets, fails = (prepare(make_release(title=text, text="")) for text in (met, unmet))
    assert find(parse_query(query), meets)
    assert find(parse_query(query), fails) is None


def test_the_reference_has_an_example_of_every_operator() -> None:
    assert len(EXAMPLES) >= 14


def test_an_expression_that_would_backtrack_for_ever_is_linear() -> None:
    release = make_release(text="a" * 50_000)
    assert find(parse_query("/(a+)+$b/"), prepare(release)) is None


def test_a_phrase_is_found_where_its_first_word_stood_elsewhere_before() -> None:
    text = prepare(make_release(title="A vote", text="To vote, or a vote of no; the vote count."))
    assert find(parse_query('"vote count"'), text) == (Spot("text", 30, 40, "vote count"),)


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
