/* cmd_import: import.  Sends many items at a time while it reads them, and counts the answers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"
#include "tools/text/progress.h"
#include "tools/text/record.h"

enum { OUTSTANDING_MAX = 256 };

struct import {
    struct cli *cli;
    FILE *in;
    const char *path;
    struct progress progress;
    char *value;
    size_t n_value_room;
    uint64_t n_stored, n_kept, n_failed;
    int code; /* of the first failure */
};

static void
on_stored(void *arg, int code, const struct larder_item *item)
{
    struct import *im = arg;
    MUST(im->n_stored + im->n_kept + im->n_failed == im->progress.items);
    (void)item;
    im->progress.items++;
    if (code == LARDER_OK) {
        im->n_stored++;
    } else if (code == LARDER_NOT_STORED || code == LARDER_EXISTS) {
        im->n_kept++;
    } else {
        im->code = im->n_failed == 0 ? code : im->code;
        im->n_failed++;
    }
}

static int
wait_until(struct import *im, size_t n_outstanding)
{
    int code = LARDER_OK;
    while (code == LARDER_OK && larder_outstanding(im->cli->l) > n_outstanding)
        code = larder_service(im->cli->l, -1);
    return code;
}

static int
submit(struct import *im, const struct record *r)
{
    MUST(r->n_value < im->n_value_room && r->n_key <= RECORD_KEY_MAX);
    struct larder_request request = {.operation = im->cli->options->keep ? LARDER_ADD : LARDER_SET,
        .key = r->key,
        .n_key = r->n_key,
        .value = im->value,
        .n_value = r->n_value,
        .flags = r->flags,
        .exptime = r->exptime};
    int code = wait_until(im, OUTSTANDING_MAX - 1);
    while (code == LARDER_OK && (code = larder_submit(im->cli->l, &request, on_stored, im)) == LARDER_BUSY)
        code = larder_service(im->cli->l, -1); /* a server may have answered before it has read all bytes */
    if (code != LARDER_OK)
        on_stored(im, code, NULL);
    return code == LARDER_NO_MEMORY ? code : LARDER_OK;
}

static bool
invalid(const struct import *im, uint64_t record, const char *what)
{
    shown_line(stderr, "larder: %s: item %llu: %s", im->path, (unsigned long long)record, what);
    return false;
}

static bool
make_room(struct import *im, size_t n)
{
    if (n <= im->n_value_room)
        return true;
    char *larger = realloc(im->value, n);
    if (larger == NULL)
        return false;
    im->value = larger;
    im->n_value_room = n;
    return true;
}

/* Reads the value and the line end after it. */
static bool
read_value(struct import *im, uint64_t number, size_t n)
{
    if (!make_room(im, n + 1))
        return invalid(im, number, "out of memory");
    if (fread(im->value, 1, n, im->in) != n)
        return invalid(im, number, "the file ends inside its value");
    int c = getc(im->in);
    if (c == '\r')
        c = getc(im->in);
    return c == '\n' || invalid(im, number,
                            c == EOF ? "the file ends before the line end after its value"
                                     : "its value is longer than it says");
}

static bool
read_all(struct import *im)
{
    char line[RECORD_LINE_MAX + 2];
    struct record r;
    for (uint64_t number = 1; fgets(line, sizeof line, im->in) != NULL; number++) {
        size_t n = strlen(line);
        size_t n_line = n;
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        MUST(n <= n_line && n_line < sizeof line);
        if (n_line == n || !record_parse(bytes_of(line, n), &r))
            return invalid(im, number, "expected a line with ms, set or add");
        if (!read_value(im, number, r.n_value))
            return false;
        im->progress.done += n_line + r.n_value + 2;
        if (submit(im, &r) != LARDER_OK)
            return invalid(im, number, larder_strerror(LARDER_NO_MEMORY));
        progress_step(&im->progress);
    }
    if (ferror(im->in))
        shown_line(stderr, "larder: %s: %s", im->path, strerror(errno));
    return !ferror(im->in);
}

static void
sum_up(const struct import *im)
{
    if (im->cli->options->json) {
        struct json j;
        json_begin(&j, im->cli->out, JSON_LINE);
        json_unsigned(&j, "stored", im->n_stored);
        json_unsigned(&j, "kept", im->n_kept);
        json_unsigned(&j, "failed", im->n_failed);
        json_end(&j);
    } else if (!im->cli->options->quiet) {
        fprintf(stderr, "larder: %llu items stored, %llu kept, %llu failed\n",
            (unsigned long long)im->n_stored, (unsigned long long)im->n_kept,
            (unsigned long long)im->n_failed);
    }
}

static int
import_from(struct cli *cli, FILE *in, const char *path)
{
    struct stat about;
    struct import im = {.cli = cli, .in = in, .path = path};
    bool sized = fstat(fileno(in), &about) == 0 && S_ISREG(about.st_mode);
    progress_begin(&im.progress, sized ? (uint64_t)about.st_size : 0, cli->options->quiet);
    bool ok = read_all(&im);
    int code = wait_until(&im, 0);
    progress_end(&im.progress);
    sum_up(&im);
    free(im.value);
    if (im.n_failed > 0 || code != LARDER_OK) {
        (void)cli_error(cli->l, path, im.n_failed > 0 ? im.code : code);
        ok = false;
    }
    return ok ? CLI_OK : CLI_ERROR;
}

int
cmd_import(struct cli *cli)
{
    cli_must_be(cli);
    const char *path = cli->options->n_words > 0 ? cli->options->word[0] : "-";
    if (strcmp(path, "-") == 0)
        return import_from(cli, stdin, "standard input");
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        shown_line(stderr, "larder: %s: %s", path, strerror(errno));
        return CLI_ERROR;
    }
    int status = import_from(cli, f, path);
    fclose(f);
    return status;
}
