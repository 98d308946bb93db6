"""`python -m tests.update_corpus`: write the outputs beside the invalid files of the corpus. Read the diff."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.corpus_cases import cases, text_of, validated
from tests.later_cases import LATER, later_codes, said_later


def main() -> None:
    """Write what has changed, and name it."""
    for case in cases("invalid"):
        _write(case.with_suffix(".txt"), text_of(validated(case)))
    for code in later_codes():
        with TemporaryDirectory() as folder:
            _write(LATER / f"{code}.txt", said_later(code, Path(folder)))


def _write(output: Path, said: str) -> None:
    if not output.exists() or output.read_text(encoding="utf-8") != said:
        output.write_text(said, encoding="utf-8")
        print(output)


if __name__ == "__main__":
    main()
