"""The task of telling classes apart: any network of class scores, trained with cross-entropy."""

from __future__ import annotations

from typing import Any, cast

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassAccuracy, MulticlassConfusionMatrix, MulticlassF1Score

from vibench.phm.classification_settings import ClassificationArgs
from vibench.phm.optim import build_optimizer, scheduler_config
from vibench.phm.settings import checked
from vibench.schemas.components import BUILTINS

Batch = tuple[Tensor, Tensor]


def _metrics(num_classes: int, prefix: str) -> MetricCollection:
    # Accuracy over all items; F1 as the mean over classes: a rare class counts as much as a common one.
    accuracy = MulticlassAccuracy(num_classes, average="micro")
    return MetricCollection(
        {"acc": accuracy, "f1": MulticlassF1Score(num_classes, average="macro")},
        prefix=prefix,
        compute_groups=False,
    )


class Classification(pl.LightningModule):
    """Trains `model`, which maps inputs (batch, …) to class scores (batch, num_classes).

    Takes `model` and the settings of `ClassificationArgs` as keyword arguments; raises
    `pydantic.ValidationError` where one is unknown or out of range, and `ValueError` where neither
    `num_classes` nor an attribute of that name on the model is given. Batches are inputs and integer labels
    (batch,) from 0 to num_classes - 1; other labels raise `ValueError`. After a test, `test_confusion` holds
    counts (num_classes, num_classes), one row per true class.
    """

    logged_metrics = BUILTINS["task"]["classification"].logs  # declared where `validate` reads it without torch

    def __init__(self, model: nn.Module, **settings: Any) -> None:
        super().__init__()
        self.args = checked(ClassificationArgs, settings)
        # Plain JSON types, and no model: a checkpoint loads with `weights_only`, given the model again.
        self.save_hyperparameters(self.args.model_dump(mode="json"), ignore=["model"])
        self.lr = self.args.lr  # Lightning's tuner changes it
        self.model = model
        self.num_classes = self._known_classes()
        self.loss = nn.CrossEntropyLoss(label_smoothing=self.args.label_smoothing)
        self.val_metrics = _metrics(self.num_classes, "val_")
        self.test_metrics = _metrics(self.num_classes, "test_")
        self.confusion = MulticlassConfusionMatrix(self.num_classes)
        self.test_confusion: Tensor | None = None

    def _known_classes(self) -> int:
        known = self.args.num_classes or getattr(self.model, "num_classes", None)
        if not isinstance(known, int):
            raise ValueError("`num_classes` is not known: write task.args.num_classes, or use data that states it")
        return known

    def forward(self, x: Tensor) -> Tensor:
        """Scores before softmax, (batch, num_classes)."""
        return cast(Tensor, self.model(x))

    def _check_labels(self, labels: Tensor) -> None:
        # Worth one wait for the GPU: there, a wrong label ends the process with an assertion that names nothing.
        low, high = torch.stack(labels.aminmax()).tolist()
        if low < 0 or high >= self.num_classes:
            raise ValueError(
                f"the data has label {low if low < 0 else high}, outside 0 to {self.num_classes - 1}: "
                f"model.args.num_classes is {self.num_classes}"
            )

    def _loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        self._check_labels(labels)
        return cast(Tensor, self.loss(scores, labels))

    def _scores(self, x: Tensor) -> Tensor:
        scores = cast(Tensor, self(x))
        if scores.shape[1:] != (self.num_classes,):
            raise ValueError(
                f"expected scores (batch, {self.num_classes}) from the model, got {tuple(scores.shape)}: "
                "model.args.num_classes and task.args.num_classes must agree"
            )
        return scores

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Cross-entropy of a batch, logged as `train_loss`."""
        x, labels = batch
        loss = self._loss(self._scores(x), labels)
        self.log("train_loss", loss, prog_bar=True, batch_size=len(labels))
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log `val_loss`, `val_acc` and `val_f1` over the epoch."""
        self._evaluate(batch, "val", self.val_metrics)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Log `test_loss`, `test_acc` and `test_f1`, and count the confusions."""
        self.confusion.update(self._evaluate(batch, "test", self.test_metrics), batch[1])

    def _evaluate(self, batch: Batch, stage: str, metrics: MetricCollection) -> Tensor:
        x, labels = batch
        scores = self._scores(x)
        loss = self._loss(scores, labels)
        metrics.update(scores, labels)
        epoch: dict[str, Any] = {"on_step": False, "on_epoch": True, "batch_size": len(labels)}
        self.log(f"{stage}_loss", loss, prog_bar=stage == "val", sync_dist=True, **epoch)
        self.log_dict(metrics, prog_bar=stage == "val", **epoch)  # metrics gather over processes themselves
        return scores

    def on_test_epoch_end(self) -> None:
        """Keep the confusion matrix of the whole test."""
        self.test_confusion = self.confusion.compute().cpu()
        self.confusion.reset()

    def predict_step(self, batch: Any, batch_idx: int) -> dict[str, Tensor]:
        """`label` (batch,), the likeliest class, and `probabilities` (batch, num_classes), summing to 1.

        A batch is the inputs alone, or inputs and labels.
        """
        scores = self._scores(batch[0] if isinstance(batch, (tuple, list)) else batch)
        return {"label": scores.argmax(dim=-1), "probabilities": scores.softmax(dim=-1)}

    def configure_optimizers(self) -> Any:
        """The optimizer, and the scheduler where one is chosen."""
        optimizer = build_optimizer(self.args.optimizer, self.parameters(), self.lr)
        if self.args.scheduler is None:
            return optimizer
        schedule = scheduler_config(self.args.scheduler, optimizer, self.lr, self.trainer)
        return {"optimizer": optimizer, "lr_scheduler": schedule}
