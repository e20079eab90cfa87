/* pressure_level: see pressure_level.h. */
#include "server/pressure/pressure_level.h"

#include <assert.h>

static void
level_rules_must_hold(const struct level_rules *rules)
{
    MUST(rules->warning <= rules->critical && rules->critical <= rules->emergency);
}

static enum store_pressure
less_of(enum store_pressure a, enum store_pressure b)
{
    return a < b ? a : b;
}

static enum store_pressure
more_of(enum store_pressure a, enum store_pressure b)
{
    return a > b ? a : b;
}

static enum store_pressure
level_of_share(const struct level_rules *rules, double share)
{
    return share >= rules->emergency  ? STORE_PRESSURE_EMERGENCY
           : share >= rules->critical ? STORE_PRESSURE_CRITICAL
           : share >= rules->warning  ? STORE_PRESSURE_WARNING
                                      : STORE_PRESSURE_NORMAL;
}

/* Waiting alone is never a reason to refuse items. */
static enum store_pressure
level_of_stalls(const struct memory_reading *r, double margin)
{
    return r->full_stall + margin >= LEVEL_STALL_FULL      ? STORE_PRESSURE_CRITICAL
           : r->some_stall + margin >= LEVEL_STALL_WARNING ? STORE_PRESSURE_WARNING
                                                           : STORE_PRESSURE_NORMAL;
}

static double
share_of_group(const struct memory_reading *r)
{
    return r->limit == 0 ? 0 : (double)r->used / (double)r->limit;
}

static double
share_of_machine(const struct memory_reading *r)
{
    return r->machine == 0 || r->available > r->machine ? 0 : 1 - (double)r->available / (double)r->machine;
}

/* While the machine has free memory, another process's waiting does not count. */
static enum store_pressure
level_of_waiting(const struct level_rules *rules, const struct memory_reading *r, double margin)
{
    enum store_pressure level = level_of_stalls(r, margin);
    return r->stalls_are_ours ? level : less_of(level, level_of_share(rules, share_of_machine(r) + margin));
}

enum store_pressure
level_of(const struct level_rules *rules, const struct memory_reading *r, double margin)
{
    level_rules_must_hold(rules);
    MUST(margin >= 0);
    return more_of(level_of_share(rules, share_of_group(r) + margin), level_of_waiting(rules, r, margin));
}

bool
level_take(struct level *l, const struct level_rules *rules, const struct memory_reading *r, uint64_t now_ns)
{
    MUST(l->now <= STORE_PRESSURE_EMERGENCY);
    enum store_pressure up = level_of(rules, r, 0);
    if (up > l->now) {
        *l = (struct level){up, 0};
        return true;
    }
    if (l->now == STORE_PRESSURE_NORMAL || level_of(rules, r, LEVEL_MARGIN) >= l->now) {
        l->calm_since_ns = 0;
        return false;
    }
    if (l->calm_since_ns == 0)
        l->calm_since_ns = now_ns;
    if (now_ns - l->calm_since_ns < LEVEL_CALM_S * UINT64_C(1000000000))
        return false;
    MUST(l->now > STORE_PRESSURE_NORMAL);
    *l = (struct level){(enum store_pressure)(l->now - 1), 0};
    return true;
}

/* ---- the limit of the store --------------------------------------------- */

/*
 * The bytes that the group may still use until it is three quarters of the way
 * from warning to critical; negative if it uses more.
 */
static int64_t
room_of(const struct level_rules *rules, const struct memory_reading *r)
{
    double hold = rules->warning + (rules->critical - rules->warning) * 3 / 4;
    return (int64_t)(hold * (double)r->limit) - (int64_t)r->used;
}

/* Bytes that the store added during the reading would count twice: as taken, and as free. */
static uint64_t
with_room(const struct level_limit *l, const struct level_rules *rules, const struct memory_reading *r)
{
    MUST(l->unread <= l->taken);
    int64_t limit = (int64_t)(l->taken - l->unread) + room_of(rules, r);
    return limit < 0 ? 0 : (uint64_t)limit;
}

static uint64_t
at_most(uint64_t n, uint64_t most)
{
    return n < most ? n : most;
}

static uint64_t
at_least(uint64_t n, uint64_t least)
{
    return n > least ? n : least;
}

/* Below the memory in use, but only by a step: the next reading shows whether it was enough. */
static uint64_t
shrunk(const struct level_limit *l, const struct level_rules *rules, const struct memory_reading *r,
    enum store_pressure level)
{
    MUST(level >= STORE_PRESSURE_CRITICAL);
    uint64_t step = l->taken / (level == STORE_PRESSURE_EMERGENCY ? 8 : 16);
    if (r->limit != 0 && room_of(rules, r) < 0)
        return at_least(with_room(l, rules, r), l->taken - step);
    if (level_of_waiting(rules, r, 0) >= STORE_PRESSURE_CRITICAL)
        return at_least(l->taken - l->taken / 64, l->wanted / 2);
    return l->current; /* enough: the level only waits until LEVEL_CALM_S have passed */
}

uint64_t
level_limit(const struct level_limit *l, const struct level_rules *rules, const struct memory_reading *r,
    enum store_pressure level)
{
    level_rules_must_hold(rules);
    uint64_t limit = l->wanted;
    if (level >= STORE_PRESSURE_CRITICAL)
        limit = at_most(shrunk(l, rules, r, level), l->current);
    else if (r->limit != 0) /* no growth beyond the room that is left, but no reduction either */
        limit = at_least(with_room(l, rules, r), at_most(l->taken, l->current));
    else if (l->current < l->wanted) /* the waiting is over */
        limit = l->current + l->wanted / 64;
    return at_most(at_least(limit, l->least), l->wanted);
}

const char *
level_name(enum store_pressure level)
{
    static const char *const names[] = {
        [STORE_PRESSURE_NORMAL] = "normal",
        [STORE_PRESSURE_WARNING] = "warning",
        [STORE_PRESSURE_CRITICAL] = "critical",
        [STORE_PRESSURE_EMERGENCY] = "emergency",
    };
    static_assert(sizeof names / sizeof *names == STORE_PRESSURE_EMERGENCY + 1, "a name for each level");
    MUST(level <= STORE_PRESSURE_EMERGENCY);
    return names[level];
}
