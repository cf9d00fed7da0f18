import submitit
from train import TrainJob, main

executor = submitit.AutoExecutor(folder="logs/%j")
executor.update_parameters(
    nodes=1,
    gpus_per_node=8,
    tasks_per_node=8,
    cpus_per_task=10,
    slurm_partition="gpu",
    timeout_min=60 * 24,
)
job = executor.submit(main, model_name="meta-llama/Llama-3.1-8B", ds_config="ds3.json")
print(job.job_id)
