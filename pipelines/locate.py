"""Your own images → heatmaps, boxes and raw scores; `fullconv-locate` is the same program. Try --help.

python pipelines/locate.py model=efficientnet_lite0 synset=dog image=FILE out=DIR
"""

from fullconv.command.locate import main

if __name__ == "__main__":
    main()
