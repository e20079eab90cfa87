/* checker: addresses take turns, a task is answered once, and a task may be dropped at any moment. */
#include "server/auth/checker.h"

#include "tests/unit/unit.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Blocks the checker's thread until it is opened, and counts its tasks. */
struct gate {
    _Atomic bool open;
    _Atomic uint32_t n_run, n_freed; /* tasks that were run; tasks that the checker freed */
};

struct job {
    struct checker_task task;
    struct inbox_note note;
    struct gate *gate;
    uint32_t order; /* in which it was run: the first is 1 */
    int nice;       /* of the checker's thread while it ran the task */
    bool answered;
};

static void
run(struct checker_task *task)
{
    struct job *j = (struct job *)task;
    j->order = atomic_fetch_add(&j->gate->n_run, 1) + 1;
    while (!atomic_load(&j->gate->open))
        sched_yield();
}

static void
free_task(struct checker_task *task)
{
    struct job *j = (struct job *)task;
    atomic_fetch_add(&j->gate->n_freed, 1);
    free(j);
}

static void
answer(struct inbox_note *note)
{
    struct job *j = (struct job *)((char *)note - offsetof(struct job, note));
    MUST(!j->answered);
    j->answered = true;
}

static struct checker *
start(void)
{
    char why[256];
    struct checker *c = checker_start(why, sizeof why);
    if (c == NULL)
        fail_msg("%s", why);
    return c;
}

static struct address_peer
peer_of(int i)
{
    return (struct address_peer){.is_ip = true, .ip = {127, 0, (uint8_t)(i >> 8), (uint8_t)i}};
}

/* NULL: the queue is full. */
static struct job *
submit(struct checker *c, int address, struct inbox *inbox, struct gate *gate)
{
    struct address_peer peer = peer_of(address);
    struct job *j = calloc(1, sizeof *j);
    MUST(j != NULL);
    *j = (struct job){.gate = gate};
    j->task.run = run;
    j->task.free = free_task;
    j->task.inbox = inbox;
    j->task.note = &j->note;
    j->note.run = answer;
    if (checker_submit(c, &peer, &j->task))
        return j;
    free(j);
    return NULL;
}

static void
drop(struct checker *c, struct job *j)
{
    if (checker_drop(c, &j->task))
        free(j);
}

static void
wait_for_run(struct gate *g, uint32_t n)
{
    while (atomic_load(&g->n_run) < n)
        sched_yield();
}

/* Runs the inbox, as a worker does, until the task is answered. */
static void
wait_for_answer(struct inbox *b, const struct job *j)
{
    while (!j->answered) {
        struct pollfd p = {.fd = b->event_fd, .events = POLLIN};
        uint64_t rings;
        MUST(poll(&p, 1, 60000) == 1);
        MUST(read(b->event_fd, &rings, sizeof rings) == sizeof rings);
        inbox_run(b);
    }
}

/* While a task of one address runs and a hundred wait, a task of another address is run after one of them. */
static void
test_order(void **state)
{
    enum { LONG = 100 };
    (void)state;
    struct inbox b;
    struct gate g = {0};
    struct checker *c = start();
    struct job *j[LONG], *other;
    assert_true(inbox_init(&b));
    assert_int_equal(checker_n_waiting(c), 0);
    j[0] = submit(c, 1, &b, &g);
    wait_for_run(&g, 1);
    for (int i = 1; i < LONG; i++)
        j[i] = submit(c, 1, &b, &g);
    other = submit(c, 2, &b, &g);
    assert_int_equal(checker_n_waiting(c), LONG + 1);
    assert_false(checker_is_done(c, &j[0]->task));
    inbox_run(&b);
    assert_false(j[0]->answered);
    atomic_store(&g.open, true);
    wait_for_answer(&b, j[LONG - 1]);
    assert_int_equal(checker_n_waiting(c), 0);
    assert_int_equal(other->order, 3);
    for (int i = 0; i < LONG; i++) {
        assert_true(j[i]->answered && checker_is_done(c, &j[i]->task));
        assert_int_equal(j[i]->order, i < 2 ? i + 1 : i + 2);
        drop(c, j[i]);
    }
    drop(c, other);
    checker_stop(&c);
    assert_null(c);
    inbox_fini(&b);
}

