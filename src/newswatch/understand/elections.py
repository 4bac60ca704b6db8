"""Which elections a release is about: their kinds and days. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import itemgetter
from typing import NamedTuple

from newswatch.model import Election, Evidence
from newswatch.understand.among import among
from newswatch.understand.day_words import OWN, YEAR
from newswatch.understand.days import Day, days, make_date
from newswatch.understand.kinds import (
    JOINTS,
    KINDS,
    NAMES,
    NEAR,
    PARTS,
    VOTES,
    Kind,
    is_joined,
    kinds_in,
    marks_of,
    meant,
    name_of,
    overlap,
    votes_in,
)
from newswatch.understand.marks import Mark
from newswatch.understand.tagged import Tagged

IMPLIED: Mapping[str, str] = {
    "ROUND": "presidential",
    "FEDERAL": "parliamentary",
    "NATIONAL": "general",
    "PRES": "presidential",
}
BESIDE = 5  # what the day of a round costs less than
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
HELD = among(
    "held place vote votes voted vota votan votam votaron celebrarse celebran realizarse statt"
)
ACTORS = among("OBSERVE OBSERVERS MISSION EOM TEAM DELEGATION EXPERT HEAD")
ENDS = frozenset(".:)–—")
DATELINE = 6  # pieces within which a text may begin with its own day
KINDLY = frozenset((*KINDS, "EARLY", "ROUND"))
PRINCIPALITY = ("liechtenstein", "vaduz")
EARLIER = among(
    "last previous earlier past since dernier dernière precedent pasado pasada anterior anteriores passado прошлых прошлом предыдущих letzten vergangenen"
)
# What was once observed, before the year of a vote: "which watched the 2011 polls".
WATCHED = among(
    "watched observed looked covered followed monitored attended saw since observó observou observé beobachtet"
)
HALVES = among("p am pm uhr")  # of the day: "2 p.m."
A_YEAR = 365
SAME_TIME = 150  # days; an election farther off is mentioned in passing


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
    is_resolved: bool = False  # its day is told from that of publishing: "yesterday's"

    @property
    def election(self) -> Election:
        return Election(self.kind, self.day, self.is_resolved)

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
    candidates: list[list[Candidate]] = []
    for (part, votes), kinds in zip(voting, kinds_of(voting), strict=True):
        near = candidate_days(part, votes, published, year)
        candidates.append(near)
        found += votes_of(part, kinds, near)
        found += rounds_of(part, found, near)
    found = found or [vote for part in (title, text) for vote in implied_in(part)][:1]
    written = {c.day.day for near in candidates for c in near if not c.day.is_relative}
    return tuple(
        replace(vote, is_resolved=vote.is_resolved and vote.day not in written)
        for vote in settled(in_vaduz(found, title, text), best_days(candidates))
    )


def in_vaduz(found: list[Vote], *parts: Tagged) -> list[Vote]:
    """The elections; a Landtag is the parliament of Liechtenstein, and that of a state elsewhere."""
    if not any(vote.kind == "regional" for vote in found) or not any(
        piece.startswith(PRINCIPALITY) for part in parts for piece in part.pieces
    ):
        return found
    return [replace(v, kind="parliamentary") if v.kind == "regional" else v for v in found]


def kinds_of(voting: Sequence[tuple[Tagged, Sequence[Mark]]]) -> list[list[Kind]]:
    """The kinds of headline and text; what names the whole is set against what names its parts."""
    named = [(kinds_in(part, votes), part) for part, votes in voting]
    told = {name_of(kind, part) for kinds, part in named for kind in kinds}
    return [meant(kinds, part, told) for kinds, part in named]


def spoken_year(tagged: Tagged, votes: Sequence[Mark]) -> int | None:
    """The year that stands beside a word for voting: "the 2024 general elections"."""
    for vote in votes:
        for place in (*range(max(0, vote.first - 2), vote.first), vote.last):
            if (
                place < len(tagged.pieces)
                and tagged.pieces[place] in YEAR
                and not is_of_another(tagged.pieces[max(0, place - 3) : place])
            ):
                return YEAR[tagged.pieces[place]]
    return None


def is_of_another(before: Sequence[str]) -> bool:
    """Whether the words before a year make it that of an earlier vote: "since 2011", "which
    watched the 2011 polls"."""
    return any(piece in OTHER_DAY for piece in before[-1:]) or not WATCHED.isdisjoint(before)


