"""From subscribers' files to subscribers: their channels, their rules, the tests beside these."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from newswatch.config.endpoints import WebhookChannel, wrong_template
from newswatch.config.files import Files
from newswatch.config.kept import Compiled
from newswatch.config.models import OwnDrill, RuleModel, Service, SubscriberModel
from newswatch.config.places import Document, KeyPath
from newswatch.config.resolve import Secrets, make_channel
from newswatch.config.texts import rule_digest, rule_text
from newswatch.config.timing import RolloutModel
from newswatch.config.trials import Trials
from newswatch.config.vocabulary import Vocabulary
from newswatch.config.words import did_you_mean, twice
from newswatch.fold import fold
from newswatch.hours import opens
from newswatch.model import Channel, DrillPlan, FeedSettings, Source
from newswatch.rules.compile import compile_when
from newswatch.rules.rule import Rollout, Rule, Subscriber
from newswatch.rules.trial import Trial

MOST_PROBLEMS = 1_000  # after which no further rule is compiled
ANY_TIME = datetime(2025, 1, 1, tzinfo=UTC)  # windows come every week: one time is as good


@dataclass(frozen=True, slots=True)
class Known:
    """What subscribers may refer to; while sources are wrong themselves, any name of one will do."""

    sources: Mapping[str, Source]
    is_unsure: bool
    has_mail: bool


@dataclass(slots=True)
class Subscribers:
    """Compiles the files of subscribers, those that changed; what their names mean is known."""

    files: Files
    service: Service
    secrets: Secrets
    vocabulary: Vocabulary
    known: Known
    compiled: dict[str, Compiled] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)

    def read(self) -> tuple[Subscriber, ...]:
        found: dict[str, Subscriber] = {}
        self.files.kept.mean((self.vocabulary, self.known))
        for document, data in self.files.documents("subscribers/*.yaml", "subscribers/*.yml"):
            before = self.files.kept.compiled(document)
            model = (
                before.model if before else self.files.validated(document, SubscriberModel, data)
            )
            if model is None:
                continue
            if model.subscriber in found:
                self.files.problem(document, ("subscriber",), twice("subscriber", model.subscriber))
            found[model.subscriber] = self.subscriber(model, document)
        return tuple(found.values())

    def subscriber(self, model: SubscriberModel, document: Document) -> Subscriber:
        for channel_id, channel in model.channels.items():
            if channel.kind == "email" and not self.known.has_mail:
                message = "an email channel needs mail: in newswatch.yaml"
                self.files.problem(document, ("channels", channel_id), message)
            if isinstance(channel, WebhookChannel):
                self.refuse_bad_endpoint(channel, channel_id, document)
        where = f"{Path(document.file).name}: channel"
        channels = tuple(
            make_channel(channel_id, channel, self.secrets, where, self.service)
            for channel_id, channel in model.channels.items()
        )
        self.refuse_shut(channels, model.timezone, document)
        compiled = self.files.kept.compiled(document) or self.compile(model, document)
        self.compiled[document.file] = compiled
        self.trials.extend(compiled.trials)
        return Subscriber(
            id=model.subscriber,
            name=model.name,
            timezone=model.timezone,
            channels=channels,
            rules=compiled.rules,
            language=model.language,
            drill=own_drill(model.drill, self.service.drills),
        )

    def compile(self, model: SubscriberModel, document: Document) -> Compiled:
        """The rules and the tests of a file; those without a mistake."""
        self.refuse_twins(model, document)
        rules = [
            self.rule(rule, number, document, model)
            for number, rule in enumerate(model.rules)
            if len(self.files.problems) < MOST_PROBLEMS
        ]
        sources = None if self.known.is_unsure else self.known.sources
        trials = Trials(model, document, sources, partial(self.files.problem, document)).read()
        good = tuple(rule for rule in rules if rule is not None)
        return Compiled(document, model, good, tuple(trials))

    def refuse_shut(self, channels: Sequence[Channel], timezone: str, document: Document) -> None:
        """A channel whose times never come would keep its alerts for ever."""
        for channel in channels:
            if opens(channel, timezone, ANY_TIME) is None:
                key = "quiet" if channel.quiet else "active"
                message = "these times leave none in which an alert could come"
                self.files.problem(document, ("channels", channel.id, key), message)

    def refuse_bad_endpoint(
        self, channel: WebhookChannel, channel_id: str, document: Document
    ) -> None:
        """What a webhook's model cannot see by itself: this installation, and its template's text."""
        path: KeyPath = ("channels", channel_id)
        if isinstance(channel.url, str) and self.service.web.is_at(channel.url):
            message = "this is newswatch itself: its alerts would come back to it"
            self.files.problem(document, (*path, "url"), message)
        wrong = wrong_template(channel.template) if channel.template else None
        if wrong is not None:
            place = (*path, "template")
            self.files.problems.append(document.line_problem(place, str(wrong), wrong.line))

    def refuse_twins(self, model: SubscriberModel, document: Document) -> None:
        seen: set[str] = set()
        for number, rule in enumerate(model.rules):
            if rule.id in seen:
                self.files.problem(document, ("rules", number, "id"), twice("rule", rule.id))
            seen.add(rule.id)

    def rule(
        self,
        rule: RuleModel,
        number: int,
        document: Document,
        subscriber: SubscriberModel,
    ) -> Rule | None:
        path: KeyPath = ("rules", number)
        self.refuse_unknown_channels(rule, subscriber.channels, document, path)
        if not self.known.is_unsure:
            self.refuse_unknown_sources(rule.when, document, (*path, "when"))
        condition, problems = compile_when(rule.when, self.vocabulary)
        for problem in problems:
            place = (*path, "when", *problem.path)
            self.files.problems.append(
                document.key_problem(place, str(problem))
                if problem.is_key
                else document.problem(place, str(problem), problem.offset)
            )
        if condition is None:
            return None
        line = document.places.get((*path, "id"), (0, 0))[0] + 1
        text = rule_text(document.data["rules"][number], self.vocabulary)
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
                    self.files.problem(document, (*path, *key, position), message)

    def refuse_unknown_sources(self, when: object, document: Document, path: KeyPath) -> None:
        """A rule on a source that does not exist can never match."""
        if isinstance(when, list):
            for number, part in enumerate(when):
                self.refuse_unknown_sources(part, document, (*path, number))
        if not isinstance(when, dict):
            return
        named = when.get("source", [])
        for number, name in enumerate([named] if isinstance(named, str) else named or ()):
            if isinstance(name, str) and fold(name) not in self.known.sources:
                hint = did_you_mean(get_close_matches(name, self.known.sources, n=2))
                message = f"no source is called {name!r}{hint}"
                self.files.problem(document, (*path, "source", number), message)
        for key in ("not", "any_of"):
            self.refuse_unknown_sources(when.get(key), document, (*path, key))


def own_drill(own: OwnDrill | None, usual: DrillPlan) -> DrillPlan | None:
    """The plan that takes the place of the usual one, where there is one."""
    if own == "never":
        return DrillPlan(remind_after=usual.remind_after)
    return own.plan(usual) if own else None


def make_rollout(model: RolloutModel, timezone: str) -> Rollout:
    """It ends when its last day begins, where the subscriber is."""
    if model.until is None:
        return Rollout(model.first)
    midnight = datetime.combine(model.until, time(), ZoneInfo(timezone))
    return Rollout(model.first, midnight.astimezone(UTC))
