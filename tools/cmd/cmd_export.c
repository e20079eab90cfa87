/*
 * cmd_export: export.  Reads a dump of each server's keys, and over another connection
 * their values, one batch at a time.
 *
 * Only one batch is in memory, so a cache may have any size.  If an item changes after
 * the dump has named its key, its new value is written; if it is removed, it is skipped.
 * An item that is stored during the export may be missing.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"
#include "tools/text/pairs.h"
#include "tools/text/progress.h"
#include "tools/text/record.h"

enum { BATCH = 100, LINE_KEY_MAX = 3 * RECORD_KEY_MAX };

struct export
{
    struct cli *cli;
    struct larder *values; /* the connection that reads the values */
    FILE *out;
    struct progress progress;
    struct larder_item item[BATCH];
    char key[BATCH][LINE_KEY_MAX];
    int64_t exptime[BATCH];
    size_t n;
    uint64_t n_skipped; /* items whose keys do not fit the protocol */
    int code;
};

static void
write_json(FILE *out, const struct larder_item *item, int64_t exptime)
{
    struct json j;
    json_begin(&j, out, JSON_LINE);
    json_bytes(&j, "key", bytes_of(item->key, item->n_key));
    json_bytes(&j, "value", bytes_of(item->value, item->n_value));
    json_unsigned(&j, "flags", item->flags);
    json_signed(&j, "expires", exptime);
    json_end(&j);
}

static void
write_record(const struct export *e, const struct larder_item *item, int64_t exptime)
{
    MUST(item->n_key > 0 && item->n_key <= RECORD_KEY_MAX && item->n_value <= UINT32_MAX);
    char line[RECORD_LINE_MAX];
    char *end =
        record_compose(line, bytes_of(item->key, item->n_key), (uint32_t)item->n_value, item->flags, exptime);
    MUST(end > line + 2 && end <= line + sizeof line);
    cli_put(e->cli, e->out, bytes_of(line, (size_t)(end - line) - 2));
    fwrite("\r\n", 1, 2, e->out);
    cli_put(e->cli, e->out, bytes_of(item->value, item->n_value));
    fwrite("\r\n", 1, 2, e->out);
}

static void
write_batch(struct export *e)
{
    if (e->n == 0)
        return;
    MUST(e->n <= BATCH && e->values != NULL);
    (void)larder_get_many(e->values, e->item, e->n);
    for (size_t i = 0; i < e->n; i++) {
        int code = e->item[i].code;
        e->progress.done++;
        e->n_skipped += code == LARDER_BAD_KEY;
        if (code >= LARDER_TIMEOUT && code != LARDER_BAD_KEY && e->code == LARDER_OK)
            e->code = code;
        if (code != LARDER_OK)
            continue;
        e->progress.items++;
        if (e->cli->options->json)
            write_json(e->out, &e->item[i], e->exptime[i]);
        else
            write_record(e, &e->item[i], e->exptime[i]);
    }
    e->n = 0;
    progress_step(&e->progress);
}

static bool
on_line(void *arg, const char *server, const char *unnamed, const char *line)
{
    struct export *e = arg;
    (void)server, (void)unnamed;
    struct bytes rest = bytes_of(line, strlen(line)), name, value;
    MUST(e->n < BATCH);
    struct larder_item *item = &e->item[e->n];
    *item = (struct larder_item){.key = e->key[e->n]};
    e->exptime[e->n] = 0;
    while (pairs_next(&rest, &name, &value)) {
        if (bytes_equal(name, BYTES("key")) && value.n <= LINE_KEY_MAX)
            item->n_key = pairs_unescape(value, e->key[e->n]);
        else if (bytes_equal(name, BYTES("exp")))
            e->exptime[e->n] = value.p[0] == '-' ? 0 : strtoll(value.p, NULL, 10);
    }
    if (item->n_key == 0 || item->n_key > RECORD_KEY_MAX)
        return true;
    if (++e->n == BATCH)
        write_batch(e);
    return e->code == LARDER_OK && !ferror(e->out);
}

static bool
on_stat(void *arg, const char *server, const char *name, const char *value)
{
    (void)server;
    if (strcmp(name, "curr_items") == 0)
        *(uint64_t *)arg += strtoull(value, NULL, 10);
    return true;
}

static int
export_server(struct export *e, size_t number)
{
    const char *server = larder_server_name(e->cli->l, number);
    struct larder *keys = cli_one_server(e->cli, number);
    e->values = cli_one_server(e->cli, number);
    int code = keys == NULL || e->values == NULL ? LARDER_NO_MEMORY : LARDER_OK;
    if (code == LARDER_OK)
        code = larder_command(keys, 0, "lru_crawler metadump all", true, e->cli->timeout_ms, on_line, e);
    int status = code == LARDER_OK || keys == NULL ? CLI_OK : cli_error(keys, server, code);
    if (code == LARDER_OK && e->code == LARDER_OK)
        write_batch(e);
    if (e->code != LARDER_OK)
        status = cli_error(e->values, server, e->code);
    larder_free(keys);
    larder_free(e->values);
    return keys == NULL ? CLI_ERROR : status;
}

static int
export_to(struct cli *cli, FILE *out)
{
    struct export *e = calloc(1, sizeof *e);
    if (e == NULL)
        return cli_error(NULL, "export", LARDER_NO_MEMORY);
    uint64_t total = 0;
    int status = CLI_OK;
    e->cli = cli;
    e->out = out;
    (void)larder_stats(cli->l, NULL, on_stat, &total); /* for the progress bar */
    progress_begin(&e->progress, total, cli->options->quiet);
    for (size_t i = 0; i < larder_n_servers(cli->l) && status == CLI_OK; i++)
        status = export_server(e, i);
    progress_end(&e->progress);
    if (e->n_skipped > 0) {
        fprintf(stderr, "larder: export: %llu items left out: only the meta protocol can read their keys\n",
            (unsigned long long)e->n_skipped);
        status = cli_worse(status, CLI_NEGATIVE);
    }
    free(e);
    return status;
}

int
cmd_export(struct cli *cli)
{
    cli_must_be(cli);
    const char *path = cli->options->n_words > 0 ? cli->options->word[0] : "-";
    if (strcmp(path, "-") == 0)
        return export_to(cli, cli->out);
    FILE *f = fopen(path, "we");
    if (f == NULL) {
        shown_line(stderr, "larder: %s: %s", path, strerror(errno));
        return CLI_ERROR;
    }
    int status = export_to(cli, f);
    bool written = cli_written(f, path);
    if (fclose(f) != 0 && written) {
        shown_line(stderr, "larder: %s: %s", path, strerror(errno));
        written = false;
    }
    return written ? status : CLI_ERROR;
}
