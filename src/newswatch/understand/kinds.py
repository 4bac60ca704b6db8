"""Which kinds of elections a passage names: by the word for them, or by who is elected. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from newswatch.understand.among import among
from newswatch.understand.marks import Mark
from newswatch.understand.tagged import Tagged

KINDS: Mapping[str, str] = {
    "PRES": "presidential",
    "PARL": "parliamentary",
    "LOCAL": "local",
    "REG": "regional",
    "EURO": "european",
    "REFER": "referendum",
    "GEN": "general",
    "OTHERKIND": "other",
}
# These say "election" themselves: "législatives", "Bundestagswahl", "referendum".
ALONE: Mapping[str, str] = {f"{tag}1": kind for tag, kind in KINDS.items()} | {
    "EURO": "european",
    "REFER": "referendum",
}
# Who is elected, where a verb says so: "to elect a president and deputies".
OFFICES: Mapping[str, str] = {
    **{tag: KINDS[tag] for tag in ("PRES", "PARL", "LOCAL", "REG", "OTHERKIND")},
    "PRESIDENT": "presidential",
    "DEPUTIES": "parliamentary",
}
KIND_OF: Mapping[str, str] = {**KINDS, **ALONE, **OFFICES}
VOTES = frozenset(("ELECTION", "VOTE", "ROUND", "EXPRESSELECTED"))
NEAR = 4  # words between "parliamentary" and "elections"
FAR = 6  # words between a verb of electing and who is elected
PARTS = frozenset(";:")
JOINTS = among(
    ", – — a an in new their the und o um la los le las les os and et y e и та i as well for all its of both s el au aux da do das dos die der den leur leurs ses sus seu seus"
)
NUMBERS = among("two three four five six seven eight nine ten deux trois dos tres zwei drei")
NAMES = frozenset(("COMMISSION", "LEGISLATURE", "PARTNER", "DELEGATION"))
NOT_AFTER = (
    "contend",
    "candid",
    "assembl",
    "delegat",
    "observer",
    "group",
    "secretar",
    "committee",
    "official",
    "author",
    "govern",
    "media",
    "time",
)
NOT_BEFORE = (
    *("secretary", "attorney", "inspector", "director", "prosecutor", "youth", "student"),
    # Nouns that French, Spanish and Portuguese put first: "candidatos presidenciales".
    *("candidat", "aspirant", "decret", "décret", "oficina", "comisi", "comiss", "commission"),
    *("capital", "autorid", "autorit", "consej", "conseil", "delegad", "junta"),
)
# Elections of everything at once: where their parts are named, these are meant.
COMPOUND = ("tripartite", "harmoni")


class Kind(NamedTuple):
    """A kind of election that `pieces[first:last]` name; `is_office`: told by who is elected."""

    kind: str
    first: int
    last: int
    is_office: bool = False


def overlap(one: Mark, other: Mark) -> bool:
    return one.first < other.last and other.first < one.last


def votes_in(tagged: Tagged) -> list[Mark]:
    """The words for voting, those in the names of commissions and laws left out."""
    names = marks_of(tagged, NAMES)
    return [
        mark
        for mark in tagged.marks
        if (mark.tag in VOTES or mark.tag in ALONE) and not any(overlap(mark, n) for n in names)
    ]


def marks_of(tagged: Tagged, tags: frozenset[str]) -> list[Mark]:
    return [mark for mark in tagged.marks if mark.tag in tags]


def kinds_in(tagged: Tagged, votes: Sequence[Mark]) -> list[Kind]:
    """The kinds that are said of a vote, not of a delegation or a council."""
    marks = widest(mark for mark in tagged.marks if mark.tag in KIND_OF)
    found = [
        Kind(ALONE[mark.tag], mark.first, mark.last, is_compound(mark, tagged))
        for mark in alone_in(tagged, marks)
    ]
    waiting = adjectives_in(tagged, marks)
    polls = [vote for vote in votes if vote.tag != "REFER"]  # "referendum on presidential powers"
    found += [
        as_kind(mark) for mark in waiting if any(is_close(mark, vote, tagged) for vote in polls)
    ]
    found += chosen_in(tagged, marks)
    offices = [mark for mark in marks if mark.tag in ("PRESIDENT", "DEPUTIES")]
    # "presidential, legislative and local", "president, parliament and local councils"
    for mark in (*reversed(waiting), *waiting, *offices, *waiting):
        close = closest(mark, found)
        if close and is_told_by(mark, close, tagged) and is_joined(mark, close, tagged):
            found.append(as_kind(mark, close.is_office))
    return sorted(unlike(found), key=lambda kind: kind.first)


def is_told_by(mark: Mark, kind: Kind, tagged: Tagged) -> bool:
    """Whether a word beside a kind may be one: an office only beside others that are elected, or
    before a word for voting ("presidential and representatives elections")."""
    after = tagged.words[mark.last : mark.last + 1]
    is_before_vote = any(not VOTES.isdisjoint(word.tags) for word in after)
    return mark.tag in KINDS or kind.is_office or is_before_vote


def unlike(kinds: Iterable[Kind]) -> Iterator[Kind]:
    """Each word for a kind once, as it was told first."""
    return iter({kind[:3]: kind for kind in reversed(tuple(kinds))}.values())


def widest(marks: Iterable[Mark]) -> list[Mark]:
    """Of words for kinds that overlap those that begin first, of these the longest: "provincial
    council elections" are no council elections, a "legislative council" is no council."""
    found: list[Mark] = []
    end = 0
    for mark in sorted(marks, key=lambda mark: (mark.first, -mark.last)):
        if mark.first >= end or mark[1:] == found[-1][1:]:
            found.append(mark)
            end = mark.last
    return found


