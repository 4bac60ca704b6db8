"""Makes src/newswatch/understand/data/countries.json from CLDR, countries.txt and nationals.txt.

Run it after an edit of either file or a new release of Babel, and review the difference:

    .venv/bin/python scripts/make_countries.py
"""

import json
from collections.abc import Iterator
from pathlib import Path

from babel import Locale
from babel.core import get_global

HERE = Path(__file__).parent
TARGET = HERE.parent / "src" / "newswatch" / "understand" / "data" / "countries.json"
# Shipped whole: names, nationals and capitals of every country. The others: what CLDR knows.
WHOLE = ("en", "fr", "es", "pt", "de", "ru")
SHARING_ENGLISH = ("en", "fr", "es", "pt", "de")  # where nothing else is known of a capital
LANGUAGES = (*WHOLE, "uk", "mk", "sr", "sr_Latn", "sq", "ro", "tr", "ar")
# In CLDR's list, and no countries: unions, outlying oceans, test codes.
NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
ENGLISH = {
    "BA": "Bosnia and Herzegovina", "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo", "CI": "Côte d’Ivoire", "HK": "Hong Kong", "MM": "Myanmar",
    "MO": "Macao", "PS": "Palestine", "ST": "São Tomé and Príncipe", "XK": "Kosovo",
}  # fmt: skip
OLD_ZONES = {  # the names under which CLDR keeps the cities
    "Africa/Asmara": "Africa/Asmera", "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Nuuk": "America/Godthab", "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Yangon": "Asia/Rangoon", "Europe/Kyiv": "Europe/Kiev",
}  # fmt: skip
# Ordinary words or personal names in a shipped language: countries.txt has what stands for them.
COMMON_WORDS = {
    "Réunion", "Reunion", "Reunión", "Reunião", "Island", "Islands", "Granada", "Grenade", "Gana",
    "Того", "Maurice", "Mauricio", "Maurício", "Dominique", "Guadalupe", "San Martín", "Man",
    "Santa Elena", "Umman", "Fas", "Kina", "Tunis",
}  # fmt: skip
DECLINED_CYRILLIC = ("ru", "uk", "sr")
SHORTEST_STEM = 4  # letters
SHORTEST_CITY = 5


def main() -> None:
    TARGET.write_text(made(), encoding="utf-8")


def made() -> str:
    """The data file, as text."""
    curated, nationals, cities = read_curated(), read_nationals(), read_cities()
    locales = {language: Locale.parse(language).territories for language in LANGUAGES}
    codes = sorted(
        c for c in locales["en"] if len(c) == 2 and c.isalpha() and c not in NOT_COUNTRIES
    )
    countries = {
        code: country(
            code,
            {language: locales[language].get(code) for language in LANGUAGES},
            curated.get(code, ([], [], [])),
            nationals.get(code, {}),
            cities.get(code, []),
        )
        for code in codes
    }
    data = {"countries": countries, "traps": curated["--"][2]}
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def lines(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("|")


def parts(text: str, separator: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(separator) if part.strip()))


def read_curated() -> dict[str, tuple[list[str], list[str], list[str]]]:
    """Code → capitals, other names, places."""
    return {
        code: (parts(capitals, ";"), parts(others, ";"), parts(places, ";"))
        for code, capitals, others, places in lines("countries.txt")
    }


def read_nationals() -> dict[str, dict[str, list[str]]]:
    """Code → language → adjectives and nationals."""
    found = {}
    for code, english, *stems in lines("nationals.txt"):
        french, spanish, portuguese, german, russian, *others = stems
        portuguese = ", ".join(spanish if part == "=" else part for part in portuguese.split(", "))
        columns = zip(
            (*WHOLE, "other"),
            (english, french, spanish, portuguese, german, russian, ", ".join(others)),
            strict=True,
        )
        found[code] = {language: parts(text, ",") for language, text in columns if text}
    return found


def read_cities() -> dict[str, list[dict[str, str]]]:
    """Code → the cities that time zones are named after, in each language."""
    zones = {language: Locale.parse(language).time_zones for language in LANGUAGES}
    found: dict[str, list[dict[str, str]]] = {}
    for zone, territory in sorted(get_global("zone_territories").items()):
        english = zone.rsplit("/", 1)[-1].replace("_", " ")
        known = {
            language: zones[language].get(OLD_ZONES.get(zone, zone), {}).get("city")
            for language in LANGUAGES
        }
        city = {language: name for language, name in known.items() if name}
        if "/" in zone and not zone.startswith(("Etc/", "Antarctica/", "US/", "Pacific/Johnston")):
            found.setdefault(territory, []).append({"en": english} | city)
    return found


