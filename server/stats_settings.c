/* stats settings: the options under memcached's names, those that larder has no such thing of as 0 or no. */
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "server/note.h"
#include "server/options.h"
#include "server/server.h"
#include "server/stats_groups.h"

static void
add_text(struct stat_list *l, const char *name, const char *text)
{
    stat_list_add(l, name, "%s", text == NULL ? "NULL" : text);
}

static void
add_listening(const struct options *o, uint64_t flush_at, struct stat_list *l)
{
    stat_list_u64(l, "maxbytes", o->memory_limit);
    stat_list_u64(l, "maxconns", o->conn_limit);
    stat_list_add(l, "tcpport", "%d", o->port);
    stat_list_add(l, "udpport", "%d", o->udp_port);
    add_text(l, "inter", o->listen);
    stat_list_add(l, "verbosity", "%d", log_verbosity());
    stat_list_u64(l, "oldest", flush_at);
    stat_list_add(l, "evictions", "%s", o->no_evict ? "off" : "on");
    add_text(l, "domain_socket", o->unix_socket);
    stat_list_add(l, "umask", "%o", o->unix_mask);
    stat_list_yes_no(l, "shutdown_command", o->shutdown_command);
}

static void
add_serving(const struct server *server, struct stat_list *l)
{
    const struct options *o = server->options;
    stat_list_add(l, "growth_factor", "%.2f", o->growth);
    stat_list_u64(l, "chunk_size", o->item_min);
    stat_list_u64(l, "num_threads", o->threads);
    bool list = o->listen != NULL && strchr(o->listen, ',') != NULL;
    stat_list_u64(l, "num_threads_per_udp", list ? 1 : o->threads);
    stat_list_add(l, "stat_key_prefix", "%c", o->prefix_delimiter);
    stat_list_yes_no(
        l, "detail_enabled", atomic_load_explicit(&server->noted, memory_order_relaxed) & NOTED_DETAIL);
    stat_list_u64(l, "reqs_per_event", o->reqs_per_event);
    stat_list_yes_no(l, "cas_enabled", !o->no_cas);
    stat_list_u64(l, "tcp_backlog", o->backlog);
    stat_list_add(l, "binding_protocol", "%s", o->protocol[1] == 'u' ? "auto-negotiate" : o->protocol);
    stat_list_yes_no(l, "auth_enabled_sasl", o->sasl);
    stat_list_add(l, "auth_enabled_ascii", "%s", o->auth_file != NULL ? o->auth_file : "no");
    stat_list_u64(l, "item_size_max", o->item_size_max);
    stat_list_yes_no(l, "maxconns_fast", o->maxconns_fast);
    stat_list_u64(l, "hashpower_init", 0);
}

static void
add_slabs(const struct server *server, const struct store_stats *store, struct stat_list *l)
{
    struct store_class_stats largest = {0};
    if (store->n_classes > 0)
        store_class_stats(server->store, store->n_classes - 1, &largest);
    stat_list_yes_no(l, "slab_reassign", server->options->slab_reassign);
    stat_list_u64(l, "slab_automove", server->options->automove);
    stat_list_add(l, "slab_automove_ratio", "%.2f", server->options->automove_ratio);
    stat_list_u64(l, "slab_automove_window", server->options->automove_window_s);
    stat_list_u64(l, "slab_chunk_max", largest.chunk_size);
}

#define NOW(server, field) atomic_load_explicit(&(server)->lru.field, memory_order_relaxed)

static void
add_background(const struct server *s, struct stat_list *l)
{
    const struct options *o = s->options;
    stat_list_yes_no(l, "lru_crawler", o->lru_crawler);
    stat_list_u64(l, "lru_crawler_sleep", atomic_load_explicit(&s->crawler.sleep_us, memory_order_relaxed));
    stat_list_u64(l, "lru_crawler_tocrawl", atomic_load_explicit(&s->crawler.to_crawl, memory_order_relaxed));
    stat_list_u64(l, "tail_repair_time", 0);
    stat_list_yes_no(l, "flush_enabled", !o->no_flush);
    stat_list_yes_no(l, "dump_enabled", !o->no_dump);
    stat_list_add(l, "hash_algorithm", "xxh3");
    stat_list_yes_no(l, "lru_maintainer_thread", o->lru_maintainer);
    stat_list_yes_no(l, "lru_segmented", NOW(s, segmented));
    stat_list_u64(l, "hot_lru_pct", NOW(s, hot_pct));
    stat_list_u64(l, "warm_lru_pct", NOW(s, warm_pct));
    stat_list_add(l, "hot_max_factor", "%.2f", NOW(s, hot_factor));
    stat_list_add(l, "warm_max_factor", "%.2f", NOW(s, warm_factor));
    stat_list_yes_no(l, "temp_lru", NOW(s, temporary));
    stat_list_u64(l, "temporary_ttl", NOW(s, temporary_ttl_s));
}

static void
add_rest(const struct options *o, struct stat_list *l)
{
    stat_list_u64(l, "idle_timeout", o->idle_timeout_s);
    stat_list_u64(l, "watcher_logbuf_size", o->watcher_logbuf);
    stat_list_u64(l, "worker_logbuf_size", o->worker_logbuf);
    stat_list_u64(l, "read_buf_mem_limit", 0);
    stat_list_yes_no(l, "track_sizes", o->track_sizes);
    stat_list_yes_no(l, "inline_ascii_response", false);
    stat_list_yes_no(l, "drop_privileges", o->drop_privileges);
}

static void
add_last(struct stat_list *l)
{
    stat_list_u64(l, "num_napi_ids", 0);
    stat_list_add(l, "memory_file", "(null)"); /* memcached's word, of its C library */
    stat_list_u64(l, "client_flags_size", sizeof(uint32_t));
}

void
stats_settings(const struct server *server, struct stat_list *l)
{
    struct store_stats store;
    store_stats(server->store, &store);
    add_listening(server->options, store.flush_at, l);
    add_serving(server, l);
    add_slabs(server, &store, l);
    add_background(server, l);
    add_rest(server->options, l);
    stats_add_tls_settings(server->options, l);
    add_last(l);
}
