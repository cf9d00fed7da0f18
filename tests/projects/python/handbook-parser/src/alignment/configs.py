import dataclasses
import os
import sys
from dataclasses import dataclass, field
from typing import Any, List, NewType, Optional, Tuple

import transformers
from transformers import HfArgumentParser

DataClassType = NewType("DataClassType", Any)


class H4ArgumentParser(HfArgumentParser):
    def parse_yaml_and_args(self, yaml_arg: str, other_args: Optional[List[str]] = None) -> List[dataclass]:
        """What the command line gives as --name=value wins over the file."""
        from_file = self.parse_yaml_file(os.path.abspath(yaml_arg))
        given = {arg.split("=")[0].strip("-"): arg.split("=")[1] for arg in other_args}
        outputs = []
        for values, data_class in zip(from_file, self.dataclass_types):
            known = {f.name for f in dataclasses.fields(values) if f.init}
            inputs = {k: v for k, v in vars(values).items() if k in known}
            for arg, val in given.items():
                if arg in known:
                    base_type = values.__dataclass_fields__[arg].type
                    if base_type in (int, float):
                        val = base_type(val)
                    if base_type == bool:
                        val = val in ("true", "True")
                    inputs[arg] = val
            outputs.append(data_class(**inputs))
        return outputs

    def parse(self) -> DataClassType | Tuple[DataClassType]:
        if len(sys.argv) == 2 and sys.argv[1].endswith(".yaml"):
            output = self.parse_yaml_file(os.path.abspath(sys.argv[1]))
        elif len(sys.argv) > 2 and sys.argv[1].endswith(".yaml"):
            output = self.parse_yaml_and_args(os.path.abspath(sys.argv[1]), sys.argv[2:])
        else:
            output = self.parse_args_into_dataclasses()
        return output[0] if len(output) == 1 else output


@dataclass
class ModelArguments:
    model_name_or_path: Optional[str] = field(default=None)
    torch_dtype: Optional[str] = field(default=None)
    load_in_4bit: bool = field(default=False, metadata={"help": "use 4 bit precision"})
    lora_r: int = field(default=16)


@dataclass
class SFTConfig(transformers.TrainingArguments):
    max_seq_length: Optional[int] = field(default=None)
    logging_first_step: bool = field(default=True)
