class AttrDict(dict):
    """A dict whose keys are attributes."""

    __getattr__ = dict.get
    __setattr__ = dict.__setitem__


def config_of(tree):
    return AttrDict({key: config_of(value) if isinstance(value, dict) else value for key, value in tree.items()})