def candidate_days(
    tagged: Tagged, votes: Sequence[Mark], published: date | None, year: int | None
) -> list[Candidate]:
    return [
        candidate._replace(
            cost=min(
                (cost_of(candidate, vote, tagged) for vote in votes),
                default=ELSEWHERE + candidate.reproach,
            )
        )
        for day in days(tagged, published, year)
        if not is_dateline(day, tagged, published)
        for candidate in [Candidate(day, 0, reproach(day, tagged, published))]
    ]


def is_dateline(day: Day, tagged: Tagged, published: date | None) -> bool:
    """Whether a text begins with its own day: "Conakry, 29 September. The second round ..."."""
    after = tagged.pieces[day.last : day.last + 1]
    return (
        day.first <= DATELINE
        and day.day == published
        and not day.is_relative
        and any(piece in ENDS for piece in after)
    )


def cost_of(candidate: Candidate, vote: Mark | Kind, tagged: Tagged) -> int:
    """How far a day stands from a word for voting, in words; what parts them counts more."""
    day = candidate.day
    if tagged.sentence[day.first] != tagged.sentence[vote.first]:
        return ELSEWHERE + candidate.reproach
    begin, end = min(day.last, vote.last), max(day.first, vote.first)
    if end - begin > REACH:
        return end - begin + candidate.reproach
    between = tagged.pieces[begin:end]
    cost = len(between) + 6 * sum(piece in PARTS for piece in between)
    if is_adjective(day, vote, tagged):
        return cost
    if day.first < vote.first:
        cost += 4 if len(between) > 3 else 1
    if 0 <= day.first - vote.last <= (reach_of(day, tagged) if day.is_relative else 2):
        return cost + 8 * day.is_relative  # "voting from 15 to 17 March"
    return cost + candidate.reproach


def reach_of(day: Day, tagged: Tagged) -> int:
    """How many words may part a vote from "today": those of "the election held two days ago"."""
    return 3 if day.first and tagged.pieces[day.first - 1] in HELD else 0


def is_adjective(day: Day, vote: Mark | Kind, tagged: Tagged) -> bool:
    """Whether a day qualifies a vote: "before the 2 March early presidential and local elections",
    "today's vote", "the February 25, 2023, presidential election"."""
    return day.last <= vote.first and all(
        not KINDLY.isdisjoint(tagged.words[place].tags)
        or (tagged.pieces[place] in JOINTS and (place > day.last or day.is_full))
        or OWN in tagged.pieces[max(day.last, place - 1) : place + 1]  # "today's Austrian vote"
        for place in range(day.last, vote.first)
    )


def reproach(day: Day, tagged: Tagged, published: date | None) -> int:
    """What speaks against a day: "since 2 March", "opened on 2 March", "2 March at 11:00"."""
    before = tagged.pieces[max(0, day.first - 2) : day.first]
    if any(piece in WHEN for piece in tagged.pieces[day.last : day.last + 2]):
        return 0  # "until well after 8 November, when voters choose a President"
    cost = 20 * day.is_period
    cost += (20 if day.day == published else 8) * day.is_relative  # much happens "today"
    cost += 20 * has_time(tagged.pieces[day.last : day.last + 6])
    cost += 20 if any(piece in OTHER_DAY for piece in before) else 0
    return cost + (
        10 if any(is_of(mark, day, tagged) for mark in tagged.marks if mark.tag in NO_VOTE) else 0
    )


def has_time(after: Sequence[str]) -> bool:
    """Whether a time of day stands behind a day: "2 March at 11:00", "on 2 March, at 2 p.m."."""
    return not HALVES.isdisjoint(after) or any(
        piece == ":"
        and after[place - 1].isdigit()
        and after[place + 1 : place + 2]
        and after[place + 1].isdigit()
        for place, piece in enumerate(after)
        if place
    )


