"""missions list|show|rebuild: the observation of elections, mission by mission."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date

import typer

from newswatch.app import Newswatch, clock
from newswatch.catchup import understand_again
from newswatch.cli.context import options, start_log
from newswatch.cli.show import note, print_json, print_table, progress
from newswatch.errors import NotFoundError
from newswatch.missions import Expected, expected, state_of
from newswatch.model import Mission, Release
from newswatch.render.words import ENGLISH

app = typer.Typer(help="Missions and their timelines.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    country: str = typer.Option(None, help="Only to this country (a code: TJ)."),
    body: str = typer.Option(None, help="Only of this body (ODIHR, EU, OAS, …)."),
    overdue: bool = typer.Option(False, help="Only those whose next step is overdue."),
    limit: int = typer.Option(50, min=1, max=10_000, help="How many, the latest first."),
) -> None:
    """List missions with their state and what is expected of them next."""
    chosen = options(context)
    today = clock().date()
    found = chosen.store().missions_latest(
        limit, country=country.upper() if country else None, body=body
    )
    shown = [one for one in found if not overdue or is_overdue(one, today)]
    if chosen.json:
        print_json([as_data(one, today) for one in shown])
    else:
        print_table(
            [row(one, today) for one in shown],
            ("id", "bodies", "type", "election", "state", "next step"),
        )
    if not shown:
        raise typer.Exit(1)


@app.command()
def show(context: typer.Context, mission: str = typer.Argument(help="The mission's id.")) -> None:
    """Show a mission: its election, its timeline, what is expected next."""
    chosen = options(context)
    store = chosen.store()
    found = store.missions_by_id([mission]).get(mission)
    if found is None:
        raise NotFoundError(
            f"no mission is called {mission!r}; `newswatch missions list` names them"
        )
    today = clock().date()
    releases = store.releases_by_id(step.release_id for step in found.steps)
    if chosen.json:
        print_json(
            as_data(found, today) | {"releases": [releases[s.release_id] for s in found.steps]}
        )
        return
    print_table(facts(found), ("field", "value"))
    print()
    print_table(timeline(found, releases, today), ("day", "step", "release", "publisher", "title"))


@app.command()
def rebuild(context: typer.Context) -> None:
    """Read the whole archive again, as newswatch understands it now, and make the missions anew.

    Alerts nobody, and changes nothing that newsrooms published.
    """
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        read = 0
        for count in understand_again(newswatch.pipeline):
            read += count
            progress(f"{read} releases read")
    note(f"{read} releases read again; `newswatch missions list` shows their missions")


def row(mission: Mission, today: date) -> tuple[str, ...]:
    following = next(iter(expected(mission, today)), None)
    return (
        mission.id,
        ", ".join(mission.bodies),
        mission.type or "",
        elections(mission),
        state_of(mission) or "",
        in_words(following) if following else "",
    )


def in_words(step: Expected) -> str:
    return f"{name(step.event)} {'overdue since' if step.is_overdue else 'due'} {step.due}"


def name(event: str) -> str:
    return ENGLISH.event(event).lower()


def elections(mission: Mission) -> str:
    return ", ".join(f"{one.kind} {one.date or 'without a day'}" for one in mission.elections)


def is_overdue(mission: Mission, today: date) -> bool:
    return any(step.is_overdue for step in expected(mission, today))


def facts(mission: Mission) -> list[tuple[str, str]]:
    return [
        ("mission", mission.id),
        ("country", mission.country),
        ("bodies", ", ".join(mission.bodies)),
        ("type", mission.type or "not said"),
        ("election", elections(mission) or "not said"),
        ("state", state_of(mission) or "not said"),
    ]


def timeline(
    mission: Mission, releases: Mapping[str, Release], today: date
) -> Sequence[tuple[str, ...]]:
    told = [
        (
            step.day.isoformat(),
            name(step.event),
            step.release_id,
            releases[step.release_id].publisher,
            releases[step.release_id].title,
        )
        for step in mission.steps
    ]
    to_come = [
        (
            step.due.isoformat(),
            name(step.event),
            "",
            "",
            "overdue" if step.is_overdue else "expected",
        )
        for step in expected(mission, today)
    ]
    return sorted([*told, *to_come], key=lambda one: one[0])


def as_data(mission: Mission, today: date) -> dict[str, object]:
    return {
        "id": mission.id,
        "country": mission.country,
        "bodies": mission.bodies,
        "type": mission.type,
        "elections": mission.elections,
        "state": state_of(mission),
        "steps": mission.steps,
        "expected": expected(mission, today),
    }
