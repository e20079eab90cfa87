/* login_playing: a server whose users are in a file, for tests of logins. */
#ifndef TESTS_UNIT_SERVER_LOGIN_PLAYING_H
#define TESTS_UNIT_SERVER_LOGIN_PLAYING_H

#include "tests/unit/server/conn_playing.h"

#include <poll.h>

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

/* Until the checker's thread has said that a login is done, or for a minute. */
static inline void
login_await_checker(void)
{
    struct pollfd p = {.fd = play.inbox.event_fd, .events = POLLIN};
    uint64_t rings;
    assert_int_equal(poll(&p, 1, 60000), 1);
    assert_int_equal(read(p.fd, &rings, sizeof rings), sizeof rings);
    play_on();
}

#endif
