/* conn_ask: queues requests on a connection; see conn.h. */
#include "client/conn/conn.h"

#include <stdlib.h>
#include <string.h>

#include "client/larder.h"

static int
fault_code(enum ask_fault fault)
{
    switch (fault) {
    case ASK_GOOD: return LARDER_OK;
    case ASK_BAD_KEY: return LARDER_BAD_KEY;
    case ASK_BAD_WORDS:
    case ASK_BAD_NUMBER: return LARDER_BAD_ARGUMENT;
    case ASK_NOT_SUPPORTED: return LARDER_NOT_SUPPORTED;
    }
    UNREACHABLE();
}

/* Opens a connection if there is none, and makes room in the queues. */
static int
ready_to_ask(struct conn *c, uint64_t now_ns)
{
    CHECKED_MUST(c->magic == CONN_MAGIC);
    if (UNLIKELY(c->state == CONN_DOWN)) {
        if (c->env->gives_up)
            return LARDER_CLOSED;
        if (!health_may_try(&c->health, now_ns)) {
            conn_set_why(c, "marked down");
            return LARDER_DEAD;
        }
        int code = conn_open(c, now_ns);
        if (code != LARDER_OK) {
            conn_failed(c, now_ns);
            return code;
        }
    }
    if (UNLIKELY(buffer_out_left(&c->out) > config_number(&c->env->config, CONFIG_QUEUE_MAX)))
        return LARDER_BUSY;
    return pending_room(&c->asked) ? LARDER_OK : LARDER_NO_MEMORY;
}

static void
push(struct conn *c, struct pending p)
{
    CHECKED_MUST(p.sink != NULL && p.fits != 0 && p.end <= PENDING_LINES);
    pending_push(&c->asked, p);
    c->env->n_outstanding++;
}

/* The replies that a server may send: to a get one value, and END only in the text protocol. */
static uint32_t
fits(enum ask_kind kind, enum pending_end end)
{
    static const uint32_t all[ASK_N_KINDS] = {
        [ASK_GET] = PENDING_FITS(VALUE) | PENDING_FITS(MISS) | PENDING_COUNTED,
        [ASK_PUT] = PENDING_FITS(DONE) | PENDING_FITS(MISS) | PENDING_FITS(EXISTS) | PENDING_FITS(NOT_STORED),
        [ASK_DELETE] = PENDING_FITS(DONE) | PENDING_FITS(MISS) | PENDING_FITS(EXISTS),
        [ASK_ARITH] = PENDING_FITS(NUMBER) | PENDING_FITS(VALUE) | PENDING_FITS(MISS) | PENDING_FITS(EXISTS) |
                      PENDING_FITS(NOT_STORED) | PENDING_A_NUMBER,
        [ASK_TOUCH] = PENDING_FITS(DONE) | PENDING_FITS(VALUE) | PENDING_FITS(MISS),
        [ASK_STATS] = PENDING_FITS(STAT) | PENDING_FITS(END) | PENDING_FITS(DONE) | PENDING_FITS(MISS),
        [ASK_VERSION] = PENDING_FITS(VERSION),
        [ASK_FLUSH] = PENDING_FITS(DONE),
        [ASK_LINE] = ~(PENDING_A_NUMBER | PENDING_COUNTED),
    };
    CHECKED_MUST(kind < ASK_N_KINDS && all[kind] != 0); /* ASK_LOGIN is conn_login.c's */
    return kind == ASK_GET && end == PENDING_TO_END ? all[kind] | PENDING_FITS(END) : all[kind];
}

static int
ask_plain(struct conn *c, struct ask *ask, const void *value, struct pending p, uint64_t now_ns)
{
    enum dialect dialect = c->state == CONN_DOWN ? c->env->config.dialect : c->dialect;
    enum ask_fault fault = proto_ask_check(dialect, ask);
    if (UNLIKELY(fault != ASK_GOOD))
        return fault_code(fault);
    if (UNLIKELY((ask->flags & META_FLAG('C')) && ask->cas == 0))
        return LARDER_BAD_ARGUMENT; /* no item has the number 0; in binary, 0 means that nothing is compared */
    int code = ready_to_ask(c, now_ns);
    if (UNLIKELY(code != LARDER_OK))
        return code;

    char *dst = buffer_out_room(&c->out, ASK_MAX + ask->n_value + ASK_TAIL_MAX);
    if (UNLIKELY(dst == NULL))
        return LARDER_NO_MEMORY;
    p.opaque = ask->opaque = c->sequence++;
    p.fits = fits(ask->kind, p.end);
    p.mode = ask->mode;
    p.values_left = 1;
    dst = proto_ask(dst, c->dialect, ask);
    CHECKED_MUST(dst <= c->out.p + c->out.end + ASK_MAX);
    CHECKED_MUST(ask->n_value == 0 || value != NULL);
    if (ask->n_value > 0) {
        memcpy(dst, value, ask->n_value);
        dst += ask->n_value;
    }
    buffer_out_wrote(&c->out, proto_ask_tail(dst, c->dialect, ask));
    push(c, p);
    return LARDER_OK;
}

/* With compression: compresses the value to store, if that makes it smaller. */
static __attribute__((noinline)) int
ask_packed(struct conn *c, const struct ask *ask, const void *value, struct pending p, uint64_t now_ns)
{
    const struct packing *packing = c->env->config.packing;
    struct ask packed = *ask;
    char *room = NULL;

    if (ask->mode == PUT_APPEND || ask->mode == PUT_PREPEND)
        return LARDER_NOT_SUPPORTED;
    if (ask->client_flags & packing_flags(packing))
        return LARDER_BAD_ARGUMENT;
    if (ask->n_value >= config_number(&c->env->config, CONFIG_COMPRESSION_MIN))
        packing_pack(packing, bytes_of(value, ask->n_value), &room, &packed.n_value, &packed.client_flags);
    int code = ask_plain(c, &packed, room != NULL ? room : value, p, now_ns);
    free(room);
    return code;
}

int
conn_ask(struct conn *c, struct ask *ask, const void *value, struct pending p, uint64_t now_ns)
{
    if (UNLIKELY(c->env->config.packing != NULL) && ask->kind == ASK_PUT)
        return ask_packed(c, ask, value, p, now_ns);
    return ask_plain(c, ask, value, p, now_ns);
}

int
conn_ask_bytes(struct conn *c, struct bytes line, struct pending p, uint64_t now_ns)
{
    MUST(line.n > 0 && c->env->config.dialect == DIALECT_TEXT);
    int code = ready_to_ask(c, now_ns);
    if (code != LARDER_OK)
        return code;
    char *dst = buffer_out_room(&c->out, line.n);
    if (dst == NULL)
        return LARDER_NO_MEMORY;
    memcpy(dst, line.p, line.n);
    buffer_out_wrote(&c->out, dst + line.n);
    push(c, p);
    return LARDER_OK;
}
