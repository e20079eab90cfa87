/*
 * conn_read: turns bytes into replies.  The protocol parses heads; values are
 * counted, or compared as they arrive.
 */
#include "bench/load/net/conn.h"

#include <string.h>

/* Finds the key that a value belongs to; false if it is none of the keys not answered yet. */
static bool
find_key(struct conn *c, const struct wire_piece *piece)
{
    const uint64_t *numbers = c->numbers + (size_t)c->first * c->keys_each;
    uint64_t number;
    if (!piece->is_key_known) { /* the next key, unless the pieces before it have used all */
        if (c->key_at == c->asked.n_keys)
            return false;
        c->number = numbers[c->key_at++];
        return true;
    }
    if (!keys_read(c->keys, piece->text, &number))
        return false;
    while (c->key_at < c->asked.n_keys)
        if (numbers[c->key_at++] == number) {
            c->number = number;
            return true;
        }
    return false;
}

/* The reply to the oldest request is complete. */
static const char *
finish(struct event_loop *h, struct conn *c)
{
    struct conn_flight f = c->flights[c->first];
    struct conn_reply r = {&f, c->outcome, c->n_hits, c->n_wrong, c->n_bytes, c->piece.n_value, h->error};
    c->first = c->first + 1 == c->pipeline ? 0 : c->first + 1;
    if (--c->n_flights > 0)
        conn_expect(c);
    if (f.ask != ASK_LOGIN) {
        h->owner->replied(h, c, &r);
        return NULL;
    }
    if (r.outcome != WIRE_OK)
        return r.outcome == WIRE_ERROR && *h->error != '\0' ? h->error : "the server refuses the login";
    conn_dial_login(h, c);
    return NULL;
}

/* Reads a part of a value and its tail, *n_taken bytes.  Returns NULL, or the error. */
static const char *
take_value(struct event_loop *h, struct conn *c, const char *p, size_t n, size_t *n_taken)
{
    const struct wire_piece *piece = &c->piece;
    size_t left = piece->n_value + piece->n_tail - c->value_at, take = n < left ? n : left;
    size_t of_value = c->value_at < piece->n_value ? piece->n_value - c->value_at : 0;
    of_value = of_value < take ? of_value : take;
    if (c->is_value_known && of_value > 0 && !c->is_value_wrong)
        c->is_value_wrong = !h->owner->value(h, c, c->number, piece->n_value, c->value_at, p, of_value);
    c->value_at += of_value;
    for (size_t i = of_value; i < take; i++, c->value_at++)
        if (p[i] != "\r\n"[c->value_at - piece->n_value])
            return "a value is longer than its header says";
    *n_taken = take;
    if (take < left)
        return NULL;
    c->is_in_value = false;
    c->n_wrong += c->is_value_wrong;
    return piece->is_last ? finish(h, c) : NULL;
}

/* Stores the server's message with unprintable characters replaced. */
static void
keep_words(struct event_loop *h, struct bytes text)
{
    size_t n = text.n < sizeof h->error - 1 ? text.n : sizeof h->error - 1;
    for (size_t i = 0; i < n; i++)
        h->error[i] = text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?';
    h->error[n] = '\0';
}

/* Handles a piece whose head has been read. */
static const char *
take_head(struct event_loop *h, struct conn *c, const struct wire_piece *piece)
{
    c->n_bytes += piece->n_head + piece->n_value + piece->n_tail;
    switch (piece->outcome) {
    case WIRE_HIT:
        if (++c->n_hits > c->asked.n_keys)
            return "the server sent more values than were requested";
        c->piece = *piece;
        c->is_in_value = true;
        c->value_at = 0;
        c->is_value_known = c->is_value_wrong = false;
        if (h->owner->value != NULL) {
            c->is_value_known = find_key(c, piece);
            c->is_value_wrong = !c->is_value_known;
        }
        if (piece->n_value + piece->n_tail == 0) { /* binary, and empty: no more bytes of it will arrive */
            size_t none;
            return take_value(h, c, NULL, 0, &none);
        }
        return NULL;
    case WIRE_MISS: c->key_at += c->key_at < c->asked.n_keys; break;
    case WIRE_OK: break;
    case WIRE_ERROR: keep_words(h, piece->text); /* fall through */
    case WIRE_NO: c->outcome = piece->outcome; break;
    }
    return piece->is_last ? finish(h, c) : NULL;
}

const char *
conn_read(struct event_loop *h, struct conn *c, const char *p, size_t n)
{
    while (n > 0) {
        const char *why;
        if (c->is_in_value) {
            size_t taken = 0;
            why = take_value(h, c, p, n, &taken);
            p += taken;
            n -= taken;
        } else {
            struct wire_piece piece;
            if (c->n_flights == 0)
                return "the server sent data without a request";
            switch (h->wire->next(&c->asked, p, n, &piece)) {
            case WIRE_MORE:
                if (n >= sizeof c->carry)
                    return "the server sent a line without an end";
                memcpy(c->carry, p, n);
                c->n_carry = (uint32_t)n;
                return NULL;
            case WIRE_BROKEN: return "the server does not speak this protocol, or sent an invalid reply";
            case WIRE_PIECE: break;
            }
            p += piece.n_head;
            n -= piece.n_head;
            why = take_head(h, c, &piece);
        }
        if (why != NULL)
            return why;
        if (c->stage != CONN_READY && c->stage != CONN_LOGIN)
            return NULL; /* the owner closed the connection */
    }
    return NULL;
}
