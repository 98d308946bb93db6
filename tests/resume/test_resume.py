"""Which run is gone on with, from which checkpoint, and what is refused."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
import torch
import yaml
from resuming import Runs

from vibench.training.status import is_running, running

pytestmark = pytest.mark.slow
KILLED = {"KILL": "step:13"}
SHORT = ("trainer.args.num_epochs=2",)


def killed(runs: Runs, name: str, *words: str) -> Path:
    assert runs.train(name, *SHORT, *words, **KILLED) == -9, runs.said(name)
    return runs.run(name)


def status(run: Path) -> dict[str, object]:
    return dict(json.loads((run / "status.json").read_text()))


def test_what_changes_the_result_is_refused_and_listed(runs: Runs) -> None:
    run = killed(runs, "changes")
    words = (*SHORT, "--resume", "task.init_args.lr=0.5", "environment.seed=4", "trainer.args.precision=bf16-mixed")
    assert runs.train("changes", *words) == 1
    said = runs.said("changes")
    assert "`task.init_args.lr` was not written in run_000, and is 0.5 now" in said
    assert "`environment.seed` was 3 in run_000, and is 4 now" in said
    assert "`trainer.args.precision` was not written in run_000, and is 'bf16-mixed' now" in said
    assert said.count("error[changed-since]") == 3
    assert runs.train("changes", "--resume", *words[2:], "--allow-changes") == 0, runs.said("changes")
    assert status(run)["state"] == "finished"
    rows = yaml.safe_load((run / "run_1.yaml").read_text())
    assert rows["task.init_args.lr"]["value"] == 0.5
    assert "task.init_args.lr" not in yaml.safe_load((run / "run.yaml").read_text())


def test_what_does_not_change_the_result_goes_through(runs: Runs) -> None:
    killed(runs, "more")
    words = ("trainer.args.num_epochs=3", "environment.tensorboard=true", "trainer.args.log_every_n_steps=1")
    assert runs.train("more", *words, "--resume") == 0, runs.said("more")
    result = json.loads((runs.run("more") / "results.json").read_text())
    assert result["iterations"][0]["epochs"] == 3


@pytest.mark.parametrize("harm", ["truncated", "corrupt"])
def test_a_broken_last_checkpoint_falls_back_and_says_so(runs: Runs, harm: str) -> None:
    run = killed(runs, harm)
    last = run / "checkpoints/last.ckpt"
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 0xFF
    last.write_bytes(content[:1000] if harm == "truncated" else content)
    assert runs.train(harm, *SHORT, "--resume") == 0, runs.said(harm)
    said = runs.said(harm)
    assert f"last.ckpt cannot be resumed: it is {harm}" in said
    assert "going on from results/run/run_000/checkpoints/epoch00-" in said
    assert "may differ from a run that was never stopped" in said


def test_checkpoints_that_are_all_broken_are_not_overwritten(runs: Runs) -> None:
    run = killed(runs, "broken")
    rows = (run / "logs/version_0/metrics.csv").read_bytes()
    for path in (run / "checkpoints").glob("*.ckpt"):
        path.write_bytes(path.read_bytes()[:1000])
    assert runs.train("broken", *SHORT, "--resume") == 1
    assert "error[no-checkpoint]: no checkpoint of results/run/run_000 can be gone on with" in runs.said("broken")
    assert (run / "logs/version_0/metrics.csv").read_bytes() == rows


def test_checkpoints_of_the_users_own_are_left_alone(runs: Runs) -> None:
    run = killed(runs, "own", "data.init_args.label_key=y")  # a key that looks like a secret, and changes nothing
    (run / "checkpoints/mine.ckpt").write_bytes((run / "checkpoints/last.ckpt").read_bytes())
    (run / "checkpoints/notes.ckpt").write_text("no checkpoint at all")
    assert runs.train("own", *SHORT, "data.init_args.label_key=y", "--resume") == 0, runs.said("own")
    assert {"mine.ckpt", "notes.ckpt"} <= {path.name for path in (run / "checkpoints").iterdir()}


def test_nothing_good_begins_anew_in_the_same_folder(runs: Runs) -> None:
    assert runs.train("early", *SHORT, KILL="validation:1") == -9  # in the sanity check
    assert runs.train("early", *SHORT, "--resume") == 0, runs.said("early")
    assert "there is no checkpoint yet" in runs.said("early")
    assert (runs.run("early") / "results.json").exists()
    assert not runs.run("early", 1).exists()


def test_a_checkpoint_that_runs_code_is_refused(runs: Runs, tmp_path: Path) -> None:
    run = killed(runs, "unsafe")
    content = torch.load(run / "checkpoints/last.ckpt", weights_only=True)
    content["hyper_parameters"] = {"where": Path("somewhere")}
    torch.save(content, run / "checkpoints/last.ckpt")
    assert runs.train("unsafe", *SHORT, "--resume") == 1
    assert "error[unsafe-checkpoint]" in runs.said("unsafe")
    assert "pathlib" in runs.said("unsafe")
    assert runs.train("unsafe", *SHORT, "--resume", "--trust-checkpoint") == 0, runs.said("unsafe")


def test_auto_resume(runs: Runs) -> None:
    words = (*SHORT, "trainer.args.auto_resume=true")
    assert runs.train("auto", *words, **KILLED) == -9
    assert "no unfinished run is there to go on with" in runs.said("auto")
    assert runs.train("auto", *words) == 0, runs.said("auto")
    assert "going on from results/run/run_000/checkpoints/last.ckpt, epoch 1, step 8" in runs.said("auto")
    assert runs.train("auto", *words) == 0
    assert (runs.run("auto", 1) / "results.json").exists()


def test_resume_without_an_unfinished_run_is_an_error(runs: Runs) -> None:
    assert runs.train("none", *SHORT, "--resume") == 1
    assert "error[no-checkpoint]" in runs.said("none")
    assert not (runs.root / "none/results").exists()


def test_resume_from_a_run_and_from_a_checkpoint(runs: Runs) -> None:
    run = killed(runs, "from")
    assert runs.train("from", *SHORT, "--resume-from", "results/run/run_000") == 0, runs.said("from")
    assert status(run)["state"] == "finished"
    more = ("trainer.args.num_epochs=3",)
    assert runs.train("from", *more, "--resume-from", "results/run/run_000") == 0, runs.said("from")
    assert json.loads((runs.run("from", 1) / "results.json").read_text())["iterations"][0]["steps"] == 24
    last = "trainer.args.resume_from_checkpoint=results/run/run_001/checkpoints/last.ckpt"
    assert runs.train("from", "trainer.args.num_epochs=4", last) == 0, runs.said("from")
    assert json.loads((runs.run("from", 2) / "results.json").read_text())["iterations"][0]["steps"] == 32
    assert runs.train("from", *more, "--resume-from", "results/run/run_009") == 1
    assert "error[missing-checkpoint]" in runs.said("from")


def test_weights_alone_cannot_be_resumed(runs: Runs) -> None:
    run = killed(runs, "weights", "trainer.args.save_weights_only=true")
    last = run / "checkpoints/last.ckpt"
    assert runs.train("weights", *SHORT, f"trainer.args.resume_from_checkpoint={last}") == 1
    assert "it holds weights only (`save_weights_only`)" in runs.said("weights")


def test_iterations_that_are_finished_are_not_done_again(runs: Runs) -> None:
    words = (*SHORT, "environment.iterations=3")
    assert runs.train("thrice", *words, KILL="step:21") == -9
    first = (runs.run("thrice") / "iter_0/iteration.json").read_bytes()
    assert runs.train("thrice", *words, "--resume") == 0, runs.said("thrice")
    assert "iter_0 is finished already" in runs.said("thrice")
    assert (runs.run("thrice") / "iter_0/iteration.json").read_bytes() == first
    resumed = json.loads((runs.run("thrice") / "results.json").read_text())
    assert runs.train("thrice whole", *words) == 0
    whole = json.loads((runs.run("thrice whole") / "results.json").read_text())
    assert resumed["metrics"] == whole["metrics"]


def test_a_run_at_work_is_left_alone(tmp_path: Path) -> None:
    with running(tmp_path):
        assert is_running(tmp_path)
        assert status(tmp_path)["state"] == "running"
    assert not is_running(tmp_path)
    assert status(tmp_path)["state"] == "finished"


def test_how_a_run_ended_is_recorded(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), running(tmp_path):
        raise KeyboardInterrupt
    assert status(tmp_path)["state"] == "interrupted"
    with pytest.raises(ValueError, match="wrong"), running(tmp_path):
        raise ValueError("wrong")
    found = status(tmp_path)
    assert (found["state"], found["error"]) == (
        "failed",
        {"type": "ValueError", "message": "wrong", "explanation": ""},
    )


def test_from_python_a_trainer_resumes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from resumable import Data, Task

    from vibench.trainer_factory import trainer_factory

    monkeypatch.delenv("KILL", raising=False)
    args = {"num_epochs": 1, "accelerator": "cpu", "enable_progress_bar": False, "log_every_n_steps": 2}
    with warnings.catch_warnings(action="ignore"):
        trainer_factory({}, {"args": args}, None, tmp_path).fit(Task(), datamodule=Data())
    for more in ({"auto_resume": True}, {"resume_from_checkpoint": str(tmp_path / "checkpoints/last.ckpt")}):
        folder = tmp_path if "auto_resume" in more else tmp_path / "new"
        trainer = trainer_factory({}, {"args": {**args, "num_epochs": 2, **more}}, None, folder)
        with warnings.catch_warnings(action="ignore"):
            trainer.fit(Task(), datamodule=Data())
        assert (trainer.current_epoch, trainer.global_step) == (2, 16)
        assert trainer.ckpt_path is None