def is_of(mark: Mark, day: Day, tagged: Tagged) -> bool:
    """Whether a word stands right before a day, or a time right after it."""
    if mark.tag == "TIME":
        return 0 <= mark.first - day.last <= 4
    is_near = 0 <= day.first - mark.last <= 2
    return is_near and not (mark.tag == "START" and is_start_of_vote(mark.first, tagged))


def is_start_of_vote(start: int, tagged: Tagged) -> bool:
    """Whether what starts is the vote: of votes and observers it is whom the words before name last."""
    for word in reversed(tagged.words[max(0, start - REACH) : start]):
        if not (ACTORS.isdisjoint(word.tags) and VOTES.isdisjoint(word.tags)):
            return ACTORS.isdisjoint(word.tags)
    return False


def votes_of(tagged: Tagged, kinds: Sequence[Kind], near: Sequence[Candidate]) -> Iterator[Vote]:
    for chain in chained(kinds, tagged):
        close = closest_day(chain, near, tagged)
        is_past = any(is_bygone(kind, tagged) for kind in chain)
        for kind in chain:
            if not close or (is_past and close[0] > NEAR):
                yield Vote(kind.kind, None, tagged, kind.first, kind.last, is_past=is_past)
                continue
            for day in together(close[1], near):
                first, last = min(kind.first, day.first), max(kind.last, day.last)
                yield Vote(
                    kind.kind,
                    day.day,
                    tagged,
                    first,
                    last,
                    day.is_full,
                    is_resolved=day.is_relative,
                )


def chained(kinds: Sequence[Kind], tagged: Tagged) -> Iterator[list[Kind]]:
    """The kinds that are named in one breath: they share their day."""
    chain: list[Kind] = []
    for kind in kinds:
        if chain and not is_joined(kind, chain[-1], tagged):
            yield chain
            chain = []
        chain.append(kind)
    if chain:
        yield chain


def closest_day(
    chain: Sequence[Kind], near: Sequence[Candidate], tagged: Tagged
) -> tuple[int, Day] | None:
    costs = [
        (cost_of(candidate, kind, tagged), c) for c, candidate in enumerate(near) for kind in chain
    ]
    cost, number = min(costs, default=(ELSEWHERE, 0))
    return (cost, near[number].day) if cost < ELSEWHERE else None


def rounds_of(tagged: Tagged, found: Sequence[Vote], near: Sequence[Candidate]) -> Iterator[Vote]:
    """The rounds with a day of their own, of an election told of: "the 5 June run-off"."""
    told = {vote.day for vote in found}
    kind = kind_of_rounds({vote.kind for vote in found if vote.day})
    for mark in tagged.marks if kind else ():
        if mark.tag == "ROUND" and WATCHED.isdisjoint(
            tagged.pieces[max(0, mark.first - 3) : mark.first]
        ):
            costs = [(cost_of(c, mark, tagged), c.day) for c in near if not c.day.is_relative]
            cost, day = min(costs, default=(BESIDE, None))
            if cost < BESIDE and day and day.day not in told:
                yield Vote(kind, day.day, tagged, mark.first, mark.last, day.is_full)


def kind_of_rounds(kinds: set[str]) -> str:
    """A second round is one of electing a president, where a president is elected."""
    if not kinds.isdisjoint(("presidential", "general")):
        return "presidential"
    return next(iter(kinds)) if len(kinds) == 1 else ""


def is_bygone(kind: Kind, tagged: Tagged) -> bool:
    """ "last month's parliamentary vote", "the municipal elections of November 2017"."""
    before = tagged.pieces[max(0, kind.first - 4) : kind.first]
    after = tagged.pieces[kind.last : kind.last + 5]
    return any(piece in EARLIER for piece in before) or any(piece in YEAR for piece in after)


def together(chosen: Day, near: Sequence[Candidate]) -> Sequence[Day]:
    """A day and those that are named with it: "on 28 June and 12 July"."""
    group: list[Day] = []
    for candidate in near:
        if group and not is_next(candidate.day, group[-1]):
            if chosen in group:
                break
            group = []
        group.append(candidate.day)
    return group


def is_next(day: Day, before: Day) -> bool:
    """Whether a day is of one date with another ("5 and 26 October"), or joined to it."""
    is_same = (day.first, day.last) == (before.first, before.last)
    return is_same or (day.is_joined and day.first == before.last + 1)


