/* inbox: sockets, asks and notes arrive in order, each once, and wake the worker. */
#include "server/inbox.h"

#include "tests/unit/unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

enum { N_THREADS = 4, N_POSTS = 20000 };

struct counted {
    struct inbox_note note;
    unsigned n_run;
    struct inbox *inbox;
    struct inbox_note *withdraws; /* withdraws this note when it is run */
    unsigned n_repeats;           /* so often it posts itself again when it is run */
};

static void
count(struct inbox_note *note)
{
    struct counted *c = (struct counted *)note;
    c->n_run++;
    if (c->withdraws != NULL)
        inbox_withdraw(c->inbox, c->withdraws);
    if (c->n_repeats > 0) {
        c->n_repeats--;
        inbox_post(c->inbox, note);
    }
}

static bool
is_rung(struct inbox *b)
{
    struct pollfd p = {.fd = b->event_fd, .events = POLLIN};
    uint64_t n;
    bool rung = poll(&p, 1, 0) == 1;
    if (rung)
        assert_int_equal(read(b->event_fd, &n, sizeof n), sizeof n);
    return rung;
}

static void
test_sockets(void **state)
{
    (void)state;
    struct inbox b;
    assert_true(inbox_init(&b));
    assert_false(is_rung(&b));
    for (int fd = 0; fd < 100; fd++)
        assert_true(inbox_accept(&b, (struct accepted){.fd = fd}));
    assert_true(is_rung(&b));
    struct inbox_mail mail = inbox_take(&b);
    assert_int_equal(mail.n_accepted, 100);
    assert_int_equal(mail.asked, 0);
    for (int fd = 0; fd < 100; fd++)
        assert_int_equal(mail.accepted[fd].fd, fd);
    free(mail.accepted);
    mail = inbox_take(&b);
    assert_int_equal(mail.n_accepted, 0);
    assert_null(mail.accepted);
    inbox_fini(&b);
}

/* Several asks before a take are returned once, together, and each ask wakes the worker. */
static void
test_asks(void **state)
{
    (void)state;
    struct inbox b;
    assert_true(inbox_init(&b));
    inbox_ask(&b, INBOX_APPLY);
    inbox_ask(&b, INBOX_APPLY);
    inbox_ask(&b, INBOX_STOP);
    assert_true(is_rung(&b));
    assert_int_equal(inbox_take(&b).asked, INBOX_APPLY | INBOX_STOP);
    assert_int_equal(inbox_take(&b).asked, 0);
    inbox_ask(&b, INBOX_STOP);
    assert_true(is_rung(&b));
    assert_int_equal(inbox_take(&b).asked, INBOX_STOP);
    inbox_fini(&b);
}

static void
test_notes(void **state)
{
    (void)state;
    struct inbox b;
    struct counted one = {.note = {.run = count}, .inbox = &b}, other = one;
    assert_true(inbox_init(&b));
    inbox_post(&b, &one.note);
    inbox_post(&b, &one.note); /* a note that is posted twice before its run is run once */
    assert_true(is_rung(&b));
    inbox_run(&b);
    inbox_run(&b);
    assert_int_equal(one.n_run, 1);
    inbox_post(&b, &one.note);
    inbox_withdraw(&b, &one.note);
    inbox_withdraw(&b, &one.note); /* a note that is not posted may be withdrawn, too */
    inbox_run(&b);
    assert_int_equal(one.n_run, 1);
    one.withdraws = &other.note;
    inbox_post(&b, &one.note);
    inbox_post(&b, &other.note);
    inbox_run(&b);
    assert_int_equal(one.n_run, 2);
    assert_int_equal(other.n_run, 0);
    inbox_fini(&b);
}

/* A note that posts itself again is run once in each call, after the notes that were posted before. */
static void
test_repeated_note(void **state)
{
    (void)state;
    struct inbox b;
    struct counted one = {.note = {.run = count}, .inbox = &b, .n_repeats = 3},
                   other = {.note = {.run = count}};
    assert_true(inbox_init(&b));
    inbox_post(&b, &one.note);
    inbox_post(&b, &other.note);
    for (unsigned i = 1; i < 4; i++) {
        assert_true(is_rung(&b));
        inbox_run(&b);
        assert_int_equal(one.n_run, i);
        assert_int_equal(other.n_run, 1);
    }
    assert_true(is_rung(&b));
    inbox_run(&b);
    assert_int_equal(one.n_run, 4);
    assert_false(is_rung(&b));
    inbox_fini(&b);
}

static void *
post_often(void *arg)
{
    struct counted *c = arg;
    for (int i = 0; i < N_POSTS; i++)
        inbox_post(c->inbox, &c->note);
    return NULL;
}

/* Each thread posts its note often; after the last post of each, the note is run at least once more. */
static void
test_threads(void **state)
{
    (void)state;
    struct inbox b;
    struct counted c[N_THREADS];
    pthread_t thread[N_THREADS];
    assert_true(inbox_init(&b));
    for (int i = 0; i < N_THREADS; i++) {
        c[i] = (struct counted){.note = {.run = count}, .inbox = &b};
        assert_int_equal(pthread_create(&thread[i], NULL, post_often, &c[i]), 0);
    }
    while (c[0].n_run == 0 || c[N_THREADS - 1].n_run == 0) {
        struct pollfd p = {.fd = b.event_fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 60000), 1);
        (void)is_rung(&b);
        inbox_run(&b);
    }
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(thread[i], NULL);
    inbox_run(&b);
    for (int i = 0; i < N_THREADS; i++) {
        assert_in_range(c[i].n_run, 1, N_POSTS);
        assert_false(c[i].note.posted);
    }
    inbox_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_asks),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_repeated_note),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
