"""What a language has to say: the fixed words of messages, with CLDR's dates, plurals and countries. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from newswatch.model import Election

if TYPE_CHECKING:
    from babel import Locale


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. `{}` is where something else stands.

    Plurals are by CLDR's categories (one, few, many, other); a form that is not given is that of
    "other".
    """

    language: str  # RFC 5646: of Content-Language and `lang`
    locale: str  # CLDR's, for dates
    quoted: str
    stated: str  # a name and its value
    met: str  # a field of a rule and its value
    first_of_month: str  # the number of a month's first day
    # what happened to a release
    withdrawn: str  # a title
    corrected: str  # a title
    no: str  # it is not withdrawn
    none: str  # nothing was there, or is there now
    seen: str  # a day on which newswatch saw it, where the publisher gave none
    also: str  # a copy
    untitled: str
    # why it came
    because: str  # a rule
    unwanted: str  # keywords that are not there
    # frames
    releases: Mapping[str, str]  # a number, by plural category
    counted_for: str  # a number of releases, and whom they are for
    counted_of: str  # a number of releases, and places
    left_out: str  # a number of releases that are not shown
    more_places: str  # places, of which some are not named
    placeless: str  # heads the releases that are about no country
    sent: str  # to whom
    known: str  # the name of a link
    choose: str  # the name of a link
    useful: str  # a question, which is answered by yes or no
    yes: str
    # the pages of readers' own links
    pages: Mapping[str, str]
    manage: Mapping[str, str]  # where readers choose what they get
    done: Mapping[str, str]  # what became of a form, by its action
    wrong: Mapping[str, str]  # why a form cannot be
    digests: Mapping[str, str]  # when mails come
    weekly: tuple[str, ...]  # from "every Monday" to "every Sunday"
    at: Mapping[str, str]  # a time of day, by the plural category of its hour
    asks: Mapping[str, str]  # around what a rule asks for
    deliveries: Mapping[str, str]  # states
    refused: Mapping[str, str]  # a day on which a reader chose not to get it
    # names of facts, by the words that files and programs have for them
    vote: str  # an election and its day
    events: Mapping[str, str]
    elections: Mapping[str, str]
    states: Mapping[str, str]
    fields: Mapping[str, str]
    changed: Mapping[str, str]
    countries: Mapping[str, str]  # that are called otherwise than in CLDR

    def day(self, day: date) -> str:
        """ "5 February 2025", as the language writes a day in full."""
        from babel.dates import format_date

        text = str(format_date(day, "long", self.locale))
        return text.replace("1", self.first_of_month, 1) if day.day == 1 else text

    def clock(self, at: time) -> str:
        """ "07:00"."""
        from babel.dates import format_time

        return str(format_time(at, "short", locale=self.locale))

    def at_time(self, at: time) -> str:
        """ "at 07:00"."""
        return self.plural(self.at, at.hour).format(self.clock(at))

    def moment(self, moment: datetime) -> str:
        """ "5 February 2025, 09:00 UTC"."""
        moment = moment.astimezone(UTC)
        return f"{self.day(moment.date())}, {self.clock(moment.time())} UTC"

    def span(self, span: timedelta) -> str:
        """ "7 days", or hours where it is no whole days."""
        from babel.units import format_unit

        days, rest = divmod(span, timedelta(days=1))
        unit, count = ("hour", span // timedelta(hours=1)) if rest else ("day", days)
        return str(format_unit(count, f"duration-{unit}", locale=self.locale))

    def counted(self, count: int) -> str:
        """ "5 releases"."""
        return self.plural(self.releases, count).format(count)

    def plural(self, forms: Mapping[str, str], count: int) -> str:
        return forms.get(locale_of(self.language).plural_form(count), forms["other"])

    def country(self, code: str) -> str:
        """The name of a code (ISO 3166-1 alpha-2, XK, EU); the code itself where it has none."""
        name = self.countries.get(code) or locale_of(self.language).territories.get(code)
        return str(name or code)

    def event(self, event: str) -> str:
        return self.events.get(event, event)

    def election(self, election: Election) -> str:
        """ "presidential election of 4 May 2025", as far as it is known."""
        name = self.elections.get(election.kind, election.kind)
        return self.vote.format(name, self.day(election.date)) if election.date else name

    def quote(self, text: str) -> str:
        return self.quoted.format(text)


@lru_cache
def locale_of(name: str) -> "Locale":
    from babel import Locale

    return Locale.parse(name)
