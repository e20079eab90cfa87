/*
 * stream_tls: two ends of a socket pair; every byte sent at one end arrives at the other, however many the
 * socket accepts at a time.
 */
#include "base/stream_tls.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_MAX = 1 << 20 };

struct pair {
    SSL_CTX *server_ctx, *client_ctx;
    struct stream_tls_thread thread;
    counter n_sessions;
    struct stream server, client;
    char *said, *heard;
};

/* ---- two ends ---- */

static SSL_CTX *
server_context(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, NULL);
    assert_true(EVP_PKEY_keygen_init(maker) == 1 && EVP_PKEY_keygen(maker, &key) == 1);
    X509 *cert = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)"larder", -1, -1, 0);
    assert_true(X509_sign(cert, key, NULL) > 0);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    assert_true(SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER);
    X509_free(cert);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(maker);
    return ctx;
}

static SSL *
side(SSL_CTX *ctx, bool server)
{
    SSL *ssl = SSL_new(ctx);
    assert_non_null(ssl);
    if (server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    return ssl;
}

/* Both ends do a step in turn until both handshakes are finished. */
static void
handshake(struct pair *p)
{
    int client = -EAGAIN, server = -EAGAIN;
    for (int i = 0; i < 20 && (client != 0 || server != 0); i++) {
        if (client != 0)
            client = stream_tls_handshake(&p->client);
        if (server != 0)
            server = stream_tls_handshake(&p->server);
    }
    assert_int_equal(client, 0);
    assert_int_equal(server, 0);
}

static void
connect_pair(struct pair *p, int sndbuf)
{
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    if (sndbuf > 0) {
        setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof sndbuf);
        setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof sndbuf);
    }
    p->server = stream_tcp(fd[0]);
    p->client = stream_tcp(fd[1]);
    assert_true(stream_tls_begin(&p->server, side(p->server_ctx, true), &p->thread));
    assert_true(stream_tls_begin(&p->client, side(p->client_ctx, false), &p->thread));
}

static int
set_up(void **state)
{
    static struct pair p;
    signal(SIGPIPE, SIG_IGN);
    p = (struct pair){.server_ctx = server_context(), .client_ctx = SSL_CTX_new(TLS_client_method())};
    stream_tls_prepare(p.server_ctx);
    stream_tls_prepare(p.client_ctx);
    assert_true(stream_tls_thread_init(&p.thread, STREAM_TLS_RECORD_MAX, &p.n_sessions));
    p.said = malloc(MESSAGE_MAX);
    p.heard = malloc(MESSAGE_MAX);
    for (size_t i = 0; i < MESSAGE_MAX; i++)
        p.said[i] = (char)(i * 2654435761u >> 13);
    connect_pair(&p, 0);
    *state = &p;
    return 0;
}

static void
disconnect_pair(struct pair *p)
{
    if (p->server.fd >= 0)
        stream_close(&p->server);
    if (p->client.fd >= 0)
        stream_close(&p->client);
}

static int
tear_down(void **state)
{
    struct pair *p = *state;
    disconnect_pair(p);
    stream_tls_thread_fini(&p->thread);
    SSL_CTX_free(p->server_ctx);
    SSL_CTX_free(p->client_ctx);
    free(p->said);
    free(p->heard);
    return 0;
}

/* ---- sending and receiving ---- */

/* Cuts the `n` bytes at `p` into pieces of `each` bytes, at most `max` of them. */
static int
cut(struct iovec *iov, int max, const char *p, size_t n, size_t each)
{
    int n_iov = 0;
    for (; n > 0 && n_iov < max; n_iov++) {
        size_t part = each < n ? each : n;
        iov[n_iov] = (struct iovec){(char *)p, part};
        p += part;
        n -= part;
    }
    return n_iov;
}

/*
 * Sends `n` bytes from the server to the client, in pieces of `out` bytes.  The client reads in pieces of `in`
 * bytes, and only when the socket is full.  What has to be offered again is offered at another address: the
 * stream may rely on the bytes only.
 */
static void
send_and_compare(struct pair *p, size_t n, size_t out, size_t in)
{
    size_t sent = 0, got = 0;
    char *copy = NULL;
    memset(p->heard, 0, n);
    while (got < n) {
        struct iovec iov[64];
        free(copy);
        copy = malloc(n - sent + 1);
        memcpy(copy, p->said + sent, n - sent);
        ssize_t r = -EAGAIN;
        if (sent < n)
            r = stream_sendv(&p->server, iov, cut(iov, 64, copy, n - sent, out));
        assert_true(r > 0 || r == -EAGAIN);
        assert_false(p->server.crossed);
        if (r > 0) {
            sent += (size_t)r;
            continue;
        }
        do {
            r = stream_recvv(&p->client, iov, cut(iov, 64, p->heard + got, n - got, in));
            assert_true(r > 0 || r == -EAGAIN);
            got += r > 0 ? (size_t)r : 0;
        } while (r > 0 && got < n);
    }
    free(copy);
    assert_int_equal(sent, n);
    assert_memory_equal(p->said, p->heard, n);
}

