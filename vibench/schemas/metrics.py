"""Which way a metric is better, read off the words of its name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from vibench.schemas.spelling import typo_of

FALLS: Final = frozenset({
    "loss", "losses", "error", "err", "rmse", "mse", "mae", "mape", "smape", "nll", "bce", "ce", "perplexity", "ppl",
    "wer", "cer", "fid", "eer", "hamming", "brier", "ece",
})  # fmt: skip
RISES: Final = frozenset({
    "acc", "accuracy", "f1", "fbeta", "auroc", "auc", "aucpr", "ap", "map", "precision", "recall", "r2", "iou", "miou",
    "dice", "psnr", "ssim", "bleu", "kappa", "mcc", "sensitivity", "specificity", "top1", "top5", "spearman",
    "pearson",
})  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")


@lru_cache(256)
def direction(metric: str) -> Literal["min", "max"] | None:
    """`min` or `max` for a metric whose name says it; the last word that does wins."""
    for word in reversed(_WORD.findall(metric)):
        lower = word.lower()
        if lower in FALLS:
            return "min"
        if lower in RISES:
            return "max"
    return None


def respelt(metric: str) -> str:
    """The name that a metric of unknown direction is a misspelling of, or nothing: `val_accuarcy`, `val_los`."""
    for word in reversed(_WORD.findall(metric)):
        right = typo_of(word, (known for known in sorted(FALLS | RISES) if len(known) > 2), 1) if len(word) > 2 else ""
        if right:
            return metric.replace(word, right)
    return ""
