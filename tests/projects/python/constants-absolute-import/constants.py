from quantization import STORAGE

MODEL_NAME = "tiiuae/falcon-180B"
BNB_KWARGS = {
    "load_in_4bit": True,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_use_double_quant": True,
    "bnb_4bit_quant_storage": STORAGE,
}
