#!/usr/bin/python3
"""differential_binary: tests/diff/differential_binary.py, with all values packed."""

import packed

packed.play("diff/differential_binary.py")
