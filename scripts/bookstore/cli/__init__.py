"""The commands: options in, exit codes out. One module a front script."""
