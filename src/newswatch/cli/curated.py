"""feeds list|token: the curated feeds and the addresses of the private ones."""

import hashlib
import secrets

import typer

from newswatch.app import clock, connect
from newswatch.cli.context import options
from newswatch.cli.show import note, print_json, print_table
from newswatch.errors import NotFoundError

app = typer.Typer(help="The curated feeds.", no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the feeds, with the addresses of the public ones."""
    chosen = options(context)
    configuration = chosen.load()
    base = configuration.service.web.base_url
    rows = [
        (
            f"{subscriber.id}/{rule.id}",
            rule.feed.visibility,
            address(base, subscriber.id, rule.id, rule.feed.visibility),
        )
        for subscriber in configuration.subscribers
        for rule in subscriber.rules
        if rule.feed.visibility != "none"
    ]
    if chosen.json:
        print_json([dict(zip(("feed", "visibility", "address"), row, strict=True)) for row in rows])
    else:
        print_table(rows, ("feed", "visibility", "address"))


def address(base: str, subscriber: str, rule: str, visibility: str) -> str:
    if visibility == "public":
        return f"{base}/feeds/{subscriber}/{rule}.atom"
    return f"made by: newswatch feeds token {subscriber}/{rule}"


@app.command()
def token(
    context: typer.Context, feed: str = typer.Argument(help="SUBSCRIBER/RULE of a private feed.")
) -> None:
    """Make a new address for a private feed. The old one stops working; the new one is shown once."""
    configuration = options(context).load()
    private = {
        f"{subscriber.id}/{rule.id}"
        for subscriber in configuration.subscribers
        for rule in subscriber.rules
        if rule.feed.visibility == "private"
    }
    if feed not in private:
        raise NotFoundError(
            f"no private feed is called {feed!r}; there are: {', '.join(sorted(private)) or 'none'}"
        )
    subscriber_id, rule_id = feed.split("/")
    secret = secrets.token_urlsafe(32)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    connect(configuration).issue_token(subscriber_id, rule_id, digest, clock())
    note("this address is shown once; whoever has it can read the feed:")
    print(f"{configuration.service.web.base_url}/feeds/{secret}/{rule_id}.atom")
