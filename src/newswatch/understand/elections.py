"""Which elections a release is about: their kinds and days. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from newswatch.model import Election, Evidence
from newswatch.understand.among import among
from newswatch.understand.days import YEAR, Day, days, make_date
from newswatch.understand.tagged import Mark, Tagged

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
VOTES = frozenset(("ELECTION", "VOTE", "ROUND", "EXPRESSELECTED"))
IMPLIED: Mapping[str, str] = {"ROUND": "presidential", "NATIONAL": "general"}
NEAR = 4  # words between "parliamentary" and "elections"
REACH = 16  # words between an election and its day
# Words before a day that make it another day than the vote's.
OTHER_DAY = among(
    "since from between until by before after through depuis jusqu entre hasta desde entre desde ate ate с до по между seit bis zwischen"
)
WHEN = among("when cuando quando когда wenn lorsque")
NO_VOTE = frozenset(
    ("PRESSCONF", "TIME", "ARRIVE", "START", "PUBLISH", "MEET", "TRAIN", "NOTICE", "LEAVE")
)
ELSEWHERE = 15  # what a day costs whose sentence speaks of no vote
FAR = 1000
PARTS = frozenset(";:")
KINDLY = frozenset((*KINDS, "EARLY", "ROUND"))
JOINTS = among(
    ", a an new their the und o um la los le and et y e und и та i as well the for les las os"
)
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
NOT_BEFORE = ("secretary", "attorney", "inspector", "director", "prosecutor")
EARLIER = among(
    "last previous earlier past since dernier dernière precedent pasado pasada anterior anteriores passado прошлых прошлом предыдущих letzten vergangenen"
)
SAME_TIME = 150  # days; an election farther off is mentioned in passing


class Kind(NamedTuple):
    """A kind of election that `pieces[first:last]` name."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Vote:
    """An election with the words that told of it. `is_full`: the text gives the year of its day."""

    kind: str
    day: date | None
    tagged: Tagged
    first: int
    last: int
    is_full: bool = False
    is_past: bool = False  # spoken of as an earlier one, by month or year only

    @property
    def election(self) -> Election:
        return Election(self.kind, self.day)

    def evidence(self) -> Evidence:
        value = f"{self.kind} {self.day.isoformat()}" if self.day else self.kind
        sure = 0.9 if self.day else 0.75
        return self.tagged.evidence("election", value, self.first, self.last, sure)


class Candidate(NamedTuple):
    """A day that may be the vote's. The lower the cost, the closer it stands to a word for voting."""

    day: Day
    cost: int
    reproach: int


def read_votes(title: Tagged, text: Tagged, published: date | None) -> tuple[Vote, ...]:
    """The elections of a release in the order in which it names them, with their days."""
    voting = (title, votes_in(title)), (text, votes_in(text))
    year = next((year for part in voting if (year := spoken_year(*part))), None)
    found: list[Vote] = []
    candidates: list[Candidate] = []
    for part, votes in voting:
        near = candidate_days(part, votes, published, year)
        candidates += near
        found += votes_of(part, votes, near)
    found = found or [vote for part in (title, text) for vote in implied_in(part)][:1]
    return tuple(settled(found, min(candidates, key=lambda c: c.cost, default=None)))


def spoken_year(tagged: Tagged, votes: Sequence[Mark]) -> int | None:
    """The year that stands beside a word for voting: "the 2024 general elections"."""
    for vote in votes:
        for place in (*range(max(0, vote.first - 2), vote.first), vote.last):
            if (
                place < len(tagged.pieces)
                and tagged.pieces[place] in YEAR
                and not (place and tagged.pieces[place - 1] in OTHER_DAY)
            ):
                return YEAR[tagged.pieces[place]]
    return None


def votes_in(tagged: Tagged) -> list[Mark]:
    """The words for voting, those in the names of commissions and laws left out."""
    names = [mark for mark in tagged.marks if mark.tag in NAMES]
    return [
        mark
        for mark in tagged.marks
        if (mark.tag in VOTES or mark.tag in ALONE) and not any(overlap(mark, n) for n in names)
    ]


def overlap(one: Mark, other: Mark) -> bool:
    return one.first < other.last and other.first < one.last


def candidate_days(
    tagged: Tagged, votes: Sequence[Mark], published: date | None, year: int | None
) -> list[Candidate]:
    return [
        candidate._replace(
            cost=min(
                (cost_of(candidate, vote, tagged) for vote in votes),
                default=ELSEWHERE + candidate.cost,
            )
        )
        for day in days(tagged, published, year)
        for candidate in [Candidate(day, 0, reproach(day, tagged))]
    ]


