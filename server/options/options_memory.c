/* options_memory: the kind MEMORY: MiB, or a share of the machine's or control group's memory. */
#include "server/options/options_row.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "server/memory/memory_source.h"

enum { MEMORY_AUTO_PERCENT = 70 };

/* MiB, or with the suffix m or g. */
static enum option_read
read_mib(const struct option_row *row, size_t *field, const char *text)
{
    long long v;
    const char *end;
    MUST(row->least >= 0 && row->most >= row->least);
    if (!option_integer(text, 10, &v, &end))
        return OPTION_MISREAD;
    long long times = (*end | 0x20) == 'g' ? OPTION_KIB : 1;
    end += (*end | 0x20) == 'm' || (*end | 0x20) == 'g';
    end += strspn(end, " \t\r\n");
    if (*end != '\0' || v > INT64_MAX / times || v < INT64_MIN / times)
        return OPTION_MISREAD;
    v *= times;
    if ((double)v < row->least || (double)v > row->most)
        return OPTION_MISREAD;
    *field = (size_t)v * OPTION_MIB;
    return OPTION_READ;
}

/* "auto" or "auto:60": a share of the available memory, in whole MiB, at least one. */
static enum option_read
read_memory(const struct option_row *row, void *field, const char *text)
{
    static const char word[] = "auto";
    unsigned long percent = MEMORY_AUTO_PERCENT;
    char *end = NULL;
    if (strncmp(text, word, sizeof word - 1) != 0)
        return read_mib(row, field, text);
    text += sizeof word - 1;
    if (text[0] == ':' && isdigit((unsigned char)text[1]))
        percent = strtoul(text + 1, &end, 10);
    if (*(end == NULL ? text : end) != '\0' || percent < 1 || percent > 100)
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
