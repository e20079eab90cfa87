#!/usr/bin/python3
"""differential: tests/diff/differential.py, with all values packed."""

import packed

packed.play("diff/differential.py")
