/* pressure: see pressure.h. */
#include "server/pressure/pressure.h"

#include <assert.h>
#include <event2/event.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "server/memory/memory_limit.h"
#include "server/watch/watch.h"
#include "server/options/options.h"
#include "server/pressure/pressure_level.h"
#include "server/server.h"

enum {
    PRESSURE_MAGIC = 0x70726573,
    COMMAND_S = 60,        /* longest run time of the operator's command */
    LOOK_MS = 1000,        /* between two readings */
    LOOK_CLOSELY_MS = 250, /* from level warning on */
    KEPT_SHARE = 16,       /* the store always keeps this part of what is available */
    STEP_SHARE = 256,      /* limits that differ by less than this part are the same */
    TRIM_MS = 1000,        /* between two returns of the heap's free memory */
};
static_assert(LOOK_CLOSELY_MS < LOOK_MS, "from warning on, readings are closer together");

struct pressure {
    uint32_t magic;
    struct memory_source source;
    struct server *server;
    struct pressure_command *command; /* NULL: none */
    struct event *timer, *alarm;
    int stalls_fd; /* memory_source_alarm's */
    int epoll_fd;  /* readable when stalls_fd has POLLPRI, which libevent does not wait for */
    struct level level;
    bool held, enabled; /* held: the store's limit is below the configured one; both as of the last reading */
    uint64_t trimmed_ns;
    struct lock lock;        /* LOCK_LEAF */
    struct pressure_now now; /* [lock] stored by the main thread */
};

static void
pressure_must_be(const struct pressure *p)
{
    MUST(p != NULL && p->magic == PRESSURE_MAGIC);
}

/* The main thread calls, after pressure_start. */
static void
pressure_must_be_self(const struct pressure *p)
{
    pressure_must_be(p);
    server_must_be_main_thread(p->server);
}

static void
pressure_must_hold(const struct pressure *p)
{
    MUST(p->level.now <= STORE_PRESSURE_EMERGENCY);
    MUST((p->epoll_fd >= 0 || p->stalls_fd < 0) && (p->alarm == NULL || p->stalls_fd >= 0));
}

/* ---- actions ------------------------------------------------------------ */

static struct level_rules
rules_now(const struct options *o)
{
    return (struct level_rules){
        OPTION_NOW(o, pressure_warning),
        OPTION_NOW(o, pressure_critical),
        OPTION_NOW(o, pressure_emergency),
    };
}

/* "used=502000000 limit=536870912 some=0.00 full=0.00 memory=..." */
static int
describe(char *text, size_t n, const struct memory_reading *r, size_t memory)
{
    return snprintf(text, n, "used=%" PRIu64 " limit=%" PRIu64 " some=%.2f full=%.2f memory=%zu", r->used,
        r->limit, r->some_stall, r->full_stall, memory);
}

static void
tell_watchers(struct server *s, enum store_pressure level, enum store_pressure was, struct bytes text)
{
    if (!(atomic_load_explicit(&s->traced, memory_order_relaxed) & WATCH_SYSEVENTS))
        return;
    struct watch_event e = {.kind = WATCH_PRESSURE, .word = {level_name(level), level_name(was)}};
    watch_tell(s->watch, NULL, &e, text);
}

static void
announce(struct pressure *p, enum store_pressure was, const struct memory_reading *r)
{
    char text[WATCH_TEXT_MAX];
    enum store_pressure level = p->level.now;
    size_t memory = memory_limit_now(p->server->memory);
    int n = describe(text, sizeof text, r, memory);
    LOG(level >= STORE_PRESSURE_CRITICAL ? LOG_ERROR : LOG_WARN, "memory pressure is %s, was %s: %s",
        level_name(level), level_name(was), text);
    tell_watchers(p->server, level, was, bytes_of(text, (size_t)n));
    struct pressure_news news = {level_name(level), level_name(was), r->used, r->limit, memory};
    if (p->command != NULL)
        pressure_command_tell(p->command, &news);
}

/* A part of -m, or of the group's limit if that is less, and enough for the largest items. */
static size_t
least_limit(const struct options *o, size_t configured, const struct memory_reading *r)
{
    size_t least = (r->limit != 0 && r->limit < configured ? r->limit : configured) / KEPT_SHARE;
    return least > 2 * o->item_size_max ? least : 2 * o->item_size_max;
}

