#include "client/route/keyhash.h"

#include "base/must.h"

static const struct {
    const char *word;
    keyhash_function function;
} keyhashes[N_KEYHASHES] = {
#define KEYHASH(kind, word, function) [KEYHASH_##kind] = {word, function},
#include "client/route/keyhash.def"
#undef KEYHASH
};

/* Other names of some hashes, in libmemcached and the clients based on it. */
static const struct {
    const char *word;
    enum keyhash_kind kind;
} also[] = {
    {"default", KEYHASH_OWN},
    {"crc", KEYHASH_CRC32},
    {"jenkins_one_at_a_time", KEYHASH_ONE_AT_A_TIME},
};

keyhash_function
keyhash_of(enum keyhash_kind kind)
{
    MUST(kind > KEYHASH_OWN && kind < N_KEYHASHES);
    return keyhashes[kind].function;
}

const char *
keyhash_word(enum keyhash_kind kind)
{
    return kind == KEYHASH_OWN ? "default" : keyhashes[kind].word;
}

static bool
same_word(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if ((*a == '-' ? '_' : *a) != *b)
            return false;
    return *a == *b;
}

bool
keyhash_named(const char *word, enum keyhash_kind *kind)
{
    for (size_t i = 0; i < sizeof also / sizeof also[0]; i++)
        if (same_word(word, also[i].word)) {
            *kind = also[i].kind;
            return true;
        }
    for (int i = KEYHASH_OWN + 1; i < N_KEYHASHES; i++)
        if (same_word(word, keyhashes[i].word)) {
            *kind = (enum keyhash_kind)i;
            return true;
        }
    return false;
}
