"""Which elections a release is about: their kinds and dates. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from newswatch.model import Election, Evidence
from newswatch.understand.passage import Passage

NEAR = 90  # characters between a kind and its date
KINDS: tuple[tuple[str, str], ...] = (
    ("european", (r"European (?:Parliament(?:ary)? )?elections?|elections? (?:to|of|for) the European Parliament|"
     r"élections? européennes?|elecciones europeas|eleições europeias|Europawahl\w*|выбор\w* в Европ\w+ парламент\w*")),
    ("presidential", (r"\bpresidential\b|\bpresident is (?:chosen|elected)|présidentielles?|presidenciale?s|"
     r"президентск\w+|выбор\w* президента|Präsident\w*wahl\w*|претседателск\w+|prezidențial\w*|cumhurbaşkanlığı")),
    ("parliamentary", (r"\bparlia?mentary (?:and|elections?|poll|vote|contest|ballot|race|runoff|by-elections?)|"
     r"\blegislative (?:and|elections?|poll|vote|assembly)|\b(?:State )?Duma elections|\bparliamentary\b(?!\s+(?:assembl|delegat|group|offic))|"
     r"\blegislative, |Bundestagswahl|Parlamentswahl\w*|Nationalratswahl\w*|législatives?|legislativas|parlamentarias|"
     r"парламентск\w+|выбор\w* депутатов|lower house is elected|parlamentare|milletvekili")),
    ("local", (r"\blocal (?:gov\w*ment |and |council )?(?:elections?|poll|ballot|vote)|\bmunicipal\b|\bmayoral\b|"
     r"\blocal elections?|municipales|locales|autárquicas|locais|местн\w+ (?:выбор|самоупр)\w*|локалн\w+ избор\w*|"
     r"Kommunalwahl\w*|lokale")),
    ("regional", (r"\bregional (?:and|elections?|assembl)|\bprovincial (?:and|elections?|assembl|council)|\bgubernatorial\b|"
     r"departmental governors|régionales|regionales|regionais|Landtagswahl\w*|региональн\w+ выбор\w*")),
    ("referendum", r"\breferend(?:um|a|ums)\b|référendum|referéndum|референдум\w*|Volksabstimmung|Referendum|plebiscite"),
    ("general", (r"\bgeneral (?:and|elections?|poll|vote)|\bGeneral Elections?|élections générales|elecciones generales|"
     r"eleições gerais|всеобщ\w+ выбор\w*|всеопшт\w+")),
)  # fmt: skip
ANY_KIND = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in KINDS), re.IGNORECASE)
VOTE = re.compile(
    r"\belections?\b|\bpolls?\b|\bpolling\b|\bvotes?\b|\bballot\b|\brace\b|\brunoff\b|\bcontest\b|scrutin|élection|eleccion|"
    r"comicios|jornada|eleiç|выбор|голосован|wahl|референдум|избор",
    re.IGNORECASE,
)
MONTHS = (
    "january february march april may june july august september october november december",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "јануари февруари март април мај јуни јули август септември октомври ноември декември",
    "jan feb mar apr may jun jul aug sept oct nov dec",
    "jan. feb. mar. apr. may jun. jul. aug. sep. oct. nov. dec.",
    "jan feb mar apr may jun jul aug sep oct nov dec",
)
MONTH = {
    name.rstrip("."): number for names in MONTHS for number, name in enumerate(names.split(), 1)
}
NAMES = "|".join(sorted(MONTH, key=len, reverse=True))
DAY_FIRST = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?(?:\s(?:de|of))?\s(?P<month>{NAMES})\b\.?,?"
    r"(?:\s(?:de\s|del\s)?(?P<year>(?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)
MONTH_FIRST = re.compile(
    rf"\b(?P<month>{NAMES})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s(?P<year>(?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)  # fmt: skip
NUMERIC = re.compile(r"\b(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>(?:19|20)\d\d)\b")
# Words right before a date that make it the date of something else.
OTHER_DATE = re.compile(
    r"(?:opened on|since|published on|presented on|until|between|held talks on|as of|launched on|"
    r"press conference on|briefing on|from)\s*(?:the\s)?$",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind or a date at a place of the text."""

    start: int
    end: int
    kind: str = ""
    day: date | None = None


