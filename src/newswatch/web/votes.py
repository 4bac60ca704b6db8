"""Whether an alert was useful: a page that asks, and one vote for each delivery and address."""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newswatch.model import Delivery, Vote
from newswatch.recipients import Recipient
from newswatch.web.headers import PERSONAL
from newswatch.web.pages import Pages
from newswatch.web.recipients import Recipients, form_of, refuse_strangers

ANSWERS = {"yes": True, "no": False}


class Votes:
    """The endpoints. A link that is followed only asks: scanners follow links."""

    def __init__(self, recipients: Recipients, pages: Pages) -> None:
        self.recipients = recipients
        self.pages = pages

    def ask(self, request: Request) -> Response:
        answer = request.path_params.get("answer", "yes")
        if answer not in ANSWERS:
            raise HTTPException(404)
        who, delivery = self.about(request)
        return self.page(request, who, delivery, answer)

    async def cast(self, request: Request) -> Response:
        """The last vote counts."""
        refuse_strangers(request, self.recipients.site)
        who, delivery = await run_in_threadpool(self.about, request)
        answer = (await form_of(request)).get("useful", "")
        if answer not in ANSWERS:
            raise HTTPException(400)
        doors = self.recipients.site.self_service
        vote = Vote(delivery.id, who.address, ANSWERS[answer], doors.now())
        await run_in_threadpool(doors.cast, vote)
        return await run_in_threadpool(self.page, request, who, delivery, answer)

    def about(self, request: Request) -> tuple[Recipient, Delivery]:
        """Whose link it is, and a delivery of the channel that it is of. Raises `HTTPException`."""
        who = self.recipients.named(request, "useful")
        found = self.recipients.site.self_service.delivery(request.path_params["delivery_id"])
        if found is None or (found.subscriber, found.channel) != (who.subscriber, who.channel):
            raise HTTPException(404)
        return who, found

    def page(self, request: Request, who: Recipient, delivery: Delivery, answer: str) -> Response:
        site = self.recipients.site
        values = {
            "words": self.recipients.words(who),
            "release": site.release(delivery.release_id),
            "vote": site.self_service.vote(delivery.id, who.address),
            "answer": answer,
            "action": f"{site.root}/useful/{request.path_params['token']}/{delivery.id}",
        }
        return self.pages.page("useful.html", values, headers=PERSONAL)
