/* peer_queue: addresses take turns, and the first ones cannot take all places. */
#include "server/auth/peer_queue.h"

#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

struct waiting {
    struct peer_queue_entry entry; /* first, so that a pointer to the entry is one to the struct */
    int address, number;
};

static struct address_peer
peer_of(const char *text)
{
    struct address_peer p = {.is_ip = true, .port = (uint16_t)rand()};
    p.is_v6 = strchr(text, ':') != NULL;
    assert_int_equal(inet_pton(p.is_v6 ? AF_INET6 : AF_INET, text, p.ip), 1);
    return p;
}

static struct address_peer
numbered_peer(int i)
{
    char text[32];
    snprintf(text, sizeof text, "10.%d.%d.%d", i >> 16 & 255, i >> 8 & 255, i & 255);
    return peer_of(text);
}

/* false: the queue is full for this address. */
static bool
put(struct peer_queue *q, int address, int number)
{
    struct address_peer peer = numbered_peer(address);
    struct waiting *w = calloc(1, sizeof *w);
    *w = (struct waiting){.address = address, .number = number};
    if (peer_queue_put(q, &peer, &w->entry))
        return true;
    assert_null(w->entry.line);
    free(w);
    return false;
}

static void
must_take(struct peer_queue *q, int address, int number)
{
    struct waiting *w = (struct waiting *)peer_queue_take(q);
    assert_non_null(w);
    if (w->address != address || w->number != number)
        fail_msg("expected %d of %d, took %d of %d", number, address, w->number, w->address);
    free(w);
}

static unsigned
drain(struct peer_queue *q)
{
    struct peer_queue_entry *e;
    unsigned n = 0;
    for (; (e = peer_queue_take(q)) != NULL; n++)
        free(e);
    return n;
}

static void
test_turns(void **state)
{
    (void)state;
    struct peer_queue q;
    peer_queue_init(&q);
    assert_null(peer_queue_take(&q));
    for (int i = 0; i < 100; i++)
        assert_true(put(&q, 1, i));
    must_take(&q, 1, 0);
    /* no matter how many entries the first address has, only one of them precedes it */
    assert_true(put(&q, 2, 0));
    assert_true(put(&q, 2, 1));
    assert_true(put(&q, 3, 0));
    peer_queue_check(&q);
    must_take(&q, 1, 1);
    must_take(&q, 2, 0);
    must_take(&q, 3, 0);
    must_take(&q, 1, 2);
    assert_true(put(&q, 3, 1));
    must_take(&q, 2, 1);
    must_take(&q, 1, 3);
    must_take(&q, 3, 1);
    for (int i = 4; i < 100; i++)
        must_take(&q, 1, i);
    assert_null(peer_queue_take(&q));
    peer_queue_fini(&q);
}

/* An address that puts its next entry after each turn is not served before the addresses that wait. */
static void
test_next_turn_is_last(void **state)
{
    (void)state;
    struct peer_queue q;
    peer_queue_init(&q);
    assert_true(put(&q, 1, 0));
    assert_true(put(&q, 2, 0));
    assert_true(put(&q, 3, 0));
    must_take(&q, 1, 0);
    assert_true(put(&q, 1, 1));
    must_take(&q, 2, 0);
    must_take(&q, 3, 0);
    must_take(&q, 1, 1);
    peer_queue_fini(&q);
}

