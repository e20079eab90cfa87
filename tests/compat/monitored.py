"""monitored: what monitoring programs request from a server, and how they read the answer.

A row for each program: the names that it requires, by group of `stats`, and
the bytes of its request.  The form of a value follows from its name
(shape_of), not from the row, because the strictest reader
decides for all.  monitoring.py requests over text, monitoring_binary.py over the
binary protocol.
"""

import re

TIMEVAL = re.compile(r"\d+\.\d{6}")         # split at its one dot into two integers
WORD = re.compile(r"\S+")
YES_NO = re.compile(r"yes|no")
FACTOR = re.compile(r"\d+\.\d+")
NUMBER = re.compile(r"0|[1-9]\d{0,18}")     # an int64 in Go, an integer without sign

SHAPES = {
    "rusage_user": TIMEVAL, "rusage_system": TIMEVAL,
    "version": WORD, "libevent": WORD, "slab_reassign_last_busy_status": WORD,
    "lru_crawler": YES_NO, "lru_maintainer_thread": YES_NO,
    "hot_max_factor": FACTOR, "warm_max_factor": FACTOR,
}


def shape_of(name):
    return SHAPES.get(name, NUMBER)


def words(text):
    return tuple(text.split())


HIT_MISS = words("""get_hits get_misses delete_hits delete_misses incr_hits incr_misses decr_hits decr_misses cas_hits
    cas_misses touch_hits touch_misses""")
BY_CLASS_HITS = words("get_hits delete_hits incr_hits decr_hits cas_hits touch_hits")
EACH_SLAB = words("chunk_size chunks_per_page total_pages total_chunks used_chunks free_chunks free_chunks_end cmd_set"
                  " cas_badval") + BY_CLASS_HITS
SLAB_TOTALS = words("active_slabs total_malloced")
LRU_MOVES = words("moves_to_cold moves_to_warm moves_within_lru")
EACH_ITEMS = words("""number number_hot number_warm number_cold age age_hot age_warm mem_requested evicted
    evicted_nonzero evicted_time evicted_unfetched expired_unfetched outofmemory tailrepairs reclaimed crawler_reclaimed
    lrutail_reflocked direct_reclaims""") + LRU_MOVES
PROCESS = words("pid uptime time version pointer_size rusage_user rusage_system threads")
TRAFFIC = words("bytes_read bytes_written bytes limit_maxbytes curr_items total_items evictions")
CONNECTIONS = words("curr_connections total_connections")


class Tool:
    """name: for messages; the rest: group -> the names it reads.  `ask` is its request for bare stats."""

    def __init__(self, name, ask=b"stats\r\n", binary=False, general=(), items=(), slabs=(), settings=()):
        self.name = name
        self.ask = ask
        self.binary = binary
        self.names = {"": general, "items": items, "slabs": slabs, "settings": settings}


