/* What is said of a value: itself, as it would be written, and what was expected in its place. */
#include "server/options_row.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { KIB = OPTION_KIB, MIB = OPTION_MIB };

static void
print_size(size_t v, FILE *out)
{
    if (v >= MIB && v % MIB == 0)
        fprintf(out, "%zum", v / MIB);
    else if (v >= KIB && v % KIB == 0)
        fprintf(out, "%zuk", v / KIB);
    else
        fprintf(out, "%zu", v);
}

/* As few digits as say it exactly. */
static void
print_factor(double v, FILE *out)
{
    char text[32];
    int digits = 6;
    do
        snprintf(text, sizeof text, "%.*g", digits, v);
    while (strtod(text, NULL) != v && ++digits <= 17);
    fputs(text, out);
}

/* The word of that number. */
static void
print_choice(const char *words, uint32_t number, FILE *out)
{
    while (number-- > 0)
        words = strchr(words, '|') + 1;
    fprintf(out, "%.*s", (int)(strchrnul(words, '|') - words), words);
}

/* The field may be LIVE, and a worker that runs a command may store it just now. */
#define NOW(type, field) atomic_load_explicit((const _Atomic type *)(field), memory_order_relaxed)

void
option_print(const struct option_row *row, const void *field, FILE *out)
{
    switch (row->kind) {
    case KIND_FLAG:
    case KIND_SWITCH: fputs(NOW(bool, field) ? "yes" : "no", out); return;
    case KIND_REPEAT:
    case KIND_NUMBER: fprintf(out, "%u", NOW(uint32_t, field)); return;
    case KIND_PORT: fprintf(out, "%d", *(const int32_t *)field); return;
    case KIND_KIBIBYTES:
    case KIND_MEMORY: fprintf(out, "%zu", NOW(size_t, field) / option_scale(row->kind)); return;
    case KIND_SIZE: print_size(NOW(size_t, field), out); return;
    case KIND_FACTOR: print_factor(NOW(double, field), out); return;
    case KIND_OCTAL: fprintf(out, "%o", *(const uint32_t *)field); return;
    case KIND_CHAR: fputc(*(const char *)field, out); return;
    case KIND_CHOICE: print_choice(row->argument, NOW(uint32_t, field), out); return;
    case KIND_TEXT:
    case KIND_FILE:
    case KIND_LIST:
    case KIND_WORD: fputs(*(char *const *)field == NULL ? "" : *(char *const *)field, out); return;
    case KIND_NONE: break;
    }
    UNREACHABLE();
}

void
option_expects(const struct option_row *row, char *text, size_t n_text)
{
    switch (row->kind) {
    case KIND_REPEAT:
    case KIND_NUMBER:
    case KIND_PORT:
    case KIND_KIBIBYTES:
        if (row->least < row->most)
            snprintf(text, n_text, "a number from %.0f to %.0f", row->least, row->most);
        else
            snprintf(text, n_text, "%.0f", row->least);
        return;
    case KIND_MEMORY:
        snprintf(
            text, n_text, "a number from %.0f to %.0f, or auto, or auto:<1 to 100>", row->least, row->most);
        return;
    case KIND_SIZE:
        snprintf(text, n_text, "bytes from %.0fk to %.0fm, plain or with the suffix k or m", row->least / KIB,
            row->most / MIB);
        return;
    case KIND_FACTOR: snprintf(text, n_text, "a number over %g and up to %g", row->least, row->most); return;
    case KIND_OCTAL: snprintf(text, n_text, "an octal number up to %o", (unsigned)row->most); return;
    case KIND_CHAR: snprintf(text, n_text, "one character"); return;
    case KIND_CHOICE:
    case KIND_WORD: snprintf(text, n_text, "one of %s", row->argument); return;
    case KIND_TEXT:
    case KIND_FILE:
    case KIND_LIST: snprintf(text, n_text, "%s", row->argument); return;
    case KIND_FLAG:
    case KIND_SWITCH: snprintf(text, n_text, "yes or no"); return;
    case KIND_NONE: snprintf(text, n_text, "no value"); return;
    }
    UNREACHABLE();
}
