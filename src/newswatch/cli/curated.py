"""feeds list|token|revoke: the curated feeds and the addresses of the private ones."""

from datetime import timedelta

import typer

from newswatch.app import clock, connect
from newswatch.assembly import issue_token
from newswatch.cli.context import options
from newswatch.cli.show import note, print_json, print_table
from newswatch.config.load import Configuration
from newswatch.config.values import as_duration
from newswatch.errors import NotFoundError

app = typer.Typer(help="The curated feeds.", no_args_is_help=True)
FEED = typer.Argument(help="SUBSCRIBER/RULE of a private feed; SUBSCRIBER for its calendar.")


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
    context: typer.Context,
    feed: str = FEED,
    grace: str = typer.Option("0s", help="How long the old address still works: 7d."),
) -> None:
    """Make a new address for a private feed. The old one stops working; the new one is shown once."""
    configuration = options(context).load()
    subscriber_id, rule_id = private_feed(configuration, feed)
    secret = issue_token(connect(configuration), subscriber_id, rule_id, duration(grace), clock())
    note("this address is shown once; whoever has it can read the feed:")
    document = f"{rule_id}.atom" if rule_id else "calendar.ics"
    print(f"{configuration.service.web.base_url}/feeds/{secret}/{document}")


@app.command()
def revoke(
    context: typer.Context,
    feed: str = FEED,
) -> None:
    """End all addresses of a private feed, at once."""
    configuration = options(context).load()
    ended = connect(configuration).revoke_tokens(*private_feed(configuration, feed), clock())
    note(f"{ended} of its addresses worked, and work no more")


def duration(text: str) -> timedelta:
    try:
        return as_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def private_feed(configuration: Configuration, feed: str) -> tuple[str, str]:
    """Subscriber and rule; of a subscriber alone, its calendar. Raises `NotFoundError`, which names
    the feeds there are."""
    if feed in {subscriber.id for subscriber in configuration.subscribers}:
        return feed, ""
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
    return subscriber_id, rule_id