def as_kind(mark: Mark, is_office: bool = False) -> Kind:
    return Kind(KIND_OF[mark.tag], mark.first, mark.last, is_office)


def alone_in(tagged: Tagged, marks: Iterable[Mark]) -> list[Mark]:
    names = marks_of(tagged, frozenset(("COMMISSION", "LEGISLATURE")))
    return [
        mark
        for mark in marks
        if mark.tag in ALONE
        and not any(overlap(mark, n) for n in names)
        and not before(mark, tagged).startswith(NOT_BEFORE)
    ]


def before(mark: Mark, tagged: Tagged) -> str:
    return tagged.pieces[mark.first - 1] if mark.first else ""


def adjectives_in(tagged: Tagged, marks: Iterable[Mark]) -> list[Mark]:
    """The words for a kind that may be said of something else: "parliamentary", "local"."""
    names = marks_of(tagged, NAMES)
    return [mark for mark in marks if mark.tag in KINDS and not is_other(mark, tagged, names)]


def chosen_in(tagged: Tagged, marks: Sequence[Mark]) -> Iterator[Kind]:
    """The offices beside a verb of electing: "to elect deputies", "a president is to be elected"."""
    verbs = marks_of(tagged, frozenset(("CHOOSE", "CHOSEN")))
    if not verbs:
        return
    names = marks_of(tagged, frozenset(("COMMISSION", "LEGISLATURE", "PARTNER")))
    for mark in marks:
        if (
            mark.tag in OFFICES
            and any(is_object(mark, verb, tagged) for verb in verbs)
            and not is_other(mark, tagged, names)
        ):
            yield as_kind(mark, is_office=True)


def is_object(mark: Mark, verb: Mark, tagged: Tagged) -> bool:
    """Whether a verb of electing is said of an office; "elected representatives" are no vote."""
    if tagged.sentence[mark.first] != tagged.sentence[verb.first]:
        return False
    if verb.tag == "CHOSEN":
        return 0 <= verb.first - mark.last <= NEAR
    between = tagged.pieces[verb.last : mark.first]
    is_adjective = mark.first == verb.last and tagged.pieces[verb.first] == "elected"
    return (
        mark.first >= verb.last and len(between) <= FAR and not is_adjective and "," not in between
    )


