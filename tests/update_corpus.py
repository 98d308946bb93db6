"""`python -m tests.update_corpus`: write the outputs beside the invalid files of the corpus. Read the diff."""

from __future__ import annotations

from tests.corpus_cases import cases, text_of, validated


def main() -> None:
    """Write what has changed, and name it."""
    for case in cases("invalid"):
        output, said = case.with_suffix(".txt"), text_of(validated(case))
        if not output.exists() or output.read_text(encoding="utf-8") != said:
            output.write_text(said, encoding="utf-8")
            print(output)


if __name__ == "__main__":
    main()
