"""Stage `evaluate` as DVC runs it: `fullconv evaluate`."""

from fullconv.command.evaluate import main

if __name__ == "__main__":
    main()
