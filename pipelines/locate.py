"""`fullconv locate` in a checkout."""

from fullconv.command.locate import main

if __name__ == "__main__":
    main()