static void
test_remove(void **state)
{
    (void)state;
    struct peer_queue q;
    struct waiting w[4] = {{.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
    struct address_peer one = numbered_peer(1), two = numbered_peer(2);
    peer_queue_init(&q);
    assert_true(peer_queue_put(&q, &one, &w[0].entry));
    assert_true(peer_queue_put(&q, &one, &w[1].entry));
    assert_true(peer_queue_put(&q, &two, &w[2].entry));
    assert_true(peer_queue_put(&q, &one, &w[3].entry));
    peer_queue_remove(&q, &w[0].entry);
    peer_queue_check(&q);
    assert_ptr_equal(peer_queue_take(&q), &w[1].entry);
    peer_queue_remove(&q, &w[2].entry); /* the last one of its address */
    peer_queue_check(&q);
    assert_ptr_equal(peer_queue_take(&q), &w[3].entry);
    assert_null(peer_queue_take(&q));
    assert_true(peer_queue_put(&q, &two, &w[2].entry)); /* an entry may be put again */
    peer_queue_remove(&q, &w[2].entry);
    peer_queue_fini(&q);
}

static void
test_bound_of_one(void **state)
{
    (void)state;
    struct peer_queue q;
    int n = 0;
    peer_queue_init(&q);
    while (put(&q, 1, n))
        n++;
    assert_int_equal(n, PEER_QUEUE_EACH_MAX);
    assert_true(put(&q, 2, 0));
    must_take(&q, 1, 0);
    assert_true(put(&q, 1, n));
    assert_false(put(&q, 1, n + 1));
    peer_queue_check(&q);
    assert_int_equal(drain(&q), n + 1);
    peer_queue_fini(&q);
}

/*
 * No matter how many addresses take as many places as they may, the next address gets one, until all
 * places are taken.
 */
static void
test_bound_of_all(void **state)
{
    (void)state;
    struct peer_queue q;
    peer_queue_init(&q);
    int n_addresses = 0;
    for (;; n_addresses++) {
        uint32_t left = PEER_QUEUE_MAX - q.n;
        int n = 0;
        while (put(&q, n_addresses, n))
            n++;
        if (left == 0)
            break;
        assert_in_range(n, 1, PEER_QUEUE_EACH_MAX);
    }
    assert_int_equal(q.n, PEER_QUEUE_MAX);
    assert_in_range(n_addresses, PEER_QUEUE_MAX / PEER_QUEUE_EACH_MAX + 5, PEER_QUEUE_MAX);
    peer_queue_check(&q);
    assert_int_equal(drain(&q), PEER_QUEUE_MAX);

    /*
     * If many addresses put one entry each in turn, each gets an equal share, and one place is left for
     * another.
     */
    enum { MANY = 100 };
    unsigned count[MANY] = {0};
    bool some = true;
    while (some) {
        some = false;
        for (int i = 0; i < MANY; i++) {
            if (!put(&q, i, (int)count[i]))
                continue;
            count[i]++;
            some = true;
        }
    }
    for (int i = 0; i < MANY; i++)
        assert_in_range(count[i], PEER_QUEUE_MAX / (MANY + 1) - 1, PEER_QUEUE_MAX / (MANY + 1) + 1);
    assert_true(put(&q, MANY, 0));
    peer_queue_check(&q);
    drain(&q);
    peer_queue_fini(&q);
}

/*
 * True if the queue counts the two as one address: then the second entry of `a` is served before that of
 * `b`.
 */
static bool
are_one(const struct address_peer *a, const struct address_peer *b)
{
    struct peer_queue q;
    struct waiting w[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    peer_queue_init(&q);
    assert_true(peer_queue_put(&q, a, &w[0].entry));
    assert_true(peer_queue_put(&q, a, &w[1].entry));
    assert_true(peer_queue_put(&q, b, &w[2].entry));
    assert_ptr_equal(peer_queue_take(&q), &w[0].entry);
    bool one = peer_queue_take(&q) == &w[1].entry;
    assert_non_null(peer_queue_take(&q));
    peer_queue_fini(&q);
    return one;
}

static void
must_be(const char *a, const char *b, bool one)
{
    const struct address_peer none = {0};
    struct address_peer pa = a == NULL ? none : peer_of(a), pb = b == NULL ? none : peer_of(b);
    if (are_one(&pa, &pb) != one)
        fail_msg("%s and %s count as %s", a, b, one ? "two" : "one");
}

static void
test_addresses(void **state)
{
    (void)state;
    must_be("10.0.0.1", "10.0.0.1", true);
    must_be("10.0.0.1", "10.0.0.2", false);
    must_be("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true); /* of one /64 network */
    must_be("2001:db8:1:2::1", "2001:db8:1:3::1", false);
    must_be("::ffff:10.0.0.1", "::ffff:10.0.0.2", false); /* IPv4 clients on an IPv6 socket */
    must_be("::ffff:10.0.0.1", "10.0.0.1", true);
    must_be("::1", "127.0.0.1", false);
    must_be("::", "0.0.0.0", false);
    must_be(NULL, NULL, true); /* UNIX sockets count as one */
    must_be(NULL, "0.0.0.0", false);
    must_be(NULL, "::", false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_next_turn_is_last),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_bound_of_one),
        cmocka_unit_test(test_bound_of_all),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
