/*
 * server_clock: lets a worker read the clock if the main thread has not ticked in time.
 *
 * The whole process may have been stopped (SIGSTOP, a frozen control group), or the machine
 * suspended.  Then workers and main thread continue together, and a worker may be the first.
 */
#include "server/server.h"
#include "slab/store.h"

void
server_catch_up_now(struct server *server)
{
    uint32_t before_s = clock_now_s();
    clock_catch_up();
    if (clock_now_s() - before_s > 1)
        store_tick(server->store); /* a flush may have become due */
}
