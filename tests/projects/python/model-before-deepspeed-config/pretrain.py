import argparse

from data import batches
from engine import Engine


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="EleutherAI/pythia-12b")
    parser.add_argument("--local_rank", type=int, default=-1)
    args = parser.parse_args()
    engine = Engine(args.name)
    for batch in batches(args.name):
        engine.step(batch)


if __name__ == "__main__":
    main()
