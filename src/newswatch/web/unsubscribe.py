"""Where mails are unsubscribed from: by programs in one POST (RFC 8058), by people on a page that only
asks."""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newswatch.recipients import Recipient
from newswatch.web.headers import PERSONAL
from newswatch.web.pages import Pages
from newswatch.web.recipients import Recipients, form_of


class Unsubscribe:
    """The two endpoints of a `List-Unsubscribe` address: an address of a channel."""

    def __init__(self, recipients: Recipients, pages: Pages) -> None:
        self.recipients = recipients
        self.doors = recipients.site.self_service
        self.pages = pages

    def ask(self, request: Request) -> Response:
        """Changes nothing, whoever follows the link: scanners do."""
        who = self.recipients.named(request, "unsubscribe")
        return self.page(who, is_stopped=self.doors.left(who) is not None)

    async def act(self, request: Request) -> Response:
        """At once, without a question, a cookie or a redirect, however often it is sent (section
        3.2); or takes it back."""
        who = await run_in_threadpool(self.recipients.named, request, "unsubscribe")
        form = await form_of(request)
        if form.get("List-Unsubscribe") == "One-Click":
            await run_in_threadpool(self.doors.leave, who)
            return self.page(who, is_stopped=True)
        if form.get("take-back"):
            await run_in_threadpool(self.doors.come_back, who)
            return self.page(who, is_stopped=False)
        raise HTTPException(400)

    def page(self, who: Recipient, *, is_stopped: bool) -> Response:
        values = {
            "who": who,
            "subscriber": self.recipients.subscriber(who),
            "words": self.recipients.words(who),
            "is_stopped": is_stopped,
        }
        return self.pages.page("unsubscribe.html", values, headers=PERSONAL)