TOOLS = (
    Tool("prometheus memcached_exporter",
         general=HIT_MISS + TRAFFIC + CONNECTIONS + LRU_MOVES + words("""version uptime time cas_badval cmd_flush cmd_set
             rusage_user rusage_system rejected_connections conn_yields listen_disabled_num reclaimed store_too_large
             store_no_memory lru_crawler_starts direct_reclaims crawler_items_checked crawler_reclaimed accepting_conns
             round_robin_fallback unexpected_napi_ids"""),
         items=EACH_ITEMS + words("hits_to_hot hits_to_warm hits_to_cold hits_to_temp"),
         slabs=EACH_SLAB + SLAB_TOTALS,
         settings=words("""maxconns lru_crawler lru_crawler_sleep lru_crawler_tocrawl lru_maintainer_thread hot_lru_pct
             warm_lru_pct hot_max_factor warm_max_factor""")),
    Tool("telegraf inputs.memcached",
         general=HIT_MISS + TRAFFIC + CONNECTIONS + words("""accepting_conns auth_cmds auth_errors cas_badval cmd_flush
             cmd_get cmd_set cmd_touch conn_yields connection_structures evicted_unfetched expired_unfetched hash_bytes
             hash_is_expanding hash_power_level listen_disabled_num reclaimed threads uptime""")),
    Tool("collectd memcached",
         general=words("""rusage_user rusage_system threads curr_items bytes limit_maxbytes curr_connections
             listen_disabled_num cmd_get cmd_set cmd_flush cmd_touch incr_hits incr_misses decr_hits decr_misses get_hits
             get_misses evictions delete_hits delete_misses bytes_read bytes_written""")),
    Tool("OpenTelemetry memcachedreceiver",
         general=CONNECTIONS + words("""bytes cmd_get cmd_set cmd_flush cmd_touch curr_items threads evictions bytes_read
             bytes_written get_hits get_misses incr_hits incr_misses decr_hits decr_misses rusage_system rusage_user""")),
    Tool("metricbeat memcached/stats",
         general=TRAFFIC + CONNECTIONS + words("pid uptime threads get_hits get_misses cmd_get cmd_set")),
    Tool("netdata memcached",
         general=HIT_MISS + TRAFFIC + CONNECTIONS + words("rejected_connections reclaimed cmd_get cmd_set cmd_touch"
                                                          " cas_badval")),
    Tool("newrelic nri-memcached",
         general=HIT_MISS + PROCESS + TRAFFIC + CONNECTIONS + LRU_MOVES + words("""libevent max_connections
             rejected_connections connection_structures reserved_fds cmd_get cmd_set cmd_flush cmd_touch get_expired
             get_flushed cas_badval auth_cmds auth_errors accepting_conns listen_disabled_num time_in_listen_disabled_us
             conn_yields hash_power_level hash_bytes hash_is_expanding slab_reassign_rescues slab_reassign_running
             slabs_moved lru_crawler_running lru_crawler_starts lru_maintainer_juggles malloc_fails log_worker_dropped
             log_worker_written log_watcher_skipped log_watcher_sent expired_unfetched evicted_unfetched reclaimed
             crawler_reclaimed crawler_items_checked lrutail_reflocked direct_reclaims"""),
         items=EACH_ITEMS, slabs=EACH_SLAB + SLAB_TOTALS, settings=words("maxbytes maxconns num_threads")),
    Tool("munin memcached_",
         general=TRAFFIC + CONNECTIONS + words("get_hits get_misses cmd_get cmd_set")),
    Tool("damemtop", ask=b"stats \n",
         general=words("get_hits get_misses bytes limit_maxbytes version evictions bytes_written"),
         items=words("age number evicted outofmemory"), slabs=BY_CLASS_HITS + words("cmd_set used_chunks")),
    Tool("memcache-top", ask=b"stats\n",
         general=words("""bytes limit_maxbytes curr_connections cmd_get cmd_set get_hits get_misses evictions bytes_read
             bytes_written""")),
    Tool("memcached-tool",
         items=words("number age evicted evicted_time outofmemory"), slabs=words("chunk_size total_pages used_chunks"
                                                                                 " total_chunks")),
    Tool("phpMemcachedAdmin",
         general=HIT_MISS + TRAFFIC + words("uptime time cmd_get cmd_set cmd_flush cmd_touch cas_badval reclaimed"),
         items=words("mem_requested number age evicted"), slabs=EACH_SLAB + SLAB_TOTALS,
         settings=words("maxconns maxbytes num_threads")),
    Tool("libmemcached memstat",
         general=PROCESS + TRAFFIC + CONNECTIONS + words("connection_structures cmd_get cmd_set get_hits get_misses")),
    Tool("Datadog mcache", binary=True,
         general=TRAFFIC + CONNECTIONS + words("""version uptime max_connections connection_structures threads
             pointer_size rusage_user rusage_system cmd_get cmd_set cmd_flush get_hits get_misses delete_misses
             delete_hits cas_misses cas_hits cas_badval listen_disabled_num"""),
         items=EACH_ITEMS, slabs=EACH_SLAB + SLAB_TOTALS),
    Tool("Zabbix agent 2", binary=True,
         general=HIT_MISS + PROCESS + TRAFFIC + CONNECTIONS + words("""max_connections rejected_connections cmd_get
             cmd_set cmd_flush cmd_touch listen_disabled_num conn_yields hash_bytes"""),
         items=EACH_ITEMS, slabs=EACH_SLAB + SLAB_TOTALS, settings=words("maxbytes maxconns tcpport num_threads")),
)


def by_class(found, group):
    """{class: {name: value}} of stats items or slabs; names without a class are under None."""
    classes = {}
    for name, value in found.items():
        *front, last = name.split(":")
        number = int(front[-1]) if front else None
        if front not in ([], [str(number)], ["items", str(number)]) or bool(front) != (last not in SLAB_TOTALS):
            raise ValueError(f"stats {group}: no program can split {name!r}")
        if group == "items" and len(front) != 2 or group == "slabs" and len(front) > 1:
            raise ValueError(f"stats {group}: {name!r} has the wrong number of parts")
        classes.setdefault(number, {})[last] = value
    return classes


def complaints(tool, group, found):
    """What `tool` could not read in `found`, {name: value} of one group from the server; one line each."""
    rows = [found]
    if group in ("items", "slabs"):
        totals = by_class(found, group)
        shared = totals.pop(None, {})
        rows = [{**row, **shared} for row in totals.values()]
        if not rows:
            yield f"{tool.name}: stats {group} tells of no class"
    for row in rows:
        for name in tool.names[group]:
            if name not in row:
                yield f"{tool.name}: stats {group} has no {name}"
            elif not shape_of(name).fullmatch(row[name]):
                yield f"{tool.name}: stats {group}: it cannot read {name} {row[name]!r}"
