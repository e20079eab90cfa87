/* option_print: writes a value, and describes the valid values. */
#include "base/option/option.h"

#include <stdatomic.h>
#include <stdlib.h>

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

/* As few digits as represent it exactly, but at least 15, the most that people write. */
static void
print_factor(double v, FILE *out)
{
    char text[32];
    int digits = 15;
    do
        snprintf(text, sizeof text, "%.*g", digits, v);
    while (strtod(text, NULL) != v && ++digits <= 17);
    fputs(text, out);
}

/* Prints the word with that index. */
static void
print_choice(const char *words, uint32_t number, FILE *out)
{
    while (number-- > 0) {
        words = strchr(words, '|');
        MUST(words != NULL);
        words++;
    }
    fprintf(out, "%.*s", (int)(strchrnul(words, '|') - words), words);
}

static void
print_pair(uint64_t a, char between, uint64_t b, FILE *out)
{
    fprintf(out, "%llu%c%llu", (unsigned long long)a, between, (unsigned long long)b);
}

/* The field may be an atomic that another thread stores. */
#define NOW(type, field) atomic_load_explicit((const _Atomic type *)(field), memory_order_relaxed)

void
option_print(const struct option_table *t, const struct option_row *row, const void *field, FILE *out)
{
    const struct option_range *range = field;
    const struct option_ratio *ratio = field;
    switch (row->kind) {
    case KIND_FLAG:
    case KIND_SWITCH: fputs(NOW(bool, field) ? "yes" : "no", out); return;
    case KIND_REPEAT:
    case KIND_NUMBER: fprintf(out, "%u", NOW(uint32_t, field)); return;
    case KIND_WIDE:
    case KIND_SCALED: fprintf(out, "%llu", (unsigned long long)NOW(uint64_t, field)); return;
    case KIND_MILLISECONDS: fprintf(out, "%llums", (unsigned long long)NOW(uint64_t, field)); return;
    case KIND_SIGNED: fprintf(out, "%lld", (long long)NOW(int64_t, field)); return;
    case KIND_PORT: fprintf(out, "%d", NOW(int32_t, field)); return;
    case KIND_KIBIBYTES: fprintf(out, "%zu", NOW(size_t, field) / KIB); return;
    case KIND_SIZE: print_size(NOW(size_t, field), out); return;
    case KIND_FACTOR: print_factor(NOW(double, field), out); return;
    case KIND_OCTAL: fprintf(out, "%o", NOW(uint32_t, field)); return;
    case KIND_CHAR: fputc(*(const char *)field, out); return;
    case KIND_CHOICE: print_choice(row->argument, NOW(uint32_t, field), out); return;
    case KIND_RANGE: print_pair(range->min, '-', range->max, out); return;
    case KIND_RATIO: print_pair(ratio->a, ':', ratio->b, out); return;
    case KIND_OWN: t->own->print(row, field, out); return;
    case KIND_STRING:
    case KIND_TEXT:
    case KIND_FILE:
    case KIND_LIST:
    case KIND_WORD: fputs(*(char *const *)field == NULL ? "" : *(char *const *)field, out); return;
    case KIND_NONE: break;
    }
    UNREACHABLE();
}

char *
option_text(const struct option_table *t, const struct option_row *row, const void *field)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    if (f == NULL)
        return NULL;
    option_print(t, row, field, f);
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

static void
expect_number(const struct option_row *row, char *text, size_t n_text)
{
    if (row->least < row->most)
        snprintf(text, n_text, "a number from %.0f to %.0f", row->least, row->most);
    else if (row->most > 0)
        snprintf(text, n_text, "%.0f", row->least);
    else if (row->least > 0)
        snprintf(text, n_text, "a number from %.0f", row->least);
    else
        snprintf(text, n_text, "a number");
}

static void
expect_factor(const struct option_row *row, char *text, size_t n_text)
{
    if (row->most > 0)
        snprintf(text, n_text, "a number over %.15g and up to %.15g", row->least, row->most);
    else
        snprintf(text, n_text, "a number over %.15g", row->least);
}

static void
expect_range(const struct option_row *row, char *text, size_t n_text)
{
    char number[64];
    expect_number(row, number, sizeof number);
    snprintf(text, n_text, "%s, or %s", number, row->argument);
}

void
option_expects(const struct option_table *t, const struct option_row *row, char *text, size_t n_text)
{
    switch (row->kind) {
    case KIND_REPEAT:
    case KIND_NUMBER:
    case KIND_WIDE:
    case KIND_SCALED:
    case KIND_PORT:
    case KIND_KIBIBYTES: expect_number(row, text, n_text); return;
    case KIND_SIGNED: snprintf(text, n_text, "a whole number"); return;
    case KIND_SIZE:
        snprintf(text, n_text, "bytes from %.0fk to %.0fm, plain or with the suffix k or m", row->least / KIB,
            row->most / MIB);
        return;
    case KIND_MILLISECONDS: snprintf(text, n_text, "seconds, as 5 or 0.5, or 200ms"); return;
    case KIND_FACTOR: expect_factor(row, text, n_text); return;
    case KIND_OCTAL: snprintf(text, n_text, "an octal number up to %o", (unsigned)row->most); return;
    case KIND_CHAR: snprintf(text, n_text, "one character"); return;
    case KIND_RANGE: expect_range(row, text, n_text); return;
    case KIND_RATIO: snprintf(text, n_text, "%s, two numbers", row->argument); return;
    case KIND_OWN: t->own->expects(row, text, n_text); return;
    case KIND_CHOICE:
    case KIND_WORD: snprintf(text, n_text, "one of %s", row->argument); return;
    case KIND_STRING:
    case KIND_TEXT:
    case KIND_FILE:
    case KIND_LIST: snprintf(text, n_text, "%s", row->argument); return;
    case KIND_FLAG:
    case KIND_SWITCH: snprintf(text, n_text, "yes or no"); return;
    case KIND_NONE: snprintf(text, n_text, "no value"); return;
    }
    UNREACHABLE();
}
