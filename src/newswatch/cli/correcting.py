"""releases correct|corrections: what people know better than newswatch read."""

import json
from collections.abc import Sequence
from contextlib import closing

import typer

from newswatch.app import Newswatch, clock
from newswatch.catchup import correct
from newswatch.cli.archive import facts
from newswatch.cli.context import options, start_log
from newswatch.cli.explaining import release_of
from newswatch.cli.show import note, print_json, print_table
from newswatch.errors import UsageError
from newswatch.model import ELECTION_KINDS, EVENTS, MISSION_TYPES, Correction
from newswatch.recognise import election_of
from newswatch.render.example import example
from newswatch.understand.countries import resolve, suggest

NOTHING = "-"  # as a value: there is none


def correct_(
    context: typer.Context,
    release: str = typer.Argument(help="The release's id."),
    author: str = typer.Option(..., help="Who knows better."),
    reason: str = typer.Option(..., help="Why; kept with the correction."),
    countries: str = typer.Option(
        None, help="What it is about: codes or names, with commas; - for none."
    ),
    mentioned: str = typer.Option(None, help="Other countries that it names; - for none."),
    event: str = typer.Option(None, help="What happened: mission.opened, …, none."),
    mission: str = typer.Option(None, help="The mission's type: EOM, …; - for none."),
    election: list[str] = typer.Option(
        None, help='"parliamentary 2025-03-02", or the kind alone; may be repeated; - for none.'
    ),
    alert: bool = typer.Option(False, "--alert", help="Alert by the rules that it meets only now."),
) -> None:
    """Correct what newswatch read of a release. It holds for every later version too."""
    chosen = options(context)
    given = {
        "countries": codes(countries),
        "mentioned": codes(mentioned),
        "event": one_of(event, EVENTS, "event"),
        "mission": one_of(mission, (*MISSION_TYPES, NOTHING), "mission"),
        "elections": elections(election),
    }
    wanted = {field: value for field, value in given.items() if value is not None}
    if not wanted:
        raise UsageError(
            "nothing to correct: name --countries, --mentioned, --event, --mission or --election"
        )
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        found = release_of(newswatch.store, release)
        made = [Correction(release, f, v, author, reason, clock()) for f, v in wanted.items()]
        corrected = correct(newswatch.pipeline, found, made, alert=alert)
    if chosen.json:
        print_json(corrected)
    else:
        print_table(facts(corrected), ("field", "value"))


def uncorrect(
    context: typer.Context, release: str = typer.Argument(help="The release's id.")
) -> None:
    """Take all corrections of a release back: what newswatch reads counts again."""
    chosen = options(context)
    start_log(chosen.level)
    with closing(Newswatch.start(chosen.load)) as newswatch:
        found = release_of(newswatch.store, release)
        count = newswatch.store.drop_corrections(release)
        correct(newswatch.pipeline, found, [])
    note(f"{count} {'correction' if count == 1 else 'corrections'} taken back")


def corrections(
    context: typer.Context,
    examples: bool = typer.Option(
        False, "--examples", help="As labelled releases (JSON Lines), to measure and to train with."
    ),
) -> None:
    """List what was corrected, by whom and why."""
    chosen = options(context)
    store = chosen.store()
    made = store.every_correction()
    if examples:
        for release in store.releases_by_id(one.release_id for one in made).values():
            print(json.dumps(example(release), ensure_ascii=False))
    elif chosen.json:
        print_json(made)
    else:
        print_table(
            [row(one) for one in made], ("release", "field", "value", "author", "when", "reason")
        )
    if not made:
        raise typer.Exit(1)


def row(one: Correction) -> tuple[str, ...]:
    value = ", ".join(one.value) or "none"
    return one.release_id, one.field, value, one.author, f"{one.at:%Y-%m-%d}", one.reason


# -- values ---------------------------------------------------------------------------------------


def codes(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip() not in ("", NOTHING)]
    return tuple(code for name in names for code in country(name))


def country(name: str) -> Sequence[str]:
    found = resolve(name)
    if len(found) == 1:
        return sorted(found)
    near = ", ".join(suggest(name))
    hint = f"; did you mean {near}?" if near else ""
    raise UsageError(f"{name!r} is not the name or the code of one country{hint}")


def one_of(text: str | None, known: Sequence[str], field: str) -> tuple[str, ...] | None:
    if text is None:
        return None
    if text not in known:
        raise UsageError(f"--{field} {text!r} is none of {', '.join(known)}")
    return () if text == NOTHING else (text,)


def elections(texts: Sequence[str] | None) -> tuple[str, ...] | None:
    if not texts:
        return None
    given = [text for text in texts if text != NOTHING]
    for text in given:
        try:
            kind = election_of(text).kind
        except ValueError:
            raise UsageError(f"{text!r}: the day must be like 2025-03-02") from None
        if kind not in ELECTION_KINDS:
            raise UsageError(f"{kind!r} is none of {', '.join(ELECTION_KINDS)}")
    return tuple(given)
