#!/usr/bin/python3
"""linear: tests/linear/linear.py, with all values shared."""

import shared

shared.play_if_sanitized("linear/linear.py")
