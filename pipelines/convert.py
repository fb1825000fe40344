"""Stage `convert` as DVC runs it: `fullconv convert`."""

from fullconv.command.convert import main

if __name__ == "__main__":
    main()
