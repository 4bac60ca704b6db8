"""silence add|list|show|expire: what is not to be sent for a while, by whom, and why."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

import typer

from newswatch.app import clock, connect
from newswatch.cli.context import options
from newswatch.cli.show import ago, note, print_json, print_table
from newswatch.config.values import as_duration
from newswatch.errors import NotFoundError, UsageError
from newswatch.model import EVENTS, Silence
from newswatch.silences import silence_id
from newswatch.store import SqlStore
from newswatch.understand.countries import resolve, suggest

EVERYTHING = "everything"
app = typer.Typer(help="Mute alerts for a while; what is hidden is kept.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    author: str = typer.Option(..., help="Who asks for it."),
    reason: str = typer.Option(..., help="Why; kept with the silence."),
    lasts: str = typer.Option(None, "--for", help="How long: 2h, 3d."),
    until: str = typer.Option(None, help="Its end: 2026-01-31, or 2026-01-31T08:00 (UTC)."),
    subscriber: list[str] = typer.Option(None, help="Alerts to this subscriber."),
    rule: list[str] = typer.Option(None, help="Alerts by this rule only: SUBSCRIBER/RULE."),
    country: list[str] = typer.Option(None, help="Releases about nothing but this: code or name."),
    source: list[str] = typer.Option(None, help="Releases of this source."),
    event: list[str] = typer.Option(None, help="Releases of this event: mission.opened, …"),
) -> None:
    """Mute what fits all of the options that are given; an option may be repeated."""
    chosen = options(context)
    configuration = chosen.load()
    now = clock()
    rules = [f"{s.id}/{r.id}" for s in configuration.subscribers for r in s.rules]
    silence = Silence(
        id="",
        author=author,
        reason=reason,
        created=now,
        until=end(lasts, until, now),
        subscribers=known(subscriber, [s.id for s in configuration.subscribers], "subscriber"),
        rules=known(rule, rules, "rule"),
        countries=codes(country),
        sources=known(source, [s.id for s in configuration.sources], "source"),
        events=known(event, EVENTS, "event"),
    )
    if scope(silence) == EVERYTHING:
        raise UsageError("name what to mute: --subscriber, --rule, --country, --source or --event")
    silence = replace(silence, id=silence_id(silence))
    connect(configuration).add_silence(silence)
    if chosen.json:
        print_json(silence)
        return
    print(silence.id)
    note(f"mutes {scope(silence)} until {utc(silence.until)}; what it hides is kept")


@app.command("list")
def list_(
    context: typer.Context,
    every: bool = typer.Option(False, "--all", help="Those that have ended too."),
) -> None:
    """List the silences in force, the newest first."""
    chosen = options(context)
    now = clock()
    found = [one for one in chosen.store().silences() if every or one.until > now]
    if chosen.json:
        print_json(found)
    else:
        print_table(
            [(s.id, scope(s), ago(s.until, now), s.author, s.reason) for s in found],
            ("id", "mutes", "ends", "author", "reason"),
        )
    if not found:
        raise typer.Exit(1)


@app.command()
def show(context: typer.Context, silence: str = typer.Argument(help="The silence's id.")) -> None:
    """Show one silence, and what it hid."""
    chosen = options(context)
    store = chosen.store()
    found = silence_of(store, silence)
    hidden = store.hidden_by(silence)
    if chosen.json:
        print_json({"silence": found, "hidden": hidden})
        return
    print(f"{found.id}: mutes {scope(found)}")
    print(f"  by {found.author}, {utc(found.created)} to {utc(found.until)}")
    print(f"  because: {found.reason}\n")
    releases = store.releases_by_id(one.release_id for one in hidden)
    print_table(
        [
            (d.id, d.state, f"{d.subscriber}/{d.channel}", releases[d.release_id].title)
            for d in hidden
        ],
        ("hidden", "state", "channel", "release"),
    )


@app.command()
def expire(
    context: typer.Context,
    silence: str = typer.Argument(help="The silence's id."),
    send: bool = typer.Option(False, "--send", help="Send what it hid, too."),
) -> None:
    """End a silence now. What it hid stays unsent, unless that is asked for."""
    store = options(context).store()
    silence_of(store, silence)
    is_ended = store.expire_silence(silence, clock())
    note("ended" if is_ended else "it had ended already")
    if send:
        count = store.send_hidden(silence, clock())
        note(f"{count} {'alert is' if count == 1 else 'alerts are'} queued, due now")


def scope(silence: Silence) -> str:
    """What it mutes, in a line."""
    parts = {
        "subscriber": silence.subscribers,
        "rule": silence.rules,
        "country": silence.countries,
        "source": silence.sources,
        "event": silence.events,
    }
    said = [f"{name} {' or '.join(values)}" for name, values in parts.items() if values]
    return ", ".join(said) or EVERYTHING


def silence_of(store: SqlStore, silence: str) -> Silence:
    found = store.silence(silence)
    if found is None:
        raise NotFoundError(
            f"no silence is called {silence!r}; `newswatch silence list --all` names them"
        )
    return found


def utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


# -- values -------------------------------------------------------------------------------------


def end(lasts: str | None, until: str | None, now: datetime) -> datetime:
    if (lasts is None) == (until is None):
        raise UsageError("say how long: --for 2h, or --until 2026-01-31")
    found = now + duration(lasts) if lasts is not None else moment(str(until))
    if found <= now:
        raise UsageError("it would have ended already")
    return found


def duration(text: str) -> timedelta:
    try:
        return as_duration(text)
    except ValueError as error:
        raise UsageError(f"--for: {error}") from None


def moment(text: str) -> datetime:
    """An instant, or the beginning of a day; UTC where it names no offset (RFC 3339)."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until {text!r}: write it like 2026-01-31T08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def known(names: list[str] | None, there: Collection[str], kind: str) -> tuple[str, ...]:
    for name in names or ():
        if name not in there:
            close = get_close_matches(name, there, n=2)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise UsageError(f"no {kind} is called {name!r}{hint}")
    return tuple(dict.fromkeys(names or ()))


def codes(names: list[str] | None) -> tuple[str, ...]:
    """Countries by code, by name, or as a group that newswatch ships."""
    found: set[str] = set()
    for name in names or ():
        these = resolve(name)
        if not these:
            close = suggest(name)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise UsageError(f"{name!r} is no country and no group{hint}")
        found |= these
    return tuple(sorted(found))
