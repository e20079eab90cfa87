#!/usr/bin/python3
"""differential: tests/diff/differential.py, with all values shared."""

import shared

shared.play("diff/differential.py")
