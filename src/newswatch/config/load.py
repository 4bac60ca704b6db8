"""From a directory of YAML to a configuration, or every problem in it at once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from newswatch.config.endpoints import WebhookChannel, wrong_template
from newswatch.config.kept import Compiled, Kept
from newswatch.config.models import (
    Groups,
    RuleModel,
    Service,
    SourceModel,
    Sources,
    SubscriberModel,
)
from newswatch.config.places import Document, KeyPath
from newswatch.config.resolve import (
    Notices,
    Secrets,
    make_channel,
    make_editors,
    make_mail_server,
)
from newswatch.config.texts import rule_digest, rule_text
from newswatch.config.timing import RolloutModel
from newswatch.config.trials import Trials
from newswatch.config.values import Model
from newswatch.config.words import did_you_mean, problems_of
from newswatch.errors import ConfigurationError, Problem
from newswatch.fold import fold
from newswatch.hours import opens
from newswatch.model import Channel, Editor, FeedSettings, Lane, MailServer, Source
from newswatch.rules.compile import compile_when
from newswatch.rules.rule import Rollout, Rule, Subscriber
from newswatch.rules.trial import Trial
from newswatch.understand.countries import resolve, suggest

M = TypeVar("M", bound=Model)
MOST_PROBLEMS = 1_000  # after which no further rule is compiled
ANY_TIME = datetime(2025, 1, 1, tzinfo=UTC)  # windows come every week: one time is as good
TOP_FILES = {"newswatch.yaml", "sources.yaml", "groups.yaml"}


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


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What names mean in this installation: shipped countries and groups, and its own groups."""

    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    keyword_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    queries: Mapping[str, str] = field(default_factory=dict)

    def countries(self, name: str) -> frozenset[str]:
        return self.groups.get(fold(name)) or resolve(name)

    def suggest(self, name: str) -> tuple[str, ...]:
        own = tuple(get_close_matches(fold(name), self.groups, n=2))
        return own or suggest(name)

    def keywords(self, name: str) -> tuple[str, ...] | None:
        return self.keyword_lists.get(fold(name))

    def query(self, name: str) -> str | None:
        return self.queries.get(fold(name))

    def named(self) -> tuple[str, ...]:
        return (*self.keyword_lists, *self.queries)


@dataclass(frozen=True, slots=True)
class Known:
    """What subscribers may refer to; while sources are wrong themselves, any name of one will do."""

    sources: Mapping[str, Source]
    is_unsure: bool
    has_mail: bool


def load(directory: Path, kept: Kept | None = None) -> Configuration:
    """Loads, validates and compiles a directory whole. Raises `ConfigurationError`, whose files are
    named as the directory was: an editor can follow them. `kept` is what an earlier load read: files
    that have not changed since are not read again."""
    return Loading(directory, kept or Kept()).load()


def database_of(directory: Path) -> str | None:
    """The database of a configuration that may be wrong elsewhere; None where its place is wrong."""
    loading = Loading(directory, Kept())
    service = loading.one_file("newswatch.yaml", Service)
    if service is None and (loading.problems or not directory.is_dir()):
        return None
    return loading.database((service or Service()).database)


def traces(directory: Path) -> frozenset[tuple[str, int, int]]:
    """The files of a configuration with when they were last written, and their sizes: another value
    after every change."""
    found = {path: path.stat() for path in directory.rglob("*.y*ml") if path.is_file()}
    return frozenset((str(path), one.st_mtime_ns, one.st_size) for path, one in found.items())


