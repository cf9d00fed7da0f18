def train_rows():
    return [{"input_ids": [0, 1], "labels": [0, 1]}]
