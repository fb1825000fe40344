"""`fullconv runs` in a checkout."""

from fullconv.command.runs import main

if __name__ == "__main__":
    main()
