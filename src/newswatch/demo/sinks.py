"""Where the demo's alerts arrive: a mail server with a mailbox file, endpoints that check signatures."""

import json
import mailbox
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Arrival:
    """One alert that arrived. `titles` are the releases in it."""

    subscriber: str
    kind: str  # email, webhook, chat
    titles: tuple[str, ...]
    note: str


@dataclass
class MailSink:
    """An SMTP server's handler that keeps every mail in a mailbox file (mbox, RFC 4155)."""

    path: Path
    arrivals: list[Arrival]
    titles: tuple[str, ...]

    async def handle_DATA(  # noqa: N802  (the library's name)
        self, _server: object, _session: object, envelope: "Envelope"
    ) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        box = mailbox.mbox(self.path)
        box.add(mailbox.mboxMessage(message_from_bytes(envelope.content)))
        box.close()
        self.arrivals.append(self.arrival(message))
        return "250 OK, kept in the mailbox"

    def arrival(self, message: EmailMessage) -> Arrival:
        body = message.get_body(("plain",))
        lines = set(body.get_content().splitlines()) if body else set()
        subscriber = str(message["List-Id"]).strip("<>").partition(".")[0]
        titles = tuple(title for title in self.titles if title in lines)
        return Arrival(subscriber, "email", titles, f"“{message['Subject']}” to {message['To']}")


class Envelope:
    """What aiosmtpd hands over, as far as it is used here."""

    content: bytes


@dataclass(slots=True)
class HookSink:
    """Receives webhooks and checks their signatures with the standardwebhooks library."""

    secrets: Mapping[str, str]  # subscriber → secret
    arrivals: list[Arrival]
    refused: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/hooks/{subscriber}", self.webhook, methods=["POST"]),
                Route("/chat/{subscriber}", self.chat, methods=["POST"]),
            ]
        )

    async def webhook(self, request: Request) -> Response:
        from standardwebhooks.webhooks import Webhook, WebhookVerificationError

        subscriber = request.path_params["subscriber"]
        body = await request.body()
        try:
            payload = Webhook(self.secrets[subscriber]).verify(body.decode(), dict(request.headers))
        except (WebhookVerificationError, KeyError) as error:
            self.refused.append(f"{subscriber}: {error}")
            return Response(status_code=401)
        title = payload["data"]["release"]["title"]
        note = f"signature verified, id {request.headers['webhook-id']}"
        self.arrivals.append(Arrival(subscriber, "webhook", (title,), note))
        return Response(status_code=204)

    async def chat(self, request: Request) -> Response:
        subscriber = request.path_params["subscriber"]
        text = str(json.loads(await request.body())["text"])
        title = text.partition("|")[2].partition(">*")[0]
        self.arrivals.append(Arrival(subscriber, "chat", (title,), "posted to the room"))
        return Response(b"ok")
