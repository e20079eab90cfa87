#include "bench/load/net/server_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/load/net/one_shot.h"
#include "bench/load/options/options.h"
#include "bench/load/net/target.h"

enum { ANSWER_MAX = 256 << 10, WAIT_MS = 5000 };

/* The value of a field in "STAT name value\r\n" or "name:value\r\n" lines; NULL if absent. */
static const char *
find(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *at = strncmp(line, "STAT ", 5) == 0 ? line + 5 : line;
        if (strncmp(at, name, n) == 0 && (at[n] == ' ' || at[n] == ':'))
            return at + n + 1;
    }
    return NULL;
}

static double
number(const char *text, const char *name)
{
    const char *value = find(text, name);
    return value != NULL ? strtod(value, NULL) : 0;
}

static uint64_t
whole(const char *text, const char *name)
{
    const char *value = find(text, name);
    return value != NULL ? strtoull(value, NULL, 10) : 0;
}

void
server_stats_memory(long pid, uint64_t *rss, uint64_t *peak)
{
    char path[48], line[256];
    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    *rss = *peak = 0;
    FILE *f = pid > 0 ? fopen(path, "r") : NULL;
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            *rss = strtoull(line + 6, NULL, 10) << 10;
        if (strncmp(line, "VmHWM:", 6) == 0)
            *peak = strtoull(line + 6, NULL, 10) << 10;
    }
    if (f != NULL)
        fclose(f);
}

double
server_stats_cpu_s(long pid)
{
    char path[48], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *f = pid > 0 ? fopen(path, "r") : NULL;
    size_t n = f != NULL ? fread(line, 1, sizeof line - 1, f) : 0;
    if (f != NULL)
        fclose(f);
    line[n] = '\0';
    unsigned long user, system;
    const char *behind_name = strrchr(line, ')'); /* the name may contain anything, even brackets */
    if (behind_name == NULL ||
        sscanf(behind_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return -1;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void
read_memcached(struct server_stats *w, const char *text)
{
    w->pid = (long)whole(text, "pid");
    w->user_s = number(text, "rusage_user");
    w->system_s = number(text, "rusage_system");
    w->n_gets = whole(text, "cmd_get");
    w->n_sets = whole(text, "cmd_set");
    w->n_hits = whole(text, "get_hits");
    w->n_misses = whole(text, "get_misses");
    w->n_evictions = whole(text, "evictions");
    w->n_items = whole(text, "curr_items");
}

static void
read_redis(struct server_stats *w, const char *text, uint64_t db)
{
    char name[24];
    w->pid = (long)whole(text, "process_id");
    w->user_s = number(text, "used_cpu_user");
    w->system_s = number(text, "used_cpu_sys");
    w->n_hits = whole(text, "keyspace_hits");
    w->n_misses = whole(text, "keyspace_misses");
    w->n_evictions = whole(text, "evicted_keys");
    w->rss = whole(text, "used_memory_rss");
    snprintf(name, sizeof name, "db%llu", (unsigned long long)db);
    const char *keys = find(text, name);
    w->n_items = keys != NULL && strncmp(keys, "keys=", 5) == 0 ? strtoull(keys + 5, NULL, 10) : 0;
}

void
server_stats_ask(struct server_stats *w, const struct options *o, const struct target *target)
{
    *w = (struct server_stats){0};
    char *text = malloc(ANSWER_MAX);
    if (text == NULL || !one_shot_ask_stats(o, target, text, ANSWER_MAX, WAIT_MS)) {
        free(text);
        return;
    }
    bool is_redis = strcmp(o->protocol, "redis") == 0;
    const char *version = find(text, is_redis ? "redis_version" : "version");
    if (version != NULL)
        snprintf(w->version, sizeof w->version, "%.*s", (int)strcspn(version, "\r\n"), version);
    if (is_redis)
        read_redis(w, text, o->select_db);
    else
        read_memcached(w, text);
    free(text);
    w->is_known = true;
    /* If the server runs in a container, its pid may be another process here: then the CPU times differ. */
    double cpu_s = target->is_local ? server_stats_cpu_s(w->pid) : -1, off = cpu_s - w->user_s - w->system_s;
    if (cpu_s < 0 || off < -0.5 || off > 0.5)
        w->pid = 0;
    if (w->pid > 0)
        server_stats_memory(w->pid, &w->rss, &w->peak_rss);
}
