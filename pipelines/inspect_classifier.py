"""Stage `inspect` as DVC runs it: `fullconv inspect`."""

from fullconv.command.inspect import main

if __name__ == "__main__":
    main()
