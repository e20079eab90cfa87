/*
 * keys_parse: a get whose line is too long to be buffered.  However it is cut, the answer is the same, and at
 * most the bytes of one key wait for more.
 */
#include "tests/unit/proto/line_player.h"
#include "tests/unit/proto/parsing.h"

#define BAD         "CLIENT_ERROR bad command line format"
#define BAD_EXPTIME "CLIENT_ERROR invalid exptime argument"

enum { LONG = PARSE_LINE_MAX + 1 }; /* too long for a line that is parsed as a whole */

/* ---- texts -------------------------------------------------------------- */

struct text {
    char *p;
    size_t n;
};

static void
add(struct text *t, struct bytes b)
{
    t->p = realloc(t->p, t->n + b.n);
    assert_non_null(t->p);
    memcpy(t->p + t->n, b.p, b.n);
    t->n += b.n;
}

#define ADD(t, literal) add(t, BYTES(literal))

static void
add_run(struct text *t, char c, size_t n)
{
    while (n-- > 0)
        add(t, bytes_of(&c, 1));
}

/*
 * Appends different keys of 4 to 12 bytes, each with a space after it, until the text has at least `n`
 * bytes.
 */
static void
add_keys(struct text *t, size_t n)
{
    char key[32];
    for (unsigned i = 0; t->n < n; i++)
        add(t, bytes_of(key, (size_t)snprintf(key, sizeof key, "k%0*u ", (int)(2 + i % 9), i % 100)));
}

/* ---- one call ----------------------------------------------------------- */

static struct parser parser;

static enum parse_result
begin(const struct text *t)
{
    parser = (struct parser){.protocol = PROTOCOL_TEXT};
    return feed(&parser, t->p, t->n);
}

/* Accepts the last result and feeds the parser `text`. */
static enum parse_result
take_and_feed(struct bytes text)
{
    parse_took(&parser, &req, &out);
    return feed(&parser, text.p, text.n);
}

static void
short_lines_wait(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "get ");
    add_run(&t, 'x', 100);
    add_keys(&t, PARSE_LINE_MAX - 12);
    assert_int_equal(begin(&t), PARSE_MORE);
    add_run(&t, 'y', LONG - t.n - 1);
    assert_int_equal(begin(&t), PARSE_MORE);
    add_run(&t, 'y', 1);
    assert_int_equal(begin(&t), PARSE_KEYS);
    free(t.p);
}

static void
keys_as_they_come(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "gats -5  first ");
    add_keys(&t, LONG);
    size_t n_whole = t.n;
    ADD(&t, "unfini");
    assert_int_equal(begin(&t), PARSE_KEYS);
    assert_int_equal(out.used, n_whole);
    assert_false(out.ends);
    assert_int_equal(req.kind, CMD_GATS);
    assert_int_equal(req.exptime, -5);
    assert_false(req.quiet);
    assert_bytes(req.key, "first");
    assert_ptr_equal(req.args.p, req.key.p);
    assert_int_equal(req.args.n, n_whole - 9);

    assert_int_equal(take_and_feed(BYTES("unfini")), PARSE_MORE);
    assert_int_equal(feed(&parser, "unfinished", 10), PARSE_MORE);
    assert_int_equal(feed(&parser, "unfinished  ", 12), PARSE_KEYS);
    assert_int_equal(out.used, 12);
    assert_false(out.ends);
    assert_int_equal(req.kind, CMD_GATS);
    assert_int_equal(req.exptime, -5);
    assert_bytes(req.key, "unfinished");

    assert_int_equal(take_and_feed(BYTES("  noreply x\r\nget k\r\n")), PARSE_KEYS);
    assert_int_equal(out.used, 13);
    assert_true(out.ends);
    assert_false(req.quiet);
    assert_bytes(req.args, "noreply x");
    assert_int_equal(take_and_feed(BYTES("get k\r\n")), PARSE_DONE);
    assert_bytes(req.args, "k");
    free(t.p);
}

