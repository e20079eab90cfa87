#!/usr/bin/python3
"""conversations: tests/wire/run.py, with all values packed."""

import packed

packed.play("wire/run.py", "--how", "whole")
