/* dump_compose: the lines of lru_crawler's dumps; see compose.h. */
#include <assert.h>

#include "base/must.h"
#include "base/text/base64.h"
#include "base/text/uri.h"
#include "proto/compose/compose_internal.h"

/* The bytes of a line besides its key. */
enum { NUMBERS_MAX = COMPOSE_DUMP_MAX - (int)URI_ENCODED_MAX(REQUEST_KEY_MAX) };
static_assert(NUMBERS_MAX >= 4 * 20 + 2 * 10 + 64, "the longest numbers fit, and the words before them");

static char *
put_number(char *dst, struct bytes name, uint64_t v)
{
    dst = compose_bytes(dst, name);
    dst = compose_u64(dst, v);
    *dst++ = ' ';
    return dst;
}

char *
proto_compose_metadump(char *dst, const struct dump_item *it)
{
    const char *start = dst;

    MUST(it->key.n <= REQUEST_KEY_MAX);
    dst = compose_bytes(dst, BYTES("key="));
    dst = uri_encode(dst, it->key);
    if (it->expires)
        dst = put_number(dst, BYTES(" exp="), it->expires_at);
    else
        dst = compose_bytes(dst, BYTES(" exp=-1 "));
    dst = put_number(dst, BYTES("la="), it->last_access);
    dst = put_number(dst, BYTES("cas="), it->cas);
    dst = compose_bytes(dst, it->fetched ? BYTES("fetch=yes ") : BYTES("fetch=no "));
    dst = put_number(dst, BYTES("cls="), it->class_number);
    dst = put_number(dst, BYTES("size="), it->n_item);
    dst = put_number(dst, BYTES("flags="), it->client_flags);
    CHECKED_MUST(dst - start < COMPOSE_DUMP_MAX);
    *dst++ = '\n'; /* no CR, and a space before it: memcached's format */
    return dst;
}

char *
proto_compose_mgdump(char *dst, const struct dump_item *it)
{
    MUST(it->key.n > 0 && it->key.n <= REQUEST_KEY_MAX);
    dst = compose_bytes(dst, BYTES("mg "));
    if (!it->key_is_binary) {
        dst = compose_bytes(dst, it->key);
        return compose_bytes(dst, BYTES("\r\n"));
    }
    dst = base64_encode(dst, it->key);
    return compose_bytes(dst, BYTES(" b\r\n"));
}