/* Only the end of the line is left: no key, and END is to be sent. */
static void
ends_without_keys(void **state)
{
    static const struct bytes ends[] = {BYTES("\n"), BYTES("\r\n"), BYTES("   \r\n"), BYTES(" \n")};
    struct text t = {0};
    (void)state;
    ADD(&t, "get ");
    add_keys(&t, LONG);
    for (size_t i = 0; i < N_OF(ends); i++) {
        assert_int_equal(begin(&t), PARSE_KEYS);
        assert_int_equal(take_and_feed(ends[i]), PARSE_KEYS);
        assert_true(out.ends);
        assert_int_equal(req.key.n, 0);
        assert_int_equal(out.used, ends[i].n);
        parse_took(&parser, &req, &out);
        assert_false(parse_is_within_line(&parser));
    }
    assert_int_equal(begin(&t), PARSE_KEYS);
    assert_int_equal(take_and_feed(BYTES("\r")), PARSE_MORE);
    assert_int_equal(feed(&parser, "\r\r\n", 3), PARSE_KEYS);
    assert_bytes(req.args, "\r");
    free(t.p);
}

static void
longest_keys(void **state)
{
    struct text t = {0}, key = {0};
    (void)state;
    ADD(&t, "get ");
    add_keys(&t, LONG);
    add_run(&key, 'k', REQUEST_KEY_MAX);
    ADD(&key, "\r");
    assert_int_equal(begin(&t), PARSE_KEYS);
    assert_int_equal(take_and_feed(bytes_of(key.p, key.n)), PARSE_MORE);
    ADD(&key, "\n");
    assert_int_equal(feed(&parser, key.p, key.n), PARSE_KEYS);
    assert_true(out.ends);
    assert_int_equal(req.args.n, REQUEST_KEY_MAX);
    key.p[REQUEST_KEY_MAX + 1] = 'x'; /* so the \r belongs to the key */
    assert_int_equal(begin(&t), PARSE_KEYS);
    assert_int_equal(take_and_feed(bytes_of(key.p, key.n)), PARSE_BAD);
    assert_bytes(out.complaint, BAD);
    assert_int_equal(out.used, key.n);
    free(t.p);
    free(key.p);
}

/* A refused line is discarded up to its end, without a second error. */
static void
refused_lines_are_skipped(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "get ");
    add_run(&t, 'x', LONG);
    assert_int_equal(begin(&t), PARSE_BAD);
    assert_bytes(out.complaint, BAD);
    assert_int_equal(out.used, t.n);
    assert_int_equal(out.swallow, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take_and_feed(BYTES("xx x\r")), PARSE_KEYS);
        assert_int_equal(out.used, 5);
        assert_int_equal(req.key.n, 0);
        assert_false(out.ends);
        parse_took(&parser, &req, &out);
        assert_true(parse_is_within_line(&parser));
        assert_int_equal(feed(&parser, "", 0), PARSE_MORE);
    }
    assert_int_equal(feed(&parser, "x k\nget k\n", 10), PARSE_KEYS);
    assert_int_equal(out.used, 4);
    assert_false(out.ends);
    assert_int_equal(take_and_feed(BYTES("get k\n")), PARSE_DONE);

    /* the same for a line that the caller skips */
    t.n = 4;
    add_keys(&t, LONG);
    assert_int_equal(begin(&t), PARSE_KEYS);
    parse_took(&parser, &req, &out);
    parse_skip_line(&parser);
    assert_int_equal(feed(&parser, "k k\n", 4), PARSE_KEYS);
    assert_int_equal(req.key.n, 0);
    assert_false(out.ends);
    parse_took(&parser, &req, &out);
    parse_skip_line(&parser); /* the line has already ended */
    assert_int_equal(feed(&parser, "get k\n", 6), PARSE_DONE);
    free(t.p);
}

/* If the caller ran only some keys of a get, the parser returns the remaining ones. */
static void
keys_that_were_not_run(void **state)
{
    (void)state;
    parser = (struct parser){.protocol = PROTOCOL_TEXT};
    assert_int_equal(feed(&parser, "gat 7 a b c\r\nmn\r\n", 17), PARSE_DONE);
    parse_go_on_with_keys(&parser, &req);
    assert_int_equal(feed(&parser, "b c\r\nmn\r\n", 9), PARSE_KEYS);
    assert_int_equal(out.used, 5);
    assert_true(out.ends);
    assert_int_equal(req.kind, CMD_GAT);
    assert_int_equal(req.exptime, 7);
    assert_bytes(req.args, "b c");
    parse_go_on_with_keys(&parser, &req); /* a second time, instead of parse_took */
    assert_int_equal(feed(&parser, "c\r\nmn\r\n", 7), PARSE_KEYS);
    assert_bytes(req.args, "c");
    assert_int_equal(take_and_feed(BYTES("mn\r\n")), PARSE_DONE);
    assert_int_equal(req.kind, CMD_META_NOP);
}