static bool
differ(size_t a, size_t b, size_t whole)
{
    return (a > b ? a - b : b - a) > whole / STEP_SHARE;
}

/* Logs once each time that the limit falls below -m. */
static void
log_held(struct pressure *p, bool held)
{
    const struct memory_limit *m = p->server->memory;
    if (held && !p->held)
        LOG(LOG_WARN,
            "the memory limit of %zu MiB is more than the host or control group allows: it is %zu MiB for "
            "now",
            memory_limit_configured(m) >> 20, memory_limit_now(m) >> 20);
    p->held = held;
}

/* `before`: the memory of the store before the reading. */
static void
set_limit(struct pressure *p, const struct level_rules *rules, const struct memory_reading *r, size_t before)
{
    struct memory_limit *m = p->server->memory;
    size_t wanted = memory_limit_wanted_of_store(m), taken = store_taken(p->server->store);
    struct level_limit l = {
        .wanted = wanted,
        .least = least_limit(p->server->options, wanted, r),
        .current = memory_limit_of_store(m),
        .taken = taken,
        .unread = taken > before ? taken - before : 0,
    };
    size_t limit = level_limit(&l, rules, r, p->level.now);
    if (limit == wanted ? l.current == wanted : !differ(limit, l.current, limit))
        return;
    if (memory_limit_set_available(m, limit == wanted ? SIZE_MAX : limit))
        log_held(p, limit < wanted);
}

/* The C heap keeps freed memory, such as buffers of closed connections: returns it to the kernel. */
static bool
trim(struct pressure *p, uint64_t now_ns)
{
    if (p->level.now < STORE_PRESSURE_CRITICAL || now_ns - p->trimmed_ns < TRIM_MS * UINT64_C(1000000))
        return false;
    p->trimmed_ns = now_ns;
    malloc_trim(0);
    return true;
}

/* ---- readings ----------------------------------------------------------- */

static void
record_sources_locked(struct pressure *p, bool alarmed)
{
    lock_must_own(&p->lock);
    p->now.version = p->source.cgroup.dir[0] == '\0' ? "none" : p->source.cgroup.v2 ? "v2" : "v1";
    p->now.stalls = alarmed ? "alarm" : p->source.stalls[0] != '\0' ? "looking" : "none";
}

static void
publish(struct pressure *p, const struct memory_reading *r, bool entered, bool alarmed, bool trimmed)
{
    pressure_must_hold(p);
    lock_take(&p->lock);
    p->now.level = p->level.now;
    p->now.reading = *r;
    p->now.n_entered[p->level.now] += entered;
    p->now.n_looks++;
    p->now.n_alarms += alarmed;
    p->now.n_trims += trimmed;
    lock_give(&p->lock);
}

static void
read_and_act(struct pressure *p, bool alarmed)
{
    struct memory_reading r;
    pressure_must_be_self(p);
    struct level_rules rules = rules_now(p->server->options);
    enum store_pressure was = p->level.now;
    uint64_t now_ns = clock_ns();
    size_t taken = store_taken(p->server->store);
    memory_source_read(&p->source, &r);
    bool changed = level_take(&p->level, &rules, &r, now_ns);
    if (changed)
        store_set_pressure(p->server->store, p->level.now);
    set_limit(p, &rules, &r, taken);
    publish(p, &r, changed, alarmed, trim(p, now_ns));
    if (changed)
        announce(p, was, &r);
}

/* With pressure off, the store gets the configured limit again. */
static void
disable(struct pressure *p)
{
    struct memory_reading none = {0};
    pressure_must_be_self(p);
    p->level = (struct level){0};
    store_set_pressure(p->server->store, STORE_PRESSURE_NORMAL);
    if (memory_limit_set_available(p->server->memory, SIZE_MAX))
        p->held = false;
    publish(p, &none, false, false, false);
}

static void
act_if_enabled(struct pressure *p, bool alarmed)
{
    bool enabled = OPTION_NOW(p->server->options, pressure);
    if (enabled)
        read_and_act(p, alarmed);
    else if (p->enabled)
        disable(p);
    p->enabled = enabled;
}

