/*
 * f_reply: parses any bytes as replies, whole and in pieces.
 *
 * The reader must stay within its buffer, use no more bytes than it got, point only
 * into these, respect its limits, and find the same replies however the input is
 * cut.  The first byte gives the size of the pieces, and its top bit says whether
 * the bytes are packets.
 */
#include "proto/reply.h"

#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 16 << 10, VALUE_MAX = 1000, EVENTS_MAX = INPUT_MAX + 2 };

struct event {
    size_t end; /* of the reply, in the input */
    uint8_t result, status;
    uint32_t n_value, client_flags;
    uint64_t cas, number;
};

struct run {
    size_t n_events;
    struct event events[EVENTS_MAX];
};

static void
check_reply(
    enum reply_result result, struct bytes in, const struct reply_reader *r, const struct reply *reply)
{
    uint64_t number;
    if (result == REPLY_BROKEN)
        return;
    if (result == REPLY_MORE) {
        MUST(reply->missing > 0 && reply->missing <= REPLY_WORDS_MAX + 24);
        return;
    }
    MUST(reply->status < REPLY_N_STATUSES && reply->used > 0 && reply->used <= in.n);
    MUST(fuzz_within(reply->key, in) && fuzz_within(reply->value, in) && fuzz_within(reply->text, in));
    MUST(reply->n_value <= VALUE_MAX);
    if (result == REPLY_BODY) {
        MUST(reply->status == REPLY_VALUE);
        size_t end = r->dialect == DIALECT_BINARY ? 0 : 2; /* the CR LF after the value */
        MUST(reply->missing == reply->n_value + end - (in.n - reply->used));
    } else if (reply->status == REPLY_VALUE) {
        MUST(reply->value.n == reply->n_value);
    }
    if (reply_number(reply, &number))
        MUST(reply->status == REPLY_NUMBER || reply->status == REPLY_VALUE);
}

static struct event
read_one(struct reply_reader *r, struct bytes in, size_t at)
{
    struct reply reply;
    enum reply_result result = proto_reply(r, in, &reply);
    check_reply(result, in, r, &reply);
    struct event e = {.result = (uint8_t)result, .end = at + reply.used};
    if (result == REPLY_WHOLE) {
        e.status = reply.status;
        e.n_value = reply.n_value;
        e.client_flags = reply.client_flags;
        e.cas = reply.cas;
        e.number = reply.number;
    }
    return e;
}

/* Feeds the reader `step` more bytes at a time, each time in memory of exactly the size of the input. */
static void
read_all(uint8_t dialect, struct bytes all, size_t step, struct run *run)
{
    struct reply_reader r = {.dialect = dialect, .value_max = VALUE_MAX};
    size_t at = 0, have = fuzz_further(all, 0, step);
    run->n_events = 0;
    while (at < all.n) {
        struct bytes in = fuzz_piece(all, at, have);
        struct event e = read_one(&r, in, at);
        free((char *)in.p);
        if ((e.result == REPLY_MORE || e.result == REPLY_BODY) && have < all.n) {
            have = fuzz_further(all, have, step);
            continue;
        }
        MUST(run->n_events < EVENTS_MAX);
        run->events[run->n_events++] = e;
        if (e.result != REPLY_WHOLE)
            return;
        at = e.end;
        if (have <= at)
            have = fuzz_further(all, at, step);
    }
}

/* A broken reply may be detected before all of it has arrived, so its end is not compared. */
static void
check_same(const struct run *a, const struct run *b)
{
    MUST(a->n_events == b->n_events);
    for (size_t i = 0; i < a->n_events; i++) {
        const struct event *x = &a->events[i], *y = &b->events[i];
        MUST(x->result == y->result);
        if (x->result != REPLY_WHOLE)
            continue;
        MUST(x->end == y->end && x->status == y->status && x->n_value == y->n_value);
        MUST(x->client_flags == y->client_flags && x->cas == y->cas && x->number == y->number);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct run whole, pieces;
    if (n < 2 || n > INPUT_MAX)
        return 0;
    uint8_t dialect = data[0] & 0x80 ? DIALECT_BINARY : DIALECT_META;
    struct bytes all = bytes_of((const char *)data + 1, n - 1);
    read_all(dialect, all, all.n, &whole);
    read_all(dialect, all, 1 + data[0] % 64u, &pieces);
    check_same(&whole, &pieces);
    return 0;
}

/* Packets here have 24 bytes and lengths that a C string can hold; the corpus has others. */
const char *const fuzz_words[] = {"VALUE k 0 3\r\nabc\r\n", "VALUE k 7 0 99\r\n\r\n", "VALUE ",
    "CONFIG cluster 0 1\r\nx\r\n", "END\r\n", "STORED\r\n", "NOT_STORED\r\n", "EXISTS\r\n", "NOT_FOUND\r\n",
    "DELETED\r\n", "TOUCHED\r\n", "OK\r\n", "ERROR\r\n", "SERVER_ERROR out of memory\r\n",
    "CLIENT_ERROR x\r\n", "STAT a b\r\n", "STAT ", "VERSION 1.6.45\r\n", "12345\r\n", "5 \r\n", "HD\r\n",
    "HD O1\r\n", "EN\r\n", "NF\r\n", "NS\r\n", "EX\r\n", "MN\r\n", "ME k a=b\r\n", "VA 3\r\nabc\r\n",
    "VA 3 f1 c2\r\nabc\r\n", "VA 2 k", "VA 1 W X Z t-1 l5 h0 s9\r\nx\r\n", "VA 1001\r\n", "VA 9\r\nab", "VA ",
    "HD ", " f1", " c5", " t-1", " kabc", " b", " O77", " W", " X", " Z", " h1", " q", "0", "1",
    "99999999999", " ", "\r\n", "\r\n", "\r\n", "\n", "\r", "abc", "k", "\x81\x0c", "\x81", NULL};
