"""The names of LLaMA-Factory's options, so that one it does not have can be told.

From the dataclasses in hparams/ (before 0.8.0 in src/llmtuner/hparams/) of each release, and transformers' training arguments.
"""

from __future__ import annotations

import functools
from collections.abc import Collection

from qp_lint.versions import Versions

# Keys by the first release that has them; "": before 0.8.0, "main": after 0.9.5.
SINCE = {
    "": """
        adapter_name_or_path additional_target badam_mask_mode badam_mode badam_start_block badam_switch_interval
        badam_switch_mode badam_update_ratio badam_verbose batch_size buffer_size cache_dir create_new_adapter cutoff_len dataset
        dataset_dir default_system disable_gradient_checkpointing do_sample double_quantization download_mode dpo_label_smoothing
        eval_num_beams export_device export_dir export_hub_model_id export_legacy_format export_quantization_bit
        export_quantization_dataset export_quantization_maxlen export_quantization_nsamples export_size finetuning_type flash_attn
        freeze_extra_modules freeze_trainable_layers freeze_trainable_modules freeze_vision_tower galore_layerwise
        galore_proj_type galore_rank galore_scale galore_target galore_update_interval hf_hub_token ignore_pad_token_for_loss
        infer_backend interleave_probs kto_chosen_weight kto_rejected_weight lang length_penalty lora_alpha lora_dropout lora_rank
        lora_target loraplus_lr_embedding loraplus_lr_ratio low_cpu_mem_usage max_length max_new_tokens max_samples mix_strategy
        mixture_of_depths model_name_or_path model_revision moe_aux_loss_coef ms_hub_token n_shot new_special_tokens num_beams
        offload_folder overwrite_cache packing plot_loss ppo_buffer_size ppo_epochs ppo_score_norm ppo_target ppo_whiten_rewards
        pref_beta pref_ftx pref_loss preprocessing_num_workers print_param_status pure_bf16 quantization_bit
        quantization_device_map quantization_type ref_model ref_model_adapters ref_model_quantization_bit repetition_penalty
        reserved_label_len resize_vocab reward_model reward_model_adapters reward_model_quantization_bit reward_model_type
        rope_scaling save_dir shift_attn simpo_gamma split split_special_tokens stage streaming task task_dir temperature template
        tokenized_path top_k top_p train_from_scratch train_mm_proj_only train_on_prompt upcast_layernorm upcast_lmhead_output
        use_badam use_dora use_fast_tokenizer use_galore use_llama_pro use_rslora use_unsloth val_size visual_inputs vllm_dtype
        vllm_enforce_eager vllm_gpu_util vllm_max_lora_rank vllm_maxlen
    """,
    "0.8.2": """
        adapter_folder infer_dtype pissa_convert pissa_init pissa_iter
    """,
    "0.8.3": """
        compute_accuracy eval_dataset mask_history neat_packing quantization_method tool_format
    """,
    "0.9.0": """
        enable_liger_kernel image_resolution preprocessing_batch_size use_adam_mini use_unsloth_gc video_fps video_maxlen
        video_resolution
    """,
    "0.9.1": """
        image_dir include_effective_tokens_per_second om_hub_token vllm_config
    """,
    "0.9.2": """
        apollo_layerwise apollo_proj apollo_proj_type apollo_rank apollo_scale apollo_scale_front apollo_scale_type apollo_target
        apollo_update_interval disable_shuffling freeze_language_model freeze_multi_modal_projector image_max_pixels
        image_min_pixels media_dir placement_strategy ray_num_workers ray_run_name ray_storage_path resources_per_worker
        skip_special_tokens swanlab_api_key swanlab_logdir swanlab_mode swanlab_project swanlab_run_name swanlab_workspace
        trust_remote_code use_apollo use_reentrant_gc use_swanlab video_max_pixels video_min_pixels
    """,
    "0.9.3": """
        add_special_tokens add_tokens audio_sampling_rate crop_to_patches data_shared_file_system early_stopping_steps
        enable_thinking eval_on_each_dataset image_do_pan_and_scan ld_alpha ray_init_kwargs ray_storage_filesystem sglang_config
        sglang_lora_backend sglang_maxlen sglang_mem_fraction sglang_tp_size swanlab_lark_secret swanlab_lark_webhook_url
        use_audio_in_video use_muon
    """,
    "0.9.4": """
        chunk_size cpu_infer fp8 fp8_backend fp8_enable_fsdp_float8_all_gather init_special_tokens kt_force_think kt_maxlen
        kt_mode kt_optimize_rule kt_use_cuda_graph mode module_dropout new_special_tokens_config oft_block_size oft_rank
        oft_target pref_bco_weight use_dft_loss use_kt use_kv_cache use_mca use_v1_kernels
    """,
    "0.9.5": """
        asft_alpha eaft_alpha enable_torch_profiler hyper_parallel_args kt_expert_checkpoint_path kt_lora_expert_intermediate_size
        kt_lora_expert_num kt_use_lora_experts kt_weight_path master_addr master_port preserve_thinking profile_modules
        profiler_active_steps profiler_output_dir profiler_profile_memory profiler_record_shapes profiler_repeat
        profiler_wait_steps profiler_warmup_steps profiler_with_stack use_asft_loss use_eaft_loss use_hyper_parallel
    """,
    "main": """
        account_for_embedding_in_pipeline_split account_for_loss_in_pipeline_split apply_rope_fusion bias_activation_fusion
        calculate_per_token_loss context_parallel_size cross_entropy_loss_fusion expert_model_parallel_size export_hf_on_finish
        extra_config hyper_parallel_cp_size kt_cpu_activation kt_non_expert_weight_path masked_softmax_fusion
        megatron_pretrained_checkpoint mixed_precision moe_grouped_gemm moe_token_dispatcher_type overlap_grad_reduce
        overlap_param_gather pipeline_model_parallel_size recompute_granularity recompute_method recompute_num_layers
        sequence_parallel tensor_model_parallel_size use_distributed_optimizer use_megatron_bridge use_packed_sequences
        virtual_pipeline_model_parallel_size
    """,
}
# Keys by the first release that has them no more.
GONE = {
    "0.8.0": """
        badam_switch_block_every cache_path disable_version_checking dpo_beta dpo_ftx dpo_loss lora_bf16_mode
        name_module_trainable num_layer_trainable orpo_beta ppo_logger sft_packing
    """,
    "0.8.2": """
        vllm_dtype
    """,
    "0.8.3": """
        reserved_label_len split
    """,
    "0.9.0": """
        visual_inputs
    """,
    "0.9.2": """
        image_dir image_resolution train_mm_proj_only video_resolution
    """,
    "0.9.3": """
        new_special_tokens
    """,
    "0.9.5": """
        chunk_size cpu_infer kt_force_think kt_maxlen kt_mode kt_optimize_rule kt_use_cuda_graph mode placement_strategy
        ray_run_name ray_storage_filesystem ray_storage_path resources_per_worker
    """,
}
# Fields of Seq2SeqTrainingArguments, transformers 4.30 to 5.23 together.
TRAINING = """
    accelerator_config activation_checkpointing activation_checkpointing_kwargs adafactor adam_beta1 adam_beta2 adam_epsilon
    auto_find_batch_size average_tokens_across_devices batch_eval_metrics bf16 bf16_full_eval data_seed dataloader_drop_last
    dataloader_in_order dataloader_multiprocessing_context dataloader_num_workers dataloader_persistent_workers
    dataloader_pin_memory dataloader_prefetch_factor ddp_backend ddp_broadcast_buffers ddp_bucket_cap_mb
    ddp_find_unused_parameters ddp_static_graph ddp_timeout debug deepspeed disable_tqdm dispatch_batches do_eval do_predict
    do_train enable_jit_checkpoint eval_accumulation_steps eval_delay eval_do_concat_batches eval_on_start eval_steps
    eval_strategy eval_use_gather_object evaluation_strategy fp16 fp16_backend fp16_full_eval fp16_opt_level fsdp fsdp_config
    fsdp_min_num_params fsdp_transformer_layer_cls_to_wrap full_determinism generation_config generation_max_length
    generation_num_beams gradient_accumulation_steps gradient_checkpointing gradient_checkpointing_kwargs greater_is_better
    group_by_length half_precision_backend hub_always_push hub_model_id hub_private_repo hub_revision hub_strategy hub_token
    ignore_data_skip include_for_metrics include_inputs_for_metrics include_num_input_tokens_seen include_tokens_per_second
    jit_mode_eval label_names label_smoothing_factor learning_rate length_column_name liger_kernel_config
    load_best_model_at_end local_rank log_level log_level_replica log_on_each_node logging_dir logging_first_step
    logging_nan_inf_filter logging_steps logging_strategy lr_scheduler_kwargs lr_scheduler_type max_grad_norm max_steps
    metric_for_best_model mp_parameters neftune_noise_alpha no_cuda num_train_epochs optim optim_args optim_target_modules
    output_dir overwrite_output_dir parallelism_config past_index per_device_eval_batch_size per_device_train_batch_size
    per_gpu_eval_batch_size per_gpu_train_batch_size predict_with_generate prediction_loss_only project push_to_hub
    push_to_hub_model_id push_to_hub_organization push_to_hub_token ray_scope remove_unused_columns report_to
    restore_callback_states_from_checkpoint resume_from_checkpoint run_name save_on_each_node save_only_model save_safetensors
    save_steps save_strategy save_total_limit seed skip_memory_metrics sortish_sampler split_batches tf32 torch_compile
    torch_compile_backend torch_compile_mode torch_empty_cache_steps torchdynamo tp_size tpu_metrics_debug tpu_num_cores
    sharded_ddp xpu_backend
    trackio_bucket_id trackio_space_id trackio_static_space_id train_sampling_strategy use_cache use_cpu use_ipex
    use_legacy_prediction_loop use_liger_kernel use_mps_device warmup_ratio warmup_steps weight_decay
"""

