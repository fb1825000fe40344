"""`python -m fullconv SUBCOMMAND KEY=VALUE …`: the same as `fullconv`, wherever that lies."""

from fullconv.command.main import main

if __name__ == "__main__":
    main()
