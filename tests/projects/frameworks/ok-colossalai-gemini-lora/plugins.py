"""Which plugin the Booster gets."""

from colossalai.booster.plugin import GeminiPlugin, HybridParallelPlugin, LowLevelZeroPlugin, TorchDDPPlugin


def build_plugin(args):
    if args.plugin == "ddp":
        return TorchDDPPlugin(find_unused_parameters=not args.use_grad_checkpoint)
    if args.plugin in ("gemini", "gemini_auto"):
        return GeminiPlugin(
            precision=args.mixed_precision,
            placement_policy="auto" if args.plugin == "gemini_auto" else "static",
            initial_scale=2**16,
            max_norm=args.grad_clip,
        )
    if args.plugin.startswith("zero"):
        return LowLevelZeroPlugin(
            stage=int(args.plugin[4]),
            precision=args.mixed_precision,
            cpu_offload=args.plugin.endswith("_cpu"),
            max_norm=args.grad_clip,
        )
    if args.plugin == "3d":
        return HybridParallelPlugin(
            tp_size=args.tp,
            pp_size=args.pp,
            zero_stage=args.zero_stage,
            precision=args.mixed_precision,
            max_norm=args.grad_clip,
            microbatch_size=1,
        )
    raise ValueError(f"Unknown plugin {args.plugin}")