static void
any_size_arrives(void **state)
{
    struct pair *p = *state;
    static const size_t around[] = {1, 5, 1024, 8192, 16384, 32768, 65536, 300000};
    handshake(p);
    for (size_t i = 0; i < sizeof around / sizeof *around; i++)
        for (size_t n = around[i] - 1; n <= around[i] + 1; n++)
            if (n > 0)
                send_and_compare(p, n, n, n);
}

static void
any_pieces_arrive(void **state)
{
    struct pair *p = *state;
    static const size_t each[] = {1, 7, 1000, 16383, 16384, 16385, 50000};
    handshake(p);
    for (size_t out = 0; out < sizeof each / sizeof *each; out++)
        for (size_t in = 0; in < sizeof each / sizeof *each; in++)
            send_and_compare(p, each[out] * 20 < 200000 ? each[out] * 20 + 3 : 200003, each[out], each[in]);
}

/* A message of three pieces, cut at every two places. */
static void
every_split_arrives(void **state)
{
    struct pair *p = *state;
    enum { N = 60 };
    handshake(p);
    for (size_t a = 0; a <= N; a++) {
        for (size_t b = a; b <= N; b += 7) {
            char heard[N];
            struct iovec out[] = {{p->said, a}, {p->said + a, b - a}, {p->said + b, N - b}};
            struct iovec in[] = {{heard, b}, {heard + b, N - b}};
            assert_int_equal(stream_sendv(&p->server, out, 3), N);
            size_t got = 0;
            while (got < N) {
                ssize_t r = got == 0 ? stream_recvv(&p->client, in, 2)
                                     : stream_recv(&p->client, heard + got, N - got);
                assert_true(r > 0);
                got += (size_t)r;
            }
            assert_memory_equal(heard, p->said, N);
        }
    }
}

/* A socket that accepts few bytes at a time stops inside most records. */
static void
a_small_socket_buffer_sends_all(void **state)
{
    struct pair *p = *state;
    disconnect_pair(p);
    connect_pair(p, 4096);
    handshake(p);
    send_and_compare(p, 500000, 500000, 500000);
    send_and_compare(p, 500000, 9000, 20000);
    send_and_compare(p, 3000, 100, 100);
}

static void
small_records_are_gathered_small(void **state)
{
    struct pair *p = *state;
    handshake(p);
    stream_tls_thread_fini(&p->thread);
    assert_true(stream_tls_thread_init(&p->thread, 1024, &p->n_sessions));
    send_and_compare(p, 64 * 100, 100, 50000);
    disconnect_pair(p);
    connect_pair(p, 4096);
    handshake(p);
    send_and_compare(p, 300000, 700, 50000);
}

/* ---- bytes that OpenSSL keeps ---- */

static void
what_a_read_leaves_is_pending(void **state)
{
    struct pair *p = *state;
    char heard[100];
    handshake(p);
    assert_int_equal(stream_send(&p->client, "first second", 12), 12);
    assert_int_equal(stream_recv(&p->server, heard, 5), 5);
    assert_true(p->server.pending);
    assert_int_equal(stream_recv(&p->server, heard, 7), 7);
    assert_false(p->server.pending);
    assert_int_equal(stream_recv(&p->server, heard, 7), -EAGAIN);
    assert_false(p->server.pending || p->server.crossed);
    /* Two records, received by one read of the socket. */
    assert_int_equal(stream_send(&p->client, "one", 3), 3);
    assert_int_equal(stream_send(&p->client, "two", 3), 3);
    assert_int_equal(stream_recv(&p->server, heard, sizeof heard), 6);
    assert_memory_equal(heard, "onetwo", 6);
    assert_false(p->server.pending);
}

/* The first request may arrive together with the last message of the handshake. */
static void
a_request_may_come_with_the_handshake(void **state)
{
    struct pair *p = *state;
    char heard[10];
    int client = -EAGAIN;
    assert_int_equal(stream_tls_handshake(&p->client), -EAGAIN);
    assert_int_equal(stream_tls_handshake(&p->server), -EAGAIN);
    assert_false(p->server.crossed);
    client = stream_tls_handshake(&p->client);
    assert_int_equal(client, 0);
    assert_int_equal(stream_send(&p->client, "hi", 2), 2);
    assert_int_equal(stream_tls_handshake(&p->server), 0);
    assert_true(p->server.pending);
    assert_int_equal(stream_recv(&p->server, heard, sizeof heard), 2);
    assert_true(counter_read(&p->n_sessions) > 0);
    assert_false(stream_tls_is_resumed(&p->server));
}

/*
 * The answer to the client's hello does not fit the socket: the handshake waits until the socket is
 * writable, then continues.
 */