class Loading:
    """One pass over the files; problems are collected, so that all are told at once."""

    def __init__(self, directory: Path, kept: Kept) -> None:
        self.kept = kept
        self.compiled: dict[str, Compiled] = {}
        self.names: set[str] = set()  # of the files that were read
        self.directory = directory
        self.home = directory.resolve()
        self.problems: list[Problem] = []
        self.trials: list[Trial] = []
        self.notices = Notices()
        self.secrets = Secrets(self.home, self.notices)

    def load(self) -> Configuration:
        self.refuse_strangers()
        service = self.one_file("newswatch.yaml", Service) or Service()
        has_mail = service.mail is not None or self.is_wrong("newswatch.yaml")
        sources = self.sources(service)
        known = Known({source.id: source for source in sources}, self.is_wrong("sources"), has_mail)
        subscribers = self.subscribers(service, self.vocabulary(), known)
        self.kept.forget_others(self.names)
        if self.problems:
            raise ConfigurationError(tuple(self.problems))
        directory = service.publish.directory
        maildir = service.mail.bounces.maildir if service.mail else None
        editors = tuple(make_editors(service.web.tokens, self.secrets))
        self.kept.subscribers = self.compiled
        return Configuration(
            service=service,
            mail=make_mail_server(service.mail, self.secrets) if service.mail else None,
            sources=sources,
            subscribers=subscribers,
            notices=self.notices.lines(),
            database=self.database(service.database),
            publish=self.home.parent / directory if directory else None,
            bounces=self.home.parent / maildir if maildir else None,
            editors=editors,
            trials=tuple(self.trials),
        )

    def is_wrong(self, file: str) -> bool:
        """Whether a file has problems of its own: what follows from them is not told as well."""
        start = str(self.directory / file)
        return any(problem.file.startswith(start) for problem in self.problems)

    def database(self, url: str) -> str:
        """Relative paths of SQLite files start at the configuration directory's parent."""
        head = "sqlite:///"
        if not url.startswith(head) or url.startswith(f"{head}/"):
            return url
        return f"{head}{self.home.parent / url.removeprefix(head)}"

    # -- files ----------------------------------------------------------------------------------

    def refuse_strangers(self) -> None:
        """A file that nothing reads is a misspelt one."""
        for path in sorted(self.directory.glob("*.y*ml")):
            if path.name not in TOP_FILES:
                known = ", ".join(sorted(TOP_FILES))
                self.problems.append(
                    Problem(str(path), 1, 1, f"nothing reads this file; there are: {known}")
                )

    def documents(self, *patterns: str) -> Iterator[tuple[Document, Any]]:
        """The files that fit the patterns, each with its values; unreadable ones are problems."""
        for pattern in patterns:
            for path in sorted(self.directory.glob(pattern)):
                self.names.add(str(path))
                document, problems = self.kept.read(path, str(path))
                self.problems.extend(problems)
                if not problems:
                    yield document, document.data

    def validated(self, document: Document, model: type[M], data: Any) -> M | None:
        if data is None:
            self.problems.append(Problem(document.file, 1, 1, "the file is empty"))
            return None
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.problems.extend(problems_of(error, document, model))
            return None

    def one_file(self, name: str, model: type[M]) -> M | None:
        return next(
            (self.validated(document, model, data) for document, data in self.documents(name)), None
        )

    # -- sources --------------------------------------------------------------------------------

    def sources(self, service: Service) -> tuple[Source, ...]:
        found: dict[str, Source] = {}
        for document, data in self.documents("sources.yaml", "sources/*.yaml"):
            models = self.validated(document, Sources, data)
            for number, model in enumerate(models.sources if models else ()):
                if model.id in found:
                    self.problem(document, ("sources", number, "id"), twice("source", model.id))
                found[model.id] = make_source(model, service)
        return tuple(found.values())

    # -- groups ---------------------------------------------------------------------------------

    def vocabulary(self) -> Vocabulary:
        for document, data in self.documents("groups.yaml"):
            groups = self.validated(document, Groups, data)
            if groups:
                vocabulary = Vocabulary(
                    {
                        fold(name): self.members(document, name, members)
                        for name, members in groups.countries.items()
                    },
                    groups.keywords,
                    groups.queries,
                )
                self.refuse_bad_words(vocabulary, document)
                return vocabulary
        return Vocabulary()

    def refuse_bad_words(self, vocabulary: Vocabulary, document: Document) -> None:
        """What is wrong with a shared list or query is told at its own place, used or not."""
        for key, names in (
            ("keywords", vocabulary.keyword_lists),
            ("queries", vocabulary.queries),
        ):
            for name, value in names.items():
                when = {"keywords": list(value)} if key == "keywords" else {"text": value}
                _, problems = compile_when(when, vocabulary)
                for problem in problems:
                    place = (key, name, *problem.path[1:])
                    self.problems.append(document.problem(place, str(problem), problem.offset))
        for name in vocabulary.keyword_lists.keys() & vocabulary.queries.keys():
            self.problem(document, ("queries", name), twice("keyword list", name))

    def members(self, document: Document, name: str, members: Sequence[str]) -> frozenset[str]:
        codes: set[str] = set()
        for number, member in enumerate(members):
            found = resolve(member)
            if not found:
                is_early = len(self.problems) < MOST_PROBLEMS
                hint = did_you_mean(suggest(member)) if is_early else ""
                self.problem(
                    document,
                    ("countries", name, number),
                    f"unknown country or group {member!r}{hint}",
                )
            codes |= found
        return frozenset(codes)

    # -- subscribers ----------------------------------------------------------------------------

    def subscribers(
        self, service: Service, vocabulary: Vocabulary, known: Known
    ) -> tuple[Subscriber, ...]:
        found: dict[str, Subscriber] = {}
        context = (vocabulary, known)
        if context != self.kept.context:
            self.kept.context, self.kept.subscribers = context, {}
        for document, data in self.documents("subscribers/*.yaml", "subscribers/*.yml"):
            before = self.kept.compiled(document)
            model = before.model if before else self.validated(document, SubscriberModel, data)
            if model is None:
                continue
            if model.subscriber in found:
                self.problem(document, ("subscriber",), twice("subscriber", model.subscriber))
            found[model.subscriber] = self.subscriber(model, document, service, vocabulary, known)
        return tuple(found.values())

    def subscriber(
        self,
        model: SubscriberModel,
        document: Document,
        service: Service,
        vocabulary: Vocabulary,
        known: Known,
    ) -> Subscriber:
        for channel_id, channel in model.channels.items():
            if channel.kind == "email" and not known.has_mail:
                message = "an email channel needs mail: in newswatch.yaml"
                self.problem(document, ("channels", channel_id), message)
            if isinstance(channel, WebhookChannel):
                self.refuse_bad_endpoint(channel, channel_id, document, service)
        where = f"{Path(document.file).name}: channel"
        channels = tuple(
            make_channel(channel_id, channel, self.secrets, where, service)
            for channel_id, channel in model.channels.items()
        )
        self.refuse_shut(channels, model.timezone, document)
        compiled = self.kept.compiled(document) or self.compile(model, document, vocabulary, known)
        self.compiled[document.file] = compiled
        self.trials.extend(compiled.trials)
        return Subscriber(
            id=model.subscriber,
            name=model.name,
            timezone=model.timezone,
            channels=channels,
            rules=compiled.rules,
            language=model.language,
        )

    def compile(
        self, model: SubscriberModel, document: Document, vocabulary: Vocabulary, known: Known
    ) -> Compiled:
        """The rules and the tests of a file; those without a mistake."""
        self.refuse_twins(model, document)
        rules = [
            self.rule(rule, number, document, vocabulary, model, known)
            for number, rule in enumerate(model.rules)
            if len(self.problems) < MOST_PROBLEMS
        ]
        sources = None if known.is_unsure else known.sources
        trials = Trials(model, document, sources, partial(self.problem, document)).read()
        good = tuple(rule for rule in rules if rule is not None)
        return Compiled(document, model, good, tuple(trials))

    def refuse_shut(self, channels: Sequence[Channel], timezone: str, document: Document) -> None:
        """A channel whose times never come would keep its alerts for ever."""
        for channel in channels:
            if opens(channel, timezone, ANY_TIME) is None:
                key = "quiet" if channel.quiet else "active"
                message = "these times leave none in which an alert could come"
                self.problem(document, ("channels", channel.id, key), message)

    def refuse_bad_endpoint(
        self, channel: WebhookChannel, channel_id: str, document: Document, service: Service
    ) -> None:
        """What a webhook's model cannot see by itself: this installation, and its template's text."""
        path: KeyPath = ("channels", channel_id)
        if isinstance(channel.url, str) and service.web.is_at(channel.url):
            message = "this is newswatch itself: its alerts would come back to it"
            self.problem(document, (*path, "url"), message)
        wrong = wrong_template(channel.template) if channel.template else None
        if wrong is not None:
            place = (*path, "template")
            self.problems.append(document.line_problem(place, str(wrong), wrong.line))

    def refuse_twins(self, model: SubscriberModel, document: Document) -> None:
        seen: set[str] = set()
        for number, rule in enumerate(model.rules):
            if rule.id in seen:
                self.problem(document, ("rules", number, "id"), twice("rule", rule.id))
            seen.add(rule.id)

    def rule(
        self,
        rule: RuleModel,
        number: int,
        document: Document,
        vocabulary: Vocabulary,
        subscriber: SubscriberModel,
        known: Known,
    ) -> Rule | None:
        path: KeyPath = ("rules", number)
        self.refuse_unknown_channels(rule, subscriber.channels, document, path)
        if not known.is_unsure:
            self.refuse_unknown_sources(rule.when, document, (*path, "when"), known.sources)
        condition, problems = compile_when(rule.when, vocabulary)
        for problem in problems:
            place = (*path, "when", *problem.path)
            self.problems.append(
                document.key_problem(place, str(problem))
                if problem.is_key
                else document.problem(place, str(problem), problem.offset)
            )
        if condition is None:
            return None
        line = document.places.get((*path, "id"), (0, 0))[0] + 1
        text = rule_text(document.data["rules"][number], vocabulary)
        return Rule(
            id=rule.id,
            title=rule.title,
            condition=condition,
            send=tuple(dict.fromkeys(rule.send)),
            copies=rule.copies,
            corrections=rule.corrections,
            feed=FeedSettings(rule.feed.visibility),
            file=document.file,
            line=line,
            urgent=frozenset(subscriber.urgent if rule.urgent is None else rule.urgent),
            shadow=rule.shadow,
            rollout=make_rollout(rule.rollout, subscriber.timezone) if rule.rollout else None,
            text=text,
            digest=rule_digest(subscriber.subscriber, rule.id, text),
        )

    def refuse_unknown_channels(
        self, rule: RuleModel, channels: Collection[str], document: Document, path: KeyPath
    ) -> None:
        first = rule.rollout.first if rule.rollout else ()
        for key, names, known, among in (
            (("send",), rule.send, channels, "in this file"),
            (("rollout", "first"), first, rule.send, "in this rule's send"),
        ):
            for position, channel in enumerate(names):
                if channel not in known:
                    hint = did_you_mean(get_close_matches(channel, known, n=2))
                    message = f"no channel is called {channel!r} {among}{hint}"
                    self.problem(document, (*path, *key, position), message)

    def refuse_unknown_sources(
        self, when: object, document: Document, path: KeyPath, sources: Mapping[str, Source]
    ) -> None:
        """A rule on a source that does not exist can never match."""
        if isinstance(when, list):
            for number, part in enumerate(when):
                self.refuse_unknown_sources(part, document, (*path, number), sources)
        if not isinstance(when, dict):
            return
        named = when.get("source", [])
        for number, name in enumerate([named] if isinstance(named, str) else named or ()):
            if isinstance(name, str) and fold(name) not in sources:
                hint = did_you_mean(get_close_matches(name, sources, n=2))
                message = f"no source is called {name!r}{hint}"
                self.problem(document, (*path, "source", number), message)
        for key in ("not", "any_of"):
            self.refuse_unknown_sources(when.get(key), document, (*path, key), sources)

    def problem(self, document: Document, path: KeyPath, message: str) -> None:
        self.problems.append(document.problem(path, message))


def make_source(model: SourceModel, service: Service) -> Source:
    quiet = model.quiet_first_poll
    return Source(
        id=model.id,
        name=model.name,
        kind=model.kind,
        url=model.url,
        publisher=model.publisher,
        language=model.language,
        timezone=model.timezone,
        every=model.poll.every,
        layouts=tuple(layout.listing() for layout in model.listing or ()),
        quiet_first_poll=service.polling.quiet_first_poll if quiet is None else quiet,
        enabled=model.enabled,
        allow_empty=model.allow_empty,
        expect_every=model.expect_every,
        full_text=model.full_text,
    )


def make_rollout(model: RolloutModel, timezone: str) -> Rollout:
    """It ends when its last day begins, where the subscriber is."""
    if model.until is None:
        return Rollout(model.first)
    midnight = datetime.combine(model.until, time(), ZoneInfo(timezone))
    return Rollout(model.first, midnight.astimezone(UTC))


def twice(kind: str, name: str) -> str:
    return f"another {kind} is called {name!r} already"
