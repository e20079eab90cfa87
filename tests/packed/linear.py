#!/usr/bin/python3
"""linear: tests/linear/linear.py, with all values packed."""

import os

import packed

os.environ.setdefault("LINEAR_ROUNDS", "150")      # fewer: it is played once without the mode

packed.play_if_sanitized("linear/linear.py")
