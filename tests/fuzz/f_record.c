/*
 * f_record: parses any bytes as the lines of an import, and as those that a server dumps.
 *
 * An accepted record is written and parsed back to the same record.  The parts of a
 * dumped line must lie inside the line, and unescaping must not make them longer.
 */
#include "tools/text/record.h"

#include "tests/fuzz/fuzz.h"
#include "base/text/utf8.h"
#include "tools/text/pairs.h"

#include <stdlib.h>

static void
check_means_the_same(const struct record *r)
{
    char line[RECORD_LINE_MAX];
    struct record again;
    MUST(r->n_key > 0 && r->n_key <= RECORD_KEY_MAX);
    char *end = record_compose(line, bytes_of(r->key, r->n_key), r->n_value, r->flags, r->exptime);
    MUST(end - line > 2 && end - line <= RECORD_LINE_MAX);
    MUST(record_parse(bytes_of(line, (size_t)(end - line) - 2), &again));
    MUST(bytes_equal(bytes_of(r->key, r->n_key), bytes_of(again.key, again.n_key)));
    MUST(r->n_value == again.n_value && r->flags == again.flags && r->exptime == again.exptime);
}

static void
take_apart(struct bytes line)
{
    const char *from = line.p, *to = line.p + line.n;
    struct bytes name, value;
    while (pairs_next(&line, &name, &value)) {
        char *out = malloc(value.n + 1);
        MUST(out != NULL);
        MUST(name.p >= from && name.p + name.n <= to && value.p >= from && value.p + value.n <= to);
        size_t n = pairs_unescape(value, out);
        MUST(n <= value.n);
        (void)utf8_is_valid(bytes_of(out, n));
        free(out);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bytes line = bytes_of((const char *)data, n);
    struct record r;
    if (record_parse(line, &r))
        check_means_the_same(&r);
    take_apart(line);
    return 0;
}

const char *const fuzz_words[] = {"ms ", "set ", "add ", "k", " 4", " T1795247408", " F7", " b", "YSBi",
    "key=", "%20", " exp=-1", " 4294967295", " -1", NULL};
