"""Deliveries as one e-mail (RFC 5322), text and HTML (RFC 2046 section 5.1.4). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.parser import BytesHeaderParser
from email.policy import SMTP, compat32
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from hashlib import sha256
from quopri import encodestring
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from newswatch.errors import RenderError
from newswatch.health import OURSELVES
from newswatch.match import delivery_id
from newswatch.model import Match, Release
from newswatch.ports import Message
from newswatch.recipients import places
from newswatch.render import safe
from newswatch.render.alert import (
    Alert,
    Item,
    Letterhead,
    changes_in_words,
    countries_in_words,
    day_in_words,
    facts_in_words,
    frame,
    headline,
    publisher,
    rule_title,
    shortened,
    title,
    why_in_words,
)
from newswatch.render.marks import marked
from newswatch.render.sections import sections
from newswatch.render.words import Words
from newswatch.unsubscribing import mailto

LONGEST_SUBJECT = 180  # characters
LONGEST_SUMMARY, SHORT_SUMMARY = 600, 300  # characters, alone and in a digest
MOST_PLACES = 5  # in the subject of a digest
POLICY = SMTP.clone(max_line_length=78)


@lru_cache(maxsize=1)
def templates() -> Environment:
    return Environment(
        loader=PackageLoader("newswatch.render"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render_mail(alert: Alert) -> Message:
    """One mail for one release, or a digest. Raises `RenderError` where a header is impossible."""
    boundary = f"=_{alert.items[0].delivery.id}"  # "=_" is in no quoted-printable
    links = links_of(alert)
    try:
        raw = head(headers(alert, links, boundary)) + content(alert, links, boundary)
    except (ValueError, MessageError) as error:
        raise RenderError(f"the mail has an impossible header: {error}") from None
    return Message(alert.channel, alert.deliveries, raw, links.places)


def headers(alert: Alert, links: "Links", boundary: str) -> Mapping[str, str]:
    """All of them, as they are written but for what stands before the colon."""
    return {
        **plain_headers(alert, links),
        "From": sender(alert.letterhead.sender),
        "Subject": encoded("Subject", shortened(one_line(subject(alert)), LONGEST_SUBJECT)),
        "Date": format_datetime(alert.now),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }


@lru_cache(maxsize=8)
def sender(mailbox: str) -> str:
    name, address = parseaddr(mailbox)
    return encoded("From", Address(one_line(name), addr_spec=address))


def encoded(name: str, value: str | Address) -> str:
    """What holds words of others, as encoded words (RFC 2047) on lines that are not too long."""
    whole: str = POLICY.header_factory(name, value).fold(policy=POLICY)
    return whole.removeprefix(f"{name}:").strip()


def head(headers: Mapping[str, str]) -> bytes:
    """The mail's headers, with the line that ends them. Those made of ids are not folded: the
    library would make encoded words of long ones, which no program follows. Raises `RenderError`
    where a header came in that is not ours."""
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
    found = BytesHeaderParser(policy=compat32).parsebytes(raw).keys()
    if sorted(found) != sorted(headers):
        raise RenderError("the mail would have a header that is not ours")
    return raw + b"\r\n"


def content(alert: Alert, links: "Links", boundary: str) -> bytes:
    """Text and HTML of the same, the better one last (RFC 2046 section 5.1.4)."""
    said = what_is_said(alert, links)
    parts = (("plain", "mail.txt"), ("html", "mail.html"))
    written = (
        f"--{boundary}\r\n"
        f'Content-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        f"{quoted_printable(safe.legal(templates().get_template(name).render(said)))}\r\n"
        for kind, name in parts
    )
    return f"{''.join(written)}--{boundary}--\r\n".encode("ascii")


def quoted_printable(text: str) -> str:
    """RFC 2045 section 6.7; each line ends as mail's do."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return encodestring(f"{lines}\n".encode()).decode("ascii").replace("\n", "\r\n")


@dataclass(frozen=True, slots=True)
class Links:
    """The links by which the reader of a mail helps himself, with places for his tokens."""

    base_url: str
    places: Mapping[str, str]

    @property
    def unsubscribe(self) -> str:
        return f"{self.base_url}/u/{self.places['unsubscribe']}"

    @property
    def manage(self) -> str:
        return f"{self.base_url}/manage/{self.places['manage']}"

    def useful(self, delivery_id: str) -> str:
        return f"{self.base_url}/useful/{self.places['useful']}/{delivery_id}"


def links_of(alert: Alert) -> Links:
    every = [one for item in alert.items for one in (item, *item.also)]
    said = [alert.now.isoformat()]
    for one in every:
        said += [one.delivery.id, one.release.title, one.release.text, one.release.url]
        said += [why.evidence for match in one.delivery.matches for why in match.why]
        said += [word for change in one.delivery.changes for word in (change.before, change.after)]
    return Links(alert.letterhead.base_url, places(said))


