"""What is missing of a query that is not met, what comes near it, and what would find that. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from newswatch.rules import language
from newswatch.rules.find import SEARCHED, FieldText, ReleaseText, Spot, find, place_within
from newswatch.rules.language import Leaf, Near, Phrase, Prefix, Query, Regex, Stem
from newswatch.rules.stems import STEMMERS, stem

MOST_SHOWN = 8  # words or places in one line
LONG_ENOUGH = 4  # letters of a word that may be misspelt
ALIKE = 0.8  # of difflib's ratio: "Tajikstan" and "Tajikistan"
FARTHEST = 100  # what ~ may say


# -- what is missing ------------------------------------------------------------------------------


def missing(query: Query, text: ReleaseText, scope: str = "") -> str:
    """In words, what of a query keeps it from being met."""
    match query:
        case language.In(field=name, part=part):
            return missing(part, text, name)
        case language.Not(part=part):
            return f"there is {places(find(part, text, scope) or ())}, which must not be"
        case language.All(parts=parts):
            return missing_of(parts, text, scope)
        case language.Any():
            return f"none of {written(query)} is in {where(scope)}"
        case _:
            return f"{written(query)} is not in {where(scope)}"


def missing_of(parts: Sequence[Query], text: ReleaseText, scope: str) -> str:
    failed = [part for part in parts if find(part, text, scope) is None]
    told = "; ".join(missing(part, text, scope) for part in failed)
    met = len(parts) - len(failed)
    return f"{met} of {len(parts)} parts are met, but {told}" if met else told


def written(query: Query) -> str:
    """A query as a person would write it; of many alternatives, the first."""
    match query:
        case language.In(field=name, part=part):
            return f"{name}:{written(part)}"
        case language.Not(part=part):
            return f"NOT {written(part)}"
        case language.All(parts=parts):
            return some(map(written, parts), " AND ")
        case language.Any(parts=parts):
            return some(map(written, parts), ", ")
        case _:
            return query.shown


def some(shown: Iterable[str], between: str = ", ") -> str:
    every = list(shown)
    rest = f"{between}{len(every) - MOST_SHOWN} more" if len(every) > MOST_SHOWN else ""
    return between.join(every[:MOST_SHOWN]) + rest


def where(scope: str) -> str:
    return f"the {scope}" if scope else "title or text"


def places(spots: Iterable[Spot]) -> str:
    """Found words with the place of their first and last character, each once."""
    return some(dict.fromkeys(map(place, spots)))


def place(spot: Spot) -> str:
    return f"“{spot.words}” ({spot.field} {spot.start}–{spot.end})"


# -- what comes near ------------------------------------------------------------------------------


def near(query: Query, text: ReleaseText, scope: str = "") -> Iterator[str]:
    """What comes near the parts of a query that are not met, and how it would be found."""
    match query:
        case language.In(field=name, part=part):
            yield from near(part, text, name)
        case language.Not():
            return
        case language.All(parts=parts) | language.Any(parts=parts):
            for part in parts:
                if find(part, text, scope) is None:
                    yield from near(part, text, scope)
        case _:
            yield from near_leaf(query, text, scope)


def near_leaf(leaf: Leaf, text: ReleaseText, scope: str) -> Iterator[str]:
    for other in SEARCHED:
        if scope and other != scope and (spots := find(leaf, text, other)):
            yield f"{leaf.shown} is not in {where(scope)}, but in the {other}: {place(spots[0])}"
    for field in text.searched(scope):
        yield from in_field(leaf, field)


def in_field(leaf: Leaf, field: FieldText) -> Iterator[str]:
    match leaf:
        case Phrase(words=(word,)):
            yield from like_word(word, field)
        case Phrase(words=words) | Prefix(words=words):
            yield from apart(words, field, f"{leaf.shown} asks for them side by side")
        case Near(words=words, distance=distance):
            yield from apart(words, field, f"~{distance} allows {distance} between them")
        case Stem():
            yield from without_stemmer(field)
        case Regex():
            return


def like_word(word: str, field: FieldText) -> Iterator[str]:
    """Inflections, longer words, other spellings."""
    of = field.language or "en"
    for found in field.places:
        if found != word and (stem(found, of) == stem(word, of) or found.startswith(word)):
            spot = field.spot(field.places[found][0], field.places[found][0])
            yield f"there is {place(spot)}; {' or '.join(ways(word, found, field))} would find it"
            return
    close = get_close_matches(word, field.places, n=1, cutoff=ALIKE)
    if close and len(word) >= LONG_ENOUGH:
        first = field.places[close[0]][0]
        yield f"there is {place(field.spot(first, first))}, spelt nearly like {word}"


def ways(word: str, found: str, field: FieldText) -> Iterator[str]:
    if stem(found, field.language) == stem(word, field.language):
        yield f"stem:{word}"
    if found.startswith(word) and len(word) > 1:
        yield f"{word}*"
    else:
        yield found


def apart(words: Sequence[str], field: FieldText, asked: str) -> Iterator[str]:
    """Several words of which some are there, or all, but not as they are asked for."""
    there = [word for word in dict.fromkeys(words) if word in field.places]
    absent = [word for word in dict.fromkeys(words) if word not in field.places]
    if there and absent:
        yield f"of its words, {some(there)} {are(there)} in the {field.name}, {some(absent)} not"
    between = least_between(there, field) if there and not absent else None
    if between is not None:
        would = f'; "{" ".join(words)}"~{between} would find them' if between <= FARTHEST else ""
        yield (
            f"its words are in the {field.name}, with {between} others between them or in another "
            f"order; {asked}{would}"
        )


def are(found: Sequence[str]) -> str:
    return "is" if len(found) == 1 else "are"


def least_between(words: Sequence[str], field: FieldText) -> int | None:
    """The fewest other words among which all of some stand."""
    ends = len(field.words)
    found = [
        max(place_within(word, low, ends, field) or 0 for word in words) - low + 1 - len(words)
        for low in sorted(position for word in words for position in field.places[word])
        if all(place_within(word, low, ends, field) is not None for word in words)
    ]
    return min(found, default=None)


def without_stemmer(field: FieldText) -> Iterator[str]:
    if field.name != "title":
        return
    if field.language is None:
        yield "the release states no language: stem: finds the word itself only"
    elif field.language.split("-")[0].lower() not in STEMMERS:
        yield f"there is no stemmer for {field.language}: stem: finds the word itself only"
