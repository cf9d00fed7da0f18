import argparse

from llmtool import commands


def build_parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--model", default="tiiuae/falcon-7b")
    common.add_argument("--device-map", default="auto")

    parser = argparse.ArgumentParser(prog="llmtool")
    subparsers = parser.add_subparsers(dest="command", required=True)

    train = subparsers.add_parser("train", parents=[common], help="fine-tune with LoRA")
    train.add_argument("--output-dir", default="out")
    train.add_argument("--grad-ckpt", action=argparse.BooleanOptionalAction, default=True)
    train.set_defaults(func=commands.train)

    generate = subparsers.add_parser("generate", parents=[common], help="answer a prompt")
    generate.add_argument("prompt")
    generate.set_defaults(func=commands.generate)
    return parser


def main(argv=None):
    args = build_parser().parse_args(argv)
    args.func(args)


if __name__ == "__main__":
    main()
