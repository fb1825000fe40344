"""`fullconv promote` in a checkout."""

from fullconv.command.promote import main

if __name__ == "__main__":
    main()
