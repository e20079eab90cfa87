# bench: what measures; nothing of it is installed.
EXTRA_DIST += bench/README.md
