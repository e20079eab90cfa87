#!/usr/bin/python3
"""differential_packed: tests/diff/differential.py, with all values shared, and all bodies packed."""

import shared

shared.play("diff/differential.py", also=("LARDER_PACK",))
