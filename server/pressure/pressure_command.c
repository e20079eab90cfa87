/* pressure_command: see pressure_command.h. */
#include "server/pressure/pressure_command.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "server/owner.h"

extern char **environ;

enum { COMMAND_MAGIC = 0x70636d64, N_VARIABLES = 6, VARIABLE_BYTES = 64 };
static_assert(VARIABLE_BYTES > sizeof "LARDER_MEMORY=18446744073709551615", "the longest variable");

struct pressure_command {
    uint32_t magic;
    struct owner owner; /* the main thread */
    char *command;
    uint32_t longest_s;
    struct event *child; /* SIGCHLD */
    pid_t pid;           /* 0: none runs */
    uint64_t since_ns;   /* when it began */
    bool killed;         /* and will be reaped soon */
    bool waiting;        /* `next` is passed to a command when the running one has ended */
    struct pressure_news next;
    counter n_run, n_failed, n_killed;
};

/* The main thread calls, and a command waits only for one that runs. */
static void
pressure_command_must_hold(const struct pressure_command *c)
{
    MUST(c != NULL && c->magic == COMMAND_MAGIC);
    owner_must_be_self(&c->owner);
    MUST(c->pid > 0 || (c->pid == 0 && !c->waiting));
}

/* ---- start of a command ------------------------------------------------- */

/* Whether the variable has the name of one of ours. */
static bool
is_ours(const char *variable, char ours[N_VARIABLES][VARIABLE_BYTES])
{
    size_t n = strcspn(variable, "=") + 1;
    for (int i = 0; i < N_VARIABLES; i++)
        if (strncmp(variable, ours[i], n) == 0)
            return true;
    return false;
}

/* The variables of the news, and our own environment without variables of the same names. */
static char **
make_environment(const struct pressure_news *news, char ours[N_VARIABLES][VARIABLE_BYTES])
{
    size_t n_before = 0, n = 0;
    while (environ[n_before] != NULL)
        n_before++;
    char **all = calloc(N_VARIABLES + n_before + 1, sizeof *all);
    if (all == NULL)
        return NULL;
    snprintf(ours[0], VARIABLE_BYTES, "LARDER_PRESSURE=%s", news->level);
    snprintf(ours[1], VARIABLE_BYTES, "LARDER_PRESSURE_WAS=%s", news->was);
    snprintf(ours[2], VARIABLE_BYTES, "LARDER_USED=%" PRIu64, news->used);
    snprintf(ours[3], VARIABLE_BYTES, "LARDER_LIMIT=%" PRIu64, news->limit);
    snprintf(ours[4], VARIABLE_BYTES, "LARDER_MEMORY=%" PRIu64, news->memory);
    snprintf(ours[5], VARIABLE_BYTES, "LARDER_PID=%ld", (long)getpid());
    while (n < N_VARIABLES) {
        all[n] = ours[n];
        n++;
    }
    for (size_t i = 0; i < n_before; i++)
        if (!is_ours(environ[i], ours))
            all[n++] = environ[i];
    MUST(n <= N_VARIABLES + n_before && all[n] == NULL);
    return all;
}

/*
 * Signals as a program expects them, and a process group of its own, so that all
 * its processes can be killed.
 */
static int
set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return error;
}

/* All our descriptors except the standard ones are closed by exec (O_CLOEXEC). */
static int
spawn(struct pressure_command *c, char **environment)
{
    char name[] = "sh", flag[] = "-c", *const arguments[] = {name, flag, c->command, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&files);
    if (error != 0)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0)
        goto no_attributes;
    error = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = set_attributes(&attributes);
    if (error == 0)
        error = posix_spawn(&c->pid, "/bin/sh", &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
no_attributes:
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static void
run(struct pressure_command *c, const struct pressure_news *news)
{
    char variable[N_VARIABLES][VARIABLE_BYTES];
    pressure_command_must_hold(c);
    MUST(c->pid == 0);
    char **environment = make_environment(news, variable);
    int error = environment == NULL ? ENOMEM : spawn(c, environment);
    free(environment);
    counter_inc(&c->n_run);
    c->since_ns = clock_ns();
    c->killed = false;
    if (error == 0)
        return;
    c->pid = 0;
    counter_inc(&c->n_failed);
    LOG(LOG_ERROR, "--on-pressure: cannot start the command: %s", strerror(error));
}

/* ---- end of a command --------------------------------------------------- */

/* SIGCHLD may come from any child; waitpid asks only for ours. */
static void
on_child(evutil_socket_t number, short what, void *arg)
{
    struct pressure_command *c = arg;
    int status;
    (void)number;
    (void)what;
    pressure_command_must_hold(c);
    if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
        return;
    bool waiting = c->waiting;
    c->pid = 0;
    c->waiting = false;
    if (status != 0) {
        counter_inc(&c->n_failed);
        LOG(LOG_WARN, "--on-pressure: the command ended with %s %d",
            WIFSIGNALED(status) ? "signal" : "status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    if (waiting)
        run(c, &c->next);
}

void
pressure_command_tick(struct pressure_command *c)
{
    pressure_command_must_hold(c);
    if (c->pid == 0 || c->killed || clock_ns() - c->since_ns < c->longest_s * UINT64_C(1000000000))
        return;
    LOG(LOG_WARN, "--on-pressure: the command has not ended after %u s and is killed", c->longest_s);
    counter_inc(&c->n_killed);
    c->killed = kill(-c->pid, SIGKILL) == 0;
}

/* ---- for pressure.c ----------------------------------------------------- */

void
pressure_command_tell(struct pressure_command *c, const struct pressure_news *news)
{
    pressure_command_must_hold(c);
    MUST(news->level != NULL && news->was != NULL);
    if (c->pid == 0) {
        run(c, news);
        return;
    }
    const char *was = c->waiting ? c->next.was : news->was;
    c->next = *news;
    c->next.was = was; /* the level that the last command got */
    c->waiting = true;
}

struct pressure_command *
pressure_command_new(struct event_base *base, const char *command, uint32_t longest_s)
{
    struct pressure_command *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->magic = COMMAND_MAGIC;
    owner_take(&c->owner);
    c->longest_s = longest_s;
    c->command = strdup(command);
    c->child = event_new(base, SIGCHLD, EV_SIGNAL | EV_PERSIST, on_child, c);
    if (c->command == NULL || c->child == NULL || event_add(c->child, NULL) != 0)
        pressure_command_free(&c);
    return c;
}

void
pressure_command_free(struct pressure_command **cp)
{
    struct pressure_command *c = *cp;
    *cp = NULL;
    if (c == NULL)
        return;
    pressure_command_must_hold(c);
    if (c->child != NULL)
        event_free(c->child);
    free(c->command);
    c->magic = 0;
    free(c);
}

struct pressure_command_stats
pressure_command_stats(const struct pressure_command *c)
{
    MUST(c->magic == COMMAND_MAGIC);
    return (struct pressure_command_stats){
        .n_run = counter_read(&c->n_run),
        .n_failed = counter_read(&c->n_failed),
        .n_killed = counter_read(&c->n_killed),
    };
}
