"""`fullconv serve` in a checkout."""

from fullconv.command.serve import main

if __name__ == "__main__":
    main()
