"""Stage `train` as DVC runs it: `fullconv train`."""

from fullconv.command.train import main

if __name__ == "__main__":
    main()
