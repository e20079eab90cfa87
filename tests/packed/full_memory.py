#!/usr/bin/python3
"""full_memory: tests/stress/full_memory.py, with all values packed."""

import packed

packed.play_if_sanitized("stress/full_memory.py")