# What people write for it, with the key that LLaMA-Factory has.
MEANT = {
    "load_in_4bit": "quantization_bit: 4",
    "load_in_8bit": "quantization_bit: 8",
    "bnb_4bit_quant_type": "quantization_type",
    "bnb_4bit_use_double_quant": "double_quantization",
    "bnb_4bit_quant_storage": "",
    "bnb_4bit_compute_dtype": "bf16: true or fp16: true",
    "quantization_config": "quantization_bit and quantization_method",
    "quantization_bits": "quantization_bit",
    "quant_method": "quantization_method",
    "zero_stage": "deepspeed, with a DeepSpeed configuration",
    "deepspeed_config": "deepspeed",
    "use_deepspeed": "deepspeed, with a DeepSpeed configuration",
    "use_fsdp": "fsdp, or an accelerate launch with FSDP",
    "lora_r": "lora_rank",
    "lora_target_modules": "lora_target",
    "target_modules": "lora_target",
    "modules_to_save": "additional_target",
    "use_peft": "finetuning_type: lora",
    "use_lora": "finetuning_type: lora",
    "torch_dtype": "bf16: true or fp16: true",
    "attn_implementation": "flash_attn",
    "max_seq_length": "cutoff_len",
    **{f"{name}_beta": "pref_beta" for name in ("dpo", "kto", "orpo")},  # before 0.8.0 each method had its own
    **{f"{name}_ftx": "pref_ftx" for name in ("dpo", "kto")},
    "dpo_loss": "pref_loss",
}


