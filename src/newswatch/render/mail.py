"""Deliveries as one e-mail (RFC 5322), text and HTML (RFC 2046 section 5.1.4). Pure."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from newswatch.errors import RenderError
from newswatch.health import OURSELVES
from newswatch.match import delivery_id
from newswatch.model import Release
from newswatch.ports import Message
from newswatch.render.alert import (
    Alert,
    Item,
    Letterhead,
    changes_in_words,
    countries_in_words,
    day_in_words,
    facts_in_words,
    headline,
    publisher,
    rule_title,
    shortened,
    why_in_words,
)

LONGEST_SUBJECT = 180  # characters
LONGEST_SUMMARY = 600
POLICY = SMTP.clone(max_line_length=78)


@lru_cache(maxsize=1)
def templates() -> Environment:
    return Environment(
        loader=PackageLoader("newswatch.render"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_mail(alert: Alert) -> Message:
    """One mail for one release, or a digest. Raises `RenderError` where a header is impossible."""
    try:
        message = headed(alert)
        message.set_content(body("mail.txt", alert), cte="quoted-printable")
        message.add_alternative(body("mail.html", alert), subtype="html", cte="quoted-printable")
        return Message(alert.channel, alert.deliveries, message.as_bytes(), {})
    except (ValueError, MessageError) as error:
        raise RenderError(f"the mail has an impossible header: {error}") from None


def headed(alert: Alert) -> EmailMessage:
    """The headers: RFC 5322, List-Id (RFC 2919), List-Unsubscribe (RFC 2369), Auto-Submitted
    (RFC 3834)."""
    head = alert.letterhead
    name, address = parseaddr(head.sender)
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(one_line(name), addr_spec=address)
    message["To"] = [Address(addr_spec=to) for to in alert.channel.to]
    message["Subject"] = shortened(one_line(subject(alert)), LONGEST_SUBJECT)
    message["Date"] = format_datetime(alert.now)
    message["Message-ID"] = f"<{alert.items[0].delivery.id}@{head.domain}>"
    if earlier := replied_to(alert):
        message["In-Reply-To"] = message["References"] = f"<{earlier}@{head.domain}>"
    message["List-Id"] = f"<{alert.subscriber.id}.newswatch.{head.domain}>"
    message["List-Unsubscribe"] = f"<mailto:{address}?subject=stop-{alert.subscriber.id}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def replied_to(alert: Alert) -> str:
    """The delivery that a correction replies to (RFC 5322 section 3.6.4); "": none."""
    first, *others = (item.delivery for item in alert.items)
    if others or first.corrects is None:
        return ""
    return delivery_id(first.subscriber, first.channel, first.release_id, first.corrects)


def subject(alert: Alert) -> str:
    if len(alert.items) == 1:
        return headline(alert.items[0])
    codes = dict.fromkeys(c for item in alert.items for c in item.release.reading.countries)
    places = countries_in_words(list(codes)[:5], alert.letterhead)
    more = " and others" if len(codes) > 5 else ""
    return f"{len(alert.items)} releases" + (f": {places}{more}" if places else "")


def one_line(text: str) -> str:
    """Nothing that could end a header, or that a mail program would decode (RFC 2047)."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.replace("=?", "= ?").split())


def body(template: str, alert: Alert) -> str:
    head = alert.letterhead
    return (
        templates()
        .get_template(template)
        .render(
            subscriber=alert.subscriber,
            is_digest=alert.channel.digest is not None or len(alert.items) > 1,
            items=[view(item, alert) for item in alert.items],
            base_url=head.base_url,
            address=head.address,
        )
    )


def page(release: Release, head: Letterhead) -> str:
    """Where newswatch shows it; what it says itself is about a page that it names."""
    is_ours = release.source_id == OURSELVES
    return release.url if is_ours else f"{head.base_url}/releases/{release.id}"


def view(item: Item, alert: Alert) -> dict[str, object]:
    """What the templates show of one release."""
    release, head = item.release, alert.letterhead
    return {
        "title": headline(item),
        "changes": changes_in_words(item, head),
        "url": release.url,
        "page": page(release, head),
        "publisher": release.publisher,
        "day": day_in_words(release),
        "facts": facts_in_words(release, head),
        "summary": shortened(release.text, LONGEST_SUMMARY),
        "because": [
            {
                "rule": rule_title(match, alert.subscriber),
                "why": [why_in_words(why, head) for why in match.why],
            }
            for match in item.matches
        ],
        "also": [
            {"title": one.release.title, "url": one.release.url, "from": publisher(one.release)}
            for one in item.also
        ],
    }
