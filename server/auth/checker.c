/* checker: see checker.h. */
#include "server/auth/checker.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "server/owner.h"

enum {
    CHECKER_MAGIC = 0x63686b72,
    NICE = 10, /* a tenth of what a worker gets of a core that both need: enough that logins proceed */
};

enum task_state { TASK_IDLE, TASK_QUEUED, TASK_RUNNING, TASK_DONE, TASK_ABANDONED };

/*
 * [l] guarded by `lock`
 */
struct checker {
    uint32_t magic;
    struct owner self; /* the checker's thread */
    pthread_t thread;
    struct lock lock;
    pthread_cond_t changed;     /* there is a task, or `stopping`; or the thread has begun */
    bool begun, stopping;       /* [l] */
    struct peer_queue queue;    /* [l] */
    bool runs;                  /* [l] a task, which is no longer in the queue */
    _Atomic uint32_t n_waiting; /* written under `lock`, read relaxed for statistics */
};

static void
checker_must_be(const struct checker *c)
{
    MUST(c != NULL && c->magic == CHECKER_MAGIC);
}

/* ---- the thread --------------------------------------------------------- */

static void
checker_must_be_self(const struct checker *c)
{
    checker_must_be(c);
    owner_must_be_self(&c->self);
}

/* Lowers the thread's priority.  If the system refuses, hashes compete with workers. */
static void
lower_priority(void)
{
    static const struct sched_param none;
    int error = pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
    if (error == 0 && setpriority(PRIO_PROCESS, (id_t)gettid(), NICE) != 0)
        error = errno;
    if (error != 0)
        LOG(LOG_INFO, "checker: cannot lower its priority: %s", strerror(error));
}

static void
count_locked(struct checker *c)
{
    lock_must_own(&c->lock);
    atomic_store_explicit(&c->n_waiting, c->queue.n + c->runs, memory_order_relaxed);
}

static struct checker_task *
task_of(struct peer_queue_entry *e)
{
    return (struct checker_task *)((char *)e - offsetof(struct checker_task, entry));
}

/* Waits for the next task; NULL: `stopping`. */
static struct checker_task *
take_task(struct checker *c)
{
    struct peer_queue_entry *e = NULL;
    checker_must_be_self(c);
    lock_take(&c->lock);
    while (!c->stopping && (e = peer_queue_take(&c->queue)) == NULL)
        (void)lock_wait(&c->lock, &c->changed, clock_ns() + UINT64_C(3600000000000));
    if (e != NULL) {
        MUST(task_of(e)->state == TASK_QUEUED && !c->runs);
        task_of(e)->state = TASK_RUNNING;
        c->runs = true;
    }
    lock_give(&c->lock);
    return e == NULL ? NULL : task_of(e);
}

static void
finish(struct checker *c, struct checker_task *task)
{
    checker_must_be_self(c);
    lock_take(&c->lock);
    MUST(c->runs && (task->state == TASK_RUNNING || task->state == TASK_ABANDONED));
    bool abandoned = task->state == TASK_ABANDONED;
    c->runs = false;
    count_locked(c);
    if (!abandoned) {
        task->state = TASK_DONE;
        /* under the lock: the worker may end as soon as it has dropped the note */
        inbox_post(task->inbox, task->note);
    }
    lock_give(&c->lock);
    if (abandoned)
        task->free(task);
}

static void *
checker_main(void *arg)
{
    struct checker *c = arg;
    struct checker_task *task;
    checker_must_be(c);
    owner_take(&c->self);
    lower_priority();
    lock_take(&c->lock);
    c->begun = true;
    pthread_cond_signal(&c->changed);
    lock_give(&c->lock);
    while ((task = take_task(c)) != NULL) {
        task->run(task);
        finish(c, task);
    }
    return NULL;
}

/* ---- start and end ------------------------------------------------------ */

struct checker *
checker_start(char *why, size_t n_why)
{
    struct checker *c = calloc(1, sizeof *c);
    if (c == NULL) {
        snprintf(why, n_why, "no memory for the thread that checks logins");
        return NULL;
    }
    c->magic = CHECKER_MAGIC;
    lock_init(&c->lock, LOCK_CHECKER);
    lock_cond_init(&c->changed);
    peer_queue_init(&c->queue);
    int error = thread_start(&c->thread, checker_main, c);
    if (error != 0) {
        snprintf(why, n_why, "cannot start the thread that checks logins: %s", strerror(error));
        pthread_cond_destroy(&c->changed);
        lock_fini(&c->lock);
        free(c);
        return NULL;
    }
    pthread_setname_np(c->thread, "checker");
    lock_take(&c->lock);
    while (!c->begun)
        (void)lock_wait(&c->lock, &c->changed, clock_ns() + UINT64_C(1000000000));
    lock_give(&c->lock);
    return c;
}

void
checker_stop(struct checker **cp)
{
    struct checker *c = *cp;
    *cp = NULL;
    if (c == NULL)
        return;
    checker_must_be(c);
    lock_take(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->changed);
    lock_give(&c->lock);
    pthread_join(c->thread, NULL);
    MUST(!c->runs);
    peer_queue_fini(&c->queue);
    pthread_cond_destroy(&c->changed);
    lock_fini(&c->lock);
    c->magic = 0;
    free(c);
}

/* ---- for workers -------------------------------------------------------- */

bool
checker_submit(struct checker *c, const struct address_peer *peer, struct checker_task *task)
{
    checker_must_be(c);
    MUST(task->run != NULL && task->inbox != NULL && task->note != NULL);
    inbox_must_be_self(task->inbox);
    MUST(task->state == TASK_IDLE);
    lock_take(&c->lock);
    bool queued = peer_queue_put(&c->queue, peer, &task->entry);
    if (queued) {
        task->state = TASK_QUEUED;
        count_locked(c);
        pthread_cond_signal(&c->changed);
    }
    lock_give(&c->lock);
    return queued;
}

bool
checker_is_done(struct checker *c, const struct checker_task *task)
{
    checker_must_be(c);
    inbox_must_be_self(task->inbox);
    lock_take(&c->lock);
    bool done = task->state == TASK_DONE;
    lock_give(&c->lock);
    return done;
}

bool
checker_drop(struct checker *c, struct checker_task *task)
{
    checker_must_be(c);
    inbox_must_be_self(task->inbox);
    lock_take(&c->lock);
    MUST(task->state != TASK_ABANDONED); /* dropped once */
    bool runs = task->state == TASK_RUNNING;
    MUST(!runs || task->free != NULL);
    if (runs)
        task->state = TASK_ABANDONED;
    if (task->state == TASK_QUEUED) {
        peer_queue_remove(&c->queue, &task->entry);
        task->state = TASK_IDLE;
        count_locked(c);
    }
    lock_give(&c->lock);
    if (!runs)
        inbox_withdraw(task->inbox, task->note);
    return !runs;
}

uint32_t
checker_n_waiting(const struct checker *c)
{
    checker_must_be(c);
    return atomic_load_explicit(&c->n_waiting, memory_order_relaxed);
}
