GLOBAL_BATCH_SIZE=128
BATCH_PER_DEVICE=4
NUM_DEVICES=8
GRAD_ACCUM_STEPS=$((GLOBAL_BATCH_SIZE / (BATCH_PER_DEVICE * NUM_DEVICES)))
BITS=$((32 / 2))

deepspeed --num_gpus $NUM_DEVICES train.py \
    --deepspeed zero3.json \
    --bits $BITS \
    --lora_enable True \
    --bf16 True \
    --fp16 False \
    --output_dir $OUTPUT_DIR \
    --gradient_accumulation_steps $GRAD_ACCUM_STEPS
