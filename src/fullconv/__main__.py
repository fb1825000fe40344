"""`python -m fullconv SUBCOMMAND KEY=VALUE …`: the same as `fullconv`, where its folder of programs is not on the path."""

from fullconv.command.main import main

if __name__ == "__main__":
    main()