def names(table: dict[str, str]) -> dict[str, str]:
    """The names of a table, each with its release."""
    return {name: release for release, listed in table.items() for name in listed.split()}


@functools.cache
def known() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Each own key's first release, the release without it, and the training arguments."""
    return names(SINCE), names(GONE), frozenset((*TRAINING.split(), "kt_config"))


def mostly_known(keys: Collection[str]) -> bool:
    """Whether at least half of these keys are LLaMA-Factory's, of any release."""
    since, gone, training = known()
    return 2 * sum(key in since or key in gone or key in training or key in MEANT for key in keys) >= len(keys)


def problem(key: str, versions: Versions) -> str | None:
    """Why LLaMA-Factory does not take a key, in words; None when it does, or when that is not sure."""
    since, gone, training = known()
    if key in training:
        return None
    if key in since or key in gone:
        return of_another_release(key, since.get(key, ""), gone.get(key, ""), versions)
    meant = MEANT.get(key)
    if meant is None:
        import difflib

        close = difflib.get_close_matches(key, [*since, *training], 1, 0.8)
        meant = close[0] if close else ""
    return f"did you mean `{meant}`?" if meant else "nothing like it exists"


def of_another_release(key: str, since: str, gone: str, versions: Versions) -> str | None:
    """Why a key of some releases does not fit; only a version that the project names is judged by."""
    if "llamafactory" not in versions.admitted or since == "main":
        return None
    if since and versions.at_least("llamafactory", since) is False:
        return f"LLaMA-Factory has it from {since} on"
    if gone and versions.at_least("llamafactory", gone):
        return f"LLaMA-Factory {gone} removed it"
    return None
