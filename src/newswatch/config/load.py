"""From a directory of YAML to a configuration, or every problem in it at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from newswatch.config.endpoints import WebhookChannel, wrong_template
from newswatch.config.models import (
    Groups,
    RuleModel,
    Service,
    SourceModel,
    Sources,
    SubscriberModel,
)
from newswatch.config.places import Document, KeyPath, read_yaml
from newswatch.config.resolve import Notices, Secrets, make_channel, make_mail_server
from newswatch.config.values import Model
from newswatch.config.words import problems_of
from newswatch.errors import ConfigurationError, Problem
from newswatch.fold import fold
from newswatch.model import FeedSettings, Lane, MailServer, Source
from newswatch.rules.compile import compile_when
from newswatch.rules.rule import Rule, Subscriber
from newswatch.understand.countries import resolve, suggest

M = TypeVar("M", bound=Model)
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

    sources: set[str]
    is_unsure: bool
    has_mail: bool


def load(directory: Path) -> Configuration:
    """Loads, validates and compiles a directory whole. Raises `ConfigurationError`, whose files are
    named as the directory was: an editor can follow them."""
    return Loading(directory).load()


class Loading:
    """One pass over the files; problems are collected, so that all are told at once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory.resolve()
        self.problems: list[Problem] = []
        self.notices = Notices()
        self.secrets = Secrets(self.home, self.notices)

    def load(self) -> Configuration:
        self.refuse_strangers()
        service = self.one_file("newswatch.yaml", Service) or Service()
        has_mail = service.mail is not None or self.is_wrong("newswatch.yaml")
        sources = self.sources(service)
        known = Known({source.id for source in sources}, self.is_wrong("sources"), has_mail)
        subscribers = self.subscribers(service, self.vocabulary(), known)
        if self.problems:
            raise ConfigurationError(tuple(self.problems))
        return Configuration(
            service=service,
            mail=make_mail_server(service.mail, self.secrets) if service.mail else None,
            sources=sources,
            subscribers=subscribers,
            notices=self.notices.lines(),
            database=self.database(service.database),
            publish=self.home.parent / service.publish.directory if service.publish else None,
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
                document, problems = read_yaml(path, str(path))
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
                hint = did_you_mean(suggest(member))
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
        for document, data in self.documents("subscribers/*.yaml", "subscribers/*.yml"):
            model = self.validated(document, SubscriberModel, data)
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
        self.refuse_twins(model, document)
        rules = [
            self.rule(rule, number, document, vocabulary, model, known)
            for number, rule in enumerate(model.rules)
        ]
        return Subscriber(
            id=model.subscriber,
            name=model.name,
            timezone=model.timezone,
            channels=channels,
            rules=tuple(rule for rule in rules if rule is not None),
        )

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
        for position, channel in enumerate(rule.send):
            if channel not in subscriber.channels:
                hint = did_you_mean(get_close_matches(channel, subscriber.channels, n=2))
                message = f"no channel is called {channel!r} in this file{hint}"
                self.problem(document, (*path, "send", position), message)
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
        return Rule(
            id=rule.id,
            title=rule.title,
            condition=condition,
            send=tuple(dict.fromkeys(rule.send)),
            feed=FeedSettings(rule.feed.visibility),
            file=document.file,
            line=line,
        )

    def refuse_unknown_sources(
        self, when: object, document: Document, path: KeyPath, sources: set[str]
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


def twice(kind: str, name: str) -> str:
    return f"another {kind} is called {name!r} already"


def did_you_mean(names: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(map(repr, names))}?" if names else ""
