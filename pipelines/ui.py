"""`fullconv ui` in a checkout."""

from fullconv.command.ui import main

if __name__ == "__main__":
    main()
