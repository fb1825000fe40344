"""`fullconv restore` in a checkout."""

from fullconv.command.restore import main

if __name__ == "__main__":
    main()
