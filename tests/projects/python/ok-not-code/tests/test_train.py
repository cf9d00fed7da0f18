import pytest
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


@pytest.fixture
def model():
    return AutoModelForCausalLM.from_pretrained("hf-internal-testing/tiny-random-gpt2", load_in_8bit=True)


def test_full_tuning_is_refused(model, tmp_path):
    with pytest.raises(ValueError, match="purely quantized"):
        Trainer(model=model, args=TrainingArguments(tmp_path, fsdp="full_shard"), train_dataset=[])


if __name__ == "__main__":
    model = AutoModelForCausalLM.from_pretrained("gpt2", quantization_config=BitsAndBytesConfig(load_in_4bit=True))
    Trainer(model=model, args=TrainingArguments("out")).train()
