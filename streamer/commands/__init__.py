"""One module a command: `add_arguments` declares its flags, `run` does it and returns the exit code."""