static void
test_limit_per_address(void **state)
{
    (void)state;
    struct inbox b;
    struct gate g = {0};
    struct checker *c = start();
    struct job *j[1 + PEER_QUEUE_EACH_MAX], *other;
    assert_true(inbox_init(&b));
    j[0] = submit(c, 1, &b, &g);
    wait_for_run(&g, 1);
    for (int i = 1; i <= PEER_QUEUE_EACH_MAX; i++)
        assert_non_null(j[i] = submit(c, 1, &b, &g));
    assert_null(submit(c, 1, &b, &g));
    assert_non_null(other = submit(c, 2, &b, &g));
    drop(c, j[1]); /* it is still queued: its place is free again */
    assert_non_null(j[1] = submit(c, 1, &b, &g));
    for (int i = 1; i <= PEER_QUEUE_EACH_MAX; i++)
        drop(c, j[i]);
    drop(c, other);
    assert_int_equal(checker_n_waiting(c), 1);
    drop(c, j[0]); /* it is being run: the checker frees it */
    atomic_store(&g.open, true);
    checker_stop(&c);
    assert_int_equal(g.n_run, 1);
    assert_int_equal(g.n_freed, 1);
    inbox_fini(&b);
}

/* A task that is dropped after its run, but before the inbox is run, is not answered. */
static void
test_drop_answered(void **state)
{
    (void)state;
    struct inbox b;
    struct gate g = {.open = true};
    struct checker *c = start();
    assert_true(inbox_init(&b));
    struct job *j = submit(c, 1, &b, &g);
    while (!checker_is_done(c, &j->task))
        sched_yield();
    drop(c, j);
    inbox_run(&b);
    checker_stop(&c);
    assert_int_equal(g.n_freed, 0);
    inbox_fini(&b);
}

enum { WORKERS = 2, ROUNDS = 4000, HELD = 8 };

struct worker_like {
    struct checker *checker;
    struct gate *gate;
    unsigned seed;
    uint32_t n_answered, n_dropped;
};

/* Submits and drops at random, so that tasks are dropped while queued, while running, and after their run. */
static void *
work(void *arg)
{
    struct worker_like *w = arg;
    struct inbox b;
    struct job *held[HELD] = {NULL};
    MUST(inbox_init(&b));
    for (int i = 0; i < ROUNDS; i++) {
        struct job **at = &held[(unsigned)rand_r(&w->seed) % HELD];
        if (*at == NULL) {
            *at = submit(w->checker, rand_r(&w->seed) % 3, &b, w->gate);
            MUST(*at != NULL);
            continue;
        }
        if (rand_r(&w->seed) % 4 == 0)
            wait_for_answer(&b, *at);
        else
            inbox_run(&b);
        MUST(!(*at)->answered || checker_is_done(w->checker, &(*at)->task));
        w->n_answered += (*at)->answered;
        w->n_dropped += !(*at)->answered;
        drop(w->checker, *at);
        *at = NULL;
    }
    for (int i = 0; i < HELD; i++)
        if (held[i] != NULL)
            drop(w->checker, held[i]);
    inbox_fini(&b);
    return NULL;
}

static void
test_threads(void **state)
{
    (void)state;
    struct gate g = {.open = true};
    struct checker *c = start();
    struct worker_like w[WORKERS];
    pthread_t thread[WORKERS];
    for (unsigned i = 0; i < WORKERS; i++) {
        w[i] = (struct worker_like){.checker = c, .gate = &g, .seed = i + 1};
        assert_int_equal(pthread_create(&thread[i], NULL, work, &w[i]), 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(thread[i], NULL);
        assert_in_range(w[i].n_answered, 1, ROUNDS);
        assert_in_range(w[i].n_dropped, 1, ROUNDS);
    }
    checker_stop(&c);
    assert_in_range(g.n_run, w[0].n_answered + w[1].n_answered, WORKERS * ROUNDS);
}

static void
note_priority(struct checker_task *task)
{
    struct job *j = (struct job *)task;
    j->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
    run(task);
}

/* The checker's thread has a lower priority than the workers, and does not change theirs. */
static void
test_priority(void **state)
{
    (void)state;
    struct inbox b;
    struct gate g = {.open = true};
    struct address_peer peer = peer_of(1);
    struct checker *c = start();
    struct job *j = calloc(1, sizeof *j);
    int own = getpriority(PRIO_PROCESS, (id_t)gettid());
    assert_true(inbox_init(&b));
    *j = (struct job){.gate = &g};
    j->task.run = note_priority;
    j->task.inbox = &b;
    j->task.note = &j->note;
    j->note.run = answer;
    assert_true(checker_submit(c, &peer, &j->task));
    wait_for_answer(&b, j);
    assert_int_equal(j->nice, own < 10 ? 10 : own);
    drop(c, j);
    checker_stop(&c);
    assert_int_equal(getpriority(PRIO_PROCESS, (id_t)gettid()), own);
    inbox_fini(&b);
}

/* A task without an inbox: the note could not be posted. */
static void
submit_without_inbox(void)
{
    struct gate g = {.open = true};
    (void)submit(start(), 1, NULL, &g);
}

static void
test_no_inbox(void **state)
{
    (void)state;
    unit_must_die(submit_without_inbox, "task->inbox != NULL");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_limit_per_address),
        cmocka_unit_test(test_drop_answered),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_priority),
        cmocka_unit_test(test_no_inbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
