"""`fullconv experiment` in a checkout."""

from fullconv.command.experiment import main

if __name__ == "__main__":
    main()
