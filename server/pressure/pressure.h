/*
 * pressure: keeps larderd from being the one that the kernel kills.
 *
 * Looks at our surroundings (memory_source.h) once a second, four times a second
 * from warning on, and at once when the kernel says that somebody waits.  What a
 * reading means is pressure_level.h's; what is done about it is here:
 *
 *   always      the store may grow only while there is room below critical
 *   warning     the engine is told: sweep harder, keep a larger reserve
 *   critical    the store's limit falls step by step, pages and the C heap's slack go back to the kernel
 *   emergency   the engine refuses new items
 *
 * Each change of level is counted, logged, told to watchers of sysevents, and to
 * the operator's command (pressure_command.h).
 *
 * It is the server's and not the engine's, because all but the second and the
 * last of these are: main loop, heap, log, watchers, commands.  The engine is told in a word.
 *
 * Threads: the main thread's; pressure_now, any.
 */
#ifndef SERVER_PRESSURE_PRESSURE_H
#define SERVER_PRESSURE_PRESSURE_H

#include "server/memory/memory_source.h"
#include "server/pressure/pressure_command.h"
#include "slab/store.h"

struct event_base;
struct options;
struct pressure; /* pressure.c */
struct server;

/*
 * Opens what may need the rights that we begin with.  NULL when out of memory.
 * From pressure_start on it looks; false when out of memory.
 */
struct pressure *pressure_new(const struct options *);
MUST_USE bool pressure_start(struct pressure *, struct server *, struct event_base *);
void pressure_free(struct pressure **);

/* As it was at the last look, and what came of it since the start. */
struct pressure_now {
    enum store_pressure level;
    struct memory_reading reading;
    uint64_t n_entered[STORE_PRESSURE_EMERGENCY + 1]; /* times that the level was entered */
    uint64_t n_looks, n_alarms, n_trims;
    const char *version; /* of the control groups: "v1", "v2", "none" */
    const char *stalls;  /* how they are learnt of: "alarm", "looking", "none" */
    struct pressure_command_stats command;
};
void pressure_now(struct pressure *, struct pressure_now *);

#endif
