"""What searches, on a page of this machine and over HTTP: `fullconv serve`."""
