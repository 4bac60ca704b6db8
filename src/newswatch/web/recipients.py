"""Who a link in a mail belongs to, and what may be asked by it."""

from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from newswatch.recipients import TOKEN, Purpose, Recipient, digest_of, directory
from newswatch.render.words import LANGUAGES, Words
from newswatch.rules.rule import Subscriber
from newswatch.web.body import body_of
from newswatch.web.doors import Site

LONGEST_FORM = 8_000  # bytes
DEADLINE = 10.0  # seconds in which a form must have come
OURS = ("same-origin", "none")  # Sec-Fetch-Site of what the reader does by himself


class Recipients:
    """The links that are good for the configuration in force."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.made_for: tuple[object, bytes] = (None, b"")
        self.made: dict[Purpose, Mapping[str, Recipient]] = {}

    def named(self, request: Request, purpose: Purpose) -> Recipient:
        """Whose link it is. Raises `HTTPException`: what is wrong and what was good once look the
        same. May block."""
        token = request.path_params["token"]
        found = self.directory(purpose).get(digest_of(token)) if TOKEN.fullmatch(token) else None
        if found is None:
            raise HTTPException(404)
        return found

    def directory(self, purpose: Purpose) -> Mapping[str, Recipient]:
        subscribers, key = self.site.subscribers(), self.site.self_service.key()
        if self.made_for[0] is not subscribers or self.made_for[1] != key:
            self.made_for, self.made = (subscribers, key), {}
        if purpose not in self.made:
            self.made[purpose] = directory(key, purpose, subscribers)
        return self.made[purpose]

    def subscriber(self, who: Recipient) -> Subscriber:
        return next(one for one in self.site.subscribers() if one.id == who.subscriber)

    def words(self, who: Recipient) -> Words:
        """Those of the language that the reader's mails are in."""
        return LANGUAGES[self.subscriber(who).language]


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form, of either kind (RFC 8058 section 3.2 asks for both). Raises
    `HTTPException`."""
    body = await body_of(request, LONGEST_FORM, DEADLINE)
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("multipart/form-data"):
        return dict(parts_of(kind, body))
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        raise HTTPException(400) from None


def parts_of(kind: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of multipart/form-data (RFC 7578)."""
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    return [
        (str(part.get_param("name", "", "content-disposition")), str(part.get_content()).strip())
        for part in whole.iter_parts()
        if part.get_content_maintype() == "text"
    ]


def refuse_strangers(request: Request, site: Site) -> None:
    """A form that another site sent is not what the reader wanted. Raises `HTTPException`. Pages
    without a referrer send their forms with the origin "null"."""
    sent_by = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    hosts = {urlsplit(site.base_url).netloc, request.headers.get("host", "")}
    is_ours = sent_by in OURS if sent_by else origin == "null" or urlsplit(origin).netloc in hosts
    if not is_ours:
        raise HTTPException(403)
