"""Pages for people: templates, and the words and dates that they show."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from newswatch.latency import in_words
from newswatch.model import Published
from newswatch.render.formats import FORMATS
from newswatch.render.safe import address, legal, line
from newswatch.render.words import ENGLISH, Words
from newswatch.web.doors import Site

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SOURCE_WORDS = {
    "new": "not polled yet",
    "ok": "fine",
    "not_modified": "fine, nothing new",
    "http": "answers with an error",
    "unreachable": "cannot be reached",
    "timeout": "takes too long to answer",
    "refused": "may not be read",
    "robots": "asks programs not to read it",
    "blocked": "checks for robots",
    "login": "asks for a login",
    "empty": "holds nothing",
    "selector": "has changed its layout",
    "fields": "has changed its layout",
    "shrunk": "lists far less than usual",
    "churn": "has changed all its addresses",
    "withdrawals": "takes back very much at once",
    "dates": "has dates that cannot be right",
    "encoding": "cannot be decoded",
    "size": "is too large",
    "parse": "is not a feed",
    "moved": "fine, has moved",
    "gone": "is gone for good",
    "silent": "is unusually silent",
    "held": "brought very much at once",
}


FEED_KINDS = {
    "atom": "Atom",
    "rss": "RSS",
    "json": "JSON Feed",
    "ics": "a calendar of election days",
}


def other_kinds(suffix: str) -> list[tuple[str, str]]:
    """The formats beside this one, and their names."""
    return [(name, words) for name, words in FEED_KINDS.items() if name != suffix]


def source_words(state: str) -> str:
    return SOURCE_WORDS.get(state, state.replace("_", " "))


def day_words(day: date) -> str:
    """A day for people, the same in every locale: 5 February 2025."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def time_mark(moment: Published | datetime | date | None, absent: str = "") -> Markup:
    """A <time> element: a day as a day, an instant in UTC."""
    if isinstance(moment, Published):
        moment = moment.instant or moment.day
    if moment is None:
        return Markup("{}").format(absent)
    if not isinstance(moment, datetime):
        return mark(moment.isoformat(), day_words(moment))
    moment = moment.astimezone(UTC)
    return mark(f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{day_words(moment)}, {moment:%H:%M} UTC")


def moment_mark(moment: datetime, words: Words) -> Markup:
    """A <time> element in the words of a language."""
    return mark(moment.isoformat(timespec="seconds"), words.moment(moment))


def day_mark(day: date, words: Words) -> Markup:
    return mark(day.isoformat(), words.day(day))


def local_day(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def mark(machine: str, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(machine, words)


def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("newswatch.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "time": time_mark,
        "local_day": local_day,
        "moment": moment_mark,
        "day": day_mark,
        "event": ENGLISH.event,
        "source_words": source_words,
        "seconds": in_words,
        "delivery_words": ENGLISH.deliveries.__getitem__,
        "link": address,
        "line": line,
        "safe_html": Markup,  # a release's html is sanitised when it is normalised
    }
    return made


class Pages:
    """The site's templates, each with the site at hand."""

    def __init__(self, site: Site) -> None:
        self.templates = environment()
        self.templates.globals |= {
            "root": site.root,
            "version": site.version,
            "country": site.country_name,
            "kinds": {suffix: form.media_type for suffix, form in FORMATS.items()},
            "other_kinds": other_kinds,
        }

    def page(
        self,
        template: str,
        values: Mapping[str, object],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """A page as UTF-8, whatever the releases on it hold."""
        text = legal(self.templates.get_template(template).render(values))
        return HTMLResponse(text, status, {"Cache-Control": "no-cache"} | dict(headers or {}))
