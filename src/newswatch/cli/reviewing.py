"""rules backtest|lint: rules against the archive, before they go into force."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from newswatch.app import clock, connect
from newswatch.cli.context import Options, options
from newswatch.cli.show import counted, note, one_line, print_json, progress
from newswatch.config.load import Configuration, load
from newswatch.config.written import Written
from newswatch.errors import ConfigurationError, Problem
from newswatch.match import match
from newswatch.model import Release
from newswatch.review.backtest import Comparison, Difference, chosen, refuse_nothing, rerouted
from newswatch.review.lint import Seen, lint
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Standing
from newswatch.store import SqlStore

YEAR = timedelta(days=365)
STEP = 5_000  # releases between two words about how far it is


def releases(store: SqlStore, since: datetime | None) -> Iterator[Release]:
    """The archive, the oldest first; a person who waits is told how far it is."""
    count = told = 0
    for page in store.archive(since):
        yield from page
        count += len(page)
        if count - told >= STEP:
            told = count
            progress(f"{count:,} releases read, up to {page[-1].shown:%Y-%m-%d}")


def backtest(
    context: typer.Context,
    rule: str | None = typer.Argument(
        None, metavar="[SUBSCRIBER[/RULE]]", help="Only these rules."
    ),
    since: datetime | None = typer.Option(
        None, formats=["%Y-%m-%d"], help="Only releases published since this day."
    ),
    against: Path | None = typer.Option(
        None, help="An edited configuration directory: shows only what differs there."
    ),
) -> None:
    """Show what rules meet in the archive; or, with --against, how an edited directory differs."""
    running = options(context)
    configuration = running.load()
    start = since.replace(tzinfo=UTC) if since else None
    archive = releases(connect(configuration), start)
    if against is None:
        report = compared(archive, (), chosen(configuration.subscribers, rule), rule, running)
        say(report, f"{counted(report.added, 'match', 'matches')} in", running)
        raise typer.Exit(0 if report.added else 1)
    before = chosen(configuration.subscribers, rule)
    report = compared(archive, before, chosen(loaded(against).subscribers, rule), rule, running)
    say(report, f"+{report.added}, −{report.removed} in", running)
    raise typer.Exit(1 if report.differs else 0)


def loaded(directory: Path) -> Configuration:
    if not directory.is_dir():
        raise ConfigurationError((Problem(str(directory), 1, 1, "there is no such directory"),))
    return load(directory)


@dataclass(slots=True)
class Report:
    """What a comparison came to. `rows` are kept for JSON only; people read them as they come."""

    rerouted: Sequence[str] = ()
    releases: int = 0
    added: int = 0
    removed: int = 0
    rows: list[Mapping[str, object]] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        return bool(self.added or self.removed or self.rerouted)


def compared(
    archive: Iterable[Release],
    before: Sequence[Subscriber],
    after: Sequence[Subscriber],
    name: str | None,
    running: Options,
) -> Report:
    """Before and after on all of an archive. Without a before, everything that is met is new."""
    refuse_nothing((*before, *after), name)
    report = Report(tuple(rerouted(before, after)))
    comparison = Comparison(before, after)
    for release in archive:
        report.releases += 1
        for one in comparison.differences(release):
            report.added += one.sign == "+"
            report.removed += one.sign == "-"
            if running.json:
                report.rows.append(row(one))
            else:
                print(line(one, f"{one.sign.replace('-', '−')} " if before else ""))
    return report


def say(report: Report, head: str, running: Options) -> None:
    if running.json:
        fields = ("releases", "added", "removed", "rerouted")
        print_json({name: getattr(report, name) for name in fields} | {"matches": report.rows})
        return
    for one in report.rerouted:
        print(f"~ {one}")
    print(f"{head} {counted(report.releases, 'release')}")


def line(one: Difference, sign: str) -> str:
    release = one.release
    day = release.published.day.isoformat() if release.published else "no date"
    where = f"{one.subscriber}/{one.rule}"
    return one_line(f"{sign}{where}  {day}  {release.title} [{release.id}]: {one.why}")


def row(one: Difference) -> dict[str, object]:
    return {
        "sign": one.sign,
        "subscriber": one.subscriber,
        "rule": one.rule,
        "release": one.release.id,
        "title": one.release.title,
        "published": one.release.published,
        "why": one.why,
    }


# -- lint -----------------------------------------------------------------------------------------


def lint_(context: typer.Context) -> None:
    """Tell of rules that are dead, idle, shadowed or equal, or that catch other than they seem to."""
    running = options(context)
    configuration = running.load()
    written = Written()
    seen = a_year(connect(configuration), configuration.subscribers, clock())
    found = [
        written.problem(one.rule, one.path, one.word, f"{one.rule.id}: {one.message}")
        for one in lint(configuration.subscribers, configuration.sources, written.when, seen)
    ]
    if running.json:
        print_json(found)
    else:
        print("\n".join(map(str, found)) or "nothing to say")
    if found:
        raise typer.Exit(1)


def a_year(store: SqlStore, subscribers: Sequence[Subscriber], now: datetime) -> Seen | None:
    """What rules met in the last year; None while the archive holds less."""
    oldest = next(store.archive(at_once=1), ())
    if not oldest or oldest[0].shown > now - YEAR:
        since = f", since {oldest[0].shown:%Y-%m-%d}" if oldest else ""
        note(f"note: the archive holds less than a year{since}: what rules never met is not told")
        return None
    standing, seen = Standing.of(subscribers), Seen()
    for release in releases(store, now - YEAR):
        seen.add(match(release, standing))
    return seen
