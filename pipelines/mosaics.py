"""Stage `mosaics` as DVC runs it: `fullconv mosaics`."""

from fullconv.command.mosaics import main

if __name__ == "__main__":
    main()
