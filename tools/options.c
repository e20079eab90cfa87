#include "tools/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, TEXT, SECONDS, NUMBER, SIGNED, SETTING };

struct row {
    int letter;
    const char *name, *argument;
    enum kind kind;
    unsigned taken;
    size_t at; /* of the field in struct options */
    const char *help;
};

#define OPT(letter, long_name, argument, kind, field, taken, help) \
    {letter, long_name, argument, kind, TAKEN_##taken, offsetof(struct options, field), help},
static const struct row rows[N_OPTIONS] = {
#include "tools/options.def"
};
#undef OPT

enum { FIRST_LONG = 256 }; /* what getopt_long returns for row 0 */

bool
options_milliseconds(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    if (strspn(text, "0123456789.") == 0)
        return false;
    double v = strtod(text, &end);
    if (strcmp(end, "ms") != 0) {
        v *= 1000;
        if (*end != '\0' && strcmp(end, "s") != 0)
            return false;
    }
    if (errno != 0 || !(v >= 0 && v < 1e12))
        return false;
    *out = (uint64_t)(v + 0.5);
    return true;
}

bool
options_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    if (*text < '0' || *text > '9')
        return false;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool
read_signed(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    if (strspn(text, "-0123456789") == 0)
        return false;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool
take(struct options *o, const struct row *row, const char *text)
{
    void *field = (char *)o + row->at;
    switch (row->kind) {
    case FLAG: *(bool *)field = true; return true;
    case TEXT: *(const char **)field = text; return true;
    case SECONDS: return options_milliseconds(text, field);
    case NUMBER: return options_number(text, field);
    case SIGNED: return read_signed(text, field);
    case SETTING:
        if (o->n_set == OPTIONS_SET_MAX || strchr(text, '=') == NULL)
            return false;
        o->set[o->n_set++] = text;
        return true;
    }
    UNREACHABLE();
}

static void
make_tables(struct option longs[N_OPTIONS + 1], char letters[2 * N_OPTIONS + 2])
{
    *letters++ = ':'; /* getopt keeps quiet, and tells apart what is wrong */
    for (int i = 0; i < N_OPTIONS; i++) {
        longs[i] = (struct option){rows[i].name, rows[i].argument != NULL, NULL, FIRST_LONG + i};
        if (rows[i].letter == 0)
            continue;
        *letters++ = (char)rows[i].letter;
        if (rows[i].argument != NULL)
            *letters++ = ':';
    }
    *letters = '\0';
    longs[N_OPTIONS] = (struct option){0};
}

static int
row_of(int got)
{
    if (got >= FIRST_LONG)
        return got - FIRST_LONG;
    for (int i = 0; i < N_OPTIONS; i++)
        if (rows[i].letter == got)
            return i;
    UNREACHABLE();
}

bool
options_read(struct options *o, int argc, char **argv, char *why, size_t n_why)
{
    struct option longs[N_OPTIONS + 1];
    char letters[2 * N_OPTIONS + 2];
    make_tables(longs, letters);
    *o = (struct options){.timeout_ms = 1000, .interval_ms = 1000, .count = 4};
    optind = 0;
    for (int got; (got = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (got == '?' || got == ':') {
            snprintf(
                why, n_why, got == '?' ? "there is no option %s" : "%s wants an argument", argv[optind - 1]);
            return false;
        }
        int i = row_of(got);
        if (!take(o, &rows[i], optarg)) {
            snprintf(why, n_why, "--%s does not take \"%s\"", rows[i].name, optarg);
            return false;
        }
        o->given |= 1u << i;
    }
    if (optind < argc) {
        o->command = argv[optind];
        o->word = &argv[optind + 1];
        o->n_words = argc - optind - 1;
    }
    return true;
}

const char *
options_misplaced(const struct options *o, unsigned taken)
{
    for (int i = 0; i < N_OPTIONS; i++)
        if (option_given(o, (enum option_row)i) && (rows[i].taken & (taken | TAKEN_ALL)) == 0)
            return rows[i].name;
    return NULL;
}

void
options_print(unsigned taken)
{
    for (int i = 0; i < N_OPTIONS; i++) {
        if ((rows[i].taken & taken) == 0)
            continue;
        char name[64];
        snprintf(name, sizeof name, "--%s%s%s", rows[i].name, rows[i].argument == NULL ? "" : " ",
            rows[i].argument == NULL ? "" : rows[i].argument);
        printf("  %c%c%c %-22s %s\n", rows[i].letter == 0 ? ' ' : '-',
            rows[i].letter == 0 ? ' ' : rows[i].letter, rows[i].letter == 0 ? ' ' : ',', name, rows[i].help);
    }
}
