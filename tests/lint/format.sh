# Every .c and .h is formatted as .clang-format says.  `./do format` formats them.
set -u
cd "${TOP_SRCDIR:-$(dirname "$0")/../..}" || exit 99
# Versions format differently by the same rules, so only this one will do.
tool=clang-format-14
command -v "$tool" >/dev/null || { echo "$tool is missing"; exit 77; }
find base slab proto server client tools bench tests examples -name '*.[ch]' -print0 |
    LC_ALL=C sort -z | xargs -0 -n 40 -P 2 "$tool" --dry-run -Werror || exit 1
