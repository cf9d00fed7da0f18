import logging

import datasets
from alignment import ScriptArguments, SFTConfig, get_model
from transformers import set_seed
from trl import ModelConfig, SFTTrainer, TrlParser, get_peft_config

logger = logging.getLogger(__name__)


def main(script_args, training_args, model_args):
    set_seed(training_args.seed)
    data = datasets.load_dataset(script_args.dataset_mixture["datasets"][0]["id"])
    model = get_model(model_args, training_args)
    trainer = SFTTrainer(
        model=model,
        args=training_args,
        train_dataset=data[script_args.dataset_train_split],
        peft_config=get_peft_config(model_args),
    )
    trainer.train()
    trainer.save_model(training_args.output_dir)


if __name__ == "__main__":
    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig))
    script_args, training_args, model_args = parser.parse_args_and_config()
    main(script_args, training_args, model_args)
