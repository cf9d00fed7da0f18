"""One module a command, each with `COMMAND`; the command is called like the module."""
