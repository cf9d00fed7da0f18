"""One module a format, each with `render(view, style) -> str`; the format is called like the module."""
