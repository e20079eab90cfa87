#include "server/cmd/cmd_dump.h"

#include <stdlib.h>

#include "base/clock.h"
#include "server/cmd/class_number.h"
#include "server/server.h"

enum { DUMP_MAGIC = 0x64756d70 };

enum {
    STEPS_A_TURN = 512, /* about as many buckets: a walk that finds nothing to show must end its turn, too */
    STEP_ROOM = STORE_WALK_STEP * COMPOSE_DUMP_MAX,
};
static_assert((int)STEP_ROOM + COMPOSE_MAX <= (int)OUTQ_BYTES, "a step fits an empty queue");

typedef char *dump_line(char *dst, const struct dump_item *);

static const struct format {
    dump_line *line;
    struct bytes end;
} formats[] = {
    [DUMP_METADUMP] = {proto_compose_metadump, {"END\r\n", 5}},
    [DUMP_MGDUMP] = {proto_compose_mgdump, {"EN\r\n", 4}},
};

struct dump {
    struct cmd_job job;
    uint32_t magic;
    struct server *server;
    const struct format *format;
    struct store_cursor cursor;
    bool wanted[DUMP_CLASSES];
};

/* The argument of write_item. */
struct step {
    const struct dump *dump;
    struct cmd_ctx *ctx;
};

static bool
write_item(void *arg, const struct store_meta *m)
{
    const struct step *s = arg;
    MUST(m->class_id < DUMP_CLASSES);
    int64_t epoch = clock_zero_s();
    if (!s->dump->wanted[m->class_id])
        return true;
    struct dump_item it = {
        .key = m->key,
        .key_is_binary = m->key_is_binary,
        .fetched = m->fetched,
        .expires = m->exptime != 0,
        .expires_at = (uint64_t)(epoch + m->exptime),
        .last_access = (uint64_t)(epoch + m->atime),
        .cas = cmd_cas_shown(s->ctx, m->cas),
        .n_item = m->n_item,
        .class_number = class_number_of(s->dump->server->store, m->class_id),
        .client_flags = m->client_flags,
    };
    outq_wrote(s->ctx->out, s->dump->format->line(outq_end(s->ctx->out), &it));
    return true;
}

static struct dump *
dump_of(struct cmd_job *job)
{
    struct dump *d = (struct dump *)job;
    MUST(d->magic == DUMP_MAGIC);
    return d;
}

static enum cmd_step
step(struct cmd_ctx *ctx, struct cmd_job *job)
{
    struct dump *d = dump_of(job);
    struct step s = {d, ctx};
    for (int i = 0; i < STEPS_A_TURN && !d->cursor.done && outq_room(ctx->out) >= STEP_ROOM; i++)
        (void)!store_walk_some(ctx->thread, &d->cursor, write_item, &s, 1);
    if (!d->cursor.done || outq_room(ctx->out) < d->format->end.n)
        return CMD_STEP_MORE;
    char *end = outq_end(ctx->out);
    memcpy(end, d->format->end.p, d->format->end.n);
    outq_wrote(ctx->out, end + d->format->end.n);
    return CMD_STEP_DONE;
}

static void
end_dump(struct cmd_job *job)
{
    struct dump *d = dump_of(job);
    MUST(atomic_load_explicit(&d->server->crawler.n_dumps, memory_order_relaxed) > 0);
    atomic_fetch_sub_explicit(&d->server->crawler.n_dumps, 1, memory_order_relaxed);
    free(d);
}

bool
cmd_dump_begin(struct cmd_ctx *ctx, enum dump_format format, const bool wanted[DUMP_CLASSES])
{
    MUST(ctx->job == NULL && !ctx->peer->datagrams);
    static const struct cmd_job_ops ops = {step, end_dump};
    struct dump *d = calloc(1, sizeof *d);
    if (d == NULL)
        return false;
    *d = (struct dump){.job = {&ops}, .magic = DUMP_MAGIC, .server = ctx->server, .format = &formats[format]};
    memcpy(d->wanted, wanted, sizeof d->wanted);
    atomic_fetch_add_explicit(&d->server->crawler.n_dumps, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&d->server->crawler.n_dumped, 1, memory_order_relaxed);
    ctx->job = &d->job;
    ctx->goes_on = true;
    return true;
}
