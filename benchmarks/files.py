"""Config files as people write them, about 3 KB each: made up from a number, so that each run has the same ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

HEAD = """\
# yaml-language-server: $schema=https://example.org/vibench/vibench.schema.json
#
# Experiment {number:05d} of the {rig} campaign, bearing {bearing}.
#
# The accelerometer sits on the drive end, sampled at {rate} Hz. Recordings with a loose cable were thrown out
# by hand; what remains is listed in the lab book, page {page}. Run it with
#
#     vibench train configs/{rig}/{number:05d}.yaml
#
# and compare val_loss with that of experiment {before:05d}, which differs in the learning rate alone.

environment:
  project: {rig}-{bearing}           # experiments that belong together
  name: run-{number:05d}
  seed: {seed}                       # same seed, same split, same first weights
  output_dir: results/{rig}
  notes: "second try with {batch} windows a step; the first one overfitted after {epochs} epochs"
  tags: [{rig}, {bearing}, "snr {snr}", sweep-{page}]
  tensorboard: {tensorboard}
  OMP_NUM_THREADS: "{threads}"

data:
  name: simulated_bearing
  args:
    snr_db: {snr}                    # how much louder the bearing is than the noise, in dB
    shaft_speeds: [{speed}, {speed_2}, {speed_3}]  # revolutions per second
    loads: [0.7, 1.0]                # relative to the nominal load
    recordings: {recordings}         # of each class, speed and load
    window: {window}                 # samples that the network sees at once
    stride: {stride}
    batch_size: {batch}

model:
  name: wdcnn                        # convolutions with a wide first kernel (Zhang et al. 2017)
  args:
    dropout: {dropout}

task:
  name: classification
  args:
    lr: {lr}                         # found by hand, one decade around it makes no difference
    label_smoothing: {smoothing}
    optimizer:
      name: AdamW
      args: {{weight_decay: {decay}, betas: [0.9, 0.98]}}
    scheduler: CosineAnnealingLR     # the learning rate falls to 0 over all epochs

trainer:
  name: Default_trainer
  args:
    num_epochs: {epochs}
    min_epochs: 2
    accelerator: {accelerator}
    devices: 1
    precision: {precision}
    gradient_clip_val: {clip}        # without it one window in a thousand blows the loss up
    accumulate_grad_batches: {accumulate}
    check_val_every_n_epoch: 1
    log_every_n_steps: {every}
    num_sanity_val_steps: 2
    enable_progress_bar: false       # runs in a queue; nobody looks
    deterministic: true
    monitor_metric: val_loss
    mode: min
    save_top_k: {keep}
    save_last: true
"""
STOPPING = """\
    early_stopping: true             # no better for this many epochs
    patience: {patience}
    min_delta: {lr}
"""
PRUNING = """\
    pruning: true
    pruning_amount: {dropout}
    pruning_method: l1_unstructured
"""
CALLBACKS = """\
    callbacks:
      - class_path: pytorch_lightning.callbacks.LearningRateMonitor
        init_args: {{logging_interval: {interval}}}
      - class_path: pytorch_lightning.callbacks.Timer
        init_args:
          duration: "00:{hours:02d}:00:00"  # the queue's limit, and a quarter of an hour before it
          interval: step
"""
# What goes wrong in a file with five mistakes: what is right, and what is written in its place.
MISTAKES = (
    ("    num_epochs: ", "    num_epoch: "),
    ("  seed: ", "  seed: -"),
    ("    batch_size: ", "    batchsize: "),
    ("    save_last: true", '    save_last: "true"'),
    ("  name: wdcnn ", "  name: wdccn "),
)


def text_of(number: int) -> str:
    """The text of one file."""
    draw = Random(number)
    values = {
        "number": number,
        "before": max(0, number - 1),
        "rig": draw.choice(("test-bench", "gearbox", "wind-turbine", "pump-3")),
        "bearing": draw.choice(("6205-2rs", "n205", "nu1005", "cylindrical")),
        "rate": draw.choice((12000, 25600, 48000)),
        "page": draw.randrange(1, 200),
        "seed": draw.randrange(2**31),
        "batch": draw.choice((16, 32, 64, 128, 256)),
        "epochs": draw.randrange(40, 300),
        "snr": draw.choice((-6, -3, 0, 3.5, 5, 10)),
        "tensorboard": draw.choice(("true", "false")),
        "threads": draw.choice((1, 2, 4, 8)),
        "speed": draw.randrange(10, 20),
        "speed_2": draw.randrange(20, 30),
        "speed_3": draw.randrange(30, 40),
        "recordings": draw.randrange(3, 12),
        "window": draw.choice((1024, 2048, 4096)),
        "stride": draw.choice((256, 512, 1024)),
        "dropout": draw.choice((0.1, 0.2, 0.5)),
        "lr": draw.choice(("0.001", "1e-3", "5e-4", "0.0003")),
        "smoothing": draw.choice((0.0, 0.05, 0.1)),
        "decay": draw.choice(("0.01", "0.05", "1e-4")),
        "accelerator": draw.choice(("cpu", "gpu", "auto")),
        "precision": draw.choice(("32-true", "bf16-mixed")),
        "clip": draw.choice((0.5, 1.0, 5)),
        "accumulate": draw.choice((1, 2, 4)),
        "every": draw.choice((1, 5, 10, 50)),
        "keep": draw.choice((1, 3, 5)),
        "patience": draw.randrange(3, 30),
        "interval": draw.choice(("epoch", "step")),
        "hours": draw.randrange(1, 24),
    }
    chosen = (STOPPING, PRUNING, CALLBACKS)
    parts = [HEAD, *(part for part in chosen if draw.random() < 0.9)]
    return "".join(parts).format(**values)


def wrong_text_of(number: int) -> str:
    """The same with five mistakes."""
    text = text_of(number)
    for right, wrong in MISTAKES:
        text = text.replace(right, wrong, 1)
    return text


def write(folder: Path, count: int, text: Callable[[int], str]) -> None:
    """Write that many files, a thousand in a folder."""
    for number in range(count):
        path = folder / f"{number // 1000:02d}" / f"{number:05d}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(number), encoding="utf-8")
