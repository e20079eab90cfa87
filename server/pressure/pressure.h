/*
 * pressure: reduces memory use before the kernel kills larderd.
 *
 * Reads the memory of the host and the control group (memory_source.h) once a second, four
 * times a second from warning on, and immediately when the kernel reports that threads wait
 * for memory. pressure_level.h has the level of a reading; this module acts on it:
 *
 *   always      the store may grow only while the group stays below critical
 *   warning     the engine sweeps harder, and keeps a larger reserve
 *   critical    the store's limit falls step by step; pages and free memory of the C heap return to the kernel
 *   emergency   the engine refuses new items
 *
 * Each change of level is counted, logged, sent to watchers of sysevents, and
 * passed to the operator's command (pressure_command.h).
 *
 * It is in the server, because only two of these actions are the engine's; the others need
 * main loop, heap, log, watchers and commands.  The engine gets the level by one call.
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
 * pressure_new opens files that may need the rights of the start.  NULL when out
 * of memory. pressure_start begins the readings; false when out of memory.
 */
struct pressure *pressure_new(const struct options *);
MUST_USE bool pressure_start(struct pressure *, struct server *, struct event_base *);
void pressure_free(struct pressure **);

/* The last reading, and counters since the start. */
struct pressure_now {
    enum store_pressure level;
    struct memory_reading reading;
    uint64_t n_entered[STORE_PRESSURE_EMERGENCY + 1]; /* how often the level was entered */
    uint64_t n_looks, n_alarms, n_trims;
    const char *version; /* of the control groups: "v1", "v2", "none" */
    const char *stalls;  /* how waiting is detected: "alarm", "looking", "none" */
    struct pressure_command_stats command;
};
void pressure_now(struct pressure *, struct pressure_now *);

#endif
