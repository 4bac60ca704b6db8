"""Which countries a release is about, and which it only names. Pure.

Every country that is named has a part in its sentence: the matter, the place where something
happens, or an aside (who somebody is, who paid, where observers come from, what is compared). The
release is about the matters of its headline and of the field mission that it comes from; where
those name none, about those of its text, an election's before others; last, about the city of its
dateline.
"""

import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cache

from newswatch.model import Evidence
from newswatch.understand.clause import Spot, european, misspelt, named, partless, posts_of, spots
from newswatch.understand.parts import Part
from newswatch.understand.passage import Passage

# Capitals where the bodies that observe elections sit: a dateline there says nothing.
SEATS = frozenset(["PL", "AT", "DK", "BE", "FR", "US", "GB", "ET", "CH", "NG", "BW", "NL", "TH"])
# Of these, where one body alone sits; and bodies that are guests there.
BODY_OF_SEAT = {
    "NG": re.compile(r"\b(?:ECOWAS|CEDEAO)\b"),
    "ET": re.compile(
        r"\b(?:AU|UA|AUEOM|African Union|Union africaine|União Africana|Unión Africana)\b"
    ),
    "BW": re.compile(r"\b(?:SADC|SEOM)\b"),
    "TH": re.compile(r"\bANFREL\b"),
}
GUESTS = re.compile(
    r"\b(?:EU|EUEOM|UE|European Union|Union européenne|União Europeia|Unión Europea|NDI|IRI|"
    r"National Democratic Institute|Carter|Commonwealth)\b"
)
LEAD = 1_500  # characters of a text that say what it is about; behind them countries are mentioned
MOST_CITIES = 2  # more in a dateline are those of negotiators
# The text's countries with their parts; asked for only where the headline does not decide.
Told = Callable[[], list[Spot]]
SURE = {"name": 0.95, "people": 0.9, "capital": 0.75, "place": 0.7}


@dataclass(frozen=True, slots=True)
class Roles:
    """Codes in the order of their first evidence."""

    subjects: tuple[str, ...]
    mentioned: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The spots that say what a release is about, and how much their place there counts."""

    spots: list[Spot]
    weight: float


def read_roles(title: Passage, text: Passage, institutions: Sequence[Passage]) -> Roles:
    """The countries of a release with their roles, and the words that say so."""
    whole = f"{title.text}\n{text.text}"
    in_title, in_text = named(title, whole), named(text, whole)
    codes = {term.code for group in (*in_title, *in_text) for term in group}
    posts = [spot for post in institutions for spot in meant(list(posts_of(post)), codes)]
    leading = [group for group in in_text if group[0].start < LEAD]
    choice = choose(title, text, spots(title, in_title), cache(lambda: spots(text, leading)), posts)
    chosen = firsts(choice.spots)
    subjects = tuple(spot.code for spot in chosen)
    everything = (*partless(title, in_title), *partless(text, in_text))
    others = firsts(s for s in everything if is_mention(s) and s.code not in subjects)
    evidence = [s.evidence("country", round(choice.weight * SURE[s.kind], 2)) for s in chosen]
    evidence += [s.evidence("mentioned", SURE[s.kind]) for s in others]
    return Roles(subjects, tuple(spot.code for spot in others), tuple(evidence))


def meant(post: list[Spot], codes: Set[str]) -> list[Spot]:
    """The countries of a mission to several ("Delegation to Sri Lanka and the Maldives"): those that
    the release names, where it names any."""
    return [spot for spot in post if spot.code in codes] or post


def firsts(found: Iterable[Spot]) -> list[Spot]:
    first: dict[str, Spot] = {}
    for spot in found:
        first.setdefault(spot.code, spot)
    return list(first.values())


def is_mention(spot: Spot) -> bool:
    """A country counts as named by name, adjective, capital or an international body's seat."""
    return spot.kind != "place"


def choose(
    title: Passage, text: Passage, titled: list[Spot], told: Told, posts: list[Spot]
) -> Choice:
    heads = headline_matters(titled, told, posts)
    if is_internal(title) and not any(
        spot.kind in ("name", "people") or is_told(spot, told()) for spot in heads
    ):
        return Choice(posts, 1.0)
    if heads or posts:
        return Choice(heads + posts + ([] if heads else actors(text, told())), 1.0)
    union = european(title)
    if union:
        return Choice([union], 1.0)
    matters = [spot for spot in told() if spot.part is not Part.ASIDE and not spot.in_dateline]
    union = european(text)
    elected = first_sentence(text, [s for s in matters if s.part is Part.ELECTION])
    if elected or union:
        return Choice(elected or [union] if union else elected, 0.9)
    choice = unelected(title, text, told(), matters)
    if choice.spots:
        return choice
    return Choice(alone([*titled, *told()]) or [*misspelt(title), *misspelt(text)], 0.5)


def alone(named: list[Spot]) -> list[Spot]:
    """The one country that is named beside the dateline, if only as an aside: "a report from Ukraine"."""
    beside = [spot for spot in named if not spot.in_dateline]
    return beside if len({spot.code for spot in beside}) == 1 else []


