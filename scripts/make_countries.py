"""Makes src/newswatch/understand/data/countries.json from CLDR and scripts/countries.txt.

Run it after an edit of countries.txt or a new release of Babel, and review the difference:

    .venv/bin/python scripts/make_countries.py
"""

import json
from pathlib import Path

from babel import Locale

HERE = Path(__file__).parent
CURATED = HERE / "countries.txt"
TARGET = HERE.parent / "src" / "newswatch" / "understand" / "data" / "countries.json"
LANGUAGES = ("en", "fr", "es", "pt", "ru", "de", "uk", "mk", "sr", "sr_Latn", "sq", "ro", "tr")
# In CLDR's list, and no countries: unions, outlying oceans, test codes.
NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
ENGLISH = {
    "BA": "Bosnia and Herzegovina", "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo", "CI": "Côte d’Ivoire", "HK": "Hong Kong", "MM": "Myanmar",
    "MO": "Macao", "PS": "Palestine", "ST": "São Tomé and Príncipe", "XK": "Kosovo",
}  # fmt: skip


def main() -> None:
    names = {language: Locale.parse(language).territories for language in LANGUAGES}
    curated = read_curated()
    codes = sorted(c for c in names["en"] if len(c) == 2 and c.isalpha() and c not in NOT_COUNTRIES)
    countries = {code: country(code, names, curated.get(code, ([], [], []))) for code in codes}
    text = json.dumps(countries, ensure_ascii=False, indent=1, sort_keys=True)
    TARGET.write_text(text + "\n", encoding="utf-8")


def read_curated() -> dict[str, tuple[list[str], list[str], list[str]]]:
    found = {}
    for line in CURATED.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, people, capitals, others = line.split("|")
            found[code] = (parts(people, ","), parts(capitals, ","), parts(others, ";"))
    return found


def parts(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def country(
    code: str, names: dict[str, dict[str, str]], curated: tuple[list[str], list[str], list[str]]
) -> dict[str, object]:
    people, capitals, others = curated
    english = ENGLISH.get(code, names["en"][code])
    local = [names[language][code] for language in LANGUAGES if code in names[language]]
    return {
        "name": english,
        "names": sorted({english, *local, *others}),
        "people": people,
        "capitals": capitals,
    }


if __name__ == "__main__":
    main()
