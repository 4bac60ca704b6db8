"""The index finds exactly the rules that, asked one by one, are met."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_reading, make_release
from newswatch.model import Election, Published, Release
from newswatch.rules.conditions import (
    Condition,
    Every,
    Everything,
    Fact,
    Negation,
    OneOf,
    PublishedBetween,
    Text,
    Words,
)
from newswatch.rules.find import FIELDS, prepare
from newswatch.rules.index import Segment
from newswatch.rules.language import All, Any, In, Near, Not, Phrase, Prefix, Query, Regex, Stem

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
        assert segment.met(prepare(release)).tolist() == asked_one_by_one(conditions, release)


@settings(max_examples=200, deadline=None)
@given(st.lists(query, min_size=1, max_size=20), releases())
def test_the_index_finds_what_asking_each_query_finds(
    queries: list[Query], release: Release
) -> None:
    conditions: list[Condition] = [Text(tree, "") for tree in queries]
    assert Segment(conditions).met(prepare(release)).tolist() == asked_one_by_one(
        conditions, release
    )
