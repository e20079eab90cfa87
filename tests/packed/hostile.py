#!/usr/bin/python3
"""hostile: tests/stress/hostile.py, with all values packed."""

import packed

packed.play_if_sanitized("stress/hostile.py")
