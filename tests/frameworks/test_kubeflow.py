"""What qp-lint reads of Kubeflow's TrainJobs for torchtune, and which recipe the cluster makes of them."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of, runs_of

QLORA = "model.lora_attn_modules=[q_proj,v_proj,output_proj]", "model.quantize_base=True"


def job(trainer: str, *args: str, runtime: str = "torchtune-llama3.2-1b", command: str = "[tune, run]") -> str:
    """A TrainJob with some lines below `trainer`."""
    lines = "".join(f"\n      - {arg}" for arg in args)
    return f"""\
apiVersion: trainer.kubeflow.org/v1alpha1
kind: TrainJob
metadata:
  name: tuning
spec:
  runtimeRef:
    name: {runtime}
  trainer:
    command: {command}
    args:{lines or " []"}
    {trainer}
"""


def gpus(count: str) -> str:
    """Resources with so many GPUs."""
    return f"resourcesPerNode: {{requests: {{cpu: 8, nvidia.com/gpu: {count}}}}}"


@pytest.mark.parametrize(
    ("trainer", "args", "recipe", "size"),
    [
        (gpus("1"), (), "full_finetune_single_device", 1),
        (gpus("4"), (), "full_finetune_distributed", 4),
        (gpus("4"), QLORA[:1], "lora_finetune_distributed", 4),
        (gpus("1"), QLORA, "lora_finetune_single_device", 1),
        ("numProcPerNode: 1", QLORA, "lora_finetune_single_device", 1),
        ("numProcPerNode: auto", (), "full_finetune_distributed", 2),  # by the runtime as it is shipped
        ("numNodes: 2\n    numProcPerNode: 8", (), "full_finetune_distributed", 16),
        (gpus("'${GPUS}'"), QLORA, None, None),
        ("numNodes: '{{ nodes }}'", QLORA, None, None),
    ],
)
def test_recipes(trainer: str, args: tuple[str, ...], recipe: str | None, size: int | None) -> None:
    run = run_of({"job.yaml": job(trainer, *args)})
    assert (run.value("torchtune.recipe"), run.value("parallel.world_size")) == (recipe, size)
    assert run.value("kubeflow.model") == "llama3_2/1B"


def test_a_runtime_elsewhere_may_have_any_number_of_nodes() -> None:
    for runtime in ("mine", "torchtune-llama3.3-70b"):
        run = run_of({"job.yaml": job(gpus("4"), *QLORA, runtime=runtime)})
        assert (run.value("kubeflow.nodes"), run.value("torchtune.recipe")) == (None, None)


def test_the_quantized_base_is_torchtunes() -> None:
    run = run_of({"job.yaml": job(f"numNodes: 1\n    {gpus('4')}", *QLORA, "dtype=bf16", runtime="torchtune-llama3.3-70b")})
    assert (run.value("quantization.method"), run.value("parallel.strategy")) == ("nf4", "fsdp2")
    assert (run.value("model.dtype"), run.value("tuning.method")) == ("bfloat16", "lora")


@pytest.mark.parametrize(
    ("trainer", "args", "runtime", "found"),
    [
        (gpus("2"), QLORA, "torchtune-llama3.2-1b", {"QP573"}),
        (gpus("0"), QLORA, "torchtune-llama3.2-3b", {"QP573"}),
        ("resourcesPerNode: {limits: {cpu: 4}}", QLORA, "torchtune-llama3.2-3b", {"QP573"}),
        (gpus("1"), QLORA, "torchtune-qwen2.5-1.5b", {"QP573"}),
        (gpus("'$(GPUS)'"), QLORA, "torchtune-qwen2.5-1.5b", {"QP573"}),  # on any number of them
        (gpus("8"), QLORA, "torchtune-llama3.3-70b", set()),
        (gpus("2"), (*QLORA, "model.use_dora=True"), "torchtune-llama3.2-1b", set()),
        (gpus("2"), ("model.quantize_base=False",), "torchtune-llama3.2-1b", set()),
        (gpus("2"), QLORA, "mine", set()),
        (gpus("'$(GPUS)'"), QLORA, "torchtune-llama3.2-1b", set()),
        (f"numNodes: 2\n    {gpus('1')}", QLORA[1:], "torchtune-llama3.2-1b", {"QP572"}),
        ("numNodes: 2", QLORA[:1], "mine", {"QP572"}),
        ("numNodes: ${NODES}", QLORA, "torchtune-llama3.3-70b", set()),
    ],
)
def test_what_the_cluster_refuses(trainer: str, args: tuple[str, ...], runtime: str, found: set[str]) -> None:
    assert codes({"job.yaml": job(trainer, *args, runtime=runtime)}) == found


def test_a_runtime_in_the_project() -> None:
    """Its counts stand for what the job leaves out; without torch's policy the cluster leaves `tune run` as it is."""
    runtime = """\
apiVersion: trainer.kubeflow.org/v1alpha1
kind: ClusterTrainingRuntime
metadata: {name: torchtune-llama3.2-1b}
spec:
  mlPolicy: {numNodes: 3, torch: {}}
  template:
    spec:
      replicatedJobs:
        - template: {spec: {template: {spec: {containers: [{name: node, resources: {limits: {nvidia.com/gpu: 8}}}]}}}}
"""
    files = {"runtimes/all.yaml": f"kind: Secret\n---\n{runtime}", "job.yaml": job("", *QLORA)}
    (run,) = [run for run in runs_of(files) if run.settings]
    assert (run.value("parallel.world_size"), run.value("torchtune.recipe")) == (24, "full_finetune_distributed")
    assert codes(files) == {"QP572"}
    assert codes({**files, "runtimes/all.yaml": runtime.replace("torch: {}", "torch: null")}) == set()


