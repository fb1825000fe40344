"""The command `fullconv`: one file a subcommand, each a Hydra program on `conf/`."""
