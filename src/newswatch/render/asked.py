"""What a rule asks for, in the words of a language. Pure."""

from newswatch.model import Why
from newswatch.render.alert import met_value
from newswatch.render.words import Words
from newswatch.rules import conditions as rules


def asked(condition: rules.Condition, words: Words) -> str:
    """ "country: Tajikistan; event: mission opened". Queries and names stay as the rule's author
    wrote them."""
    match condition:
        case rules.Every(parts=parts):
            return words.asks["and"].join(asked(part, words) for part in parts)
        case rules.OneOf(parts=parts):
            each = words.asks["or"].join(f"({asked(part, words)})" for part in parts)
            return words.asks["any_of"].format(each)
        case rules.Negation(part=part):
            return words.asks["not"].format(asked(part, words))
        case rules.Everything():
            return words.fields["everything"]
        case _:
            field = words.fields[condition.field]
            return words.stated.format(field, value(condition, words))


def value(condition: rules.Condition, words: Words) -> str:
    match condition:
        case rules.Fact():
            return values(condition, words)
        case rules.Words():
            return keywords(condition, words)
        case rules.PublishedBetween(after=after, before=before):
            bounds = (("after", after), ("before", before))
            return ", ".join(words.asks[name].format(words.day(day)) for name, day in bounds if day)
        case rules.PublishedWithin(age=age):
            return words.asks["within"].format(words.span(age))
        case _:
            return condition.wanted


def values(condition: rules.Fact, words: Words) -> str:
    """Codes by their names; a group of countries by its own, which is shorter than all of theirs."""
    written = condition.wanted.split(", ")
    if condition.field not in rules.CODED:
        return condition.wanted
    if len(condition.wanted_values) > len(written):
        return ", ".join(map(words.country, written))
    named = (met_value(Why(condition.field, one), words) for one in condition.wanted_values)
    return ", ".join(sorted(named))


def keywords(condition: rules.Words, words: Words) -> str:
    lists = (
        (words.asks["any"], condition.any),
        (words.asks["all"], condition.all),
        (words.unwanted, condition.none),
    )
    return words.asks["and"].join(
        frame.format(", ".join(leaf.shown for leaf in leaves)) for frame, leaves in lists if leaves
    )