def read_elections(
    title: Passage, text: Passage, published: date | None
) -> tuple[tuple[Election, ...], tuple[Evidence, ...]]:
    """The elections in the order in which they are named, each with the words that name it."""
    year = published.year if published else year_of(title.text + " " + text.text)
    reference = published or (date(year, 7, 1) if year else None)
    found: dict[str, tuple[date | None, Evidence]] = {}
    for passage in (text, title):
        for mark, day, words in pairs(passage, reference):
            known = found.get(mark.kind)
            if known is None or (known[0] is None and day is not None):
                evidence = passage.evidence("election", mark.kind, words.start, words.end, 0.8)
                found[mark.kind] = (day, evidence)
    found = share_dates(found, lone_date(text, reference) or lone_date(title, reference))
    elections = tuple(Election(kind, day) for kind, (day, _) in found.items())
    return elections, tuple(evidence for _, evidence in found.values())


def share_dates(
    found: dict[str, tuple[date | None, Evidence]], lone: date | None
) -> dict[str, tuple[date | None, Evidence]]:
    """A kind without a date of its own has the date that the text gives for the vote."""
    return {kind: (day or lone, evidence) for kind, (day, evidence) in found.items()}


def year_of(text: str) -> int | None:
    found = YEAR.search(text)
    return int(found[0]) if found else None


def pairs(passage: Passage, reference: date | None) -> Iterator[tuple[Mark, date | None, Mark]]:
    """Each kind with the date that belongs to it, if its sentence has one near it."""
    for start, end in passage.sentences():
        days = [m for m in dates(passage, reference) if start <= m.start < end]
        for kind in kinds(passage, start, end):
            day = nearest(kind, days)
            yield kind, day.day if day else None, kind


def kinds(passage: Passage, start: int, end: int) -> Iterator[Mark]:
    for found in ANY_KIND.finditer(passage.text, start, end):
        yield Mark(found.start(), found.end(), kind=str(found.lastgroup))


def nearest(kind: Mark, days: Sequence[Mark]) -> Mark | None:
    """The closest date; one that follows the kind goes before one that stands before it."""
    close = [day for day in days if distance(kind, day) <= NEAR]
    return min(close, key=lambda day: distance(kind, day), default=None)


def distance(kind: Mark, day: Mark) -> int:
    return max(day.start - kind.end, kind.start - day.end, 0)


def dates(passage: Passage, reference: date | None) -> Iterator[Mark]:
    """The dates of a passage that may be election days; the dateline's is not among them."""
    for pattern in (DAY_FIRST, MONTH_FIRST, NUMERIC):
        for found in pattern.finditer(passage.text, passage.dateline):
            before = passage.text[max(0, found.start() - 25) : found.start()]
            day = as_date(found, reference)
            if day and not OTHER_DATE.search(before):
                yield Mark(found.start(), found.end(), day=day)


def as_date(found: re.Match[str], reference: date | None) -> date | None:
    """A full date; where the text gives no year, the one that lies closest to the publishing day."""
    month = found["month"].lower().rstrip(".")
    number = MONTH.get(month) or (int(month) if month.isdigit() else 0)
    if found["year"]:
        return make_date(int(found["year"]), number, int(found["day"]))
    if reference is None:
        return None
    years = (reference.year - 1, reference.year, reference.year + 1)
    options = [day for year in years if (day := make_date(year, number, int(found["day"])))]
    return min(options, key=lambda day: abs((day - reference).days), default=None)


def make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def lone_date(passage: Passage, reference: date | None) -> date | None:
    """The date that stands beside a word for voting, anywhere in the passage."""
    votes = [Mark(m.start(), m.end()) for m in VOTE.finditer(passage.text, passage.dateline)]
    found = [
        (distance(vote, day), day)
        for day in dates(passage, reference)
        for vote in votes
        if distance(vote, day) <= 40
    ]
    return min(found, key=lambda pair: pair[0])[1].day if found else None
