/* stats memory: what the resident memory is used for, in bytes; each is in one line only, and the sum stands at the end. */
#include <inttypes.h>

#include "server/conn_memory.h"
#include "server/memory_limit.h"
#include "server/memory_report.h"
#include "server/server.h"
#include "server/stats_groups.h"

static void
add_store(const struct store_memory *m, struct stat_list *l)
{
    stat_list_u64(l, "items", m->items);
    stat_list_u64(l, "item_headers", m->item_headers);
    stat_list_u64(l, "rounding", m->rounding);
    stat_list_u64(l, "free_chunks", m->free_chunks);
    stat_list_u64(l, "page_heads", m->page_heads);
    stat_list_u64(l, "page_pool", m->pool);
    stat_list_u64(l, "index", m->index);
    stat_list_u64(l, "tables", m->tables);
}

static void
add_heap(const struct memory_report *r, struct stat_list *l)
{
    stat_list_u64(l, "read_buffers", r->read_buffers);
    stat_list_u64(l, "reply_buffers", r->reply_buffers);
    stat_list_u64(l, "watch_buffers", r->rings);
    stat_list_u64(l, "connections", r->connections);
    stat_list_u64(l, "tls_estimate", r->tls);
    stat_list_u64(l, "heap_rest", r->heap_rest);
    stat_list_u64(l, "heap_slack", r->heap_slack);
}

void
stats_memory(const struct cmd_ctx *ctx, struct stat_list *l)
{
    const struct server *server = ctx->server;
    struct memory_report r;
    store_settle(ctx->thread);
    memory_report_take(server, &r, true);
    uint64_t sum = memory_report_sum(&r);
    stat_list_u64(l, "limit", memory_limit_now(server->memory));
    stat_list_u64(l, "store_limit", memory_limit_of_store(server->memory));
    stat_list_u64(l, "conn_limit", conn_memory_bound(server->options));
    stat_list_u64(l, "taken", r.taken);
    stat_list_u64(l, "resident", r.resident);
    add_store(&r.store, l);
    add_heap(&r, l);
    stat_list_u64(l, "stacks_estimate", r.stacks);
    stat_list_u64(l, "untouched", r.untouched);
    stat_list_u64(l, "code", r.code);
    stat_list_u64(l, "sum", sum);
    stat_list_add(l, "unexplained", "%" PRId64, (int64_t)(r.resident - sum));
}
