/*
 * get: larder.h's reads of one item.
 */
#include "client/handle.h"

#include <string.h>

#define F(letter) META_FLAG(letter)

static int
get(struct larder *l, const void *key, size_t n_key, uint64_t flags, int64_t exptime,
    struct larder_item *item)
{
    struct ask ask = {
        .kind = ASK_GET, .key = bytes_of(key, n_key), .flags = F('v') | F('f') | flags, .exptime = exptime};

    *item = (struct larder_item){.key = key, .n_key = n_key, .ttl_s = -1};
    return item->code = answer_read(l, &ask, item);
}

int
larder_get(struct larder *l, const void *key, size_t n_key, struct larder_item *item)
{
    return get(l, key, n_key, 0, 0, item);
}

int
larder_gets(struct larder *l, const void *key, size_t n_key, struct larder_item *item)
{
    return get(l, key, n_key, F('c'), 0, item);
}

int
larder_gat(struct larder *l, const void *key, size_t n_key, int64_t exptime, struct larder_item *item)
{
    return get(l, key, n_key, F('T'), exptime, item);
}

int
larder_get_into(
    struct larder *l, const void *key, size_t n_key, void *room, size_t n_room, struct larder_item *item)
{
    int code = larder_gets(l, key, n_key, item);

    if (code != LARDER_OK)
        return code;
    const char *value = item->value;
    item->value = NULL;
    if (item->n_value > n_room)
        return item->code = LARDER_NO_ROOM;
    if (item->n_value > 0)
        memcpy(room, value, item->n_value);
    item->value = room;
    return LARDER_OK;
}
