"""Rules about devices and precision."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule


@rule("gpus")
def gpus_and_devices(experiment: Experiment) -> Iterator[Finding]:
    """`gpus` and `devices` are one setting."""
    args = experiment.trainer.args
    request = resolve.gpu_request(args)
    if request is not None and args.devices not in ("auto", request):
        message = f"`gpus` ({args.gpus}) and `devices` ({args.devices}) disagree"
        yield Finding("device-conflict", f"{ARGS}.gpus", message, "keep one of them", (f"{ARGS}.devices",))


@rule("device")
def device_and_accelerator(experiment: Experiment) -> Iterator[Finding]:
    """`device` and `accelerator` are one setting; `gpu` stands for any kind of GPU."""
    args = experiment.trainer.args
    if args.device is None or args.accelerator in ("auto", args.device):
        return
    if not (args.accelerator == "gpu" and args.device in resolve.GPU_KINDS):
        message = f"`device` ({args.device}) and `accelerator` ({args.accelerator}) disagree"
        yield Finding("device-conflict", f"{ARGS}.device", message, "keep one of them", (f"{ARGS}.accelerator",))


@rule("gpus")
def gpus_and_accelerator(experiment: Experiment) -> Iterator[Finding]:
    """GPUs are asked for on an accelerator that has none, or none on one that is a GPU."""
    args = experiment.trainer.args
    request = resolve.gpu_request(args)
    key = "device" if args.device else "accelerator"
    named = args.device or args.accelerator
    if request is None or named == "auto":
        return
    also = (f"{ARGS}.{key}",)
    if named == "cpu" and isinstance(request, int) and request >= 1:
        code, what = ("gpu-on-cpu", "one CPU process") if request == 1 else ("gpus-on-cpu", "a number of CPU processes")
        message = f"`{key}: cpu` makes `gpus: {request}` {what}"
        yield Finding(code, f"{ARGS}.gpus", message, f"write `devices: {request}`", also)
    elif (named == "cpu" and request != 0) or named == "tpu":
        message = f"`gpus: {args.gpus}` asks for GPUs, and `{key}: {named}` has none"
        yield Finding("device-conflict", f"{ARGS}.gpus", message, f"remove `gpus`, or `{key}`", also)
    elif named in resolve.GPU_KINDS and request == 0:
        message = f"`gpus: 0` asks for the CPU, and `{key}` for {named}"
        yield Finding("device-conflict", f"{ARGS}.gpus", message, "keep one of them", also)


@rule("devices")
def possible_devices(experiment: Experiment) -> Iterator[Finding]:
    """Lightning takes at least one device, and on a CPU only a number of processes."""
    args = experiment.trainer.args
    if args.devices == 0:
        yield Finding("device-conflict", f"{ARGS}.devices", "`devices: 0` leaves nothing to train on", "write 1")
    elif (
        resolve.accelerator(args) == "cpu"
        and args.gpus is None
        and (isinstance(args.devices, list) or args.devices == -1)
    ):
        message = f"a CPU takes a number of processes as `devices`, got {args.devices}"
        yield Finding("device-conflict", f"{ARGS}.devices", message, "write how many processes to start")


@rule("mixed_precision")
def mixed_precision(experiment: Experiment) -> Iterator[Finding]:
    """`mixed_precision: true` is 16-mixed or bf16-mixed."""
    args = experiment.trainer.args
    if args.mixed_precision and args.precision not in (None, 16, "16", "bf16", "16-mixed", "bf16-mixed"):
        message = f"`mixed_precision: true` and `precision: {args.precision}` disagree"
        also = (f"{ARGS}.precision",)
        yield Finding("precision-conflict", f"{ARGS}.mixed_precision", message, "keep one of them", also)


@rule("precision")
def half_precision_on_cpu(experiment: Experiment) -> Iterator[Finding]:
    """A CPU has no 16-mixed."""
    args = experiment.trainer.args
    if resolve.accelerator(args) == "cpu" and args.precision in (16, "16", "16-mixed"):
        message = f"a CPU computes `precision: {args.precision}` as bf16-mixed"
        yield Finding("half-on-cpu", f"{ARGS}.precision", message, "write `bf16-mixed`")
