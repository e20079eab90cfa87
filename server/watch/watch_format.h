/*
 * watch_format: an event as the line that watchers read.
 *
 * The lines are memcached's with one difference: the microseconds of ts always
 * have six digits, so that ts can also be read as a number.
 *
 * Threads: pure functions.
 */
#ifndef SERVER_WATCH_WATCH_FORMAT_H
#define SERVER_WATCH_WATCH_FORMAT_H

#include "server/watch/watch_ring.h"

enum { WATCH_LINE_MAX = 1200 }; /* a text of which every byte is encoded, and all other fields */

/* Writes the line with its end; returns its length.  `text` has event->n_text bytes. */
size_t watch_format(const struct watch_event *, const char *text, char line[WATCH_LINE_MAX]);

/* The stream of events of this kind, as a bit of enum watch_stream. */
uint32_t watch_format_stream(enum watch_kind);

#endif
