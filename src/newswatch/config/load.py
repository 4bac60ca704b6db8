"""From a directory of YAML to a configuration, or every problem in it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from newswatch.config.files import Files
from newswatch.config.kept import Kept
from newswatch.config.models import (
    Service,
    SourceModel,
    Sources,
)
from newswatch.config.resolve import (
    Notices,
    Secrets,
    make_editors,
    make_mail_server,
)
from newswatch.config.subscribers import Known, Subscribers
from newswatch.config.vocabulary import read_vocabulary
from newswatch.config.words import twice
from newswatch.errors import ConfigurationError
from newswatch.model import Editor, Lane, MailServer, Source
from newswatch.rules.rule import Subscriber
from newswatch.rules.trial import Trial


@dataclass(frozen=True, slots=True)
class Configuration:
    """A directory that validates. `notices` are things that will not work yet, in words."""

    service: Service
    mail: MailServer | None
    sources: tuple[Source, ...]
    subscribers: tuple[Subscriber, ...]
    notices: tuple[str, ...]
    database: str  # with an absolute path
    publish: Path | None = None  # a directory for the public feeds
    bounces: Path | None = None  # the Maildir that mails which came back are put into
    editors: tuple[Editor, ...] = ()  # who may correct through the API
    trials: tuple[Trial, ...] = ()  # the tests that are written beside the rules

    @property
    def kinds(self) -> Mapping[Lane, str]:
        """The kind of every channel."""
        return {(one.id, to.id): to.kind for one in self.subscribers for to in one.channels}

    @property
    def lanes(self) -> frozenset[Lane]:
        """Every channel of every subscriber."""
        return frozenset((one.id, to.id) for one in self.subscribers for to in one.channels)


def load(directory: Path, kept: Kept | None = None) -> Configuration:
    """Loads, validates and compiles a directory whole. Raises `ConfigurationError`, whose files are
    named as the directory was: an editor can follow them. `kept` is what an earlier load read: files
    that have not changed since are not read again."""
    kept = kept or Kept()
    files, home, notices = Files(directory, kept), directory.resolve(), Notices()
    secrets = Secrets(home, notices)
    files.refuse_strangers()
    service = files.one_file("newswatch.yaml", Service) or Service()
    sources = read_sources(files, service)
    known = Known(
        sources={source.id: source for source in sources},
        is_unsure=files.is_wrong("sources"),
        has_mail=service.mail is not None or files.is_wrong("newswatch.yaml"),
    )
    people = Subscribers(files, service, secrets, read_vocabulary(files), known)
    subscribers = people.read()
    kept.forget_others(files.names)
    if files.problems:
        raise ConfigurationError(tuple(files.problems))
    kept.subscribers = people.compiled
    maildir = service.mail.bounces.maildir if service.mail else None
    return Configuration(
        service=service,
        mail=make_mail_server(service.mail, secrets) if service.mail else None,
        sources=sources,
        subscribers=subscribers,
        editors=tuple(make_editors(service.web.tokens, secrets)),
        notices=notices.lines(),
        database=database_at(home, service.database),
        publish=home.parent / service.publish.directory if service.publish.directory else None,
        bounces=home.parent / maildir if maildir else None,
        trials=tuple(people.trials),
    )


def database_of(directory: Path) -> str | None:
    """The database of a configuration that may be wrong elsewhere; None where its place is wrong."""
    files = Files(directory, Kept())
    service = files.one_file("newswatch.yaml", Service)
    if service is None and (files.problems or not directory.is_dir()):
        return None
    return database_at(directory.resolve(), (service or Service()).database)


def database_at(home: Path, url: str) -> str:
    """Relative paths of SQLite files start at the configuration directory's parent."""
    head = "sqlite:///"
    if not url.startswith(head) or url.startswith(f"{head}/"):
        return url
    return f"{head}{home.parent / url.removeprefix(head)}"


def traces(directory: Path) -> frozenset[tuple[str, int, int]]:
    """The files of a configuration with when they were last written, and their sizes: another value
    after every change."""
    found = {path: path.stat() for path in directory.rglob("*.y*ml") if path.is_file()}
    return frozenset((str(path), one.st_mtime_ns, one.st_size) for path, one in found.items())


def read_sources(files: Files, service: Service) -> tuple[Source, ...]:
    found: dict[str, Source] = {}
    for document, data in files.documents("sources.yaml", "sources/*.yaml"):
        models = files.validated(document, Sources, data)
        for number, model in enumerate(models.sources if models else ()):
            if model.id in found:
                files.problem(document, ("sources", number, "id"), twice("source", model.id))
            found[model.id] = make_source(model, service)
    return tuple(found.values())


def make_source(model: SourceModel, service: Service) -> Source:
    quiet, every = model.quiet_first_poll, model.poll.every
    made = Source(
        id=model.id,
        name=model.name,
        kind=model.kind,
        url=model.url,
        publisher=model.publisher,
        language=model.language,
        timezone=model.timezone,
        layouts=tuple(layout.listing() for layout in model.listing or ()),
        quiet_first_poll=service.polling.quiet_first_poll if quiet is None else quiet,
        enabled=model.enabled,
        allow_empty=model.allow_empty,
        expect_every=model.expect_every,
        full_text=model.full_text,
    )
    return made if every is None else replace(made, every=every, unconditional=every)
