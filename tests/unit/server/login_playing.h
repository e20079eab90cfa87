/* login_playing: a server whose users are in a file, for tests of logins. */
#ifndef TESTS_UNIT_SERVER_LOGIN_PLAYING_H
#define TESTS_UNIT_SERVER_LOGIN_PLAYING_H

#include "tests/unit/server/conn_playing.h"

#include <poll.h>
#include <sched.h>

/* "secret", hashed at the lowest cost; "pw", with a role. */
#define LOGIN_HASHES                                                                                \
    "foo:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gEeb/KeWbm5g+kBQOFr1yJbkjBxxxDOkhSmrSXFFwOg\n" \
    "r role=read:$scrypt$ln=1,r=1,p=1$c2FsdHNhbHQ$jegQaq/1FMErh3woQ1rW8w\n"

/* A server with this file of users and these words. */
static inline void
login_begin(const char *users, const char *words)
{
    char path[] = "/tmp/larder-t-login-XXXXXX", all[256];
    int fd = mkstemp(path);
    size_t n = strlen(users);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, users, n), n);
    close(fd);
    snprintf(all, sizeof all, "-Y %s %s", path, words);
    play_begin(all);
    unlink(path);
}

/* A task that the checker runs until the test opens the gate: logins wait in the queue. */
static struct {
    struct checker_task task;
    struct inbox_note note;
    _Atomic bool open;
    bool done;
} login_gate;

static inline void
login_gate_run(struct checker_task *task)
{
    (void)task;
    while (!atomic_load(&login_gate.open))
        sched_yield();
}

static inline void
login_gate_done(struct inbox_note *note)
{
    (void)note;
    login_gate.done = true;
}

static inline void
login_hold_checker(void)
{
    const struct address_peer other = {.is_ip = true, .ip = {127, 0, 0, 9}};
    login_gate.task = (struct checker_task){
        .run = login_gate_run, .free = login_gate_run, .inbox = &play.inbox, .note = &login_gate.note};
    login_gate.note = (struct inbox_note){.run = login_gate_done};
    login_gate.done = false;
    atomic_store(&login_gate.open, false);
    assert_true(checker_submit(play.server.checker, &other, &login_gate.task));
}

/* Opens the gate, and waits until the client has received `n` bytes; fails after a minute. */
static inline void
login_await(struct client *c, size_t n)
{
    struct pollfd p = {.fd = play.inbox.event_fd, .events = POLLIN};
    uint64_t rings;
    atomic_store(&login_gate.open, true);
    while (!login_gate.done || c->n_taken < n) {
        assert_int_equal(poll(&p, 1, 60000), 1);
        assert_int_equal(read(p.fd, &rings, sizeof rings), sizeof rings);
        play_on();
    }
}

static inline void
login_expects(struct client *c, const char *reply)
{
    login_await(c, strlen(reply));
    client_expects(c, reply);
}

#endif
