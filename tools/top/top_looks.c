#include "tools/top/top_looks.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

struct looker {
    struct top_looks *of;
    struct larder *one;
    pthread_t thread;
    bool runs;       /* the thread was started */
    bool is_another; /* owned by the thread: the server has no group "larder"; it is memcached, for example */
    bool is_older;   /* likewise: it has no group "cold" */
    const char *server;
    /* under the lock: */
    bool asked;
    int code;
    struct top_sample before, now;
};

#define LOOKS_MAGIC 0x6c6f6f6bu

struct top_looks {
    uint32_t magic; /* LOOKS_MAGIC */
    pthread_mutex_t lock;
    pthread_cond_t wanted; /* a looker has been asked, or `over` is set */
    bool over;
    int wake[2];
    size_t n;
    struct looker at[];
};

/* Checks that it is a struct top_looks. */
static void
looks_must_be(const struct top_looks *all)
{
    MUST(all != NULL && all->magic == LOOKS_MAGIC);
}

static double
now_s(void)
{
    return (double)clock_ns() / 1e9;
}

static bool
on_stat(void *arg, const char *server, const char *name, const char *value)
{
    (void)server;
    top_sample_add(arg, name, value);
    return true;
}

/* Asks for a group, unless the server does not have it: then *lacks is set. */
static int
look_at_group(struct looker *l, const char *group, bool *lacks, struct top_sample *sample)
{
    if (*lacks)
        return LARDER_OK;
    int code = larder_stats(l->one, group, on_stat, sample);
    if (code == LARDER_OK || (code >= LARDER_TIMEOUT && code <= LARDER_DENIED))
        return code;
    *lacks = true;
    return LARDER_OK;
}

/* A server without the groups "larder" and "cold" is asked only for its general statistics. */
static int
look(struct looker *l, struct top_sample *sample)
{
    *sample = (struct top_sample){0};
    int code = larder_stats(l->one, NULL, on_stat, sample);
    sample->at_s = now_s();
    if (code != LARDER_OK) {
        l->is_another = l->is_older = false; /* another server may answer at this address next */
        return code;
    }
    code = look_at_group(l, "larder", &l->is_another, sample);
    l->is_older |= l->is_another;
    return code == LARDER_OK ? look_at_group(l, "cold", &l->is_older, sample) : code;
}

static void *
run(void *arg)
{
    struct looker *l = arg;
    struct top_looks *all = l->of;
    looks_must_be(all);
    pthread_mutex_lock(&all->lock);
    for (;;) {
        while (!l->asked && !all->over)
            pthread_cond_wait(&all->wanted, &all->lock);
        if (all->over)
            break;
        struct top_sample sample;
        pthread_mutex_unlock(&all->lock);
        int code = look(l, &sample);
        pthread_mutex_lock(&all->lock);
        l->before = l->now;
        l->now = code == LARDER_OK ? sample : (struct top_sample){0};
        l->code = code;
        l->asked = false;
        while (write(all->wake[1], "", 1) < 0 && errno == EINTR) /* a full pipe wakes the main thread, too */
            ;
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

static bool
start(struct looker *l, const struct cli *cli, size_t i)
{
    sigset_t every, before;
    l->server = larder_server_name(cli->l, i);
    l->one = cli_one_server(cli, i);
    if (l->one == NULL)
        return false;
    /* The user is watching, so a server that has failed is tried again each time. */
    (void)larder_option(l->one, "retry_ms", "1");
    (void)larder_option(l->one, "retry_max_ms", "1");
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    int error = pthread_create(&l->thread, NULL, run, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    l->runs = error == 0;
    if (error != 0)
        fprintf(stderr, "larder: top: no thread: %s\n", strerror(error));
    return l->runs;
}

struct top_looks *
top_looks_new(const struct cli *cli)
{
    size_t n = larder_n_servers(cli->l);
    struct top_looks *all = calloc(1, sizeof *all + n * sizeof all->at[0]);
    if (all == NULL || pipe2(all->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        fprintf(stderr, "larder: top: %s\n", strerror(errno));
        free(all);
        return NULL;
    }
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->wanted, NULL);
    all->magic = LOOKS_MAGIC;
    all->n = n;
    for (size_t i = 0; i < n; i++) {
        all->at[i].of = all;
        if (!start(&all->at[i], cli, i)) {
            top_looks_free(&all);
            return NULL;
        }
    }
    return all;
}

void
top_looks_free(struct top_looks **looks)
{
    struct top_looks *all = *looks;
    looks_must_be(all);
    pthread_mutex_lock(&all->lock);
    all->over = true;
    pthread_cond_broadcast(&all->wanted);
    pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < all->n; i++) {
        if (all->at[i].runs)
            MUST(pthread_join(all->at[i].thread, NULL) == 0);
        larder_free(all->at[i].one);
    }
    pthread_cond_destroy(&all->wanted);
    pthread_mutex_destroy(&all->lock);
    close(all->wake[0]);
    close(all->wake[1]);
    all->magic = 0;
    free(all);
    *looks = NULL;
}

void
top_looks_ask(struct top_looks *all)
{
    looks_must_be(all);
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->n; i++)
        all->at[i].asked = true;
    pthread_cond_broadcast(&all->wanted);
    pthread_mutex_unlock(&all->lock);
}

int
top_looks_fd(const struct top_looks *all)
{
    looks_must_be(all);
    return all->wake[0];
}

bool
top_looks_take(struct top_looks *all, struct top_row *rows)
{
    looks_must_be(all);
    char drained[64];
    size_t n_due = 0;
    while (read(all->wake[0], drained, sizeof drained) > 0)
        ;
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->n; i++) {
        const struct looker *l = &all->at[i];
        n_due += l->asked;
        rows[i].server = l->server;
        rows[i].error = l->code != LARDER_OK ? larder_strerror(l->code) : NULL;
        top_row_make(&rows[i], &l->before, &l->now);
    }
    pthread_mutex_unlock(&all->lock);
    return n_due == 0;
}