static void
handshake_waits_until_writable(void **state)
{
    struct pair *p = *state;
    char junk[4096] = {0};
    size_t n_junk = 0;
    ssize_t n;
    assert_int_equal(stream_tls_handshake(&p->client), -EAGAIN);
    assert_false(p->client.crossed);
    while ((n = send(p->server.fd, junk, sizeof junk, 0)) > 0)
        n_junk += (size_t)n;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stream_tls_handshake(&p->server), -EAGAIN);
        assert_true(p->server.crossed);
    }
    while (n_junk > 0) {
        n = recv(p->client.fd, junk, n_junk < sizeof junk ? n_junk : sizeof junk, 0);
        assert_true(n > 0);
        n_junk -= (size_t)n;
    }
    assert_int_equal(stream_tls_handshake(&p->server), -EAGAIN);
    assert_false(p->server.crossed);
    handshake(p);
    send_and_compare(p, 1000, 1000, 1000);
}

static void
key_updates_are_handled(void **state)
{
    struct pair *p = *state;
    char heard[10];
    handshake(p);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(SSL_key_update(p->client.tls, SSL_KEY_UPDATE_REQUESTED), 1);
        assert_int_equal(stream_send(&p->client, "hi", 2), 2);
        assert_int_equal(stream_recv(&p->server, heard, sizeof heard), 2);
        send_and_compare(p, 100000, 9000, 20000);
    }
}

/* ---- ends of a connection ---- */

static void
close_notify_is_an_end(void **state)
{
    struct pair *p = *state;
    char heard[10];
    handshake(p);
    assert_int_equal(stream_send(&p->client, "bye", 3), 3);
    stream_close(&p->client);
    assert_int_equal(stream_recv(&p->server, heard, sizeof heard), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stream_recv(&p->server, heard, sizeof heard), 0);
    assert_true(stream_send(&p->server, "hi", 2) < 0);
}

static void
closing_without_notify_is_an_end(void **state)
{
    struct pair *p = *state;
    char heard[10];
    handshake(p);
    assert_int_equal(stream_send(&p->client, "bye", 3), 3);
    /* the connection ends inside this record */
    assert_int_equal(send(p->client.fd, "\x17\x03\x03", 3, 0), 3);
    shutdown(p->client.fd, SHUT_RDWR);
    assert_int_equal(stream_recv(&p->server, heard, sizeof heard), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stream_recv(&p->server, heard, sizeof heard), 0);
}

static void
garbage_is_an_error(void **state)
{
    struct pair *p = *state;
    char heard[10], why[100];
    handshake(p);
    assert_int_equal(stream_send(&p->client, "hi", 2), 2);
    assert_int_equal(send(p->client.fd, "get a\r\nget b\r\nget c\r\n", 21, 0), 21);
    assert_int_equal(stream_recv(&p->server, heard, sizeof heard), 2);
    assert_true(p->server.pending);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stream_recv(&p->server, heard, sizeof heard), -EPROTO);
    stream_tls_why(&p->server, why, sizeof why);
    assert_string_equal(why, "wrong version number");
    assert_int_equal(stream_send(&p->server, "hi", 2), -EPIPE);
}

static void
no_handshake_is_an_error(void **state)
{
    struct pair *p = *state;
    char why[100];
    assert_int_equal(send(p->client.fd, "version\r\n\r\n", 11, 0), 11);
    assert_int_equal(stream_tls_handshake(&p->server), -EPROTO);
    stream_tls_why(&p->server, why, sizeof why);
    assert_string_equal(why, "wrong version number");
    disconnect_pair(p);
    connect_pair(p, 0);
    shutdown(p->client.fd, SHUT_RDWR);
    assert_int_equal(stream_tls_handshake(&p->server), -ECONNRESET);
}

static void
close_in_a_half_record_sends_nothing(void **state)
{
    struct pair *p = *state;
    disconnect_pair(p);
    connect_pair(p, 4096);
    handshake(p);
    ssize_t n, sent = 0;
    while ((n = stream_send(&p->server, p->said + sent, (size_t)(MESSAGE_MAX - sent))) > 0)
        sent += n;
    assert_int_equal(n, -EAGAIN);
    stream_close(&p->server); /* sends no close_notify: it would be in the middle of a record */
    ssize_t got = 0;
    while ((n = stream_recv(&p->client, p->heard + got, (size_t)(MESSAGE_MAX - got))) > 0)
        got += n;
    assert_int_equal(n, 0);
    assert_int_equal(got, sent);
    assert_memory_equal(p->heard, p->said, (size_t)sent);
}

static void
describes_its_protocol_and_peer(void **state)
{
    struct pair *p = *state;
    char text[100];
    handshake(p);
    stream_tls_describe(&p->server, text, sizeof text);
    assert_memory_equal(text, "TLSv1.", 6);
    assert_false(stream_tls_in_kernel(&p->server));
    /* the client has sent no certificate */
    assert_false(stream_tls_peer_name(&p->server, text, sizeof text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_size_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_pieces_arrive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_split_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_small_socket_buffer_sends_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(small_records_are_gathered_small, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_read_leaves_is_pending, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_may_come_with_the_handshake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(handshake_waits_until_writable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_updates_are_handled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(close_notify_is_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_without_notify_is_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_handshake_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(close_in_a_half_record_sends_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(describes_its_protocol_and_peer, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
