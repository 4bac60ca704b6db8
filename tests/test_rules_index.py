"""The index finds exactly the rules that, asked one by one, are met."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from threading import Barrier, Thread

from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_reading, make_release
from newswatch.model import Election, Overdue, Published, Release
from newswatch.rules.conditions import (
    Condition,
    Every,
    Everything,
    Fact,
    Negation,
    OneOf,
    PublishedBetween,
    PublishedWithin,
    Text,
    Words,
)
from newswatch.rules.find import FIELDS, prepare
from newswatch.rules.index import Segment
from newswatch.rules.language import All, Any, In, Near, Not, Phrase, Prefix, Query, Regex, Stem
from newswatch.rules.rule import Rule, Subscriber
from newswatch.rules.standing import Standing

# Few words, so that rules and releases meet often.
WORDS = ["mission", "missions", "elect", "election", "elected", "an", "vote", "选", "举", "выборы"]
word = st.sampled_from(WORDS)
some_words = st.lists(word, min_size=1, max_size=4).map(tuple)
field = st.sampled_from(sorted(FIELDS))

leaf: st.SearchStrategy[Query] = st.one_of(
    some_words.map(lambda words: Phrase(words, "phrase")),
    st.tuples(some_words, st.sampled_from(["el", "elec", "mi", "xy", "выб"])).map(
        lambda pair: Prefix((*pair[0][1:], pair[1]), "prefix")
    ),
    st.lists(word, min_size=1, max_size=2).map(lambda words: Stem(tuple(words), "stem")),
    st.tuples(st.lists(word, min_size=2, max_size=3), st.integers(0, 4)).map(
        lambda pair: Near(tuple(pair[0]), pair[1], "near")
    ),
    st.sampled_from([r"elect\w+", r"MISSIONS? an", r"[^a]选", r"vote$", r"\d"]).map(
        lambda pattern: Regex(pattern, "regex")
    ),
)


def grown(part: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    parts = st.lists(part, min_size=1, max_size=4).map(tuple)
    return st.one_of(parts.map(All), parts.map(Any), part.map(Not))


# A field holds no field: the language refuses it.
plain = st.recursive(leaf, grown, max_leaves=6)
query = st.recursive(st.one_of(plain, st.builds(In, field, plain)), grown, max_leaves=6)

FACTS = {
    "country": ["MD", "GE", "AM", "AZ", "RO", "XK"],
    "mentions": ["MD", "GE"],
    "event": ["mission.opened", "none"],
    "mission": ["EOM", "EET"],
    "transition": ["opened", "cancelled"],
    "overdue": ["interim_report", "final_report"],
    "election": ["local", "presidential"],
    "source": ["newsroom", "other"],
    "language": ["en", "en-gb", "fr"],
    "institution": ["election", "mission an"],
    "topic": ["vote", "an"],
    "publisher": ["mission"],
    "content_type": ["vote an", "elect"],
}
fact = st.sampled_from(sorted(FACTS)).flatmap(
    lambda name: st.frozensets(st.sampled_from(FACTS[name]), min_size=1).map(
        lambda values: Fact(name, values, "")
    )
)
keyword = st.one_of(
    some_words.map(lambda words: Phrase(words, "")),
    st.just(Prefix(("an", "el"), "")),
    st.just(Prefix(("mi",), "")),
)
keywords = st.lists(keyword, max_size=6).map(tuple)
day = st.dates(date(2025, 2, 3), date(2025, 2, 7))
key: st.SearchStrategy[Condition] = st.one_of(
    query.map(lambda tree: Text(tree, "")),
    fact,
    st.builds(Words, keywords, keywords.map(lambda words: words[:2]), keywords),
    st.builds(PublishedBetween, st.none() | day, st.none() | day),
    st.builds(PublishedWithin, st.integers(0, 3).map(timedelta), st.just("")),
    st.just(Everything()),
)
condition = st.recursive(
    key,
    lambda part: st.one_of(
        st.lists(part, min_size=1, max_size=3).map(lambda parts: Every(tuple(parts))),
        st.lists(part, min_size=1, max_size=3).map(lambda parts: OneOf(tuple(parts))),
        part.map(Negation),
    ),
    max_leaves=5,
)

line = st.lists(st.one_of(word, st.sampled_from(["ELECTED", "vote,", "5", "—"])), max_size=12).map(
    " ".join
)
few_lines = st.lists(line, max_size=2).map(tuple)


@st.composite
def releases(draw: st.DrawFn) -> Release:
    codes = draw(st.lists(st.sampled_from(FACTS["country"]), max_size=2, unique=True))
    return make_release(
        title=draw(line),
        text=draw(line),
        institutions=draw(few_lines),
        topics=draw(few_lines),
        publisher=draw(line),
        content_type=draw(st.none() | line),
        url=f"https://newsroom.example/{draw(word)}",
        source_id=draw(st.sampled_from(FACTS["source"])),
        language=draw(st.sampled_from([None, "en", "en-GB", "fr", "ru"])),
        published=draw(st.none() | day.map(Published)),
        overdue=draw(st.none() | st.builds(Overdue, st.sampled_from(FACTS["overdue"]), day)),
        transition=draw(st.none() | st.sampled_from(FACTS["transition"])),
        reading=make_reading(
            countries=tuple(codes),
            mentioned=tuple(draw(st.lists(st.sampled_from(FACTS["mentions"]), max_size=1))),
            event=draw(st.sampled_from(FACTS["event"])),
            mission=draw(st.none() | st.sampled_from(FACTS["mission"])),
            elections=tuple(
                Election(kind)
                for kind in draw(st.lists(st.sampled_from(FACTS["election"]), max_size=2))
            ),
        ),
    )


def met(segment: Segment, release: Release) -> list[int]:
    return sorted(set(segment.met(prepare(release)).tolist()))


def asked_one_by_one(conditions: list[Condition], release: Release) -> list[int]:
    text = prepare(release)
    return [n for n, one in enumerate(conditions) if one.meets(text) is not None]


@settings(max_examples=500, deadline=None)
@given(st.lists(condition, max_size=12), st.lists(releases(), min_size=1, max_size=3))
def test_the_index_finds_what_asking_each_rule_finds(
    conditions: list[Condition], found: list[Release]
) -> None:
    segment = Segment(conditions)
    for release in found:
        assert met(segment, release) == asked_one_by_one(conditions, release)


@settings(max_examples=200, deadline=None)
@given(st.lists(query, min_size=1, max_size=20), releases())
def test_the_index_finds_what_asking_each_query_finds(
    queries: list[Query], release: Release
) -> None:
    conditions: list[Condition] = [Text(tree, "") for tree in queries]
    assert met(Segment(conditions), release) == asked_one_by_one(conditions, release)


def subscriber(name: str, *words: str) -> Subscriber:
    rules = tuple(Rule(word, word, Text(Phrase((word,), word), word)) for word in words)
    return Subscriber(name, name, rules=rules)


def found(standing: Standing, title: str) -> list[tuple[str, str]]:
    text = prepare(make_release(title=title, text=""))
    return [(of.id, rule.id) for of, rule in standing.met(text)]


A, B, C = subscriber("a", *"bcdfghjklmnpqrst"), subscriber("b", "b", "x"), subscriber("c", "x", "c")


def test_rules_are_met_in_the_order_of_the_configuration() -> None:
    standing = Standing.of([A, B, C])
    assert found(standing, "x c b") == [("a", "b"), ("a", "c"), ("b", "b"), ("b", "x"), ("c", "x"), ("c", "c")]  # fmt: skip


def test_a_rule_that_several_words_lead_to_is_met_once() -> None:
    either = Text(Any((Phrase(("x",), "x"), Phrase(("y",), "y"))), "")
    late = Text(Any((Near(("x", "y"), 1, ""), Near(("y", "x"), 2, ""))), "")
    standing = Standing.of(
        [Subscriber("a", "", rules=(Rule("1", "", either), Rule("2", "", late)))]
    )
    assert found(standing, "y x") == [("a", "1"), ("a", "2")]


def test_a_changed_file_is_read_anew_and_no_other() -> None:
    before = Standing.of([A, B, C])
    after = before.updated([A, changed := subscriber("b", "y"), C])
    assert after.parts[0] is before.parts[0]
    assert [rules for part in after.parts[1:] for rules in part.rules.values()] == [changed.rules]
    assert found(after, "x y b") == [("a", "b"), ("b", "y"), ("c", "x")]
    assert found(before, "x y b") == [("a", "b"), ("b", "b"), ("b", "x"), ("c", "x")]


def test_a_file_that_changes_twice_leaves_nothing_of_its_first_change() -> None:
    once = Standing.of([A, B, C]).updated([A, subscriber("b", "y"), C])
    twice = once.updated([A, subscriber("b", "z"), C])
    assert found(twice, "x y z b") == [("a", "b"), ("b", "z"), ("c", "x")]


def test_what_did_not_change_is_not_read_again() -> None:
    once = Standing.of([A, B, C]).updated([A, subscriber("b", "y"), C])
    again = once.updated([*once.subscribers])
    assert [again.parts[0], again.parts[1]] == [once.parts[0], once.parts[1]]


def test_subscribers_come_go_and_change_their_order() -> None:
    standing = Standing.of([A, B, C])
    assert found(standing.updated([C, A]), "x c") == [("c", "x"), ("c", "c"), ("a", "c")]
    assert found(standing.updated([]), "x c") == []
    assert found(Standing.of([]).updated([B]), "x") == [("b", "x")]


def test_two_subscribers_may_have_the_very_same_rules() -> None:
    twin = replace(B, id="twin")
    standing = Standing.of([A, B, twin])
    assert found(standing, "x") == [("b", "x"), ("twin", "x")]
    assert found(standing.updated([A, twin]), "x") == [("twin", "x")]
    assert found(Standing.of([A, B]).updated([A, B, twin]), "x") == [("b", "x"), ("twin", "x")]


def test_when_much_has_changed_everything_is_built_anew() -> None:
    before = Standing.of([B, C])
    after = before.updated([B, subscriber("c", "q")])
    assert len(after.parts) == 1
    assert found(after, "q x") == [("b", "x"), ("c", "q")]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.sampled_from("bcdfgx"), max_size=4), min_size=2, max_size=8), st.data())
def test_any_chain_of_updates_is_as_good_as_building_anew(
    files: list[list[str]], data: st.DataObject
) -> None:
    number = count()
    current = [subscriber(f"s{next(number)}", *dict.fromkeys(words)) for words in files]
    standing = Standing.of(current)
    for _ in range(4):
        at = data.draw(st.integers(0, len(current) - 1))
        words = data.draw(st.lists(st.sampled_from("bcdfgx"), max_size=4))
        current[at] = subscriber(f"s{next(number)}", *dict.fromkeys(words))
        standing = standing.updated(current)
        assert found(standing, "b c x") == found(Standing.of(current), "b c x")


def test_threads_may_match_at_once() -> None:
    standing = Standing.of([A, B, C])
    together = Barrier(4)
    results: list[list[tuple[str, str]]] = []

    def work(title: str) -> None:
        together.wait()
        results.extend(found(standing, title) for _ in range(200))

    threads = [Thread(target=work, args=(title,)) for title in ("x", "x", "c", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(tuple, results)) == sorted(
        [tuple(found(standing, "x"))] * 400 + [tuple(found(standing, "c"))] * 400
    )


def test_a_rule_with_more_needs_than_are_laid_out_is_asked_in_full() -> None:
    words = [f"w{n}" for n in range(300)]
    every = Text(All(tuple(Phrase((word,), word) for word in words)), "")
    pairs = Text(All(tuple(Any((Phrase((a,), a), Phrase(("z",), "z"))) for a in words)), "")
    segment = Segment([every, pairs])
    whole, lacking = (make_release(text=" ".join(words[:end])) for end in (300, 299))
    assert met(segment, whole) == [0, 1]
    assert met(segment, lacking) == []


def test_a_long_list_is_one_thing_to_look_for() -> None:
    codes = frozenset(f"{a}{b}" for a in "ABCDE" for b in "ABCDE") | {"MD"}
    segment = Segment([Every((Fact("country", codes, ""), Text(Phrase(("vote",), ""), "")))])
    assert met(segment, make_release(title="A vote")) == [0]
    assert met(segment, make_release(title="A count")) == []