def cost_of(candidate: Candidate, vote: Mark | Kind, tagged: Tagged) -> int:
    """How far a day stands from a word for voting, in words; what parts them counts more."""
    day = candidate.day
    if tagged.sentence[day.first] != tagged.sentence[vote.first]:
        return ELSEWHERE + candidate.reproach
    between = tagged.pieces[min(day.last, vote.last) : max(day.first, vote.first)]
    cost = len(between) + 6 * sum(piece in PARTS for piece in between)
    if day.first < vote.first and len(between) > 3:
        cost += 3
    if 0 <= day.first - vote.last <= 2 or is_adjective(day, vote, tagged):
        return cost + 8 * day.is_relative  # "voting from 15 to 17 March"
    return cost + candidate.reproach


def is_adjective(day: Day, vote: Mark | Kind, tagged: Tagged) -> bool:
    """Whether a day qualifies a vote: "before the 2 March early presidential and local elections"."""
    return day.last <= vote.first and all(
        not KINDLY.isdisjoint(tagged.words[place].tags)
        or (tagged.pieces[place] in JOINTS and place > day.last)
        for place in range(day.last, vote.first)
    )


def reproach(day: Day, tagged: Tagged) -> int:
    """What speaks against a day: "since 2 March", "opened on 2 March", "2 March at 11:00"."""
    before = tagged.pieces[max(0, day.first - 2) : day.first]
    if any(piece in WHEN for piece in tagged.pieces[day.last : day.last + 2]):
        return 0  # "until well after 8 November, when voters choose a President"
    cost = 8 * day.is_relative + 20 * day.is_period
    cost += 10 if ":" in tagged.pieces[day.last : day.last + 4] else 0  # a time of day
    cost += 20 if any(piece in OTHER_DAY for piece in before) else 0
    return cost + (
        10 if any(is_of(mark, day) for mark in tagged.marks if mark.tag in NO_VOTE) else 0
    )


def is_of(mark: Mark, day: Day) -> bool:
    """Whether a word stands right before a day, or a time right after it."""
    if mark.tag == "TIME":
        return 0 <= mark.first - day.last <= 4
    return 0 <= day.first - mark.last <= 2


def votes_of(tagged: Tagged, votes: Sequence[Mark], near: Sequence[Candidate]) -> Iterator[Vote]:
    for kind in kinds_in(tagged, votes):
        costs = [(cost_of(candidate, kind, tagged), candidate.day) for candidate in near]
        close = sorted((cost, day) for cost, day in costs if cost < ELSEWHERE)
        is_past = is_bygone(kind, tagged)
        if not close or (is_past and close[0][0] > NEAR):
            yield Vote(kind.kind, None, tagged, kind.first, kind.last, is_past=is_past)
            continue
        for day in together(close[0][1], [c.day for c in near]):
            first, last = min(kind.first, day.first), max(kind.last, day.last)
            yield Vote(kind.kind, day.day, tagged, first, last, day.is_full)


def is_bygone(kind: Kind, tagged: Tagged) -> bool:
    """ "last month's parliamentary vote", "the municipal elections of November 2017"."""
    before = tagged.pieces[max(0, kind.first - 4) : kind.first]
    after = tagged.pieces[kind.last : kind.last + 5]
    return any(piece in EARLIER for piece in before) or any(piece in YEAR for piece in after)


def together(chosen: Day, near: Sequence[Day]) -> Iterator[Day]:
    """A day and those that are named with it: "on 28 June and 12 July"."""
    end = chosen.last
    for day in near:
        is_same = (day.first, day.last) == (chosen.first, chosen.last)
        is_next = day.first == end + 1 and day.is_joined
        if is_same or is_next:
            yield day
            end = day.last


def kinds_in(tagged: Tagged, votes: Sequence[Mark]) -> list[Kind]:
    """The kinds that are said of a vote, not of a delegation or a council."""
    found = [Kind(ALONE[mark.tag], mark.first, mark.last) for mark in alone_in(tagged)]
    waiting = adjectives_in(tagged)
    found += [
        as_kind(mark) for mark in waiting if any(is_close(mark, vote, tagged) for vote in votes)
    ]
    for mark in (*reversed(waiting), *waiting):  # "presidential, legislative and local elections"
        if is_joined(mark, found, tagged):
            found.append(as_kind(mark))
    return sorted(dict.fromkeys(found), key=lambda kind: kind.first)


def as_kind(mark: Mark) -> Kind:
    return Kind(KINDS[mark.tag], mark.first, mark.last)


def alone_in(tagged: Tagged) -> list[Mark]:
    names = [mark for mark in tagged.marks if mark.tag in ("COMMISSION", "LEGISLATURE")]
    return [
        mark
        for mark in tagged.marks
        if mark.tag in ALONE and not any(overlap(mark, name) for name in names)
    ]


