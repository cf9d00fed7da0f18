def rows():
    return [{"input_ids": [1, 2, 3], "labels": [1, 2, 3]}] * 64
