/* conn_playing: a connection of the client, what is asked on it, and what a peer of each dialect answers. */
#ifndef TESTS_UNIT_CLIENT_CONN_PLAYING_H
#define TESTS_UNIT_CLIENT_CONN_PLAYING_H

#include <poll.h>

#include "client/conn/conn.h"
#include "client/handle.h"
#include "proto/binary.h"

#include "tests/unit/client/fake_peer.h"

#define F(letter) META_FLAG(letter)

enum { NOW_NS = 1000000000 }; /* any time but 0 */

static struct conn_env env;
static struct conn conn;

static inline void
set_option(const char *name, const char *value)
{
    assert_int_equal(config_set(&env.config, name, value), LARDER_OK);
}

/* A connection that is not begun, in the dialect and with the default options. */
static inline void
begin(const char *dialect)
{
    struct target target;
    const char *list = "server:1";

    assert_int_equal(target_next(&list, &target), LARDER_OK);
    env = (struct conn_env){0};
    config_init(&env.config);
    set_option("protocol", dialect);
    conn_init(&conn, &env, &target);
}

static inline struct fake_peer *
begin_up(const char *dialect)
{
    begin(dialect);
    assert_int_equal(conn_open_on(&conn, fake_begin(0), NOW_NS), LARDER_OK);
    assert_int_equal(conn.state, CONN_UP);
    return &fake_peers[0];
}

static inline void
end(void)
{
    conn_fini(&conn);
    assert_int_equal(env.n_outstanding, 0);
    packing_forget(&env.unpacked);
    config_fini(&env.config);
}

/* ---- one of each -------------------------------------------------------- */

/* A question, and what its answer comes to. */
struct question {
    struct ask ask;
    const char *text, *meta; /* the reply */
    uint8_t opcode;          /* the reply in binary, */
    uint16_t status;
    const char *extras, *value;
    int code; /* and what it comes to */
    const char *expected;
    uint64_t number;
};

static const struct question questions[] = {
    {{.kind = ASK_GET, .flags = F('v') | F('f')}, "VALUE k 5 5\r\nhello\r\nEND\r\n", "VA 5 f5\r\nhello\r\n",
        0x00, 0, "\0\0\0\5", "hello", LARDER_OK, "hello", 0},
    {{.kind = ASK_GET, .flags = F('v') | F('f')}, "END\r\n", "EN\r\n", 0x00, 1, "", "Not found", LARDER_MISS,
        NULL, 0},
    {{.kind = ASK_PUT, .n_value = 3}, "STORED\r\n", "HD\r\n", 0x01, 0, "", "", LARDER_OK, NULL, 0},
    {{.kind = ASK_ARITH, .delta = 1, .flags = F('v')}, "42\r\n", "VA 2\r\n42\r\n", 0x05, 0, "",
        "\0\0\0\0\0\0\0\52", LARDER_OK, NULL, 42},
    {{.kind = ASK_PUT, .mode = PUT_ADD, .n_value = 3}, "NOT_STORED\r\n", "NS\r\n", 0x02, 2, "",
        "Data exists for key.", LARDER_NOT_STORED, NULL, 0},
    {{.kind = ASK_DELETE}, "NOT_FOUND\r\n", "NF\r\n", 0x04, 1, "", "Not found", LARDER_MISS, NULL, 0},
    {{.kind = ASK_PUT, .n_value = 3}, "SERVER_ERROR out of memory storing object\r\n",
        "SERVER_ERROR out of memory storing object\r\n", 0x01, 0x82, "", "Out of memory",
        LARDER_SERVER_MEMORY, NULL, 0},
    {{.kind = ASK_GET, .flags = F('v') | F('f')}, "VALUE k 0 0\r\n\r\nEND\r\n", "VA 0 f0\r\n\r\n", 0x00, 0,
        "\0\0\0\0", "", LARDER_OK, "", 0},
};

static inline void
say_packet(struct fake_peer *f, const struct question *q, uint32_t opaque)
{
    size_t n_extras = q->status == 0 && q->ask.kind == ASK_GET ? 4 : 0;
    size_t n_value = q->ask.kind == ASK_ARITH ? 8 : strlen(q->value);
    char head[BINARY_HEAD] = {(char)BINARY_REPLY, (char)q->opcode};

    head[4] = (char)n_extras;
    binary_put16(head + 6, q->status);
    binary_put32(head + 8, (uint32_t)(n_extras + n_value));
    binary_put32(head + 12, opaque);
    fake_says(f, head, sizeof head);
    fake_says(f, q->extras, n_extras);
    fake_says(f, q->value, n_value);
}

static inline void
say_all(struct fake_peer *f, enum dialect dialect)
{
    for (uint32_t i = 0; i < N_OF(questions); i++) {
        if (dialect == DIALECT_BINARY)
            say_packet(f, &questions[i], i);
        else
            fake_says_text(f, dialect == DIALECT_TEXT ? questions[i].text : questions[i].meta);
    }
}

struct asked {
    struct answer answer;
    struct larder_item item;
};

static inline int
ask(struct asked *asked, struct ask what, uint64_t deadline_ns)
{
    struct pending p = {.sink = answer_sink, .arg = &asked->answer, .deadline_ns = deadline_ns};

    if (what.kind == ASK_GET && env.config.dialect == DIALECT_TEXT)
        p.end = PENDING_TO_END;
    *asked = (struct asked){.answer = {.left = 1, .code = -1, .item = &asked->item}};
    what.key = BYTES("k");
    return conn_ask(&conn, &what, "abc", p, NOW_NS);
}

/* Until nothing more comes. */
static inline void
step_all(struct fake_peer *f)
{
    while (f->at < f->n_reply)
        conn_step(&conn, POLLIN, NOW_NS);
}

#endif
