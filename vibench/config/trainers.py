"""Custom trainers: whether `trainer.name` names one, and the findings about its arguments.

Nothing of the user's is imported: sources are read. A trainer is registered in this process already, offered by an
installed package, registered by a module under `imports:`, or named by its import path. A name that none of those can
bring is wrong; one that a module might still bring is left to `train`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from vibench.config import packages
from vibench.config.canonical import key_span, remove, written_path
from vibench.config.classes import model_findings
from vibench.config.context import Context
from vibench.config.source import Map
from vibench.config.suggest import closest, known_keys
from vibench.config.translate import value_span
from vibench.diagnostics import Diagnostic, Fix, Span, diagnostic
from vibench.schemas.components import GROUPS
from vibench.schemas.experiment import DEFAULT_TRAINER
from vibench.schemas.spelling import typo_of
from vibench.schemas.trainer import TrainerArgs

if TYPE_CHECKING:
    from vibench.config.offers import Offer


class Custom(NamedTuple):
    """The custom trainer of a config: its arguments that are not vibench settings, and the findings.

    `tree`: the config without them.
    """

    tree: Map
    own: Map
    findings: list[Diagnostic]


def custom_trainer(tree: Map, context: Context) -> Custom:
    """Tell a custom trainer's arguments from the settings, and check them.

    Where no trainer has the name, every argument is held against the settings.
    """
    section = tree.get("trainer")
    name = section.get("name") if isinstance(section, Map) else None
    if not isinstance(name, str) or not isinstance(section, Map) or name == DEFAULT_TRAINER:
        return Custom(tree, Map(), [])
    offer, findings = _find(name, section, context)
    if offer is None and findings:
        return Custom(tree, Map(), findings)
    tree, own = _split(tree, section)
    own_ones = _own_findings(own, name, offer, value_span(section, "name"), context)
    return Custom(tree, own, [*findings, *_one_each(own_ones)])


def _find(name: str, section: Map, context: Context) -> tuple[Offer | None, list[Diagnostic]]:
    """The trainer behind a name, as far as it is known, or the findings; neither where only `train` can tell."""
    span = value_span(section, "name")
    if ":" in name:
        from vibench.config.offers import Offer
        from vibench.config.signatures.registrations import model_of

        target = name.replace(":", ".")
        absent = list(context.checker.absent(target, "trainer.name", span))
        return Offer("trainers", name, target, "import path", model_of(context.world, target)), absent
    offer = context.find("trainers", name)
    known = context.names("trainers")
    if offer or (context.modules and not closest(name, (DEFAULT_TRAINER, *known))):
        return offer, []
    return None, [unknown_trainer(name, known, span=span)]


def _split(tree: Map, section: Map) -> tuple[Map, Map]:
    """The config without the arguments that are the trainer's own, and those."""
    own, args = Map(), section.get("args")
    if not isinstance(args, Map) or all(key in TrainerArgs.model_fields for key in args):
        return tree, own
    kept, section, tree = args.copy(), section.copy(), tree.copy()
    for key in args:
        if key not in TrainerArgs.model_fields:
            own.put(key, args[key], args.marks[key], args.written.get(key, ""))
            remove(kept, key)
    section["args"] = kept
    tree["trainer"] = section
    return tree, own


def _one_each(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings without an argument that is missing because its name is misspelt."""
    found = list(findings)
    meant = tuple(f"`{one.suggestion}` is missing" for one in found if one.code == "unknown-key" and one.suggestion)
    yield from (one for one in found if one.code != "missing-key" or not one.message.startswith(meant))


def _own_findings(own: Map, name: str, offer: Offer | None, span: Span, context: Context) -> Iterator[Diagnostic]:
    if offer is not None and offer.model is not None:
        yield from (
            found if found.span else replace(found, span=span) for found in own_findings(own, offer.model, name)
        )
    elif offer is not None and offer.args:
        from vibench.config.signatures.compare import argument_findings

        takes = context.checker.takes(offer.args)
        if takes is not None:
            known = [] if takes.open else [one.name for one in takes.arguments]
            yield from (_unknown(own, key, known, name) for key in own if known and key not in known)
            given = own.copy()
            for key in [key for key in own if known and key not in known]:
                remove(given, key)
            yield from argument_findings(given, takes, (offer.args, "trainer.args", span), frozenset())
    else:
        yield from _near_misses(own, name)


def own_findings(own: Map, model: type[BaseModel], name: str) -> list[Diagnostic]:
    """The findings about the arguments of the trainer `name`, by the model that it registered."""
    known = list(model.model_fields)
    kept = own.copy()
    findings = []
    if model.model_config.get("extra") != "allow":
        for key in [key for key in own if key not in known]:
            findings.append(_unknown(own, key, known, name))
            remove(kept, key)
    findings += model_findings(kept, model, "trainer.args")
    return sorted(findings, key=lambda found: found.sort_key)


def _near_misses(own: Map, name: str) -> Iterator[Diagnostic]:
    """Arguments that look like misspelt settings, of a trainer without a model. They are passed through unchanged."""
    for key in own:
        match = typo_of(key, known_keys(TrainerArgs))
        if match:
            path = written_path(own, key, "trainer.args")
            message = f"`{key}` is passed through to `{name}`, but looks like a typo of the setting `{match}`"
            hint = f"did you mean `{match}`?"
            fix = Fix("rename-key", match)
            yield diagnostic(
                "misspelt-setting", path, message, hint=hint, suggestion=match, span=key_span(own, key), fix=fix
            )


def _unknown(own: Map, key: str, known: list[str], name: str) -> Diagnostic:
    match = closest(key, (*known, *known_keys(TrainerArgs)))
    hint = f"did you mean `{match}`?" if match else ""
    path = written_path(own, key, "trainer.args")
    message = f"unknown key `{key}`: neither a setting of vibench nor an argument of `{name}`"
    fix = Fix("rename-key", match) if match else None
    return diagnostic("unknown-key", path, message, hint=hint, suggestion=match, span=key_span(own, key), fix=fix)


def unknown_trainer(name: str, registered: Iterable[str], **rest: Any) -> Diagnostic:
    """The finding about a name that no trainer has; it lists those that exist."""
    known = list(dict.fromkeys((DEFAULT_TRAINER, *registered, *entry_points())))
    match = closest(name, known)
    message = f"no trainer is registered as `{name}`; known: {', '.join(f'`{one}`' for one in known)}"
    hint = "name the module that registers it under `imports:`, or write `package.module:function`"
    hint = f"did you mean `{match}`?" if match else hint
    if match != DEFAULT_TRAINER:
        hint += f" (PHM-Vibench fell back to `{DEFAULT_TRAINER}`)"
    return diagnostic("unknown-name", "trainer.name", message, hint=hint, suggestion=match, **rest)


def entry_points() -> dict[str, Any]:
    """Trainers that installed packages offer, by name."""
    return {point.name: point for point in packages.entry_points(GROUPS["trainers"])}