def test_jobs_in_one_file() -> None:
    """A finding lies in the document that it is about."""
    texts = [job(gpus("1"), *QLORA), "kind: ConfigMap\napiVersion: v1\n", job(f"numNodes: 2\n    {gpus('1')}", *QLORA)]
    runs = runs_of({"jobs.yaml": "---\n".join(texts)})
    assert [run.value("kubeflow.nodes") for run in runs] == [1, 2]


def test_other_commands_are_launches() -> None:
    command = "[torchrun, train.py, --lora]"
    assert codes({"job.yaml": job("numNodes: 2", *QLORA, command=command)}) == set()
    recipe = "[tune, run, lora_finetune_distributed, --config, llama3_2/1B_qlora]"
    assert "QP572" not in codes({"job.yaml": job("numNodes: 2", *QLORA, command=recipe)})
    other = job("numNodes: 2", *QLORA).replace("trainer.kubeflow.org", "example.com")
    assert runs_of({"job.yaml": other}) == []


SDK = """
from kubeflow.trainer import BuiltinTrainer, LoraConfig, Runtime, TorchTuneConfig, TrainerClient

client = TrainerClient()
client.train(
    runtime={runtime},
    trainer=BuiltinTrainer(config=TorchTuneConfig({config})),
)
"""


@pytest.mark.parametrize(
    ("runtime", "config", "found"),
    [
        ("'torchtune-llama3.2-1b'", "num_nodes=2, peft_config=LoraConfig()", {"QP572"}),
        ("Runtime(name='torchtune-qwen2.5-1.5b')", "num_nodes=2, peft_config=LoraConfig(quantize_base=True)", {"QP572"}),
        ("client.get_runtime('torchtune-qwen2.5-1.5b')", "peft_config=LoraConfig(quantize_base=True)", {"QP573"}),
        ("client.get_runtime('torchtune-llama3.2-1b')", "num_nodes=2", set()),
        ("'torchtune-qwen2.5-1.5b'", "peft_config=LoraConfig(quantize_base=True, use_dora=bool(input()))", set()),
        ("'torchtune-llama3.2-1b'", "peft_config=LoraConfig(quantize_base=True), resources_per_node=resources()", set()),
        ("'torchtune-qwen2.5-1.5b'", "peft_config=LoraConfig(quantize_base=True), resources_per_node=resources()", {"QP573"}),
        ("client.get_runtime('torchtune-llama3.2-1b')", "num_nodes=None, peft_config=LoraConfig()", set()),
        ("client.get_runtime('torchtune-llama3.2-1b')", "peft_config=lora, num_nodes=2", set()),
        ("next(r for r in client.list_runtimes())", "peft_config=LoraConfig(quantize_base=True)", set()),
    ],
)
def test_the_python_sdk(runtime: str, config: str, found: set[str]) -> None:
    text = SDK.format(runtime=runtime, config=config)
    assert codes({"submit.py": text}) == found
    assert codes({"submit.py": text, "run.sh": "python submit.py\n"}) == found
