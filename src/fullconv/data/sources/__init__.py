"""Where labelled images come from: files, downloads, what a package brings."""