def adjectives_in(tagged: Tagged) -> list[Mark]:
    """The words for a kind that may be said of something else: "parliamentary", "local"."""
    names = [mark for mark in tagged.marks if mark.tag in NAMES or mark.tag == "EURO"]
    return [
        mark for mark in tagged.marks if mark.tag in KINDS and not is_other(mark, tagged, names)
    ]


def is_joined(mark: Mark, kinds: Sequence[Kind], tagged: Tagged) -> bool:
    """Whether only "and", commas and articles part a word from a kind."""
    is_near = any(
        abs(mark.first - kind.last) <= 3 or abs(kind.first - mark.last) <= 3 for kind in kinds
    )
    return is_near and all(piece in JOINTS for piece in between(mark, kinds, tagged))


def between(mark: Mark, kinds: Iterable[Kind], tagged: Tagged) -> Sequence[str]:
    """The words between a mark and the closest kind."""
    closest = min(kinds, key=lambda kind: abs(kind.first - mark.first))
    return tagged.pieces[min(mark.last, closest.last) : max(mark.first, closest.first)]


def is_close(mark: Mark, vote: Mark, tagged: Tagged) -> bool:
    first, last = vote.first, vote.last
    limit = NEAR if mark.tag in ("PRES", "PARL") else 1 if first >= mark.last else 2
    gap = first - mark.last if first >= mark.last else mark.first - last
    if gap > limit or tagged.sentence[first] != tagged.sentence[mark.first]:
        return False
    return not any(
        piece in PARTS or piece == ","
        for piece in tagged.pieces[min(mark.last, last) : max(mark.first, first)]
    )


def is_other(mark: Mark, tagged: Tagged, names: Sequence[Mark]) -> bool:
    """ "parliamentary assembly", "Secretary General": words that speak of no vote."""
    after = tagged.pieces[mark.last] if mark.last < len(tagged.pieces) else ""
    before = tagged.pieces[mark.first - 1] if mark.first else ""
    return (
        after.startswith(NOT_AFTER)
        or (mark.tag == "GEN" and after.startswith("council"))
        or before.startswith(NOT_BEFORE)
        or any(overlap(mark, name) for name in names)
    )


def implied_in(tagged: Tagged) -> Iterator[Vote]:
    """Where no kind is said, a round is one of electing a president, a national vote a general one."""
    for mark in tagged.marks:
        if mark.tag in IMPLIED:
            yield Vote(IMPLIED[mark.tag], None, tagged, mark.first, mark.last)


def settled(found: Sequence[Vote], best: Candidate | None) -> Iterator[Vote]:
    """Each election once: with its day where it has one, else with the release's best one."""
    lone = best.day if best and best.cost <= REACH else None
    main = next((vote.day for vote in found if vote.day), lone.day if lone else None)
    seen: set[tuple[str, date | None]] = set()
    for vote in found:
        if is_passing(vote, found, main):
            continue
        whole = vote if vote.day or not lone else replace(vote, day=lone.day, is_full=lone.is_full)
        if (whole.kind, whole.day) not in seen:
            seen.add((whole.kind, whole.day))
            yield whole


def is_passing(vote: Vote, found: Sequence[Vote], main: date | None) -> bool:
    """Whether an election is only named beside the one that the release is about, or named again."""
    if vote.day is None:
        is_told = any(other.day for other in found if other.kind == vote.kind)
        others = [other for other in found if other.kind != vote.kind and not other.is_past]
        return is_told or (vote.is_past and bool(others))
    return main is not None and abs((vote.day - main).days) > SAME_TIME


# The vote lies behind these events; before or around the others.
AFTERWARDS = frozenset(("mission.final_report", "mission.follow_up"))
AROUND = frozenset(("mission.preliminary_statement", "mission.statement", "none"))
# Days for which a vote may lie behind when there is no year: more, and it is next year's.
LATE: Mapping[str, int] = {"mission.cancelled": 150, "election.assistance": 45}
USUALLY_LATE = 20


def dated(votes: Sequence[Vote], event: str, published: date | None) -> tuple[Vote, ...]:
    """The elections with the year that the event tells, where the text gives none: a final report
    is of a vote in the past, an opening of one to come."""
    if published is None or event in AROUND:
        return tuple(votes)
    return tuple(
        replace(vote, day=in_time(vote.day, event, published))
        if vote.day and not vote.is_full
        else vote
        for vote in votes
    )


def in_time(day: date, event: str, published: date) -> date:
    apart = (day - published).days
    if event in AFTERWARDS:
        return (make_date(day.year - 1, day.month, day.day) or day) if apart > 0 else day
    if apart < -LATE.get(event, USUALLY_LATE):
        return make_date(day.year + 1, day.month, day.day) or day
    return day
