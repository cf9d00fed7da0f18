from transformers import pipeline


def run_eval(model):
    pipe = pipeline("text-generation", model=model, device_map="auto")
    print(pipe("hello"))
