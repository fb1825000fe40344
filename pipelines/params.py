"""`fullconv params` in a checkout."""

from fullconv.command.params import main

if __name__ == "__main__":
    main()
