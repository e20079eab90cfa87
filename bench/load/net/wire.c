/* wire: shared by the protocols' files; see wire.h. */
#include "bench/load/net/wire.h"

#include "bench/load/options/options.h"

void
wire_credentials(const struct options *o, struct bytes *user, struct bytes *password)
{
    const char *colon = strchr(o->authenticate, ':');
    *user = bytes_of(o->authenticate, colon != NULL ? (size_t)(colon - o->authenticate) : 0);
    const char *rest = colon != NULL ? colon + 1 : o->authenticate;
    *password = bytes_of(rest, strlen(rest));
}

enum wire_result
wire_line(const char *p, size_t n, size_t *n_line)
{
    size_t n_look = n < WIRE_HEAD_MAX ? n : WIRE_HEAD_MAX;
    const char *end = memchr(p, '\n', n_look);
    if (end == NULL)
        return n_look == WIRE_HEAD_MAX ? WIRE_BROKEN : WIRE_MORE;
    *n_line = (size_t)(end - p) + 1;
    return *n_line >= 2 && end[-1] == '\r' ? WIRE_PIECE : WIRE_BROKEN;
}

bool
wire_number(const char **at, const char *end, uint64_t most, uint64_t *value)
{
    const char *p = *at;
    uint64_t v = 0;
    while (p < end && (unsigned char)(*p - '0') <= 9) {
        v = v * 10 + (uint64_t)(*p++ - '0');
        if (v > most)
            return false;
    }
    bool is_number = p > *at;
    *at = p;
    *value = v;
    return is_number;
}

enum wire_result
wire_verdict(struct wire_piece *piece, enum wire_outcome outcome, const char *line, size_t n_line)
{
    *piece = (struct wire_piece){
        .outcome = outcome, .is_last = true, .n_head = n_line, .text = bytes_of(line, n_line - 2)};
    return WIRE_PIECE;
}

bool
wire_is_error(struct bytes line)
{
    return bytes_equal(line, BYTES("ERROR")) || bytes_begin_with(line, BYTES("CLIENT_ERROR ")) ||
           bytes_begin_with(line, BYTES("SERVER_ERROR "));
}
