/*
 * memory_maps: how much of the process's private memory is resident, besides one stretch.
 *
 * Heap, stacks and data are what the C library and the loader have mapped; /proc
 * says where, and the kernel which pages of it were ever touched.
 *
 * Threads: any.
 */
#ifndef SERVER_MEMORY_MEMORY_MAPS_H
#define SERVER_MEMORY_MEMORY_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

/* Bytes of private memory without a file that are resident, outside [except, except + n).  false: nobody says. */
MUST_USE bool memory_maps_private(const void *except, size_t n, uint64_t *bytes);

#endif
