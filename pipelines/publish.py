"""Stage `publish` as DVC runs it: `fullconv publish`."""

from fullconv.command.publish import main

if __name__ == "__main__":
    main()
