/*
 * memory_maps: how much of the process's private memory is resident, outside one excepted range.
 *
 * The C library and the loader map heap, stacks and data; /proc/self/maps lists
 * these mappings, and mincore says which of their pages were ever touched.
 *
 * Threads: any.
 */
#ifndef SERVER_MEMORY_MEMORY_MAPS_H
#define SERVER_MEMORY_MEMORY_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

/*
 * Resident bytes of private memory without a file, outside [except, except + n).
 * false: /proc has no maps, or a mapping is too large to ask about.
 */
MUST_USE bool memory_maps_private(const void *except, size_t n, uint64_t *bytes);

#endif
