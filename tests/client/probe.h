/*
 * probe: shared by the scenarios of library_probe.
 *
 * A scenario uses liblarder as a program would, and exits with a message on
 * standard error if a result differs from what larder.h says.
 */
#ifndef TESTS_CLIENT_PROBE_H
#define TESTS_CLIENT_PROBE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/larder.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

struct probe {
    struct larder *l;
    const char *protocol, *servers;
};

#define CHECK(x)                                                                                           \
    do {                                                                                                   \
        if (!(x)) {                                                                                        \
            fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #x, larder_why(probe_handle)); \
            exit(1);                                                                                       \
        }                                                                                                  \
    } while (0)

/* The call must return this code. */
#define CHECK_CODE(call, wanted)                                                               \
    do {                                                                                       \
        int code_ = (call);                                                                    \
        if (code_ != (wanted)) {                                                               \
            fprintf(stderr, "%s:%d: %s: \"%s\", not \"%s\" (%s)\n", __FILE__, __LINE__, #call, \
                larder_strerror(code_), larder_strerror(wanted), larder_why(probe_handle));    \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

extern struct larder *probe_handle; /* the handle whose larder_why is printed */

static inline bool
is_text(const struct probe *p)
{
    return strcmp(p->protocol, "text") == 0;
}

static inline bool
is_meta(const struct probe *p)
{
    return strcmp(p->protocol, "meta") == 0;
}

static inline bool
has_value(const struct larder_item *item, const char *value)
{
    return item->n_value == strlen(value) && memcmp(item->value, value, item->n_value) == 0;
}

/* library_probe.c */
void probe_one(struct probe *);
void probe_many(struct probe *);

/* library_probe_more.c */
void probe_async(struct probe *);
void probe_servers(struct probe *);
void probe_fetch(struct probe *);
void probe_pool(struct probe *);

/* library_probe_wide.c */
void probe_wide(struct probe *);

#endif
