/*
 * put: larder.h's writes of one item.
 */
#include "client/handle.h"

#define F(letter) META_FLAG(letter)

static int
put(struct larder *l, struct ask *ask, const void *value, size_t n_value)
{
    if (n_value > INT32_MAX - 2)
        return LARDER_TOO_LARGE;
    ask->kind = ASK_PUT;
    ask->n_value = (uint32_t)n_value;
    bool twice = ask->mode == PUT_SET && !(ask->flags & F('C'));
    return answer_write(l, ask, value, twice, NULL);
}

int
larder_set(struct larder *l, const void *key, size_t n_key, const void *value, size_t n_value, uint32_t flags,
    int64_t exptime)
{
    struct ask ask = {.key = bytes_of(key, n_key), .client_flags = flags, .exptime = exptime};
    return put(l, &ask, value, n_value);
}

int
larder_add(struct larder *l, const void *key, size_t n_key, const void *value, size_t n_value, uint32_t flags,
    int64_t exptime)
{
    struct ask ask = {
        .mode = PUT_ADD, .key = bytes_of(key, n_key), .client_flags = flags, .exptime = exptime};
    return put(l, &ask, value, n_value);
}

int
larder_replace(struct larder *l, const void *key, size_t n_key, const void *value, size_t n_value,
    uint32_t flags, int64_t exptime)
{
    struct ask ask = {
        .mode = PUT_REPLACE, .key = bytes_of(key, n_key), .client_flags = flags, .exptime = exptime};
    return put(l, &ask, value, n_value);
}

int
larder_append(struct larder *l, const void *key, size_t n_key, const void *value, size_t n_value)
{
    struct ask ask = {.mode = PUT_APPEND, .key = bytes_of(key, n_key)};
    return put(l, &ask, value, n_value);
}

int
larder_prepend(struct larder *l, const void *key, size_t n_key, const void *value, size_t n_value)
{
    struct ask ask = {.mode = PUT_PREPEND, .key = bytes_of(key, n_key)};
    return put(l, &ask, value, n_value);
}

int
larder_cas(struct larder *l, const void *key, size_t n_key, const void *value, size_t n_value, uint32_t flags,
    int64_t exptime, uint64_t cas)
{
    struct ask ask = {
        .key = bytes_of(key, n_key), .client_flags = flags, .exptime = exptime, .flags = F('C'), .cas = cas};
    return put(l, &ask, value, n_value);
}

int
larder_delete(struct larder *l, const void *key, size_t n_key)
{
    struct ask ask = {.kind = ASK_DELETE, .key = bytes_of(key, n_key)};
    return answer_write(l, &ask, NULL, false, NULL);
}

int
larder_touch(struct larder *l, const void *key, size_t n_key, int64_t exptime)
{
    struct ask ask = {.kind = ASK_TOUCH, .key = bytes_of(key, n_key), .exptime = exptime};
    return answer_write(l, &ask, NULL, true, NULL);
}

static int
arith(struct larder *l, struct ask *ask, uint64_t *result)
{
    struct larder_item item = {0};

    ask->kind = ASK_ARITH;
    ask->flags |= F('v');
    int code = answer_write(l, ask, NULL, false, &item);
    if (code == LARDER_OK && result != NULL)
        *result = item.number;
    return code;
}

int
larder_incr(struct larder *l, const void *key, size_t n_key, uint64_t delta, uint64_t *result)
{
    struct ask ask = {.key = bytes_of(key, n_key), .delta = delta};
    return arith(l, &ask, result);
}

int
larder_decr(struct larder *l, const void *key, size_t n_key, uint64_t delta, uint64_t *result)
{
    struct ask ask = {.key = bytes_of(key, n_key), .delta = delta, .decr = true};
    return arith(l, &ask, result);
}

int
larder_count(struct larder *l, const void *key, size_t n_key, int64_t delta, uint64_t initial,
    int64_t exptime, uint64_t *result)
{
    struct ask ask = {.key = bytes_of(key, n_key),
        .delta = delta < 0 ? -(uint64_t)delta : (uint64_t)delta,
        .decr = delta < 0,
        .initial = initial,
        .vivify_exptime = exptime,
        .flags = F('N')};
    return arith(l, &ask, result);
}
