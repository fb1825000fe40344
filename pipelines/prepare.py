"""Stage `prepare` as DVC runs it: `fullconv prepare`."""

from fullconv.command.prepare import main

if __name__ == "__main__":
    main()
