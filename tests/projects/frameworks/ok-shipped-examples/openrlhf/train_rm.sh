set -x

read -r -d '' training_commands <<EOF
openrlhf.cli.train_rm \
   --model.model_name_or_path OpenRLHF/Llama-3-8b-sft-mixture \
   --data.dataset OpenRLHF/preference_dataset_mixture2_and_safe_pku \
   --train.batch_size 256 \
   --train.micro_batch_size 1 \
   --ds.zero_stage 3 \
   --ds.param_dtype bf16 \
   --ds.attn_implementation flash_attention_2 \
   --adam.lr 9e-6 \
   --ds.packing_samples \
   --model.gradient_checkpointing_enable
EOF

if [[ ${1} != "slurm" ]]; then
    deepspeed --module $training_commands
fi
