# Every .c and .h as .clang-format has it.  `./do format` mends what this complains of.
set -u
cd "${TOP_SRCDIR:-$(dirname "$0")/../..}" || exit 99
# Versions differ in what they make of the same rules, so it is that one or none.
tool=clang-format-14
command -v "$tool" >/dev/null || { echo "$tool is missing"; exit 77; }
find base slab proto server client tools bench tests examples -name '*.[ch]' -print0 |
    LC_ALL=C sort -z | xargs -0 -n 40 -P 2 "$tool" --dry-run -Werror || exit 1