# A body's own business: whom it chooses, employs and mourns comes from somewhere, and is no matter.
INTERNAL = re.compile(
    r"\b(?:Secretary[ -]General|Assembly (?:chair|president|head)|bureau\b|presidency|chairmanship|gavel|"
    r"High Commissioner|Director|Vice[ -](?:President|Chair)|Treasurer|Board\b|committee\b|Secretar|Officer|judges?|Court|Secrétaire général|"
    r"Secretario General|Secretário-Geral|Generalsekretär|Генеральн\w+ секретар)",
    re.IGNORECASE,
)
CHOOSING = re.compile(
    r"\b(?:elect(?:s|ed|ion)?|re-?elect\w*|choos\w*|chosen|ballot|race|bid|wins?|beats|named|names|"
    r"appoint\w*|joins|passes|takes (?:over|office|up)|new|candidat\w*|élection|élit|elige|elegido|"
    r"nommée?|nombrad[oa]|gewählt|wählt|избран\w*)\b",
    re.IGNORECASE,
)
MOURNING = re.compile(
    r"\b(?:Remembering|remembers|mourns?|in memoriam|obituary|tribute to|honou?red|awarded)\b",
    re.IGNORECASE,
)
OBSERVED = re.compile(
    r"observ|mission|monitor|EOM\b|presidential|parliamentary|local|general elect", re.IGNORECASE
)


def is_internal(title: Passage) -> bool:
    """ "Spanish lawmaker wins Assembly presidency", "New Director takes office"."""
    words = title.text
    mourning = MOURNING.search(words)
    if mourning:
        return not OBSERVED.search(words[: mourning.start()])
    if OBSERVED.search(words):
        return False
    return INTERNAL.search(words) is not None and CHOOSING.search(words) is not None


def headline_matters(titled: list[Spot], told: Told, posts: list[Spot]) -> list[Spot]:
    """The headline's matters; a venue gives way to what the headline or the newsroom names beside."""
    heads = [spot for spot in titled if spot.part is not Part.ASIDE]
    if posts:
        heads = [spot for spot in heads if not is_beside(spot)]
    elected = {s.code for s in heads if s.part is Part.ELECTION and s.kind in ("name", "people")}
    firm = [s for s in heads if s.code in elected or not is_city(s, bool(elected))]
    if posts or len(firm) == len(heads):
        return firm
    if not elected:
        firm = [s for s in heads if not is_city(s, elected=False) or is_told(s, [*heads, *told()])]
    return firm or [s for s in heads if not is_seat(s)]


def is_at_home(code: str, title: Passage, text: Passage) -> bool:
    """Whether a city of a dateline is that of the speaker's seat, not of a mission: the EU speaks from
    Abuja of Nigeria."""
    body = BODY_OF_SEAT.get(code)
    whole = f"{title.text}\n{text.text}"
    is_guest = body is not None and not body.search(whole) and GUESTS.search(whole)
    return code in SEATS and not is_guest


def is_seat(spot: Spot) -> bool:
    """ "Warsaw" and "The Hague", not "Amsterdam", not "Kano"."""
    is_capital = spot.kind == "capital" and spot.code in SEATS
    return is_capital and spot.evidence("", 0).words not in ("Amsterdam", "Bern")


def is_beside(spot: Spot) -> bool:
    """ "Serb policemen", "visit to Oslo" in the release of a mission elsewhere."""
    return spot.kind != "name" and spot.part is not Part.ELECTION


def is_city(spot: Spot, elected: bool) -> bool:
    """A venue, or a seat's name for the body that sits there ("Brussels sends …").

    `elected`: the headline names the country of an election beside.
    """
    if spot.kind not in ("capital", "place"):
        return False
    return spot.part is Part.VENUE or elected or (is_seat(spot) and spot.part is Part.MATTER)


def is_told(spot: Spot, others: list[Spot]) -> bool:
    """Whether the country of a city is named beside the city."""
    return any(
        other.code == spot.code
        and other.kind in ("name", "people")
        and other.part is not Part.ASIDE
        for other in others
    )


def actors(text: Passage, told: list[Spot]) -> list[Spot]:
    """ "Croatia, Serbia and Montenegro today undertook …": states that act in the first sentence."""
    return [spot for spot in told if spot.is_actor and spot.start < first_end(text)]


def first_end(text: Passage) -> int:
    return next(text.sentences())[1]


def first_sentence(text: Passage, matters: list[Spot]) -> list[Spot]:
    """The spots of the first sentence that has any, those with a name before others."""
    for start, end in text.sentences() if matters else ():
        here = [spot for spot in matters if start <= spot.start < end]
        if here:
            return [s for s in here if s.kind in ("name", "people")] or here
    return []


def unelected(title: Passage, text: Passage, told: list[Spot], matters: list[Spot]) -> Choice:
    """No election is told of: the first sentence, the dateline, then the other sentences."""
    opening = [spot for spot in matters if spot.start < first_end(text)]
    by_name = [spot for spot in opening if spot.kind == "name"]
    if by_name:
        return Choice(by_name, 0.8)
    dateline = [spot for spot in told if spot.in_dateline]
    city = [
        spot for spot in dateline if spot.kind == "name" or not is_at_home(spot.code, title, text)
    ]
    if city and len(dateline) <= MOST_CITIES:
        return Choice(city, 0.8)
    if opening:
        return Choice(opening, 0.75)
    return Choice(first_sentence(text, matters), 0.6)
