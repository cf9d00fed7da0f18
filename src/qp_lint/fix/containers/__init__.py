"""How each kind of text is edited: Python, YAML and JSON, shell commands."""
