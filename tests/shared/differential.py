#!/usr/bin/python3
"""differential: tests/diff/differential.py, with all values shared."""

import shared
from shared import packed

packed.skip_if_sanitized("differential_packed.py plays it with a sanitizer")
shared.play("diff/differential.py")
