"""Where is it? A page of your own machine on which a picture is dropped, and the same over HTTP.

fullconv serve classifier=my.keras
fullconv serve classifier=finder           what fullconv train wrote to out=finder
fullconv serve classifier=efficientnet_lite0 synset=dog port=8080

classifier=WHAT, synset, weights, locate.*, dataset.polarity   as fullconv locate --help says
port=5001          0: any that is free
serve.host=127.0.0.1   this machine alone; 0.0.0.0: whoever reaches it. There is no password: put a proxy before it
serve.names=[NAME,…]   beside addresses and localhost, what the machine is called in a browser
serve.bytes=32000000   of a request   serve.pixels=12500000   of a picture
serve.waiting=8        requests that wait while one is searched   serve.seconds=120   that a search may take

The page: heatmap, boxes, class and size to choose, the threshold as a slider, detections.json as COCO has it.
  curl --data-binary @dog.jpg http://127.0.0.1:5001/locate      COCO JSON; ?threshold=0.5
  POST /invocations, GET /ping, /health, /version               as mlflow models serve answers
Ctrl-C ends it.
"""

from functools import partial

from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig


@program
def main(settings: ExperimentConfig) -> None:
    """Serve a page and HTTP until Ctrl-C."""
    from fullconv.serve.running import serve

    serve(settings, partial(print, flush=True))
