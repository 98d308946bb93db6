"""What can be chosen where a setting takes one of a few values, with what each choice means."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vibench.schemas.base import Expects, Meanings, Whole

_STARTED = {
    "ddp": "each process started as a command of its own",
    "ddp_spawn": "processes started by `spawn`",
    "ddp_fork": "processes started by `fork`, without importing everything again",
    "ddp_notebook": "processes started by `fork`, from a notebook",
}
_UNUSED = {
    "": "",
    "_find_unused_parameters_false": "; all parameters take part in the loss",
    "_find_unused_parameters_true": "; some parameters may take no part in the loss",
}
STRATEGIES = {
    "auto": "What Lightning chooses for the devices: DDP for several.",
    **{
        f"{name}{suffix}": f"Distributed data parallel, {started}{unused}."
        for name, started in _STARTED.items()
        for suffix, unused in _UNUSED.items()
    },
    "deepspeed": "DeepSpeed with its own defaults.",
    "deepspeed_stage_1": "DeepSpeed, optimizer states in shards.",
    "deepspeed_stage_2": "DeepSpeed, gradients in shards too.",
    "deepspeed_stage_2_offload": "DeepSpeed stage 2, optimizer states in the CPU's memory.",
    "deepspeed_stage_3": "DeepSpeed, parameters in shards too.",
    "deepspeed_stage_3_offload": "DeepSpeed stage 3, optimizer states and parameters in the CPU's memory.",
    "deepspeed_stage_3_offload_nvme": "DeepSpeed stage 3, optimizer states and parameters on NVMe disks.",
    "fsdp": "Fully sharded data parallel: parameters, gradients and optimizer states in shards.",
    "fsdp_cpu_offload": "FSDP with parameters in the CPU's memory.",
    "single_device": "One device.",
    "single_xla": "One XLA device.",
    "single_tpu": "One TPU core.",
    "xla": "Several XLA devices.",
    "xla_debug": "Several XLA devices, with XLA's debugging output.",
}


def _known_strategy(value: str) -> str:
    if value not in STRATEGIES:
        raise ValueError("unknown strategy")
    return value


StrategyName = Annotated[
    str,
    Field(json_schema_extra={"enum": list(STRATEGIES)}),
    Meanings(STRATEGIES),
    AfterValidator(_known_strategy),
    Expects("the name of a Lightning strategy"),
]
AnyAccelerator = Annotated[
    Literal["auto", "cpu", "gpu", "cuda", "mps", "tpu"],
    Meanings(
        {
            "auto": "A GPU or TPU where there is one, else the CPU.",
            "cpu": "The processor.",
            "gpu": "CUDA, or Apple's GPU.",
            "cuda": "NVIDIA's GPUs, and AMD's under ROCm.",
            "mps": "Apple's GPU.",
            "tpu": "Google's TPU.",
        }
    ),
]
Device = Annotated[
    Literal["cpu", "cuda", "mps"],
    Meanings({"cpu": "The processor.", "cuda": "NVIDIA's GPUs, and AMD's under ROCm.", "mps": "Apple's GPU."}),
]
Precision = Annotated[
    Literal[
        16, 32, 64, "16", "32", "64", "bf16", "16-mixed", "bf16-mixed", "32-true", "64-true", "16-true",
        "bf16-true", "transformer-engine", "transformer-engine-float16",
    ],
    Whole,
    Meanings(
        {
            16: "The same as `16-mixed`.",
            32: "The same as `32-true`.",
            64: "The same as `64-true`.",
            "16": "The same as `16-mixed`.",
            "32": "The same as `32-true`.",
            "64": "The same as `64-true`.",
            "bf16": "The same as `bf16-mixed`.",
            "16-mixed": "float16 where it is safe, with a scaled loss; weights in float32.",
            "bf16-mixed": "bfloat16 where it is safe; weights in float32.",
            "32-true": "float32 throughout.",
            "64-true": "float64 throughout.",
            "16-true": "float16 throughout, weights too.",
            "bf16-true": "bfloat16 throughout, weights too.",
            "transformer-engine": "FP8 with bfloat16 weights, by NVIDIA's Transformer Engine.",
            "transformer-engine-float16": "FP8 with float16 weights, by NVIDIA's Transformer Engine.",
        }
    ),
]  # fmt: skip
Native = Annotated[Literal["native"], Meanings({"native": "PyTorch's own mixed precision."})]
ClipAlgorithm = Annotated[
    Literal["norm", "value"],
    Meanings({"norm": "Scale all gradients so that their norm is at most the limit.", "value": "Cut each gradient."}),
]
ProgressBar = Annotated[
    Literal["auto", "rich", "tqdm"],
    Meanings({"auto": "rich on a terminal, plain elsewhere.", "rich": "rich's bar.", "tqdm": "tqdm's bar."}),
]
ProfilerName = Annotated[
    Literal["simple", "advanced", "pytorch", "xla"],
    Meanings(
        {
            "simple": "Time of each action of the loop.",
            "advanced": "Time of each function within each action.",
            "pytorch": "Time and memory of each operation.",
            "xla": "A server for TPU profiles.",
        }
    ),
]
GpuMemory = Annotated[Literal["min_max", "all"], Meanings({"min_max": "The same as true.", "all": "The same as true."})]
Warn = Annotated[Literal["warn"], Meanings({"warn": "Warn of algorithms that are not deterministic."})]
Mode = Annotated[
    Literal["min", "max"],
    Meanings({"min": "Lower is better, as of a loss.", "max": "Higher is better, as of an accuracy."}),
]
Auto = Annotated[Literal["auto"], Meanings({"auto": "All that Lightning finds; on a CPU, one process."})]
Link = Annotated[Literal["link"], Meanings({"link": "A link to the newest checkpoint."})]
PruningMethod = Annotated[
    Literal["l1_unstructured", "random_unstructured", "ln_structured", "random_structured"],
    Meanings(
        {
            "l1_unstructured": "The smallest weights.",
            "random_unstructured": "Weights drawn at random.",
            "ln_structured": "The slices along `dim` of the smallest norm.",
            "random_structured": "Slices along `dim` drawn at random.",
        }
    ),
]
PruningSchedule = Annotated[
    Literal["once", "every_epoch"],
    Meanings({"once": "Once, at half of the epochs.", "every_epoch": "That share of the rest after every epoch."}),
]
Growth = Annotated[
    Literal["exponential", "linear"],
    Meanings({"exponential": "By the same factor each step.", "linear": "By the same amount each step."}),
]
BatchSizeSearch = Annotated[
    Literal["power", "binsearch"],
    Meanings({"power": "Double until it no longer fits.", "binsearch": "Double, then narrow down by halves."}),
]
WandbMode = Annotated[
    Literal["online", "offline", "disabled"],
    Meanings({"online": "Send at once.", "offline": "Keep in files, to be sent later.", "disabled": "Do nothing."}),
]
AllCheckpoints = Annotated[Literal["all"], Meanings({"all": "Send each checkpoint when it is saved."})]
FilePolicy = Annotated[
    Literal["mutable", "immutable"],
    Meanings({"mutable": "Copy the checkpoint first.", "immutable": "Take it as it is; it must not change."}),
]
WandbResume = Annotated[
    Literal["allow", "never", "must", "auto"],
    Meanings(
        {
            "allow": "Go on with it.",
            "never": "Fail.",
            "must": "Go on with it; fail where there is none.",
            "auto": "Go on with the last run of this folder.",
        }
    ),
]
SwanlabMode = Annotated[
    Literal["cloud", "online", "local", "offline", "disabled"],
    Meanings(
        {
            "cloud": "Send at once.",
            "online": "The same as `cloud`.",
            "local": "Keep in files for SwanLab's own dashboard.",
            "offline": "Keep in files, to be sent later.",
            "disabled": "Do nothing.",
        }
    ),
]
SwanlabResume = Annotated[
    Literal["must", "allow", "never"],
    Meanings({"must": "Go on with it; fail where there is none.", "allow": "Go on with it.", "never": "Begin anew."}),
]
ParameterName = Annotated[
    Literal["weight", "bias"], Meanings({"weight": "The weights.", "bias": "The added constants."})
]
When = Annotated[Literal["step", "epoch"], Meanings({"step": "At every optimizer step.", "epoch": "Once an epoch."})]
Annealing = Annotated[
    Literal["cos", "linear"], Meanings({"cos": "Along half a cosine.", "linear": "Along a straight line."})
]
Verbosity = Annotated[
    Literal[0, 1, 2], Meanings({0: "Nothing.", 1: "The overall sparsity.", 2: "That of each layer too."})
]
CometMode = Annotated[
    Literal["get_or_create", "get", "create"],
    Meanings(
        {
            "get_or_create": "Go on with the experiment, or begin it.",
            "get": "Go on with the experiment.",
            "create": "Begin a new one.",
        }
    ),
]
SortKey = Annotated[
    Literal[
        "cpu_time", "cuda_time", "cpu_time_total", "cuda_time_total", "cpu_memory_usage", "cuda_memory_usage",
        "self_cpu_memory_usage", "self_cuda_memory_usage", "count",
    ],
    Meanings(
        {
            "cpu_time": "Mean time on the CPU.",
            "cuda_time": "Mean time on the GPU.",
            "cpu_time_total": "Total time on the CPU.",
            "cuda_time_total": "Total time on the GPU.",
            "cpu_memory_usage": "Memory on the CPU.",
            "cuda_memory_usage": "Memory on the GPU.",
            "self_cpu_memory_usage": "Memory on the CPU, without what was called.",
            "self_cuda_memory_usage": "Memory on the GPU, without what was called.",
            "count": "Number of calls.",
        }
    ),
]  # fmt: skip
WatchedMetric = Annotated[
    Literal["val_loss", "val_acc", "val_f1"],
    Meanings({"val_loss": "The loss.", "val_acc": "The share that is right.", "val_f1": "The mean F1 of the classes."}),
]
Threshold = Annotated[
    Literal["rel", "abs"], Meanings({"rel": "A share of the best value.", "abs": "A difference from the best value."})
]
