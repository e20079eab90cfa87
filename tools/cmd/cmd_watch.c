/*
 * cmd_watch: watch.  A thread for each server prints its live log, until the process ends.
 *
 * Threads: each has a handle of its own; they share standard output, a line at a time (flockfile).
 */
#include <pthread.h>
#include <stdlib.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"
#include "tools/text/pairs.h"

struct watcher {
    pthread_t thread;
    struct larder *one;
    const char *server, *line;
    FILE *out;
    bool json, many, running;
    int status;
};

static void
print_json(FILE *out, const char *server, struct bytes line)
{
    struct json j;
    struct bytes name, value;
    char key[PAIRS_KEY_MAX];
    json_begin(&j, out, JSON_LINE);
    json_text(&j, "server", server);
    while (pairs_next(&line, &name, &value)) {
        char text[64];
        snprintf(text, sizeof text, "%.*s", (int)name.n, name.p);
        if (bytes_equal(name, BYTES("key")))
            json_bytes(&j, "key", pairs_key(value, key));
        else
            json_word(&j, name.n == 0 ? "text" : text, value);
    }
    json_end(&j);
}

static bool
on_line(void *arg, const char *server, const char *name, const char *value)
{
    struct watcher *w = arg;
    (void)server, (void)name;
    if (pairs_has_none(value))
        return true;
    flockfile(w->out);
    if (w->json)
        print_json(w->out, w->server, bytes_of(value, strlen(value)));
    else
        shown_line(w->out, "%s%s%s", w->many ? w->server : "", w->many ? " " : "", value);
    bool ok = fflush(w->out) == 0;
    funlockfile(w->out);
    return ok;
}

static void *
run(void *arg)
{
    struct watcher *w = arg;
    MUST(w->one != NULL && w->line != NULL && w->out != NULL);
    int code = larder_command(w->one, 0, w->line, true, 0, on_line, w);
    w->status = code == LARDER_OK ? CLI_OK : cli_error(w->one, w->server, code);
    return NULL;
}

int
cmd_watch(struct cli *cli)
{
    cli_must_be(cli);
    const struct options *o = cli->options;
    size_t n = larder_n_servers(cli->l);
    char *line = cli_joined(o->n_words > 0 ? "watch" : "watch fetchers mutations", o->word, o->n_words);
    struct watcher *w = calloc(n, sizeof *w);
    int status = line == NULL || w == NULL ? cli_error(NULL, "watch", LARDER_NO_MEMORY) : CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < n; i++) {
        w[i] = (struct watcher){.one = cli_one_server(cli, i), .server = larder_server_name(cli->l, i)};
        w[i].line = line;
        w[i].out = cli->out;
        w[i].json = o->json;
        w[i].many = n > 1;
        w[i].running = w[i].one != NULL && pthread_create(&w[i].thread, NULL, run, &w[i]) == 0;
        status = w[i].running ? status : CLI_ERROR;
    }
    for (size_t i = 0; w != NULL && i < n; i++) {
        if (w[i].running) {
            MUST(pthread_join(w[i].thread, NULL) == 0);
            status = cli_worse(status, w[i].status);
        }
        larder_free(w[i].one);
    }
    free(w);
    free(line);
    return status;
}
