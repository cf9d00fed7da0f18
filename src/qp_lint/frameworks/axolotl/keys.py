"""The names of Axolotl's options, so that one it does not have can be told, and which of them are switches.

From the pydantic models in utils/schemas/ and the `*Args` of the plugins in integrations/*/args.py of each release.
"""

from __future__ import annotations

import functools

from qp_lint.versions import Versions

# Keys by the first release that has them; "": 0.16.0 or before.
SINCE = {
    "": """
        accelerator_config activation_offloading adam_beta1 adam_beta2 adam_beta3 adam_epsilon adam_epsilon2 adapter
        added_tokens_overrides attn_implementation auto_find_batch_size auto_resume_from_checkpoints
        axolotl_config_path base_model base_model_config batch_flattening batch_size bench_dataset bench_split beta
        bf16 bfloat16 bnb_config_kwargs capabilities center_rewards_coefficient chat_template chat_template_jinja
        chat_template_kwargs chunked_cross_entropy chunked_cross_entropy_num_chunks cls_model_config comet_api_key
        comet_experiment_config comet_experiment_key comet_mode comet_online comet_project_name comet_workspace
        context_parallel_size cosine_constant_lr_ratio cosine_min_lr_ratio cpo_alpha curriculum_sampling
        cut_cross_entropy dataloader_drop_last dataloader_num_workers dataloader_pin_memory dataloader_prefetch_factor
        dataset_exact_deduplication dataset_keep_in_memory dataset_num_proc dataset_prepared_path dataset_processes
        dataset_shard_idx dataset_shard_num datasets ddp ddp_broadcast_buffers ddp_bucket_cap_mb
        ddp_find_unused_parameters ddp_timeout debug debug_num_examples debug_text_only deepcompile deepspeed
        default_system_message dense_mixer device device_map diffusion dion_lr dion_momentum dion_rank_fraction
        dion_rank_multiple_of do_bench_eval do_causal_lm_eval dp_replicate_size dp_shard_size dpo_beta
        dpo_generate_during_eval dpo_label_smoothing dpo_norm_loss dpo_padding_free dpo_use_liger_kernel
        dpo_use_logits_to_keep dpo_use_weighting dynamic_checkpoint eaft_alpha eaft_k eager_attention
        early_stopping_patience ebft embedding_lr embedding_lr_scale embeddings_skip_upcast env_capabilities
        eot_tokens eval_batch_size eval_causal_lm_metrics eval_max_new_tokens eval_sample_packing eval_sequence_len
        eval_steps eval_strategy eval_table_size evals_per_epoch evaluation_strategy excess_length_strategy
        experimental_skip_move_to_device experts_implementation fix_untrained_tokens flash_attention
        flash_attn_cross_entropy flash_attn_fuse_mlp flash_attn_rms_norm flash_optimum flex_attention
        flex_attn_compile_kwargs float16 float32 fp16 fp8 fp8_enable_fsdp_float8_all_gather fsdp fsdp_config
        fsdp_final_state_dict_type fsdp_version gc_steps generate_samples generation_do_sample
        generation_max_new_tokens generation_prompt_ratio generation_temperature generation_top_k generation_top_p
        gptq gpu_memory_limit gradient_accumulation_steps gradient_checkpointing gradient_checkpointing_kwargs
        gradio_max_new_tokens gradio_server_name gradio_server_port gradio_share gradio_temperature gradio_title
        greater_is_better grokfast_alpha grokfast_lamb group_by_length heads_k_stride hf_mlflow_log_artifacts
        hf_use_auth_token hub_model_id hub_revision hub_strategy image_resize_algorithm image_size include_tkps
        include_tokens_per_second inference is_falcon_derived_model is_llama_derived_model is_mistral_derived_model
        is_preprocess is_qwen_derived_model jagged_restart_anneal_steps jagged_restart_steps
        jagged_restart_warmup_steps kd_alpha kd_beta kd_ce_alpha kd_normalize_topk kd_online_server
        kd_online_server_base_url kd_online_timeout kd_online_topk kd_temperature kd_temperature_min kd_trainer
        kto_desirable_weight kto_undesirable_weight layer_offloading learning_rate liger_cross_entropy
        liger_fused_linear_cross_entropy liger_glu_activation liger_layer_norm liger_rms_norm liger_rms_norm_gated
        liger_rope liger_swiglu liger_use_token_scaling lisa_layers_attribute lisa_n_layers lisa_step_interval
        llama4_linearized_experts llmcompressor lm_eval_batch_size lm_eval_model lm_eval_post_train lm_eval_tasks
        load_best_model_at_end load_in_4bit load_in_8bit local_rank logging_steps lora_alpha lora_dropout
        lora_embedding_kernel lora_fan_in_fan_out lora_mlp_kernel lora_model_dir lora_modules_to_save lora_o_kernel
        lora_on_cpu lora_qkv_kernel lora_r lora_target_linear lora_target_modules lora_target_parameters
        loraplus_lr_embedding loraplus_lr_ratio loss_watchdog_patience loss_watchdog_threshold low_cpu_mem_usage
        lr_div_factor lr_groups lr_quadratic_warmup lr_scheduler lr_scheduler_kwargs max_grad_norm max_memory
        max_packed_sequence_len max_prompt_len max_steps mean_resizing_embeddings merge_lora merge_method
        metric_for_best_model micro_batch_size min_sample_len mlflow_experiment_name mlflow_run_name
        mlflow_tracking_uri model_config model_kwargs model_quantization_config model_quantization_config_kwargs
        model_revision model_type multipack_real_batches neftune_noise_alpha nemo_gym_auto_clone nemo_gym_auto_start
        nemo_gym_config_paths nemo_gym_datasets nemo_gym_dir nemo_gym_enabled nemo_gym_head_port nemo_gym_max_turns
        nemo_gym_model_name nemo_gym_multi_turn nemo_gym_run_timeout nemo_gym_server_timeout nemo_gym_verify_timeout
        noisy_embedding_alpha num_dataset_shards_to_save num_epochs num_generation_samples num_labels optim_args
        optim_target_modules optimizer orpo_alpha otel_metrics_host otel_metrics_port output_dir
        overrides_of_model_config overrides_of_model_kwargs pad_to_sequence_len peft peft_autocast_adapter_dtype
        peft_ensure_weight_tying peft_init_lora_weights peft_layer_replication peft_layers_pattern
        peft_layers_to_transform peft_trainable_token_indices peft_use_dora peft_use_rslora plugins
        pose_max_context_len pose_num_chunks pose_split_on_token_ids precompute_ref_log_probs preprocess_iterable
        pretrain_multipack_attn pretrain_multipack_buffer_size pretraining_dataset pretraining_sample_concatenation
        process_reward_model processor_type profiler_steps profiler_steps_start prompter push_dataset_to_hub qat
        qlora_sharded_model_loading quantization quantize_moe_experts ray_num_workers ray_run_name recipe
        reinit_weights relora relora_cpu_offload relora_prune_ratio remove_unused_columns
        resize_token_embeddings_to_32x resources_per_worker resume_from_checkpoint revision_of_model reward_model
        ring_attn_func rl rl_beta rope_scaling rpo_alpha s2_attention sage_attention sample_packing
        sample_packing_bin_size sample_packing_eff_est sample_packing_group_size sample_packing_mp_start_method
        sample_packing_sequentially save_compressed save_first_step save_only_model save_safetensors save_steps
        save_strategy save_total_limit saves_per_epoch scaling_softmax scaling_softmax_bias scaling_softmax_factor
        sdp_attention seed sequence_len sequence_parallel_degree shard shrink_embeddings
        shuffle_before_merging_datasets shuffle_merged_datasets simpo_gamma skip_prepare_dataset special_tokens
        spectrum_model_name spectrum_top_fraction streaming streaming_multipack_buffer_size strict swanlab_api_host
        swanlab_api_key swanlab_completion_log_interval swanlab_completion_max_buffer swanlab_description
        swanlab_experiment_name swanlab_lark_secret swanlab_lark_webhook_url swanlab_log_completions swanlab_log_model
        swanlab_mode swanlab_project swanlab_web_host swanlab_workspace tensor_parallel_size test_datasets tf32
        tiled_mlp tiled_mlp_num_shards tiled_mlp_use_original_mlp tokenizer_config tokenizer_legacy
        tokenizer_save_jinja_files tokenizer_type tokenizer_use_fast tokenizer_use_mistral_common tokens torch_compile
        torch_compile_backend torch_compile_mode torchdistx_path total_num_tokens total_supervised_tokens
        trackio_project_name trackio_run_name trackio_space_id train_on_inputs trainer_cls trl trust_remote_code
        type_of_model unfrozen_parameters unsloth_cross_entropy_loss unsloth_lora_mlp unsloth_lora_o unsloth_lora_qkv
        unsloth_rms_norm unsloth_rope use_comet use_eaft use_kernels use_mlflow use_otel_metrics use_pose use_ray
        use_scattermoe use_sonicmoe use_swanlab use_tensorboard use_trackio use_wandb val_set_size vllm wandb_entity
        wandb_log_model wandb_mode wandb_name wandb_project wandb_run_id wandb_watch warmup_ratio warmup_steps
        weight_decay world_size xformers_attention
    """,
    "0.17.0": """
        dpo_loss_type dpo_loss_weights expert_parallel_backend expert_parallel_fallback_on_unsupported
        expert_parallel_num_nvl_bytes expert_parallel_num_rdma_bytes expert_parallel_size fp32_norm_classes fp32_norms
        freeze_mm_modules fused_attn_kernel gc_collect_steps gemma4_hybrid_attn_impl hatchery mora pad_to_multiple_of
        processor_kwargs qgalore_cos_threshold qgalore_gamma_proj qgalore_proj_bits qgalore_proj_group_size
        qgalore_proj_quant qgalore_proj_type qgalore_queue_size qgalore_rank qgalore_scale qgalore_update_proj_gap
        relora_prune_method role_boundaries torch_empty_cache_steps use_onebitllms
    """,
    "0.18.0": """
        dsv4_bf16_all dsv4_fp4_grouped_mode dsv4_fp8_lora_kernel dsv4_fp8_nonexpert_mode dsv4_shared_mlp_lora_kernel
        expert_backend expert_parallel_token_capacity flash_attn_d512 gemma4_fp8_nonexpert gemma4_nf4_nonexpert
        large_head_attention lora_alpha_pattern lora_rank_pattern moe_bnb_fast moe_dequant_chunk_size
        moe_grouped_backend nonexpert_quantization nvfp4_merge_aware nvfp4_merge_aware_start_step sdpa_varlen
        selective_checkpointing torch_compile_options use_dsv4_kernels use_glm_dsa_kernels
    """,
    "0.19.0": """
        fp8_config liger_kernel_impl ple_cpu_offload
    """,
    "0.20.0": """
        context_parallel cut_cross_entropy_accum_c_fp32 cut_cross_entropy_c_grad_chunk_size
        expert_parallel_dispatch_chunks expert_parallel_save_dispatch export lora_fp32_gradients
        mixlora_expert_lora_alpha mixlora_expert_lora_dropout mixlora_expert_lora_r mixlora_jitter_noise
        mixlora_num_experts mixlora_router_aux_loss_coef mixlora_router_init_range mixlora_top_k nf4_backend use_dft
    """,
    "0.21.0": """
        autotune_cache_path autotune_neighborhood autotune_profiles balance_labels coreweave diffusion_decision
        diffusion_lm dpo_ld_alpha eval_on_start fa_varlen_kwargs_in_collator full_determinism
        label_balance_window_optim_steps logging_nan_inf_filter sync_profiler_start_step sync_profiler_steps
        torch_compile_regional
    """,
}
# Keys that are true or false: on the command line they take no value.
SWITCHES = frozenset(
    [
        "auto_find_batch_size",
        "auto_resume_from_checkpoints",
        "balance_labels",
        "bfloat16",
        "chunked_cross_entropy",
        "comet_online",
        "curriculum_sampling",
        "dataloader_drop_last",
        "dataloader_pin_memory",
        "dataset_exact_deduplication",
        "dataset_keep_in_memory",
        "ddp",
        "ddp_broadcast_buffers",
        "ddp_find_unused_parameters",
        "debug",
        "debug_text_only",
        "deepcompile",
        "do_bench_eval",
        "do_causal_lm_eval",
        "dpo_generate_during_eval",
        "dpo_norm_loss",
        "dpo_padding_free",
        "dpo_use_liger_kernel",
        "dpo_use_logits_to_keep",
        "dpo_use_weighting",
        "eager_attention",
        "embeddings_skip_upcast",
        "eval_on_start",
        "eval_sample_packing",
        "experimental_skip_move_to_device",
        "fa_varlen_kwargs_in_collator",
        "flash_attention",
        "flash_attn_cross_entropy",
        "flash_attn_d512",
        "flash_attn_fuse_mlp",
        "flash_attn_rms_norm",
        "flash_optimum",
        "flex_attention",
        "float16",
        "float32",
        "fp16",
        "fp32_norms",
        "fp8",
        "fp8_enable_fsdp_float8_all_gather",
        "freeze_mm_modules",
        "full_determinism",
        "fused_attn_kernel",
        "gemma4_hybrid_attn_impl",
        "generate_samples",
        "generation_do_sample",
        "gptq",
        "gradio_share",
        "greater_is_better",
        "group_by_length",
        "hf_mlflow_log_artifacts",
        "hf_use_auth_token",
        "include_tkps",
        "include_tokens_per_second",
        "is_falcon_derived_model",
        "is_llama_derived_model",
        "is_mistral_derived_model",
        "is_preprocess",
        "is_qwen_derived_model",
        "layer_offloading",
        "llama4_linearized_experts",
        "load_best_model_at_end",
        "load_in_4bit",
        "load_in_8bit",
        "logging_nan_inf_filter",
        "lora_embedding_kernel",
        "lora_fan_in_fan_out",
        "lora_fp32_gradients",
        "lora_mlp_kernel",
        "lora_o_kernel",
        "lora_on_cpu",
        "lora_qkv_kernel",
        "lora_target_linear",
        "low_cpu_mem_usage",
        "lr_quadratic_warmup",
        "mean_resizing_embeddings",
        "merge_lora",
        "multipack_real_batches",
        "nvfp4_merge_aware",
        "pad_to_sequence_len",
        "peft_autocast_adapter_dtype",
        "peft_ensure_weight_tying",
        "peft_use_dora",
        "peft_use_rslora",
        "ple_cpu_offload",
        "precompute_ref_log_probs",
        "preprocess_iterable",
        "pretrain_multipack_attn",
        "pretraining_sample_concatenation",
        "process_reward_model",
        "qgalore_proj_quant",
        "qlora_sharded_model_loading",
        "quantize_moe_experts",
        "reinit_weights",
        "relora",
        "relora_cpu_offload",
        "remove_unused_columns",
        "resize_token_embeddings_to_32x",
        "reward_model",
        "s2_attention",
        "sage_attention",
        "sample_packing",
        "sample_packing_sequentially",
        "save_first_step",
        "save_only_model",
        "save_safetensors",
        "scaling_softmax",
        "sdp_attention",
        "sdpa_varlen",
        "shard",
        "shrink_embeddings",
        "shuffle_before_merging_datasets",
        "shuffle_merged_datasets",
        "skip_prepare_dataset",
        "streaming",
        "strict",
        "tiled_mlp",
        "tiled_mlp_use_original_mlp",
        "tokenizer_legacy",
        "tokenizer_save_jinja_files",
        "tokenizer_use_fast",
        "tokenizer_use_mistral_common",
        "torch_compile_regional",
        "train_on_inputs",
        "trust_remote_code",
        "use_comet",
        "use_dft",
        "use_eaft",
        "use_kernels",
        "use_mlflow",
        "use_onebitllms",
        "use_otel_metrics",
        "use_pose",
        "use_ray",
        "use_tensorboard",
        "use_trackio",
        "use_wandb",
        "xformers_attention",
    ]
)
SWITCHED_IN_SECTIONS = frozenset(
    [
        "fsdp_config.activation_checkpointing",
        "fsdp_config.offload_params",
        "fsdp_config.cpu_ram_efficient_loading",
        "fsdp_config.cpu_offload_pin_memory",
        "fsdp_config.reshard_after_forward",
        "trl.use_vllm",
        "trl.use_liger_loss",
        "trl.vllm_lora_sync",
        "trl.async_prefetch",
        "trl.use_data_producer",
        "qat.quantize_embedding",
        "quantization.quantize_embedding",
    ]
)
FSDP_KEYS = frozenset(
    [
        "fsdp_version",
        "version",
        "activation_checkpointing",
        "offload_params",
        "cpu_ram_efficient_loading",
        "cpu_offload_pin_memory",
        "state_dict_type",
        "final_state_dict_type",
        "auto_wrap_policy",
        "transformer_layer_cls_to_wrap",
        "min_num_params",
        "reshard_after_forward",
        "mixed_precision_policy",
        "sync_module_states",
        "use_orig_params",
        "sharding_strategy",
        "forward_prefetch",
        "backward_prefetch",
        "backward_prefetch_policy",
        "limit_all_gathers",
    ]
)
# What people write for it, with the key that Axolotl has.
MEANT = {
    "quantization_config": "load_in_4bit, with bnb_config_kwargs",
    "bnb_config": "bnb_config_kwargs",
    "quantization_bit": "load_in_4bit or load_in_8bit",
    "quantization_bits": "load_in_4bit or load_in_8bit",
    "use_4bit": "load_in_4bit",
    "use_8bit": "load_in_8bit",
    "deepspeed_config": "deepspeed",
    "zero_stage": "deepspeed, with a DeepSpeed configuration",
    "use_fsdp": "fsdp_config",
    "sharding_strategy": "fsdp_config",
    "offload_params": "fsdp_config.offload_params",
    "activation_checkpointing": "fsdp_config.activation_checkpointing",
    "tp_size": "tensor_parallel_size",
    "cp_size": "context_parallel_size",
    "tensor_model_parallel_size": "tensor_parallel_size",
    "finetuning_type": "adapter",
    "use_peft": "adapter",
    "use_lora": "adapter: lora",
    "use_qlora": "adapter: qlora",
    "qlora": "adapter: qlora",
    "lora_rank": "lora_r",
    "lora_target": "lora_target_modules",
    "target_modules": "lora_target_modules",
    "modules_to_save": "lora_modules_to_save",
    "use_dora": "peft_use_dora",
    "init_lora_weights": "peft_init_lora_weights",
    "use_reentrant": "gradient_checkpointing_kwargs.use_reentrant",
    "torch_dtype": "bf16 or fp16",
    "mixed_precision": "bf16 or fp16",
    "optim": "optimizer",
    "model_name_or_path": "base_model",
    "per_device_train_batch_size": "micro_batch_size",
    "max_seq_length": "sequence_len",
}