def country(
    code: str,
    local: dict[str, str | None],
    curated: tuple[list[str], list[str], list[str]],
    people: dict[str, list[str]],
    cities: list[dict[str, str]],
) -> dict[str, object]:
    capitals, others, places = curated
    english = ENGLISH.get(code, local["en"] or code)
    names = {lang: forms(lang, name) for lang, name in local.items() if name}
    names["en"] = list(dict.fromkeys([english, *names["en"]]))
    names["other"] = others
    return {
        "name": english,
        "names": {lang: kept for lang, found in names.items() if (kept := uncommon(found))},
        "people": people,
        "capitals": seats(capitals, cities),
        "places": list(dict.fromkeys([*places, *other_cities(code, capitals, cities)])),
    }


def uncommon(names: list[str]) -> list[str]:
    return [name for name in names if name not in COMMON_WORDS]


def other_cities(code: str, capitals: list[str], cities: list[dict[str, str]]) -> list[str]:
    """Large cities that time zones are named after, in each language. North America's and
    Australia's are left out: they are names of persons and ordinary words."""
    if code in ("US", "CA", "AU", "AQ"):
        return []
    return [
        form
        for city in cities
        if city["en"] not in capitals and len(city["en"]) >= SHORTEST_CITY
        for language, name in city.items()
        for form in forms(language, name)
        if form not in COMMON_WORDS and len(form) >= SHORTEST_CITY
    ]


def seats(capitals: list[str], cities: list[dict[str, str]]) -> dict[str, list[str]]:
    """The capital in each language: CLDR's where a time zone is named after it, else ours."""
    known = [city for city in cities if city["en"] in capitals]
    found = {"other": capitals[1:]}
    for language in LANGUAGES:
        names = [city[language] for city in known if language in city]
        found[language] = [form for name in names for form in forms(language, name)]
    for language in SHARING_ENGLISH:
        found[language] = found[language] or capitals[:1]
    return {language: list(dict.fromkeys(names)) for language, names in found.items() if names}


def forms(language: str, name: str) -> list[str]:
    """A name and its declined forms; `~` stands for the endings that Cyrillic words take."""
    if " " in name or "-" in name or len(name) < SHORTEST_STEM:
        return [name]
    if language == "de" and not name.endswith(("s", "z", "x")):
        return [name, f"{name}s"]
    if language in DECLINED_CYRILLIC:
        return [name, *cyrillic_stem(name)]
    return [name, *LATIN_FORMS[language](name)] if language in LATIN_FORMS else [name]


def cyrillic_stem(name: str) -> list[str]:
    """ "Украина" → "Украин~"; "Мали", "Перу" and "Чили" are not declined."""
    if name.endswith(("ды", "ны", "вы", "лы")):
        return [f"{name[:-1]}~"]
    stem = name[:-1] if name.endswith(("а", "я", "ь", "й", "ја")) else name
    is_declined = stem != name or stem[-1] not in "аеёиоуыэюяіїє"
    return [f"{stem}~"] if is_declined and len(stem) >= SHORTEST_STEM else []


def serbian_forms(name: str) -> list[str]:
    if name.endswith("a"):
        return [name[:-1] + ending for ending in ("e", "i", "u", "om", "oj")]
    return [] if name[-1] in "aeiou" else [name + ending for ending in ("a", "u", "om", "e")]


def albanian_forms(name: str) -> list[str]:
    if name.endswith("ë"):
        return [name[:-1] + ending for ending in ("a", "ën", "ës")]
    if name.endswith("i"):
        return [name + ending for ending in ("a", "në", "së")]
    return [name + ending for ending in ("in", "it")] if name[-1] not in "aeiouy" else []


def romanian_forms(name: str) -> list[str]:
    return [f"{name[:-1]}ei"] if name.endswith("a") else [f"{name}ului"]


LATIN_FORMS = {"sr_Latn": serbian_forms, "sq": albanian_forms, "ro": romanian_forms}


if __name__ == "__main__":
    main()
