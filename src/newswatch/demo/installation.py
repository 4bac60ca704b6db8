"""The demo's configuration: the example subscribers as they are shipped, led to the sinks."""

import secrets
import shutil
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from newswatch.errors import NotFoundError

SERVICE = """\
database: sqlite:///newswatch.db
web: {{listen: "{listen}", base_url: "http://{listen}"}}
mail: {{from: "newswatch <alerts@newswatch.example>", smtp: {{host: 127.0.0.1, port: {smtp}, security: none}}}}
network: {{allow_private: ["127.0.0.0/8"], contact: "http://{listen}/"}}
polling: {{per_host: {{concurrency: 4, gap: 0s}}}}
deliver: {{retry: [1s, 1s, 1s]}}
"""
LISTING = """\
  - id: {newsroom}
    name: {name}
    kind: listing
    url: {base}/{newsroom}/news
    publisher: {publisher}
    language: en
    timezone: Europe/Vienna
    poll: {{every: 1m}}
    expect_every: {never}
    listing:
      item: .search-result-news
      title: .search-title a
      link: .search-title a@href
      published: {{select: .publishing-date, after: "Publishing date:", formats: ["%d %B %Y"]}}
      content_type: {{label: "Content type"}}
      institutions: {{label: "Where we are", split: ","}}
      topics: {{label: "What we do", split: ","}}
      summary: .search-snippet
"""
FEED = """\
  - {{id: {newsroom}, name: {name}, kind: feed, url: "{base}/{newsroom}/feed.xml", publisher: {publisher}, language: en, timezone: Europe/Vienna, poll: {{every: 1m}}, expect_every: {never}}}
"""
NEVER = "3650d"  # the samples keep their dates, however late the demo is looked at
NEWSROOMS = {
    "odihr": ("ODIHR (sample)", "ODIHR", LISTING),
    "eu": ("EU election observation (sample)", "European Union", FEED),
    "coe": ("Council of Europe (sample)", "Council of Europe", FEED),
    "oas": ("OAS (sample)", "OAS", FEED),
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where the demo's parts listen on loopback."""

    site: str  # host:port
    newsrooms: str  # http://host:port
    sinks: str  # http://host:port
    smtp: int


def write_installation(examples: Path, directory: Path, places: Places) -> Mapping[str, str]:
    """Writes a configuration directory; returns the webhook secrets by subscriber.

    Raises `NotFoundError` where there are no example subscribers.
    """
    found = sorted((examples / "subscribers").glob("*.yaml"))
    if not found:
        raise NotFoundError(
            f"the demo needs the example subscribers in {examples}/subscribers; name them with --config"
        )
    (directory / "subscribers").mkdir(parents=True)
    (directory / "newswatch.yaml").write_text(SERVICE.format(listen=places.site, smtp=places.smtp))
    (directory / "sources.yaml").write_text("sources:\n" + "".join(sources(places.newsrooms)))
    if (examples / "groups.yaml").exists():
        shutil.copyfile(examples / "groups.yaml", directory / "groups.yaml")
    return {path.stem: lead_to_sinks(path, directory, places) for path in found}


def sources(base: str) -> list[str]:
    return [
        template.format(newsroom=newsroom, name=name, publisher=publisher, base=base, never=NEVER)
        for newsroom, (name, publisher, template) in NEWSROOMS.items()
    ]


def lead_to_sinks(path: Path, directory: Path, places: Places) -> str:
    """A subscriber as shipped, but for the addresses, secrets and quiet hours of its channels."""
    yaml = YAML()
    subscriber = yaml.load(path.read_text(encoding="utf-8"))
    name = subscriber["subscriber"]
    secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    (directory / f"{name}.secret").write_text(secret)
    (directory / f"{name}.chat").write_text(f"{places.sinks}/chat/{name}")
    for channel in (subscriber.get("channels") or {}).values():
        lead_channel(channel, name, directory, places)
    yaml.dump(subscriber, directory / "subscribers" / path.name)
    return secret


def lead_channel(channel: dict[str, Any], name: str, directory: Path, places: Places) -> None:
    channel.pop("quiet", None)  # whoever sees the demo at night is awake
    if channel["kind"] == "webhook":
        channel["url"] = f"{places.sinks}/hooks/{name}"
        channel["secret"] = {"file": str(directory / f"{name}.secret")}
    if channel["kind"] == "chat":
        channel["url"] = {"file": str(directory / f"{name}.chat")}
