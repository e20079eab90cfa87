#!/usr/bin/python3
"""linear: tests/linear/linear.py, with all values shared."""

import os

import shared

os.environ.setdefault("LINEAR_ROUNDS", "150")      # fewer: it is played once without the mode

shared.play_if_sanitized("linear/linear.py")
