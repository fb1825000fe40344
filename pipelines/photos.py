"""Stage `photos` as DVC runs it: `fullconv photos`."""

from fullconv.command.survey import main

if __name__ == "__main__":
    main()