def closest(mark: Mark, kinds: Iterable[Kind]) -> Kind | None:
    return min(kinds, key=lambda kind: abs(kind.first - mark.first), default=None)


def is_joined(mark: Mark | Kind, kind: Kind, tagged: Tagged) -> bool:
    """Whether only "and", commas, articles and "early" part a word from a kind."""
    between = range(min(mark.last, kind.last), max(mark.first, kind.first))
    return len(between) <= NEAR and all(is_joint(tagged, place) for place in between)


def is_joint(tagged: Tagged, place: int) -> bool:
    piece = tagged.pieces[place]
    is_number = piece in NUMBERS or piece.isdigit()
    return piece in JOINTS or is_number or "EARLY" in tagged.words[place].tags


TOWARDS = among(
    "to for of au aux à pour de do da das dos al a para zum zur für в во до за у na za pentru la për"
)


def is_close(mark: Mark, vote: Mark, tagged: Tagged) -> bool:
    first, last = vote.first, vote.last
    if is_noun(mark, tagged) and not is_governed(mark, vote, tagged):
        return False
    limit = NEAR if mark.tag in ("PRES", "PARL") else 1 if first >= mark.last else 2
    gap = first - mark.last if first >= mark.last else mark.first - last
    if gap > limit or tagged.sentence[first] != tagged.sentence[mark.first]:
        return False
    return not any(
        piece in PARTS or piece == ","
        for piece in tagged.pieces[min(mark.last, last) : max(mark.first, first)]
    )


def is_noun(mark: Mark, tagged: Tagged) -> bool:
    """Whether a word for a kind is a noun: "parliament", not "parliamentary"."""
    return any("DEPUTIES" in word.tags for word in tagged.words[mark.first : mark.last])


def is_governed(mark: Mark, vote: Mark, tagged: Tagged) -> bool:
    """ "elections to the new parliament", "parliament elections"; not "elections handed to parliament"."""
    after = tagged.pieces[vote.last : vote.last + 1]
    is_before = mark.first < vote.first <= mark.last
    return is_before or any(piece in TOWARDS for piece in after)


def is_other(mark: Mark, tagged: Tagged, names: Sequence[Mark]) -> bool:
    """ "parliamentary assembly", "Secretary General": words that speak of no vote."""
    after = tagged.pieces[mark.last] if mark.last < len(tagged.pieces) else ""
    return (
        after.startswith(NOT_AFTER)
        or (mark.tag == "GEN" and after.startswith("council"))
        or before(mark, tagged).startswith(NOT_BEFORE)
        or any(overlap(mark, n) or is_of_commission(mark, n) for n in names)
    )


def is_of_commission(mark: Mark, name: Mark) -> bool:
    """ "regional election commissions", "Parliamentary Elections Office"."""
    return name.tag == "COMMISSION" and name.first == mark.last


def meant(kinds: Sequence[Kind], tagged: Tagged, told: Set[str]) -> list[Kind]:
    """The kinds without those that say the same twice, of all that are told: general elections and
    who is elected in them, harmonised elections and their parts."""
    is_parted = not told <= {"general", "compound"}
    return [
        kind
        for kind in kinds
        if not (kind.is_office and "general" in told)
        and not (kind.is_office and kind.kind == "parliamentary" and "european" in told)
        and not (is_parted and name_of(kind, tagged) == "compound")
        and not is_of_all(kind, kinds)
    ]


def is_of_all(kind: Kind, kinds: Sequence[Kind]) -> bool:
    """ "general local elections": local ones, everywhere."""
    return kind.kind == "general" and any(
        other.kind != "general" and (other.first == kind.last or other.last == kind.first)
        for other in kinds
    )


def name_of(kind: Kind, tagged: Tagged) -> str:
    return "compound" if kind.kind == "general" and is_compound(kind, tagged) else kind.kind


def is_compound(mark: Mark | Kind, tagged: Tagged) -> bool:
    """ "tripartite elections": who is elected may stand beside them."""
    return tagged.pieces[mark.first].startswith(COMPOUND)
