#!/usr/bin/python3
"""differential: tests/diff/differential.py, with all values packed."""

import packed

packed.skip_if_sanitized("shared/differential_packed.py plays it with a sanitizer")
packed.play("diff/differential.py")