static void
whole_lines_only(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "get ");
    add_keys(&t, 2 * LONG);
    add_run(&t, 'x', REQUEST_KEY_MAX + 1);
    parser = (struct parser){.protocol = PROTOCOL_TEXT, .whole_lines = true};
    assert_int_equal(feed(&parser, t.p, t.n), PARSE_MORE);
    ADD(&t, "\r\n");
    assert_int_equal(feed(&parser, t.p, t.n), PARSE_BAD);
    assert_bytes(out.complaint, BAD);
    assert_int_equal(out.used, t.n);
    free(t.p);
}

/* ---- any cut ------------------------------------------------------------ */

/* Cuts the text into bytes, into equal pieces of other sizes, and at random. */
static void
assert_cuts(const struct text *t, size_t pinned_max)
{
    struct bytes all = bytes_of(t->p, t->n);
    struct played whole = play(all, step_whole, NULL);
    for (size_t step = 1; step < t->n; step = step < 300 ? step + 1 : step * 2) {
        size_t n = step;
        struct played cut = play(all, step_fixed, &n);
        assert_true(played_is_same(&cut, &whole));
        assert_true(cut.pinned_max <= pinned_max);
        played_free(&cut);
    }
    for (uint64_t seed = 1; seed <= 50; seed++) {
        uint64_t random = seed;
        struct played cut = play(all, step_random, &random);
        assert_true(played_is_same(&cut, &whole));
        assert_true(cut.pinned_max <= pinned_max);
        played_free(&cut);
    }
    played_free(&whole);
}

/* The answer to the text must end with these texts, in this order; only keys may be between them. */
#define assert_said(t, ...) assert_said_are(t, (const char *const[]){__VA_ARGS__, NULL}, __LINE__)

static void
assert_said_are(struct text *t, const char *const *want, int line)
{
    struct played p = play(bytes_of(t->p, t->n), step_whole, NULL);
    struct bytes rest = bytes_of(p.text, p.n);
    for (; *want != NULL; want++) {
        const char *at = memmem(rest.p, rest.n, *want, strlen(*want));
        if (at == NULL)
            fail_msg("line %d: \"%s\" is not in \"%.*s\"", line, *want, (int)rest.n, rest.p);
        rest = bytes_of(at + strlen(*want), rest.n - (size_t)(at - rest.p) - strlen(*want));
    }
    if (rest.n > 0)
        fail_msg("line %d: \"%.*s\" is left", line, (int)rest.n, rest.p);
    played_free(&p);
    assert_cuts(t, PARSE_LINE_MAX);
}

static void
cut_anywhere(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "mn\r\nget ");
    add_keys(&t, 3000);
    ADD(&t, "   a\0b \t noreply   \r  \r\r\ngat 100 a b\n");
    ADD(&t, "gats   -1   ");
    add_keys(&t, 9000);
    ADD(&t, "last\n");
    assert_said(&t, "mn\n", "get 0 a", "get 0 \t\nget 0 noreply\nget 0 \r\nget 0 \r\nEND\n",
        "gat 100 a\ngat 100 b\nEND\n", "gats -1 k", "gats -1 last\nEND\n");
    free(t.p);
}

/*
 * The keys before an overlong key are answered only if the key becomes overlong after PARSE_LINE_MAX
 * bytes.
 */
