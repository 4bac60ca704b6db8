"""`when`: what each key asks for, what is refused with its place, and why a match is one."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from factories import make_reading, make_release
from newswatch.errors import RuleError
from newswatch.model import Election, Evidence, Published, Release, Why
from newswatch.rules.compile import compile_when
from newswatch.rules.find import prepare
from newswatch.understand.countries import resolve, suggest


@dataclass
class Names:
    def countries(self, name: str) -> frozenset[str]:
        return frozenset({"CZ", "PL"}) if name == "neighbours" else resolve(name)

    def suggest(self, name: str) -> tuple[str, ...]:
        return suggest(name)

    def keywords(self, name: str) -> tuple[str, ...] | None:
        return ("observers", "long-term mission") if name == "observation" else None

    def query(self, name: str) -> str | None:
        return QUERIES.get(name)

    def named(self) -> tuple[str, ...]:
        return ("observation", *QUERIES)


QUERIES = {
    "arrivals": 'arrived NOT "press conference"',
    "both": "$arrivals AND $observation",
    "round": "a $robin",
    "robin": "b OR $round",
    "wrong": "(a",
    **{f"b{n}": f"$b{n + 1} $b{n + 1}" for n in range(19)},
    "b19": "bomb",
    **{f"d{n}": f"$d{n + 1} a" for n in range(40)},
    "d40": "a",
}


RELEASE = make_release(
    title="ODIHR opens election observation mission in Moldova",
    text="Observers of the long-term mission arrived in Chișinău.",
    institutions=("OSCE/ODIHR", "OSCE Mission to Moldova"),
    topics=("Elections",),
    content_type="Press release",
    language="en-GB",
    transition="opened",
    published=Published(date(2025, 2, 5)),
    reading=make_reading(
        countries=("MD",),
        mentioned=("RO",),
        event="mission.opened",
        mission="EOM",
        elections=(Election("presidential", date(2025, 5, 4)),),
        evidence=(
            Evidence("country", "MD", "title", 44, 51, "Moldova"),
            Evidence("event", "mission.opened", "title", 6, 11, "opens"),
        ),
    ),
)


def met(when: dict[str, object], release: Release = RELEASE) -> bool:
    return why(when, release) is not None


def why(when: dict[str, object], release: Release = RELEASE) -> tuple[Why, ...] | None:
    condition, problems = compile_when(when, Names())
    assert problems == ()
    assert condition is not None
    return condition.meets(prepare(release))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"country": ["MD"]}, True),
        ({"country": "Moldova"}, True),
        ({"country": ["Moldavie", "GE"]}, True),
        ({"country": ["RO"]}, False),
        ({"country": ["osce"]}, True),
        ({"country": ["neighbours"]}, False),
        ({"mentions": ["RO"]}, True),
        ({"mentions": ["MD"]}, False),
        ({"event": ["mission.opened"]}, True),
        ({"event": ["mission.cancelled"]}, False),
        ({"mission": ["EOM", "LEOM"]}, True),
        ({"transition": ["opened", "cancelled"]}, True),
        ({"transition": "cancelled"}, False),
        ({"election": ["presidential"]}, True),
        ({"election": ["local"]}, False),
        ({"institution": ["ODIHR"]}, True),
        ({"institution": ["mission to moldova"]}, True),
        ({"institution": ["ODI"]}, False),
        ({"topic": ["elections"]}, True),
        ({"content_type": ["press release"]}, True),
        ({"content_type": ["news"]}, False),
        ({"publisher": ["observers"]}, True),
        ({"source": ["newsroom"]}, True),
        ({"source": ["other"]}, False),
        ({"language": ["en"]}, True),
        ({"language": ["e", "fr"]}, False),
        ({"published": {"after": "2025-02-04"}}, True),
        ({"published": {"after": "2025-02-05"}}, False),
        ({"published": {"after": "2025-01-01", "before": "2025-02-06"}}, True),
        ({"text": "observers arrived"}, True),
        ({"text": ["nothing", "chisinau"]}, True),
        ({"text": "$arrivals"}, True),
        ({"text": "title:moldova $both"}, True),
        ({"text": "nothing OR ($arrivals AND nothing)"}, False),
        ({"text": "NOT $observation moldova"}, False),
        ({"published": {"within": "1d"}}, True),
        ({"published": {"within": "2w", "before": "2025-02-06"}}, True),
        ({"not": {"published": {"within": "30d"}}}, False),
        ({"keywords": ["observers", "nothing"]}, True),
        ({"keywords": {"all": ["observers", "nothing"]}}, False),
        ({"keywords": {"all": ["observers", "arriv*"]}}, True),
        ({"keywords": {"none": ["nothing"]}}, True),
        ({"keywords": {"any": ["observers"], "none": ["Moldova"]}}, False),
        ({"keywords": {"any": ["$observation"]}}, True),
        ({"country": ["MD"], "event": ["mission.opened"]}, True),
        ({"country": ["MD"], "event": ["mission.cancelled"]}, False),
        ({"not": {"country": ["GE"]}}, True),
        ({"not": {"country": ["MD"], "event": ["mission.cancelled"]}}, True),
        ({"any_of": [{"country": ["GE"]}, {"event": ["mission.opened"]}]}, True),
        ({"any_of": [{"country": ["GE"]}, {"not": {"country": ["MD"]}}]}, False),
        ({"everything": True}, True),
    ],
)
def test_a_condition_is_met(when: dict[str, object], expected: bool) -> None:
    assert met(when) is expected


@pytest.mark.parametrize(
    "key", ["country", "event", "mission", "transition", "election", "topic", "language"]
)
def test_a_release_without_the_fact_does_not_meet_it(key: str) -> None:
    bare = make_release(
        reading=make_reading(countries=(), event="none", mission=None, elections=())
    )
    bare = make_release(reading=bare.reading, topics=(), language=None, published=None)
    wanted = {"country": "MD", "event": "mission.opened", "mission": "EOM", "election": "local"}
    wanted["transition"] = "opened"
    assert not met({key: [wanted.get(key, "en")]}, bare)
    assert not met({"published": {"after": "2000-01-01"}}, bare)


@pytest.mark.parametrize(
    ("when", "path", "words"),
    [
        ({}, (), "everything: true"),
        ({"contry": ["MD"]}, ("contry",), "did you mean 'country'"),
        ({"country": ["Montenegroo"]}, ("country", 0), "did you mean 'Montenegro'"),
        ({"country": []}, ("country",), "at least one"),
        ({"country": [7]}, ("country", 0), "not a text"),
        ({"country": [""]}, ("country", 0), "not a text"),
        ({"mentions": "Ruritania"}, ("mentions",), "unknown country"),
        ({"event": ["mission.open"]}, ("event", 0), "did you mean 'mission.opened'"),
        ({"mission": ["XYZ"]}, ("mission", 0), "there are: EOM"),
        ({"overdue": ["final"]}, ("overdue", 0), "there are: interim_report"),
        ({"overdue": "final_report", "event": "mission.final_report"}, ("event",), "no event"),
        ({"transition": ["canceled"]}, ("transition", 0), "did you mean 'cancelled'"),
        ({"election": ["xyzzy"]}, ("election", 0), "there are: presidential"),
        ({"text": "a ("}, ("text",), "parenthesis"),
        ({"text": ["a", ""]}, ("text", 1), "not a text"),
        ({"topic": ["—"]}, ("topic",), "no word"),
        ({"keywords": {"some": ["a"]}}, ("keywords", "some"), "any, all, none"),
        ({"keywords": "word"}, ("keywords",), "any, all and none"),
        ({"keywords": {}}, ("keywords",), "needs any, all or none"),
        ({"keywords": {"any": ["—"]}}, ("keywords", "any", 0), "no word"),
        ({"keywords": {"any": ["$none"]}}, ("keywords", "any", 0), "no keyword list is called"),
        ({"keywords": {"all": ["a"], "none": ["a"]}}, ("keywords",), "never matches"),
        ({"keywords": {"any": ["a"], "none": ["a", "b"]}}, ("keywords",), "can never match"),
        ({"published": {"after": "soon"}}, ("published", "after"), "not a date"),
        ({"published": {"since": "2025-01-01"}}, ("published", "since"), "after and before"),
        ({"published": {"within": "30"}}, ("published", "within"), "not an age"),
        ({"published": {"within": "0d"}}, ("published", "within"), "not an age"),
        ({"published": {"within": "99999999999d"}}, ("published", "within"), "not an age"),
        ({"published": {"after": "2025-02-01", "before": "2025-02-02"}}, ("published",), "no day"),
        ({"text": "$arivals"}, ("text",), "did you mean 'arrivals'"),
        ({"text": "a $round"}, ("text",), "leads back to itself"),
        ({"text": "$wrong"}, ("text",), "not closed"),
        ({"text": "$b0"}, ("text",), "unfold into more than"),
        ({"text": "$d0"}, ("text",), "nest deeper"),
        ({"text": "elections NOT elections"}, (), "can never match"),
        ({"text": "(a OR b) NOT (a OR b OR c)"}, (), "can never match"),
        ({"text": "a", "keywords": {"none": ["a"]}}, (), "can never match"),
        ({"event": ["none"], "any_of": [{"not": {"event": ["none"]}}]}, (), "can never match"),
        ({"country": ["GE"], "not": {"any_of": [{"country": ["GE"]}, {"text": "a"}]}}, (), "can never match"),
        ({"any_of": [{"text": "a"}, {"not": {"text": "a"}}]}, (), "everything: true"),
        ({"keywords": {"any": ["a\x07b"]}}, ("keywords", "any", 0), "U+0007"),
        ({"country": ["G\u202eE"]}, ("country", 0), "U+202E"),
        ({"topic": ["x" * 2000]}, ("topic", 0), "longer than 1,000"),
        ({"published": {"after": "2025-02-01", "before": "2025-01-01"}}, ("published",), "never match"),
        ({"published": "2025"}, ("published",), "after and before"),
        ({"not": ["a"]}, ("not",), "holds conditions"),
        ({"not": {}}, ("not",), "everything: true"),
        ({"any_of": {}}, ("any_of",), "list of conditions"),
        ({"any_of": [{"country": ["GE"]}, "x"]}, ("any_of", 1), "holds conditions"),
        ({"any_of": [{"country": ["Ruritania"]}]}, ("any_of", 0, "country", 0), "unknown country"),
        ({"country": ["GE"], "not": {"country": ["south-caucasus"]}}, ("not",), "never match"),
        ({"everything": False}, ("everything",), "only be true"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_path(
    when: dict[str, object], path: tuple[str | int, ...], words: str
) -> None:
    condition, problems = compile_when(when, Names())
    assert condition is None
    assert path in [problem.path for problem in problems]
    assert any(words in str(problem) for problem in problems)


def test_all_problems_are_told_at_once() -> None:
    when = {"country": ["Ruritania", "Freedonia"], "event": ["nope"], "text": "("}
    _, problems = compile_when(when, Names())
    assert len(problems) == 4


def test_a_query_says_where_in_it_the_mistake_is() -> None:
    _, (problem,) = compile_when({"text": ["good", "bad OR"]}, Names())
    assert isinstance(problem, RuleError)
    assert (problem.path, problem.offset) == (("text", 1), 6)


def test_nesting_ends() -> None:
    when: dict[str, object] = {"country": ["GE"]}
    for _ in range(60):
        when = {"not": when}
    _, problems = compile_when(when, Names())
    assert "nest deeper" in str(problems[0])


def test_a_match_says_why() -> None:
    when = {"country": ["osce"], "event": ["mission.opened"], "text": "title:mission observers"}
    assert why(when) == (
        Why("country", "MD", "Moldova"),
        Why("event", "mission.opened", "opens"),
        Why("text", "title:mission observers", "mission … Observers"),
    )


def test_a_release_that_changes_no_missions_state_meets_no_transition() -> None:
    told_again = replace(RELEASE, transition=None)
    assert not met({"transition": ["opened"]}, told_again)


def test_a_transition_is_shown_by_the_words_of_its_event() -> None:
    assert why({"transition": ["opened"]}) == (Why("transition", "opened", "opens"),)
