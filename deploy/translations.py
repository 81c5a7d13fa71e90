"""The state of the translations: every message has a translation, none is a guess, and what the pages read is up to date.

``python -m deploy.translations`` reports and ends with 1 when something is missing; ``--write`` makes the ``.mo`` files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
# Ours, and what the admin's skin says in Chinese: its words stand in no source of ours, so makemessages must not see them.
LOCALES = (ROOT / "locale", ROOT / "deploy" / "unfold_words")


def problems(folder: Path) -> list[str]:
    """Return one sentence per defect of the catalogues under ``folder`` (``<language>/LC_MESSAGES/*.po``)."""
    found: list[str] = []
    for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        name = path.relative_to(folder)
        catalogue = polib.pofile(str(path))
        found += [f"{name}: untranslated: {entry.msgid[:60]}" for entry in catalogue.untranslated_entries()]
        found += [f"{name}: fuzzy: {entry.msgid[:60]}" for entry in catalogue.fuzzy_entries()]
        compiled = path.with_suffix(".mo")
        if not compiled.exists():
            found.append(f"{name}: no .mo file; run python -m deploy.translations --write")
        elif _content(polib.mofile(str(compiled))) != _content(catalogue):
            found.append(f"{name}: its .mo file is stale; run python -m deploy.translations --write")
    return found


def _content(catalogue: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], tuple[str, tuple[str, ...]]]:
    return {
        (entry.msgctxt, entry.msgid): (entry.msgstr, tuple(entry.msgstr_plural.values()))
        for entry in catalogue
        if not entry.obsolete
    }


def write(folder: Path) -> None:
    """Compile every catalogue under ``folder``."""
    for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


def main() -> int:
    """Report, or write with ``--write``; return 1 when a catalogue has a defect."""
    if "--write" in sys.argv[1:]:
        for folder in LOCALES:
            write(folder)
    found = [problem for folder in LOCALES for problem in problems(folder)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
