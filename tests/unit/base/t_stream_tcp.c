/*
 * stream_tcp: bytes arrive as they were sent, and each result of the socket is mapped to one of
 * stream.h's.
 */
#include "base/stream.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/socket.h>

struct pair {
    struct stream ours, theirs;
};

static int
set_up(void **state)
{
    static struct pair p;
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    p.ours = stream_tcp(fd[0]);
    p.theirs = stream_tcp(fd[1]);
    *state = &p;
    return 0;
}

static int
tear_down(void **state)
{
    struct pair *p = *state;
    stream_close(&p->ours);
    if (p->theirs.fd >= 0)
        stream_close(&p->theirs);
    return 0;
}

static void
bytes_arrive_in_order(void **state)
{
    struct pair *p = *state;
    struct iovec parts[] = {{(char *)"two ", 4}, {(char *)"three", 5}};
    char head[6], tail[8];
    struct iovec room[] = {{head, sizeof head}, {tail, sizeof tail}};

    assert_int_equal(stream_send(&p->ours, "one ", 4), 4);
    assert_int_equal(stream_sendv(&p->ours, parts, 2), 9);
    assert_int_equal(stream_recvv(&p->theirs, room, 2), 13);
    assert_memory_equal(head, "one tw", 6);
    assert_memory_equal(tail, "o three", 7);
}

static void
nothing_there_is_not_an_end(void **state)
{
    struct pair *p = *state;
    char byte;
    assert_int_equal(stream_recv(&p->ours, &byte, 1), -EAGAIN);
}

static void
a_full_socket_takes_no_more(void **state)
{
    struct pair *p = *state;
    static const char bytes[1 << 16];
    ssize_t n;
    while ((n = stream_send(&p->ours, bytes, sizeof bytes)) > 0)
        continue;
    assert_int_equal(n, -EAGAIN);
}

static void
an_end_is_told_from_a_break(void **state)
{
    struct pair *p = *state;
    char byte;
    stream_close(&p->theirs);
    assert_int_equal(stream_recv(&p->ours, &byte, 1), 0);
    assert_int_equal(stream_send(&p->ours, "x", 1), -EPIPE); /* and raises no SIGPIPE */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_arrive_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_there_is_not_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_socket_takes_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_is_told_from_a_break, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
