"""What is wrong with a config, as a value. Standard library only; everything may import it.

Vocabulary: a *source* is a text that settings are read from (a file, an override, a variable); a *span* is a
stretch of it; a *path* is the dotted place in the document (`trainer.args.num_epochs`); a *code* names a kind of
fault and has a row in `CODES` and a section in the reference.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
SourceKind = Literal["file", "override", "variable", "python"]
_LINE_BREAK = r"\r\n|\n|\r|\x85|\u2028|\u2029"


class Source:
    """A text and its name; turns character indices into lines and columns only when asked."""

    __slots__ = ("_starts", "kind", "name", "offset", "text")

    def __init__(self, name: str, text: str, kind: SourceKind = "file", offset: int = 0) -> None:
        self.name = name
        self.text = text
        self.kind = kind
        self.offset = offset  # characters before the YAML part: `KEY=` of an override
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """Index of the first character of each line."""
        if self._starts is None:
            self._starts = [0, *(match.end() for match in re.finditer(_LINE_BREAK, self.text))]
        return self._starts

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of a character index, both counted from 1."""
        row = bisect_right(self.starts, index)
        return row, index - self.starts[row - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line break."""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n\x85\u2028\u2029")


class Span(NamedTuple):
    """A stretch of a source: the text that a finding is about."""

    source: Source
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        """The text itself."""
        return self.source.text[self.start : self.end]

    def as_json(self) -> dict[str, Any] | None:
        """The `source` object of `validate --format json`."""
        if self.source.kind == "override":
            return {"override": self.source.name}
        if self.source.kind == "variable":
            return {"variable": self.source.name}
        if self.source.kind == "python":
            return None
        line, column = self.source.position(self.start)
        end_line, end_column = self.source.position(self.end)
        return {
            "file": self.source.name,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
        }

    def __str__(self) -> str:
        """`file:line:column`, or the override or variable itself."""
        if self.source.kind == "override":
            return f"override `{self.source.name}`"
        if self.source.kind == "variable":
            return f"variable {self.source.name}"
        if self.source.kind == "python":
            return self.source.name
        if not self.source.text:
            return self.source.name
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"


class Related(NamedTuple):
    """Another place that a finding speaks of."""

    path: str
    message: str
    span: Span | None = None


class Fix(NamedTuple):
    """A change of the text that would mend the fault; `safe` when it keeps the meaning."""

    kind: Literal["rename-key", "replace-value", "remove-key"]
    to: str = ""
    safe: bool = False


@dataclass(frozen=True)
class Diagnostic:
    """One finding."""

    code: str
    path: str
    message: str
    hint: str = ""
    suggestion: str = ""
    span: Span | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    severity: Severity = "error"

    @property
    def sort_key(self) -> tuple[str, int, str]:
        """Findings are shown by source and position."""
        return (self.span.source.name if self.span else "", self.span.start if self.span else -1, self.path)


class Code(NamedTuple):
    """One kind of finding: what it means, how grave it is, and whether a comment may silence it."""

    summary: str
    severity: Severity = "error"
    silenceable: bool = False


CODES: dict[str, Code] = {
    # reading the text
    "cannot-read": Code("The file cannot be opened or read."),
    "yaml-syntax": Code("The text is not YAML."),
    "not-utf8": Code("The file is not UTF-8 text."),
    "too-large": Code("The file is larger than 1 MB."),
    "too-deep": Code("Values are nested more than 100 levels deep, aliases included."),
    "alias-bomb": Code("Aliases stand for more than a million characters."),
    "recursive-alias": Code("An alias stands inside its own anchor."),
    "undefined-alias": Code("An alias names an anchor that does not exist."),
    "several-documents": Code("The file holds more than one YAML document."),
    "empty-file": Code("The file holds no settings."),
    "not-a-mapping": Code("A mapping of keys to values is expected here."),
    "duplicate-key": Code("A key is written twice in one mapping."),
    "complex-key": Code("A key must be a scalar."),
    "unknown-tag": Code("A YAML tag has no meaning here; tags never construct objects."),
    "bad-number": Code("A number is not finite or does not fit 64 bits."),
    "bad-merge": Code("`<<` takes a mapping or a list of mappings."),
    "yaml-1.1-boolean": Code("`yes`, `no`, `on`, `off` without quotes mean different things to different readers."),
    # shape
    "unknown-key": Code("No setting of this name exists here."),
    "misplaced-key": Code("The setting exists, but in another place."),
    "removed-key": Code("The setting does not exist any more; its replacement is named."),
    "owned-key": Code("This argument is filled by vibench from other settings."),
    "missing-key": Code("A required setting is missing."),
    "misspelt-setting": Code("An argument of a custom trainer looks like a misspelt setting.", "warning", True),
    "wrong-type": Code("The value is not of the type, or not in the range, that the setting takes."),
    "bad-combination": Code("Settings of one mapping do not fit together."),
    "conflict": Code("One setting is written twice, under two names, with different values."),
    # composition
    "bad-override": Code("An override or variable is not of the form KEY=VALUE or ~KEY."),
    "base-cycle": Code("Base files name each other in a circle."),
    "base-without-root": Code("A base file lacks the section it is given for."),
    "base-relative-to-cwd": Code("A base file was found beside the working directory, not beside its file.", "note"),
    "dropped-arguments": Code(
        "A higher layer replaces a class; arguments that the new class does not accept are dropped.",
        "note",
    ),
    "unknown-variable": Code("A VIBENCH_ variable names no setting.", "warning"),
    # rules
    "endless-training": Code("Neither epochs, steps nor time limit the training."),
    "device-conflict": Code("Settings disagree about which devices to use."),
    "strategy-device": Code("The strategy does not run on this kind of device."),
    "untrained-strategy": Code(
        "A strategy that `vibench train` does not train with, as `trainer_factory` does; an error of `train`.",
        "warning",
        True,
    ),
    "sync-on-cpu": Code("`sync_batchnorm` does nothing on a CPU.", "warning", True),
    "gpus-on-cpu": Code("`gpus` is read as a number of CPU processes.", "warning", True),
    "gpu-on-cpu": Code("`gpus: 1` on a CPU means one process.", "note"),
    "precision-conflict": Code("`precision` disagrees with another setting."),
    "half-on-cpu": Code("A CPU computes 16-bit precision as bf16-mixed.", "warning", True),
    "needs-ddp": Code("The setting belongs to DDP, and the strategy is another."),
    "unknown-direction": Code("The direction of a metric is not known: state `mode`."),
    "monitor-direction": Code("`mode` is against the metric's usual direction.", silenceable=True),
    "bad-filename": Code("The template of the checkpoint names cannot be filled in."),
    "barebones-conflict": Code("`barebones` forbids a setting that is written."),
    "early-stopping-off": Code("A setting of early stopping is written while it is off.", "warning", True),
    "early-stopping-never": Code("Early stopping watches a validation metric, and there is no validation."),
    "best-without-validation": Code("The best checkpoints are judged by a validation that is off.", "warning", True),
    "top-k-without-monitor": Code("The best checkpoints are kept, and no metric is named for it.", "warning", True),
    "unknown-metric": Code("A metric is watched or named that the task does not log."),
    "undeclared-metric": Code("A metric that the task does not log; your own code would have to.", "warning", True),
    "patience-never": Code("Early stopping has more patience than the training has checks.", "warning", True),
    "validation-never": Code("A validation metric is watched, and training ends before it.", "warning", True),
    "checkpoint-never": Code("Training ends before the first of the best checkpoints.", "warning", True),
    "callback-never": Code("A callback waits for an epoch that does not come.", "warning", True),
    "plateau-never": Code("The schedule watches a validation metric, and there is no validation."),
    "overfit-validation": Code("A metric is watched that is taken of a few validation batches.", "warning", True),
    "fast-dev-run-keeps-nothing": Code("Settings that a run of a few batches does not act on.", "warning", True),
    "accumulation-remainder": Code("The batches of an epoch are no multiple of the accumulation.", "warning", True),
    "no-training": Code("There is no batch to train on.", "warning", True),
    "deterministic-benchmark": Code("`deterministic` and `benchmark` work against each other.", "warning", True),
    "min-above-max": Code("A minimum is above its maximum."),
    "checkpoint-triggers": Code("At most one of the checkpoint intervals can be set."),
    "checkpointing-off": Code("A setting of checkpointing is written while it is off.", "warning", True),
    "val-interval": Code("`val_check_interval` and `check_val_every_n_epoch` do not fit."),
    "clip-algorithm-alone": Code("`gradient_clip_algorithm` is written without `gradient_clip_val`.", "warning", True),
    "duplicate-callback": Code("A callback clashes with a setting, or with another callback."),
    "callback-strategy": Code("The callback does not work with the strategy."),
    "callback-resumes": Code("A callback makes Lightning go on from a file that nothing asks for.", "warning", True),
    "one-batch": Code("A limit of 1 is one batch; all of them is 1.0.", "note"),
    "pruning-unread": Code("A setting of pruning is written, and nothing reads it.", "warning", True),
    "pruning-never": Code("No epoch of the training sees the amount that pruning is to reach.", "warning", True),
    "pruning-structured": Code("A structured pruning method lacks what it needs."),
    "pruning-strategy": Code("Pruning does not work under this strategy."),
    "pruning-amount": Code("An amount takes all weights away, or none."),
    "one-weight": Code("A pruning amount of 1 is one weight, not all of them.", "note"),
    "nothing-to-prune": Code("The network has no layer that can be pruned."),
    "nothing-to-checkpoint": Code("No module can recompute its activations, or none of that name."),
    "not-with-compile": Code("The setting does not work with `torch.compile`."),
    "deprecated-key": Code("The setting has a new name; it still takes effect.", "warning", True),
    "secret-in-file": Code("Secrets do not belong in a config file."),
    "not-on-this-machine": Code("The machine at hand lacks what the config asks for."),
    "metric-not-logged": Code("A metric is watched that nobody logs."),
    # resuming and tuning
    "missing-checkpoint": Code("The checkpoint to go on from does not exist.", silenceable=True),
    "resume-conflict": Code("Settings of resuming do not fit together."),
    "no-checkpoint": Code("There is no whole checkpoint to go on from."),
    "unsafe-checkpoint": Code("Loading the checkpoint would run code that it names."),
    "changed-since": Code("A setting that decides what a result means is not what the resumed run began with."),
    "run-in-use": Code("Another process is at work in the run's folder."),
    "tuner-conflict": Code("Tuning does not fit with another setting."),
    "nothing-to-tune": Code("The task has no learning rate, or the data no batch size, that a tuner could change."),
    "nothing-trained": Code("Training finished without an optimizer step."),
    "tuning-failed": Code("The tuner found no value."),
    "bad-project-name": Code("The service takes no project of this name."),
    # loggers
    "no-login": Code("A logger is online, and no login is found here; an error of `train`.", "warning", True),
    "missing-package": Code(
        "A package that a logger or a class needs is not installed here; an error of `train`.", "warning", True
    ),
    # the process environment
    "bad-variable": Code("A variable of the process environment is malformed or out of range."),
    "missing-variable": Code("A launcher's variables are set in part."),
    "variable-conflict": Code("Variables of the process environment disagree, with each other or with the config."),
    "loopback-address": Code("Several nodes cannot find each other at an address that each calls its own."),
    "port-in-use": Code("The first process cannot listen on its port."),
    "unreachable": Code("The first process does not answer within the time limit."),
    "nodes-differ": Code("The launcher has started processes on another number of nodes than `num_nodes`."),
    "not-visible": Code("More GPUs are asked for than the process may see."),
    "trainer-variable": Code("A variable would fill an argument of the Trainer; it changes no run.", "warning"),
    # parts
    "foreign-section": Code("The section belongs to another framework; vibench does not train it.", "warning", True),
    "ignored-section": Code("The section belongs to another framework and is not read.", "warning", True),
    "unknown-name": Code("No part of this name is registered."),
    "missing-section": Code("A section that training needs is missing."),
    "cannot-import": Code("A class or function cannot be imported."),
    "not-checked": Code("A class that only running code would show is not checked without `--import`.", "note"),
    "dead-hook": Code("A method has the name of a hook that Lightning 2 never calls.", "warning", True),
    "wrong-class": Code("The class is not of the kind that this place takes."),
    "bad-init-args": Code("The class cannot be called with these arguments."),
    "trainer-refuses": Code("Lightning's Trainer refuses the objects it is given."),
    "no-model-parameter": Code("The task does not take a `model`, and a `model` section is written."),
    "no-effect": Code("A key is written and, beside the other settings, changes nothing.", "warning"),
    "unused-ignore": Code("A `vibench: ignore` comment silences nothing.", "warning"),
}


def diagnostic(code: str, path: str, message: str, **rest: Any) -> Diagnostic:
    """A finding with the severity that its code has in the table."""
    return Diagnostic(code, path, message, severity=CODES[code].severity, **rest)


@dataclass(frozen=True)
class Report:
    """All findings about one file, in the order of their positions."""

    diagnostics: tuple[Diagnostic, ...] = ()
    source: Source | None = field(default=None, compare=False)

    @property
    def valid(self) -> bool:
        """No finding is an error."""
        return not self.errors

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that stop a run."""
        return tuple(d for d in self.diagnostics if d.severity == "error")

    def strict(self) -> Report:
        """The same report with every warning made an error."""
        raised = (replace(d, severity="error") if d.severity == "warning" else d for d in self.diagnostics)
        return Report(tuple(raised), self.source)


class ConfigError(ValueError):
    """A config is wrong. Carries every finding; its text is their rendering."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        super().__init__(diagnostics)

    def __str__(self) -> str:
        """All findings, one a line, errors first."""
        order = ("error", "warning", "note")
        return "\n".join(brief(d) for d in sorted(self.diagnostics, key=lambda d: order.index(d.severity)))


def brief(finding: Diagnostic) -> str:
    """One finding on one line: severity, code, place, path, message, hint."""
    place = f"{finding.span}: " if finding.span else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"{finding.severity}[{finding.code}]: {place}{finding.path}: {finding.message}{hint}"
