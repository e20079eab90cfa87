#!/usr/bin/python3
"""linear: tests/linear/linear.py, with all values packed."""

import packed

packed.play_if_sanitized("linear/linear.py")
