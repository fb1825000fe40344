"""Stage `compare` as DVC runs it: `fullconv compare`."""

from fullconv.command.compare import main

if __name__ == "__main__":
    main()