def implied_in(tagged: Tagged) -> Iterator[Vote]:
    """Where no kind is said, a round is one of electing a president, a national vote a general one,
    and a presidential candidate stands for president."""
    names = marks_of(tagged, NAMES)
    for mark in tagged.marks:
        if mark.tag in IMPLIED and not any(overlap(mark, name) for name in names):
            yield Vote(IMPLIED[mark.tag], None, tagged, mark.first, mark.last)


def settled(found: Sequence[Vote], best: Sequence[Day]) -> Iterator[Vote]:
    """Each election once: with its day where it has one, else with the release's best ones."""
    main = next((vote.day for vote in found if vote.day), best[0].day if best else None)
    seen: set[tuple[str, date | None]] = set()
    for vote in found:
        if is_passing(vote, found, main):
            continue
        for whole in [vote] if vote.day or not best else with_days(vote, best):
            if (whole.kind, whole.day) not in seen:
                seen.add((whole.kind, whole.day))
                yield whole


def with_days(vote: Vote, best: Sequence[Day]) -> list[Vote]:
    return [
        replace(vote, day=day.day, is_full=day.is_full, is_resolved=day.is_relative) for day in best
    ]


def best_days(candidates: Sequence[Sequence[Candidate]]) -> Sequence[Day]:
    """The days closest to a word for voting, whatever kind of vote: for kinds that have none."""
    found = [(c.cost, near, c.day) for near in candidates for c in near if c.cost <= REACH]
    if not found:
        return ()
    _, near, day = min(found, key=itemgetter(0))
    return together(day, near)


def is_passing(vote: Vote, found: Sequence[Vote], main: date | None) -> bool:
    """Whether an election is only named beside the one that the release is about, or named again."""
    if vote.day is None:
        is_told = any(other.day for other in found if other.kind == vote.kind)
        others = [other for other in found if other.kind != vote.kind and not other.is_past]
        return is_told or (vote.is_past and bool(others))
    return main is not None and apart(vote, main) > SAME_TIME


def apart(vote: Vote, main: date) -> int:
    """Days between two votes; where the text gives no year, it may yet be the other's."""
    days = abs((vote.day - main).days) if vote.day else 0
    return days if vote.is_full else min(days, abs(days - A_YEAR))


# The vote lies behind these events; before or around the others.
AFTERWARDS = frozenset(("mission.final_report", "mission.follow_up"))
AROUND = frozenset(
    ("mission.preliminary_statement", "mission.statement", "mission.media_notice", "none")
)
# Days for which a vote may lie behind when there is no year: more, and it is next year's.
LATE: Mapping[str, int] = {"mission.cancelled": 150, "election.assistance": 60}
USUALLY_LATE = 20
SOON_AFTER = (1, 2, 3)


def dated(votes: Sequence[Vote], event: str, published: date | None) -> tuple[Vote, ...]:
    """The elections with the year that the event tells, where the text gives none: a final report
    is of a vote in the past, an opening of one to come."""
    if event == "mission.media_notice":
        votes = without_conference(votes)
    if published is None or event in AROUND:
        return tuple(votes)
    return tuple(
        replace(vote, day=in_time(vote.day, event, published))
        if vote.day and not vote.is_full
        else vote
        for vote in votes
    )


def without_conference(votes: Sequence[Vote]) -> Sequence[Vote]:
    """A notice to the media also has the day on which the media are told, soon after the vote."""
    days = {(vote.kind, vote.day) for vote in votes if vote.day}
    return [
        vote
        for vote in votes
        if not vote.day
        or not any((vote.kind, vote.day - timedelta(apart)) in days for apart in SOON_AFTER)
    ]


def in_time(day: date, event: str, published: date) -> date:
    """The day in the year that is nearest to publication on the side that the event tells."""
    if event in AFTERWARDS:
        return (make_date(day.year - 1, day.month, day.day) or day) if day > published else day
    late = LATE.get(event, USUALLY_LATE)
    years = (day.year, published.year, published.year + 1)
    options = (make_date(year, day.month, day.day) for year in years)
    return next((found for found in options if found and (published - found).days <= late), day)