static void
bad_key_first_or_later(void **state)
{
    static const struct bytes ends[] = {
        BYTES("yyyyyyyyyy more\r\n"), BYTES("\r\n"), BYTES("\n"), BYTES(" \n")};
    struct text t = {0};
    (void)state;
    for (size_t i = 0; i < 6 * N_OF(ends); i++) {
        size_t at = PARSE_LINE_MAX - 3 + i % 6; /* offset of the key's 251st byte */
        t.n = 0;
        ADD(&t, "get ");
        add_keys(&t, 1500);
        add_run(&t, ' ', at - REQUEST_KEY_MAX - t.n);
        add_run(&t, 'x', REQUEST_KEY_MAX + 1);
        add(&t, ends[i / 6]);
        ADD(&t, "mn\r\n");
        struct played p = play(bytes_of(t.p, t.n), step_whole, NULL);
        assert_int_equal(memcmp(p.text, "get 0 ", 6) == 0, at >= PARSE_LINE_MAX);
        played_free(&p);
        assert_cuts(&t, PARSE_LINE_MAX);
    }
    free(t.p);
}

static void
bad_key_in_a_long_line(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "gets ");
    add_keys(&t, 5000);
    ADD(&t, "before ");
    add_run(&t, 'x', 9000);
    ADD(&t, " behind");
    add_keys(&t, 20000);
    ADD(&t, "\r\nget k\r\n");
    assert_said(&t, "gets 0 before\n" BAD "\nget 0 k\nEND\n");
    free(t.p);
}

static void
no_key_at_all(void **state)
{
    static const char *const words[] = {"get", "gat", "gat 5"};
    struct text t = {0};
    (void)state;
    for (size_t i = 0; i < N_OF(words); i++) {
        t.n = 0;
        add(&t, bytes_of(words[i], strlen(words[i])));
        add_run(&t, ' ', 5000);
        ADD(&t, "\r\nmn\r\n");
        assert_said(&t, BAD "\nmn\n");
    }
    t.n = 0;
    ADD(&t, "gat");
    add_run(&t, ' ', 3000);
    ADD(&t, "-7");
    add_run(&t, ' ', 3000);
    ADD(&t, "k\nmn\n");
    assert_said(&t, "gat -7 k\nEND\nmn\n");
    free(t.p);
}

static void
bad_exptime(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "gat 1x ");
    add_keys(&t, 3000);
    ADD(&t, "\nmn\n");
    assert_said(&t, BAD_EXPTIME "\nmn\n");
    t.n = 0;
    ADD(&t, "gats ");
    add_run(&t, '0', 6000);
    ADD(&t, " k\nmn\n");
    assert_said(&t, BAD_EXPTIME "\nmn\n");
    free(t.p);
}

static void
spaces_before_the_word(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "  get ");
    add_keys(&t, 6000);
    ADD(&t, "\nmn\n");
    assert_said(&t, "ERROR\nmn\n");
    t.n = 0;
    ADD(&t, " get k noreply");
    add_run(&t, ' ', 3000);
    ADD(&t, "\nmn\n");
    assert_said(&t, "ERROR quiet\nmn\n");
    free(t.p);
}

/* A get of any length is answered, and none of it is buffered. */
static void
gets_without_an_end(void **state)
{
    struct text t = {0};
    (void)state;
    ADD(&t, "get ");
    add_keys(&t, 300000);
    size_t step = 1000;
    struct played p = play(bytes_of(t.p, t.n), step_fixed, &step);
    assert_true(p.pinned_max <= PARSE_LINE_MAX);
    size_t n_keys = 0, n_answered = 0;
    for (size_t i = 4; i < t.n; i++)
        n_keys += t.p[i] == ' ';
    for (size_t i = 0; i < p.n; i++)
        n_answered += p.text[i] == '\n';
    assert_int_equal(n_answered, n_keys);
    played_free(&p);
    free(t.p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_lines_wait),
        cmocka_unit_test(keys_as_they_come),
        cmocka_unit_test(ends_without_keys),
        cmocka_unit_test(longest_keys),
        cmocka_unit_test(refused_lines_are_skipped),
        cmocka_unit_test(keys_that_were_not_run),
        cmocka_unit_test(whole_lines_only),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(bad_key_first_or_later),
        cmocka_unit_test(bad_key_in_a_long_line),
        cmocka_unit_test(no_key_at_all),
        cmocka_unit_test(bad_exptime),
        cmocka_unit_test(spaces_before_the_word),
        cmocka_unit_test(gets_without_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