@functools.cache
def known() -> dict[str, str]:
    """Each key's first release."""
    return {name: release for release, listed in SINCE.items() for name in listed.split()}


def is_key(name: str) -> bool:
    """Whether some release has a key of this name, or a section with it (`fsdp_config.offload_params`)."""
    return name.partition(".")[0] in known()


def takes_no_value(name: str) -> bool:
    """Whether `--name` on the command line of `axolotl` is a switch; in a section only those that rules ask for are known."""
    return name in SWITCHES or name in SWITCHED_IN_SECTIONS


def problem(key: str, versions: Versions) -> str | None:
    """What stands behind a key that Axolotl drops, in words; None when it takes it, or when nothing resembles it."""
    since = known().get(key)
    if since is not None:
        if since and "axolotl" in versions.admitted and versions.at_least("axolotl", since) is False:
            return f"Axolotl has it from {since} on"
        return None
    meant = MEANT.get(key)
    if meant is None and key.startswith("fsdp_") and key.removeprefix("fsdp_") in FSDP_KEYS:
        meant = f"fsdp_config.{key.removeprefix('fsdp_')}"
    if meant is None and key.startswith(("bnb_4bit_", "llm_int8_")):
        meant = f"bnb_config_kwargs.{key}"
    return f"did you mean `{meant}`?" if meant else guess(key, [*known()])


def fsdp_problem(key: str) -> str | None:
    """The same for a key of `fsdp_config`."""
    name = key if key == "fsdp_version" else key.removeprefix("fsdp_")
    return None if name in FSDP_KEYS else guess(name, sorted(FSDP_KEYS))


def guess(key: str, names: list[str]) -> str | None:
    """The name that a misspelt key resembles, as a question."""
    import difflib

    close = difflib.get_close_matches(key, names, 1, 0.87)
    return f"did you mean `{close[0]}`?" if close else None
