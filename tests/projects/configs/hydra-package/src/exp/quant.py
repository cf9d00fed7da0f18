def none():
    return None
