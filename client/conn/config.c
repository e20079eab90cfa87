/* config: see config.h. */
#include "client/conn/config.h"

#include <stdlib.h>
#include <string.h>

#include "client/larder.h"

enum kind { KIND_NUMBER, KIND_SWITCH, KIND_WORD };

static const struct option {
    const char *name;
    enum kind kind;
    uint64_t low, high, number;
    const char *word;
} options[CONFIG_N] = {
#define NUMBER(name, word, low, high, value) [CONFIG_##name] = {word, KIND_NUMBER, low, high, value, NULL},
#define SWITCH(name, word, value)            [CONFIG_##name] = {word, KIND_SWITCH, 0, 1, value, NULL},
#define WORD(name, word, value)              [CONFIG_##name] = {word, KIND_WORD, 0, 0, 0, value},
#include "client/options.def"
#undef NUMBER
#undef SWITCH
#undef WORD
};

const char *
config_word(const struct config *config, enum config_option option)
{
    return config->words[option] != NULL ? config->words[option] : options[option].word;
}

void
config_init(struct config *config)
{
    *config = (struct config){.dialect = DIALECT_META};
    for (int i = 0; i < CONFIG_N; i++)
        config->numbers[i] = options[i].number;
    MUST(route_named(options[CONFIG_RING].word, &config->rules));
}

/* A password must not stay in memory that is freed. */
static void
forget_word(char **word)
{
    if (*word != NULL)
        explicit_bzero(*word, strlen(*word));
    free(*word);
    *word = NULL;
}

void
config_fini(struct config *config)
{
    for (int i = 0; i < CONFIG_N; i++)
        forget_word(&config->words[i]);
}

bool
config_copy(struct config *to, const struct config *from)
{
    *to = *from;
    memset(to->words, 0, sizeof to->words);
    for (int i = 0; i < CONFIG_N; i++) {
        if (from->words[i] != NULL && (to->words[i] = strdup(from->words[i])) == NULL) {
            config_fini(to);
            config_init(to);
            return false;
        }
    }
    return true;
}

static bool
read_protocol(const char *value, enum dialect *dialect)
{
    static const char *const words[] = {
        [DIALECT_TEXT] = "text", [DIALECT_META] = "meta", [DIALECT_BINARY] = "binary"};

    for (enum dialect d = DIALECT_TEXT; d <= DIALECT_BINARY; d++) {
        if (strcmp(value, words[d]) == 0) {
            *dialect = d;
            return true;
        }
    }
    return false;
}

static bool
read_hash_tag(const char *value, struct route_rules *rules)
{
    size_t n = strlen(value);

    if (n != 0 && n != 2)
        return false;
    rules->tag[0] = n == 2 ? value[0] : '\0';
    rules->tag[1] = n == 2 ? value[1] : '\0';
    return true;
}

static bool
read_ring(const char *value, struct route_rules *rules)
{
    struct route_rules named = *rules;

    if (!route_named(value, &named))
        return false;
    memcpy(named.tag, rules->tag, sizeof named.tag);
    *rules = named;
    return true;
}

static int
set_word(struct config *config, enum config_option option, const char *value)
{
    bool ok = true;
    const struct packing *packing = config->packing;
    char *copy = strdup(value);

    if (copy == NULL)
        return LARDER_NO_MEMORY;
    if (option == CONFIG_PROTOCOL)
        ok = read_protocol(value, &config->dialect);
    else if (option == CONFIG_RING)
        ok = read_ring(value, &config->rules);
    else if (option == CONFIG_HASH_TAG)
        ok = read_hash_tag(value, &config->rules);
    else if (option == CONFIG_COMPRESSION)
        ok = packing_named(value, &packing);
    if (!ok || !packing_works(packing)) {
        free(copy);
        return ok ? LARDER_NOT_SUPPORTED : LARDER_BAD_ARGUMENT;
    }
    config->packing = packing;
    forget_word(&config->words[option]);
    config->words[option] = copy;
    return LARDER_OK;
}

static int
set_number(struct config *config, enum config_option option, const char *value)
{
    uint64_t number;

    if (!request_u64(bytes_of(value, strlen(value)), &number) || number < options[option].low ||
        number > options[option].high)
        return LARDER_BAD_ARGUMENT;
    config->numbers[option] = number;
    return LARDER_OK;
}

static int
set_switch(struct config *config, enum config_option option, const char *value)
{
    bool on = strcmp(value, "on") == 0;

    if (!on && strcmp(value, "off") != 0)
        return LARDER_BAD_ARGUMENT;
    config->numbers[option] = on;
    return LARDER_OK;
}

int
config_set(struct config *config, const char *name, const char *value)
{
    for (enum config_option i = 0; i < CONFIG_N; i++) {
        if (strcmp(name, options[i].name) != 0)
            continue;
        switch (options[i].kind) {
        case KIND_NUMBER: return set_number(config, i, value);
        case KIND_SWITCH: return set_switch(config, i, value);
        case KIND_WORD: return set_word(config, i, value);
        }
    }
    return LARDER_BAD_ARGUMENT;
}
