/*
 * many_text: `get` with many keys, in one line or more for each server.
 *
 * Values come in the order of the keys; a key without a value is a miss.
 * A line has at most LINE_KEYS keys, so that its length has a limit.
 */
#include "client/many.h"

#include <stdlib.h>

#include "base/clock.h"

enum { LINE_KEYS = 512 };
static_assert(LINE_KEYS <= UINT16_MAX, "pending counts its values in 16 bits");

struct line {
    struct many *many;
    struct larder_item *items; /* all items of the call */
    struct buffer_out text;
    size_t n, at; /* number of keys; number of answered keys */
    size_t index[LINE_KEYS];
};

static void
end_line(struct line *line, int code)
{
    for (; line->at < line->n; line->at++)
        line->items[line->index[line->at]].code = code;
    MUST(line->many->left > 0);
    line->many->left--;
}

/* Finds the value's key among the keys that are left; the keys before it are misses. */
static bool
take_value(struct line *line, int code, const struct reply *reply)
{
    for (; line->at < line->n; line->at++) {
        struct larder_item *item = &line->items[line->index[line->at]];
        if (bytes_equal(bytes_of(item->key, item->n_key), reply->key)) {
            answer_take(item, reply);
            item->code = code;
            line->at++;
            return true;
        }
        item->code = LARDER_MISS;
    }
    return false;
}

/* If a value ends the line, it was too large: the keys after it are requested again. */
static void
line_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct line *line = p->arg;
    bool value = reply != NULL && reply->status == REPLY_VALUE;

    CHECKED_MUST(line->at <= line->n && line->n > 0);
    if (value && !take_value(line, code, reply))
        line->at = line->n; /* the value's key was not requested */
    if (!last)
        return;
    end_line(line, reply != NULL && reply->status == REPLY_END ? LARDER_MISS
                   : value                                     ? LARDER_CLOSED
                   : code == LARDER_OK                         ? LARDER_PROTOCOL
                                                               : code);
}

static bool
add_key(struct line *line, struct bytes key)
{
    const struct ask ask = {.kind = ASK_GET};
    char *dst = buffer_out_room(&line->text, ASK_MAX);

    if (dst == NULL)
        return false;
    if (line->n == 0)
        dst = ask_text_keys(dst, &ask);
    *dst++ = ' ';
    memcpy(dst, key.p, key.n);
    buffer_out_wrote(&line->text, dst + key.n);
    return true;
}

static int
ask_line(struct larder *l, struct conn *c, struct line *line, struct pending *p)
{
    struct many *many = line->many;
    struct bytes text = bytes_of(line->text.p, line->text.end);
    int code = conn_ask_bytes(c, text, *p, many->now_ns);

    if (code != LARDER_BUSY)
        return code;
    many_make_room(l, c, many);
    p->deadline_ns = handle_deadline_ns(l, many->now_ns);
    return conn_ask_bytes(c, text, *p, many->now_ns);
}

static void
send_line(struct larder *l, struct conn *c, struct line *line)
{
    struct pending p = {.sink = line_sink,
        .arg = line,
        .deadline_ns = handle_deadline_ns(l, line->many->now_ns),
        .fits = PENDING_FITS(VALUE) | PENDING_FITS(END) | PENDING_COUNTED,
        .values_left = (uint16_t)line->n,
        .end = PENDING_TO_END};
    char *dst = buffer_out_room(&line->text, 2);
    int code = LARDER_NO_MEMORY;

    if (dst != NULL) {
        memcpy(dst, "\r\n", 2);
        buffer_out_wrote(&line->text, dst + 2);
        code = ask_line(l, c, line, &p);
    }
    line->many->left++;
    if (code != LARDER_OK)
        end_line(line, code);
}

/* The lines that are being written, one for each server, and the lines that were sent. */
struct lines {
    struct line **open; /* indexed by the connection's number */
    struct line **sent;
    size_t n_sent, n_room;
};

static size_t
number_of(const struct larder *l, const struct conn *c)
{
    for (size_t i = 0; i < l->n_conns; i++)
        if (l->conns[i] == c)
            return i;
    UNREACHABLE();
}

static void
close_line(struct larder *l, struct lines *lines, size_t server)
{
    struct line *line = lines->open[server];

    if (line == NULL)
        return;
    lines->open[server] = NULL;
    MUST(lines->n_sent < lines->n_room);
    lines->sent[lines->n_sent++] = line;
    if (LIKELY(line->n > 0)) /* else there was no memory for its first key */
        send_line(l, l->conns[server], line);
}

static int
add_item(struct larder *l, struct lines *lines, struct many *many, struct larder_item *items, size_t i)
{
    struct ask ask = {.kind = ASK_GET, .key = bytes_of(items[i].key, items[i].n_key)};
    int code;

    if (proto_ask_check(DIALECT_TEXT, &ask) != ASK_GOOD)
        return LARDER_BAD_KEY;
    struct conn *c = core_conn_of(l, ask.key, many->now_ns, &code);
    if (c == NULL)
        return code;
    size_t server = number_of(l, c);
    struct line *line = lines->open[server];
    if (line == NULL) {
        line = lines->open[server] = calloc(1, sizeof *line);
        if (line == NULL)
            return LARDER_NO_MEMORY;
        line->many = many;
        line->items = items;
    }
    if (!add_key(line, ask.key))
        return LARDER_NO_MEMORY;
    CHECKED_MUST(line->n < LINE_KEYS);
    line->index[line->n++] = i;
    if (line->n == LINE_KEYS)
        close_line(l, lines, server);
    return LARDER_OK;
}

void
many_text_ask(struct larder *l, struct larder_item *items, size_t n)
{
    struct many many = {.now_ns = clock_ns()};
    struct lines lines = {
        .open = calloc(l->n_conns + 1, sizeof(struct line *)),
        .n_room = l->n_conns + n / LINE_KEYS + 1,
    };
    lines.sent = calloc(lines.n_room, sizeof(struct line *));
    bool room = lines.open != NULL && lines.sent != NULL;

    for (size_t i = 0; i < n; i++)
        if (many_to_ask(&items[i]))
            items[i].code = room ? add_item(l, &lines, &many, items, i) : LARDER_NO_MEMORY;
    for (size_t i = 0; room && i < l->n_conns; i++)
        close_line(l, &lines, i);
    core_wait(l, &many.left, many.now_ns);
    for (size_t i = 0; i < lines.n_sent; i++) {
        buffer_out_fini(&lines.sent[i]->text);
        free(lines.sent[i]);
    }
    free(lines.open);
    free(lines.sent);
}
