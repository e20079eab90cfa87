/*
 * config: a handle's options, set by name and read by number.
 *
 * The meaning of a word is stored beside it when the option is set, so an invalid word
 * is refused then, and not when it is used.
 *
 * Threads: as the handle; const functions from any.
 */
#ifndef CLIENT_CONN_CONFIG_H
#define CLIENT_CONN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"
#include "client/packing/packing.h"
#include "client/route/route.h"
#include "proto/request.h"

enum config_option {
#define NUMBER(name, word, low, high, value) CONFIG_##name,
#define SWITCH(name, word, value)            CONFIG_##name,
#define WORD(name, word, value)              CONFIG_##name,
#include "client/options.def"
#undef NUMBER
#undef SWITCH
#undef WORD
    CONFIG_N
};

struct config {
    uint64_t numbers[CONFIG_N];
    char *words[CONFIG_N];         /* NULL: the default */
    enum dialect dialect;          /* protocol */
    struct route_rules rules;      /* ring, hash_tag */
    const struct packing *packing; /* compression; NULL: none */
};

void config_init(struct config *);
void config_fini(struct config *);

/* False when out of memory; `to` is then as after config_init. */
MUST_USE bool config_copy(struct config *to, const struct config *from);

/* An enum larder_code. */
MUST_USE int config_set(struct config *, const char *name, const char *value);

const char *config_word(const struct config *, enum config_option);

static inline uint64_t
config_number(const struct config *config, enum config_option option)
{
    return config->numbers[option];
}

static inline uint64_t
config_ns(const struct config *config, enum config_option option)
{
    return config->numbers[option] * UINT64_C(1000000);
}

/* Whether the connections log in. */
static inline bool
config_logs_in(const struct config *config)
{
    return config_word(config, CONFIG_USERNAME)[0] != '\0';
}

#endif
