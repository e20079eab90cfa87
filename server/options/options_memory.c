/* options_memory: the kind MEMORY: MiB, or a share of the machine's or control group's memory. */
#include "server/options/options_row.h"

#include <stdatomic.h>

#include "server/memory/memory_source.h"

enum { MEMORY_AUTO_PERCENT = 70 };

/* MiB, or with the suffix m or g. */
static enum option_read
read_mib(const struct option_row *row, size_t *field, const char *text)
{
    static const struct option_unit units[] = {{'m', 1}, {'g', OPTION_KIB}, {0, 1}};
    long long v;
    MUST(row->least >= 0 && row->most >= row->least);
    if (!option_integer(text, 10, units, &v) || (double)v < row->least || (double)v > row->most)
        return OPTION_MISREAD;
    *field = (size_t)v * OPTION_MIB;
    return OPTION_READ;
}

/* "auto" or "auto:60": a share of the available memory, in whole MiB, at least one. */
static enum option_read
read_memory(const struct option_row *row, void *field, const char *text)
{
    static const char word[] = "auto";
    uint64_t percent = MEMORY_AUTO_PERCENT;
    if (strncmp(text, word, sizeof word - 1) != 0)
        return read_mib(row, field, text);
    text += sizeof word - 1;
    if (text[0] != '\0' && (text[0] != ':' || !option_wide(text + 1, &percent)))
        return OPTION_MISREAD;
    if (percent < 1 || percent > 100)
        return OPTION_MISREAD;
    uint64_t total = memory_source_total();
    if (total == 0)
        return OPTION_MISREAD;
    MUST(percent >= 1 && percent <= 100);
    size_t n_mib = (size_t)((total / 100 * percent + total % 100 * percent / 100) / OPTION_MIB);
    *(size_t *)field = (n_mib < 1 ? 1 : n_mib) * OPTION_MIB;
    return OPTION_READ;
}

static void
print_memory(const struct option_row *row, const void *field, FILE *out)
{
    (void)row;
    fprintf(
        out, "%zu", atomic_load_explicit((const _Atomic size_t *)field, memory_order_relaxed) / OPTION_MIB);
}

static void
expect_memory(const struct option_row *row, char *text, size_t n_text)
{
    snprintf(text, n_text, "a number from %.0f to %.0f, or auto, or auto:<1 to 100>", row->least, row->most);
}

const struct option_own options_memory = {
    .size = sizeof(size_t), .read = read_memory, .print = print_memory, .expects = expect_memory};