def stop_links(alert: Alert, links: Links) -> Mapping[str, str]:
    """`List-Unsubscribe`: in one click (RFC 8058), which needs https; by mail (RFC 2369), which
    needs somebody who reads it; or none."""
    inbox, has_click = alert.letterhead.inbox, links.base_url.startswith("https://")
    ways = [links.unsubscribe] if has_click else []
    ways += [mailto(inbox, links.places["unsubscribe"])] if inbox else []
    if not ways:
        return {}
    listed = {"List-Unsubscribe": ",\r\n ".join(f"<{one}>" for one in ways)}
    return listed | ({"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if has_click else {})


def plain_headers(alert: Alert, links: Links) -> Mapping[str, str]:
    """The headers that are made of ids and addresses: RFC 5322, List-Id (RFC 2919),
    List-Unsubscribe, Auto-Submitted (RFC 3834), Content-Language (RFC 3282). Each recipient's own
    `To` is put before
    them when the mail is sent."""
    head, subscriber = alert.letterhead, alert.subscriber.id
    return {
        "Message-ID": message_id(alert),
        **thread_headers(alert),
        "List-Id": f"<{subscriber}.newswatch.{head.domain}>",
        **stop_links(alert, links),
        "Auto-Submitted": "auto-generated",
        "Content-Language": alert.words.language,
    }


def message_id(alert: Alert) -> str:
    """The delivery's id; of a digest, of all its deliveries: a mail with more in it is another
    mail, that no program may take for a copy of the first."""
    ids = [one.id for one in alert.deliveries]
    also = f".{digest_of(ids)}" if len(alert.items) > 1 else ""
    return f"<{ids[0]}{also}@{alert.letterhead.domain}>"


def thread_headers(alert: Alert) -> Mapping[str, str]:
    """`References` and `In-Reply-To` (RFC 5322 section 3.6.4): all of a mission is one thread, below
    an id that no mail has; a correction answers the mail that it corrects, any other later version
    of a release that of its first."""
    if len(alert.items) != 1:
        return {}
    (item,), head = alert.items, alert.letterhead
    lane = (item.delivery.subscriber, item.delivery.channel)
    thread: list[str] = []
    if item.release.mission is not None:
        thread.append(f"<mission.{digest_of([*lane, item.release.mission.id])}@{head.domain}>")
    if item.delivery.corrects or item.delivery.version > 1:
        earlier = item.delivery.corrects or 1
        thread.append(f"<{delivery_id(*lane, item.release.id, earlier)}@{head.domain}>")
    return {"In-Reply-To": thread[-1], "References": " ".join(thread)} if thread else {}


def digest_of(ids: Sequence[str]) -> str:
    return sha256("\n".join(ids).encode()).hexdigest()[:20]


def subject(alert: Alert) -> str:
    words = alert.words
    if len(alert.items) == 1:
        return headline(alert.items[0], words)
    codes = dict.fromkeys(c for item in alert.items for c in item.release.reading.countries)
    places = countries_in_words(list(codes)[:MOST_PLACES], words)
    if len(codes) > MOST_PLACES:
        places = words.more_places.format(places)
    count = words.counted(len(alert.items))
    return words.counted_of.format(count, places) if places else count


def one_line(text: str) -> str:
    """Nothing that could end a header, or that a mail program would decode (RFC 2047)."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.replace("=?", "= ?").split())


def what_is_said(alert: Alert, links: Links) -> dict[str, object]:
    """What the templates say."""
    words = alert.words
    is_digest = alert.channel.digest is not None or len(alert.items) > 1
    longest = SHORT_SUMMARY if is_digest else LONGEST_SUMMARY
    return {
        "words": words,
        "subject": subject(alert),
        "count": words.counted_for.format(words.counted(len(alert.items)), alert.subscriber.name),
        "overview": overview(alert),
        "is_digest": is_digest,
        "sections": [
            (one.title, [view(item, alert, links, longest) for item in one.items])
            for one in sections(alert)
        ],
        "sent": words.sent.format(alert.subscriber.name),
        "links": links,
    }


def overview(alert: Alert) -> str:
    """The day, and what stands under which heading."""
    today = alert.now.astimezone(ZoneInfo(alert.subscriber.timezone)).date()
    headings = [one.title for one in sections(alert) if one.title]
    return " · ".join([alert.words.day(today), *headings])


def page(release: Release, head: Letterhead) -> str:
    """Where newswatch shows it; what it says itself is about a page that it names."""
    is_ours = release.source_id == OURSELVES
    return safe.address(release.url if is_ours else f"{head.base_url}/releases/{release.id}")


def view(item: Item, alert: Alert, links: Links, longest: int) -> dict[str, object]:
    """What the templates show of one release, with so many characters of its text."""
    release, words, matches = item.release, alert.words, item.matches
    before, _, after = frame(item, words).partition("{}")
    summary = shortened(release.text, longest)
    return {
        "headline": headline(item, words),
        "before": before,
        "title": marked("title", title(release, words), release, matches),
        "after": after,
        "language": safe.language_tag(release.language),
        "changes": changes_in_words(item, words),
        "url": safe.address(release.url),
        "page": page(release, alert.letterhead),
        "useful": links.useful(item.delivery.id),
        "byline": f"{release.publisher}, {day_in_words(release, words)}",
        "facts": facts_in_words(release, words),
        "summary": summary,
        "teaser": marked("text", summary, release, matches),
        "because": [because(match, alert) for match in matches],
        "also": [copy(one.release, words) for one in item.also],
    }


def because(match: Match, alert: Alert) -> dict[str, object]:
    words = alert.words
    return {
        "rule": words.because.format(words.quote(rule_title(match, alert.subscriber))),
        "why": [why_in_words(why, words) for why in match.why],
    }


def copy(release: Release, words: Words) -> dict[str, object]:
    return {
        "title": title(release, words),
        "language": safe.language_tag(release.language),
        "url": safe.address(release.url),
        "from": publisher(release),
    }