static bool
schedule(struct pressure *p)
{
    int ms = p->level.now == STORE_PRESSURE_NORMAL ? LOOK_MS : LOOK_CLOSELY_MS;
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    return event_add(p->timer, &wait) == 0;
}

/* The timer repeats by itself: if a new interval cannot be set, the old one stays. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct pressure *p = arg;
    pressure_must_be_self(p);
    (void)fd;
    (void)what;
    act_if_enabled(p, false);
    if (p->command != NULL)
        pressure_command_tick(p->command);
    (void)schedule(p);
}

/* Our group was removed, and we are in another: the alarm is closed, and the timer remains. */
static void
lose_alarm(struct pressure *p)
{
    MUST(p->alarm != NULL);
    event_del(p->alarm);
    memory_source_init(&p->source, memory_source_root());
    lock_take(&p->lock);
    record_sources_locked(p, false);
    lock_give(&p->lock);
}

/* The alarm of a removed group stays on for ever: the kernel reports an error together with POLLPRI. */
static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
    struct pressure *p = arg;
    struct epoll_event e;
    pressure_must_be_self(p);
    (void)what;
    bool lost = epoll_wait(fd, &e, 1, 0) == 1 && (e.events & EPOLLERR);
    if (lost)
        lose_alarm(p);
    act_if_enabled(p, !lost);
    (void)schedule(p);
}

/* ---- start and end ------------------------------------------------------ */

/* Without an alarm, the timer is enough. */
static void
open_alarm(struct pressure *p)
{
    struct epoll_event e = {.events = EPOLLPRI};
    p->stalls_fd = memory_source_alarm(&p->source);
    if (p->stalls_fd < 0)
        return;
    p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (p->epoll_fd >= 0 && epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->stalls_fd, &e) == 0)
        return;
    close(p->stalls_fd);
    p->stalls_fd = -1;
}

struct pressure *
pressure_new(const struct options *o)
{
    struct pressure *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->magic = PRESSURE_MAGIC;
    p->stalls_fd = p->epoll_fd = -1;
    lock_init(&p->lock, LOCK_LEAF);
    memory_source_init(&p->source, memory_source_root());
    if (o->pressure)
        open_alarm(p);
    lock_take(&p->lock);
    record_sources_locked(p, p->stalls_fd >= 0);
    lock_give(&p->lock);
    return p;
}

bool
pressure_start(struct pressure *p, struct server *server, struct event_base *base)
{
    const char *command = server->options->on_pressure;
    pressure_must_be(p);
    server_must_be_main_thread(server);
    MUST(p->timer == NULL); /* it starts once */
    p->server = server;
    p->timer = event_new(base, -1, EV_PERSIST, on_timer, p);
    if (command != NULL)
        p->command = pressure_command_new(base, command, COMMAND_S);
    if (p->timer == NULL || (command != NULL && p->command == NULL))
        return false;
    if (p->stalls_fd >= 0) {
        p->alarm = event_new(base, p->epoll_fd, EV_READ | EV_PERSIST, on_alarm, p);
        if (p->alarm == NULL || event_add(p->alarm, NULL) != 0)
            return false;
    }
    act_if_enabled(p, false); /* before the first client fills memory that is not available */
    return schedule(p);
}

void
pressure_free(struct pressure **pp)
{
    struct pressure *p = *pp;
    *pp = NULL;
    if (p == NULL)
        return;
    pressure_must_be(p);
    pressure_must_hold(p);
    pressure_command_free(&p->command);
    if (p->timer != NULL)
        event_free(p->timer);
    if (p->alarm != NULL)
        event_free(p->alarm);
    if (p->epoll_fd >= 0)
        close(p->epoll_fd);
    if (p->stalls_fd >= 0)
        close(p->stalls_fd);
    lock_fini(&p->lock);
    p->magic = 0;
    free(p);
}

void
pressure_now(struct pressure *p, struct pressure_now *now)
{
    pressure_must_be(p);
    lock_take(&p->lock);
    *now = p->now;
    lock_give(&p->lock);
    if (p->command != NULL)
        now->command = pressure_command_stats(p->command);
}
