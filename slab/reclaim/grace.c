#include "slab/reclaim/grace.h"

#include <sched.h>
#include <time.h>

#include "base/clock.h"

enum { YIELDS = 32, NAPS = 20, NAP_NS = 50000 };

bool
grace_pass(struct store_thread *t, bool magazines)
{
    store_thread_must_be_outside(t);
    const struct timespec nap = {0, NAP_NS};
    uint64_t begin = epoch_now(t->epoch);
    for (int i = 0; !epoch_passed(begin, epoch_now(t->epoch)) && i < YIELDS + NAPS; i++) {
        if (epoch_try_advance(t->epoch))
            continue;
        if (i < YIELDS)
            sched_yield();
        else
            nanosleep(&nap, NULL);
    }
    store_thread_raid_all(t->store, magazines);
    return epoch_passed(begin, epoch_now(t->epoch));
}

bool
grace_pass_until(struct store_thread *t, uint64_t until_ns)
{
    store_thread_must_be_outside(t);
    uint64_t begin = epoch_now(t->epoch);
    while (!epoch_passed(begin, epoch_now(t->epoch)))
        if (!epoch_try_advance(t->epoch)) {
            if (clock_ns() >= until_ns)
                return false;
            sched_yield();
        }
    store_thread_raid_all(t->store, true);
    return true;
}

void
store_settle(struct store_thread *t)
{
    store_thread_must_be(t);
    (void)grace_pass(t, true);
}
