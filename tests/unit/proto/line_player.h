/*
 * line_player: feeds the parser text in pieces and writes what a connection would
 * answer as a text, so that two ways to cut the same bytes can be compared.
 *
 * It handles the parser's results as server/conn/conn_run.c does, but looks up no item:
 * the answer to a get is a line for each key, with the command's word, the exptime
 * and the key, and then END.
 */
#ifndef TESTS_UNIT_PROTO_LINE_PLAYER_H
#define TESTS_UNIT_PROTO_LINE_PLAYER_H

#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "proto/parse.h"

struct played {
    char *text;
    size_t n, room;
    size_t pinned_max; /* the most bytes that ever waited for more */
};

static inline void
played_free(struct played *p)
{
    free(p->text);
    *p = (struct played){0};
}

static inline void
played_add(struct played *p, struct bytes b)
{
    if (p->room - p->n < b.n) {
        p->room = 2 * (p->room + b.n);
        p->text = realloc(p->text, p->room);
        MUST(p->text != NULL);
    }
    if (b.n > 0)
        memcpy(p->text + p->n, b.p, b.n);
    p->n += b.n;
}

static inline bool
played_is_same(const struct played *a, const struct played *b)
{
    return bytes_equal(bytes_of(a->text, a->n), bytes_of(b->text, b->n));
}

static inline bool
played_has_keys(const struct request *req)
{
    return req->kind == CMD_GET || req->kind == CMD_GETS || req->kind == CMD_GAT || req->kind == CMD_GATS;
}

static inline void
played_add_request(struct played *p, const struct request *req, bool ends)
{
    char word[64];
    const char *name = request_word_of(req->kind);
    bool timed = req->kind == CMD_GAT || req->kind == CMD_GATS;
    int n = snprintf(word, sizeof word, "%s %lld ", name, timed ? (long long)req->exptime : 0);
    struct bytes args = req->args, key;
    if (!played_has_keys(req)) {
        n = snprintf(word, sizeof word, "%s%s\n", name, req->quiet ? " quiet" : "");
        played_add(p, bytes_of(word, (size_t)n));
        return;
    }
    MUST(!req->quiet);
    while (req->key.n > 0 && (key = parse_next_key(&args)).n > 0) {
        MUST(key.n <= REQUEST_KEY_MAX);
        played_add(p, bytes_of(word, (size_t)n));
        played_add(p, key);
        played_add(p, BYTES("\n"));
    }
    if (ends)
        played_add(p, BYTES("END\n"));
}

/*
 * Reads the whole body of a request that the parser returned before its body; false if the text ends
 * first.
 */
static inline bool
played_end_body(
    struct request *req, struct parsed *out, struct bytes all, size_t at, enum parse_result *result)
{
    out->used += (size_t)req->n_value + 2;
    if (at + out->used > all.n)
        return false;
    *result = memcmp(all.p + at + out->used - 2, "\r\n", 2) == 0 ? PARSE_DONE : PARSE_BAD;
    out->complaint = PARSE_BAD_CHUNK;
    out->place = PROTOCOL_TEXT;
    req->quiet &= *result == PARSE_DONE || req->dialect != DIALECT_META;
    return true;
}

/* Returns the size of the next piece. */
typedef size_t played_step(void *arg);

/* Feeds the parser step(arg) more bytes at a time, each time in memory of exactly the size of the input. */
static inline struct played
play(struct bytes all, played_step *step, void *arg)
{
    struct parser parser = {.protocol = PROTOCOL_TEXT};
    struct played played = {0};
    size_t at = 0, have = 0;
    for (;;) {
        struct bytes in = bytes_of(malloc(have > at ? have - at : 1), have - at);
        MUST(in.p != NULL);
        memcpy((char *)in.p, all.p + at, in.n);
        struct request req = {0};
        struct parsed out = {0};
        enum parse_result result = proto_parse(&parser, in, &req, &out);
        MUST(out.used <= in.n && (result == PARSE_CLOSE || (out.used > 0) == (result != PARSE_MORE)));
        bool is_there = result != PARSE_BODY || played_end_body(&req, &out, all, at, &result);
        if (is_there && (result == PARSE_DONE || (result == PARSE_KEYS && req.kind != CMD_NONE)))
            played_add_request(&played, &req, result == PARSE_DONE || out.ends);
        if (is_there && result == PARSE_BAD) {
            played_add(&played, out.complaint);
            played_add(&played, req.quiet ? BYTES(" quiet\n") : BYTES("\n"));
        }
        if (result == PARSE_KEYS || result == PARSE_BAD)
            parse_took(&parser, &req, &out);
        free((char *)in.p);
        if (result == PARSE_MORE && in.n > played.pinned_max)
            played.pinned_max = in.n;
        if (result == PARSE_CLOSE)
            played_add(&played, BYTES("close\n"));
        if (result == PARSE_CLOSE || !is_there || (result == PARSE_MORE && have == all.n) ||
            out.swallow > all.n - at - out.used)
            return played;
        if (result == PARSE_MORE) {
            size_t more = step(arg);
            have = more < all.n - have ? have + more : all.n;
        }
        at += out.used + (size_t)out.swallow;
        have = have < at ? at : have;
    }
}

/* Steps: the whole text; `*arg` bytes each; random sizes, mostly small, from the generator's state `*arg`. */
static inline size_t
step_whole(void *arg)
{
    (void)arg;
    return SIZE_MAX;
}

static inline size_t
step_fixed(void *arg)
{
    return *(size_t *)arg;
}

static inline size_t
step_random(void *arg)
{
    uint64_t *state = arg;
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    uint32_t bits = (uint32_t)(*state >> 33);
    return 1 + (bits >> 4) % (16u << bits % 10);
}

#endif
