/* Reads the settings again: changes of LIVE ones take effect, changes of FIXED ones are only logged. */
#include "server/cmd/cmd.h"
#include "server/reload.h"

#include <stdlib.h>

#include "base/log.h"
#include "server/memory/memory_limit.h"
#include "server/options/options_row.h"
#include "server/process/privileges.h"
#include "server/server.h"
#include "server/sharing.h"
#include "server/serve/worker.h"
#include "slab/store.h"

/* ---- further effects of a changed setting ---- */

static bool
may_limit_conns(struct server *server, struct options *fresh)
{
    (void)server;
    return privileges_raise_files(fresh) == 0;
}

static bool
may_limit_memory(struct server *server, struct options *fresh)
{
    bool done = memory_limit_configure(server->memory, fresh->memory_limit);
    if (!done)
        LOG(LOG_ERROR, "reload: cannot change the memory limit to %zu MiB while larderd runs",
            (size_t)fresh->memory_limit >> 20);
    return done;
}

static void
then_verbosity(struct server *server)
{
    log_set_verbosity((int)server->options->verbosity);
}

static void
then_pin_limit(struct server *server)
{
    store_set_pin_limit(server->store, OPTION_NOW(server->options, pin_limit));
}

static void
then_compression(struct server *server)
{
    MUST(OPTION_NOW(server->options, compression) < STORE_N_COMPRESSIONS);
    store_set_compression(server->store, (enum store_compression)OPTION_NOW(server->options, compression));
    store_set_compression_cpu(
        server->store, OPTION_NOW(server->options, compression_cpu), (uint32_t)server->n_workers);
    /* The engine needs more memory beside its limit, or less. */
    if (!memory_limit_configure(server->memory, memory_limit_configured(server->memory)))
        LOG(LOG_WARN, "reload: the memory for items stays as it was");
}

static void
then_body_memory(struct server *server)
{
    store_set_partial_bound(server->store, OPTION_NOW(server->options, body_memory));
}

static void
then_idle_timeout(struct server *server)
{
    for (int i = 0; i < server->n_workers; i++)
        worker_apply_options(server->workers[i]);
}

/* Most settings have no further effect: their readers load them when they need them. */
static const struct consequence {
    enum option_id id;
    /* false, after logging the reason, if the setting must stay */
    bool (*may)(struct server *, struct options *fresh);
    void (*then)(struct server *);
} consequences[] = {
    {OPTION_conn_limit, may_limit_conns, NULL},
    {OPTION_memory_limit, may_limit_memory, NULL},
    {OPTION_verbosity, NULL, then_verbosity},
    {OPTION_pin_limit, NULL, then_pin_limit},
    {OPTION_policy, NULL, cmd_lru_apply_policy},
    {OPTION_compression, NULL, then_compression},
    {OPTION_compression_cpu, NULL, then_compression},
    {OPTION_share, NULL, sharing_apply},
    {OPTION_automove, NULL, cmd_slabs_apply_automove},
    {OPTION_slab_reassign, NULL, cmd_slabs_apply_automove},
    {OPTION_idle_timeout_s, NULL, then_idle_timeout},
    {OPTION_body_memory, NULL, then_body_memory},
};

static const struct consequence *
consequence_of(const struct option_row *row)
{
    static const struct consequence none;
    for (size_t i = 0; i < sizeof consequences / sizeof *consequences; i++)
        if ((int)consequences[i].id == row->id)
            return &consequences[i];
    return &none;
}

/* ---- a change ---- */

/* The text of a value for the log. */
struct shown {
    char text[128];
};

static struct shown
show(const struct option_row *row, const struct options *o)
{
    struct shown s = {""};
    FILE *f = fmemopen(s.text, sizeof s.text, "w");
    if (f == NULL)
        return s;
    option_print(&options_table, row, option_field_of(row, o), f);
    fclose(f);
    s.text[sizeof s.text - 1] = '\0';
    return s;
}

static void
change(struct server *server, const struct option_row *row, struct options *fresh)
{
    struct reload *r = server->reload;
    const struct consequence *c = consequence_of(row);
    MUST(row->type == ROW_SETTING);
    if (row->use == CHANGE_FIXED) {
        LOG(LOG_ERROR,
            "reload: %s cannot change while larderd runs: it stays \"%s\", and a restart would change it to "
            "\"%s\"",
            row->name, show(row, r->running).text, show(row, fresh).text);
        return;
    }
    if (c->may != NULL && !c->may(server, fresh)) {
        LOG(LOG_ERROR, "reload: %s stays %s", row->name, show(row, r->running).text);
        return;
    }
    LOG(LOG_INFO, "reload: %s was %s and is %s now", row->name, show(row, r->running).text,
        show(row, fresh).text);
    options_store(row, option_field(row, r->running), option_field(row, fresh));
    options_store(row, option_field(row, &r->parsed), option_field(row, fresh));
    if (c->then != NULL)
        c->then(server);
}

/*
 * Compares with the settings last read, not with those in force: a command may have
 * changed a setting since, and a file that did not change must not undo that.
 */
static void
change_all(struct server *server, struct options *fresh)
{
    OPTION_EACH(row, &options_table)
    {
        if (row->type == ROW_SETTING &&
            !option_equal(
                &options_table, row, option_field_of(row, &server->reload->parsed), option_field(row, fresh)))
            change(server, row, fresh);
    }
}

/* ---- reading ---- */

/* The next line of the parser's messages, without our name in front; NULL after the last. */
static const char *
next_line(char **text)
{
    static const char me[] = "larderd: ";
    const char *line = strsep(text, "\n");
    if (line == NULL || line[0] == '\0')
        return NULL;
    return strncmp(line, me, sizeof me - 1) == 0 ? line + sizeof me - 1 : line;
}

/* Logs warnings; copies the error, which is the last line, to `why`. */
static void
pass_on(bool ok, char *text, char *why, size_t n_why)
{
    for (const char *line = next_line(&text); line != NULL; line = next_line(&text)) {
        snprintf(why, n_why, "%s", line);
        if (ok || (text != NULL && text[0] != '\0'))
            LOG(LOG_WARN, "reload: %s", line);
    }
}

bool
reload_settings(struct server *server, char *why, size_t n_why)
{
    server_must_be_main_thread(server);
    struct reload *r = server->reload;
    MUST(r->magic == RELOAD_MAGIC && r->running == server->options);
    struct options fresh;
    char *text = NULL;
    size_t n;
    FILE *err = open_memstream(&text, &n);
    if (err == NULL) {
        snprintf(why, n_why, "no memory");
        return false;
    }
    enum options_result result = options_parse_again(&fresh, &r->parsed, err);
    snprintf(why, n_why, "no memory for the error message");
    if (fclose(err) == 0)
        pass_on(result == OPTIONS_OK, text, why, n_why);
    free(text);
    if (result == OPTIONS_OK)
        change_all(server, &fresh);
    options_fini(&fresh);
    return result == OPTIONS_OK;
}

/* ---- start and end ---- */

bool
reload_settings_init(struct reload *r, struct options *o)
{
    r->magic = RELOAD_MAGIC;
    r->running = o;
    return options_copy(&r->parsed, o);
}

void
reload_settings_fini(struct reload *r)
{
    MUST(r->magic == RELOAD_MAGIC);
    options_fini(&r->parsed);
    r->magic = 0;
}
