"""Deliveries as one message of a chat service: a file for each form, and a line here. Pure."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from newswatch.ports import Message
from newswatch.render.alert import Alert
from newswatch.render.chat import apprise, discord, googlechat, slack, teams
from newswatch.render.chat.letter import Letter, letter_of
from newswatch.render.webhook import HEADERS, as_json

THROUGH_APPRISE = "apprise"
SERVICES: Mapping[str, Callable[[Letter], Mapping[str, object]]] = {
    "slack": slack.write,
    "mattermost": slack.write_text,
    "rocketchat": slack.write_text,
    "slack-compatible": slack.write_text,
    "discord": discord.write,
    "teams": teams.write,
    "googlechat": googlechat.write,
}
HOSTS: Mapping[str, str] = {
    "hooks.slack.com": "slack",
    "discord.com": "discord",
    "discordapp.com": "discord",
    "chat.googleapis.com": "googlechat",
    "logic.azure.com": "teams",
    "api.powerplatform.com": "teams",
    "webhook.office.com": "teams",
}


def service_at(url: str) -> str:
    """The service whose address it is: of a web address by its host, of any other Apprise's."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return THROUGH_APPRISE
    if parts.path.rstrip("/").endswith("/slack"):  # Discord's own door for Slack's form
        return "slack-compatible"
    host = f".{(parts.hostname or '').lower()}"
    found = (service for name, service in HOSTS.items() if host.endswith(f".{name}"))
    return next(found, "slack-compatible")


def render_chat(alert: Alert) -> Message:
    """Up to five releases with their facts and reasons, more of them a line each."""
    letter, channel = letter_of(alert), alert.channel
    is_ours = channel.service in SERVICES
    body = SERVICES[channel.service](letter) if is_ours else apprise.write(letter, channel.url)
    return Message(channel, alert.deliveries, as_json(body), HEADERS)
