# Every .c and .h as .clang-format has it.  `./do format` mends what this complains of.
set -u
cd "${TOP_SRCDIR:-$(dirname "$0")/../..}" || exit 99
# Versions differ in what they make of the same rules, so it is that one or none.
tool=clang-format-14
command -v "$tool" >/dev/null || { echo "$tool is missing"; exit 77; }
status=0
for file in $(find base slab proto server client tools bench tests examples -name '*.[ch]' | LC_ALL=C sort); do
    "$tool" "$file" | cmp -s - "$file" || { echo "$file:0: clang-format would change it"; status=1; }
done
exit $status
