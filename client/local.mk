# client: nothing is built here yet.
EXTRA_DIST += client/README.md
