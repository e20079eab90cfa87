#!/usr/bin/python3
"""conversations: tests/wire/run.py, with all values shared."""

import glob
import os

import shared

# These count chunks, or how many items fit: a body takes a chunk, too.
OTHERS = {"binary_no_evict.wire", "no_evict.wire", "stats_json.wire", "stats_pages.wire", "stats_slabs.wire"}

files = glob.glob(os.path.join(shared.HERE, "..", "wire", "**", "*.wire"), recursive=True)
shared.play("wire/run.py", "--how", "whole", *sorted(f for f in files if os.path.basename(f) not in OTHERS))
