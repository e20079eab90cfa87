/*
 * f_config: parses any bytes as a configuration file.
 *
 * The file is accepted, or refused with an error that names file and line.  The
 * settings of an accepted file are printed as --check-config does, and the result
 * must be a file with the same settings.
 */
#include "server/options/config.h"

#include <stdlib.h>
#include <string.h>

#include "server/options/options_row.h"
#include "tests/fuzz/fuzz.h"

/* A text that a stream collects in memory from malloc. */
struct printed {
    char *text;
    size_t n;
    FILE *file;
};

/* The stream keeps pointers to `p`, which must not move. */
static void
print_begin(struct printed *p)
{
    p->file = open_memstream(&p->text, &p->n);
    MUST(p->file != NULL);
}

static void
fill_with_defaults(struct options *o, FILE *err)
{
    static char name[] = "larderd", *words[] = {name, NULL};
    MUST(options_parse(o, 1, words, err, err) == OPTIONS_OK);
    o->config = strdup("f");
    MUST(o->config != NULL);
}

static void
check_same(const struct options *a, const struct options *b)
{
    OPTION_EACH(row, &options_table)
    {
        if (row->type == ROW_SETTING)
            MUST(option_equal(&options_table, row, option_field_of(row, a), option_field_of(row, b)));
    }
}

static void
check_means_the_same(const struct options *o)
{
    struct options again;
    struct printed p, err;
    print_begin(&p);
    print_begin(&err);
    options_print_check(o, p.file, err.file);
    fclose(p.file);
    fill_with_defaults(&again, err.file);
    MUST(config_parse(&again, "printed", bytes_of(p.text, p.n), err.file));
    check_same(o, &again);
    fclose(err.file);
    options_fini(&again);
    free(err.text);
    free(p.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct options o;
    struct printed err;
    print_begin(&err);
    fill_with_defaults(&o, err.file);
    bool ok = config_parse(&o, "f", bytes_of((const char *)data, n), err.file);
    fclose(err.file);
    if (ok)
        check_means_the_same(&o);
    else
        MUST(strncmp(err.text, "larderd: ", 9) == 0 && err.text[err.n - 1] == '\n');
    options_fini(&o);
    free(err.text);
    return 0;
}

const char *const fuzz_words[] = {"\n", "\n", "\n", "\r\n", " ", " = ", "=", "\t", "#", " # x", "\"", "\" \"",
    "port", "port = 1\n", "listen", "listen = a, b ,c\n", "listen \" a # b \"\n", "unix-socket ",
    "delimiter = \"#\"\n", "daemon\n", "daemon = no\n", "verbose = 2\n", "verbose\n", "memory-limit = 2g\n",
    "max-item-size = 2k\n", "slab-growth-factor = 1.1", "unix-mask = 755\n", "pidfile = p/q\n",
    "maxconns_fast", "no_maxconns_fast\n", "idle_timeout 3\n", "slab_automove\n",
    "slab_automove_ratio = 0.123456789012345678\n", "hash_algorithm = xxh3\n", "no_modern\n",
    "ext_path = x\n", "help\n", "nonsense\n", "9", "1", "k", "m", "-", "yes", "no", "protocol = ascii\n",
    NULL};
