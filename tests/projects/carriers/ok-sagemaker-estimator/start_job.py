import sagemaker
from sagemaker.huggingface import HuggingFace

session = sagemaker.Session()
role = sagemaker.get_execution_role()

hyperparameters = {
    "model_id": "meta-llama/Llama-3.1-8B",
    "epochs": 3,
    "lr": 2e-4,
    "bits": 16,
}
hyperparameters["deepspeed"] = "/opt/ml/code/zero3.json"

huggingface_estimator = HuggingFace(
    entry_point="train.py",
    source_dir="./scripts",
    instance_type="ml.p4d.24xlarge",
    instance_count=1,
    role=role,
    transformers_version="4.56",
    pytorch_version="2.8",
    py_version="py312",
    hyperparameters=hyperparameters,
    distribution={"torch_distributed": {"enabled": True}},
    environment={"HF_TOKEN": "..."},
)
huggingface_estimator.fit({"training": f"s3://{session.default_bucket()}/capybara"}, wait=False)
