"""Migration: what holds for any file."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rewriting import anything, planned, rewritten
from vibench.config.migration.migrate import migrate, safe_only

SETTINGS = [
    "num_epochs: 3",
    "max_epochs: 3",
    "gpus: 0",
    "accelerator: cpu",
    "devices: 2",
    "early_stopping: {patience: 3}",
    "early_stopping: true",
    "monitor: val_acc",
    "limit_val_batches: 0.5",
    "callbacks: [{name: Timer, args: {duration: 00:00:01:00}}]",
]
OLD = [
    "epochs: 3",
    "replace_sampler_ddp: false",
    "amp_backend: native",
    "log_gpu_memory: true",
    "use_tensorboard: true",
    "save_dir: out",
    "num_processes: 2",
    "progress_bar_refresh_rate: 10",
    "weights_summary: full",
    "checkpoint_callback: false",
    "seed: 3",
    'log_every_n_steps: "5"',
    "deterministic: yes",
    "strategy: dp",
    "terminate_on_nan: true",
    "warmup_epochs: 3",
]
MOVED = ("use_tensorboard", "save_dir", "seed")
LEADS = ["", "# a remark", "", "#!", ""]


@st.composite
def files(draw: st.DrawFn) -> str:
    """A config with old and present keys, flat and below `args`, with comments and blank lines in between."""
    chosen = draw(
        st.lists(st.sampled_from([*SETTINGS, *OLD]), unique_by=lambda line: line.partition(":")[0], max_size=8)
    )
    flat = draw(st.lists(st.booleans(), min_size=len(chosen), max_size=len(chosen)))
    tail = draw(st.sampled_from(["", "  # why"]))
    step = draw(st.sampled_from([2, 4]))
    sections = {
        "environment": draw(st.sampled_from([None, ["project: x"], [], ["project: x", "PHMBench: /b"]])),
        "trainer": ["name: Default_trainer"],
    }
    args = []
    for number, (line, beside) in enumerate(zip(chosen, flat, strict=True)):
        lead = draw(st.sampled_from(LEADS))
        lines = [f"{lead} {number}" if lead.startswith("#") else lead] if draw(st.booleans()) else []
        (sections["trainer"] if beside else args).extend([*lines, f"{line}{tail} {number}" if tail else line])
    if any(line and not line.startswith("#") for line in args):
        sections["trainer"] += ["args:", *(" " * step + line if line else "" for line in args)]
    lines = []
    for name in draw(st.permutations(list(sections))):
        body = sections[name]
        if body is not None:
            lines += [
                f"{name}:",
                *(" " * step + line if line else "" for line in body),
                *draw(st.sampled_from([[], [""]])),
            ]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(lines) + draw(st.sampled_from(["", newline]))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(files(), st.booleans(), st.booleans())
def test_properties(text: str, unsafe: bool, below_args: bool) -> None:
    migration = rewritten(text, anything if unsafe else safe_only, below_args=below_args)
    result = migration.source.text
    again = migrate(migration.source, anything if unsafe else safe_only, below_args=below_args)
    assert again.source.text == result, "running it twice changes nothing"
    before = planned(text)
    if before is not None and all(offer.safe for offer in migration.changes):
        assert planned(result) == before, "the plan is the same"
    lines = Counter(line.strip() for line in result.splitlines())
    keys = Counter(line.partition(":")[0].strip() for line in text.splitlines())
    for line in text.splitlines():
        if keys[line.partition(":")[0].strip()] > 1:
            continue  # of what is written twice one may go
        if line.partition("  #")[0].strip() in SETTINGS[:-1]:
            assert lines[line.strip()], f"{line!r} is left alone"
        if line.strip().startswith(MOVED) and "#" in line:
            assert line.rpartition("#")[2].strip() in result, f"the comment of {line!r} is kept"
    after = result.splitlines()
    for comment, line in pairwise(text.splitlines()):
        if not comment.lstrip().startswith("#") or keys[line.partition(":")[0].strip()] > 1:
            continue
        if line.strip() in map(str.strip, after) and ":" in line:
            place = [one.strip() for one in after].index(line.strip())
            assert after[place - 1].strip() == comment.strip(), f"{comment!r} stays with {line!r}"
        elif not line.strip() or line.lstrip().startswith("#"):
            assert lines[comment.strip()], f"{comment!r} belongs to no key, and is left alone"
    assert ("\r\n" in result) == ("\r\n" in text)
    assert result.count("\n") == result.count("\r\n") or "\r\n" not in text


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(alphabet="{}[]:,#-&*! \n\t'\"|>atrinergs01", max_size=60))
def test_any_text_is_rewritten_or_left(text: str) -> None:
    result = rewritten(f"{text}\ntrainer:\n  epochs: 3\n", anything).source.text
    assert rewritten(result, anything).source.text == result
