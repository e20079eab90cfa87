/* stream_tls: sending and receiving; see stream_tls.h. */
#include "base/stream_tls.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RECV_MAX = 256 << 10, /* bytes of one call: a fast peer must not occupy the thread */
    SEND_MAX = 256 << 10,
};
static_assert(
    (int)STREAM_TLS_RECORD_MAX == SSL3_RT_MAX_PLAIN_LENGTH && (int)STREAM_TLS_RECORD_MAX <= UINT16_MAX,
    "a record is one of TLS, and tls_owed holds its bytes");

enum tls_end {
    TLS_OPEN,
    TLS_ENDED,
    TLS_BROKEN,
};

static _Thread_local unsigned long last_error; /* for stream_tls_why */

/* ---- results ---- */

/* OpenSSL also looks at errors that earlier calls left in its queue, even calls on other streams. */
static void
begin_call(struct stream *s)
{
    ERR_clear_error();
    errno = 0;
    s->crossed = false;
}

static ssize_t
end_with(struct stream *s, enum tls_end end)
{
    s->tls_end = (uint8_t)end;
    SSL_set_quiet_shutdown(s->tls, 1); /* nothing more may be sent, not even close_notify */
    return end == TLS_ENDED ? 0 : -EPROTO;
}

/* The queue has the error: the peer's bytes are invalid, or OpenSSL has failed. */
static ssize_t
refused(struct stream *s)
{
    last_error = ERR_peek_error();
    ssize_t result = end_with(s, TLS_BROKEN);
    return ERR_GET_REASON(last_error) == ERR_R_MALLOC_FAILURE ? -EIO : result;
}

/* An error of the socket.  No later send can succeed, since a record may be sent in part. */
static ssize_t
socket_failed(struct stream *s)
{
    int error = errno;
    if (error == 0) /* older OpenSSL: an end without close_notify */
        return end_with(s, TLS_ENDED);
    end_with(s, TLS_BROKEN);
    return error == ENOBUFS || error == ENOMEM || error == EAGAIN ? -EIO : -error;
}

/*
 * Maps the error of a call on the stream to its result.  `natural`: the
 * direction that the call normally waits for.
 */
static ssize_t
result_of(struct stream *s, int natural)
{
    int error = SSL_get_error(s->tls, 0);
    switch (error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: s->crossed = error != natural; return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN: s->tls_end = TLS_ENDED; return 0;
    case SSL_ERROR_SYSCALL: return socket_failed(s);
    default: return refused(s);
    }
}

/* ---- reading ---- */

static ssize_t
recv_some(struct stream *s, void *p, size_t n)
{
    size_t got;
    if (s->tls_end != TLS_OPEN)
        return s->tls_end == TLS_ENDED ? 0 : -EPROTO;
    begin_call(s);
    if (SSL_read_ex(s->tls, p, n, &got) == 1)
        return (ssize_t)got;
    return result_of(s, SSL_ERROR_WANT_READ);
}

/*
 * Reads all records that are here: one read of the socket may bring several, and a
 * part of another.  If the stream ends or fails after some bytes, the next call
 * returns that.
 */
static ssize_t
tls_recvv(struct stream *s, const struct iovec *iov, int n_iov)
{
    size_t got = 0;
    s->pending = false;
    for (int i = 0; i < n_iov; i++) {
        for (size_t at = 0; at < iov[i].iov_len;) {
            if (got > 0 && !SSL_has_pending(s->tls))
                return (ssize_t)got;
            ssize_t n = got < RECV_MAX ? recv_some(s, (char *)iov[i].iov_base + at, iov[i].iov_len - at) : 0;
            if (n <= 0 && got > 0) {
                s->pending = n != -EAGAIN;
                return (ssize_t)got;
            }
            if (n <= 0)
                return n;
            at += (size_t)n;
            got += (size_t)n;
        }
    }
    s->pending = SSL_has_pending(s->tls);
    return (ssize_t)got;
}

static ssize_t
tls_recv(struct stream *s, void *p, size_t n)
{
    const struct iovec iov = {p, n};
    return tls_recvv(s, &iov, 1);
}

/* ---- writing ---- */

/* The position of the next byte in the pieces. */
struct place {
    const struct iovec *iov;
    int n_iov;
    size_t at;
};

static void
advance(struct place *from, size_t n)
{
    from->at += n;
    while (from->n_iov > 0 && from->at >= from->iov->iov_len) {
        from->at -= from->iov->iov_len;
        from->iov++;
        from->n_iov--;
    }
}

/* Copies up to `most` bytes of the pieces; returns the number. */
static size_t
gather(struct place from, char *to, size_t most)
{
    size_t n = 0;
    while (from.n_iov > 0 && n < most) {
        size_t part = from.iov->iov_len - from.at;
        part = part < most - n ? part : most - n;
        memcpy(to + n, (const char *)from.iov->iov_base + from.at, part);
        n += part;
        advance(&from, part);
    }
    return n;
}

/*
 * Returns the bytes of the next record: one piece in place, or gathered ones.
 * An owed record consists of the same bytes.
 */
static const char *
next_record(const struct stream *s, const struct place *from, size_t *n)
{
    const struct stream_tls_thread *thread = SSL_get_app_data(s->tls);
    const char *first = (const char *)from->iov->iov_base + from->at;
    size_t n_first = from->iov->iov_len - from->at;
    size_t wanted = s->tls_owed > 0 ? s->tls_owed : thread->n_gather;
    if (n_first >= wanted || from->n_iov == 1) {
        size_t most = s->tls_owed > 0 ? s->tls_owed : STREAM_TLS_RECORD_MAX;
        *n = n_first < most ? n_first : most;
        return first;
    }
    *n = gather(*from, thread->gather, wanted);
    return thread->gather;
}

static ssize_t
send_record(struct stream *s, const char *p, size_t n)
{
    size_t sent;
    MUST(n >= s->tls_owed);
    CHECKED_MUST(n <= STREAM_TLS_RECORD_MAX); /* tls_owed and the gathering memory hold no more */
    if (s->tls_end == TLS_BROKEN)
        return -EPIPE;
    begin_call(s);
    if (SSL_write_ex(s->tls, p, n, &sent) == 1) {
        s->tls_owed = 0;
        return (ssize_t)sent;
    }
    ssize_t result = result_of(s, SSL_ERROR_WANT_WRITE);
    if (result == -EAGAIN)
        s->tls_owed = (uint16_t)n;
    return result == 0 ? -EPIPE : result;
}

static ssize_t
tls_sendv(struct stream *s, const struct iovec *iov, int n_iov)
{
    struct place from = {iov, n_iov, 0};
    size_t sent = 0;
    advance(&from, 0);
    while (from.n_iov > 0 && sent < SEND_MAX) {
        size_t n;
        const char *p = next_record(s, &from, &n);
        ssize_t result = send_record(s, p, n);
        if (result < 0)
            return sent > 0 ? (ssize_t)sent : result;
        sent += (size_t)result;
        advance(&from, (size_t)result);
    }
    return (ssize_t)sent;
}

static ssize_t
tls_send(struct stream *s, const void *p, size_t n)
{
    const struct iovec iov = {(void *)p, n};
    return tls_sendv(s, &iov, 1);
}

/* ---- start and end ---- */

void
stream_tls_move(struct stream *s, struct stream_tls_thread *t)
{
    SSL_set_app_data(s->tls, t);
}

/* Sends close_notify if the socket accepts it and no record is sent in part; does not wait for the peer's. */
static void
tls_close(struct stream *s)
{
    if (s->tls_owed > 0 || SSL_in_init(s->tls))
        SSL_set_quiet_shutdown(s->tls, 1);
    ERR_clear_error();
    (void)SSL_shutdown(s->tls);
    SSL_free(s->tls);
    ERR_clear_error();
    close(s->fd);
    s->tls = NULL;
    s->fd = -1;
}

/* With the keys in the kernel a plain send is encrypted by the kernel, without a copy here. */
static ssize_t
kernel_send(struct stream *s, const void *p, size_t n)
{
    struct stream plain = stream_tcp(s->fd);
    s->crossed = false;
    return stream_send(&plain, p, n);
}

static ssize_t
kernel_sendv(struct stream *s, const struct iovec *iov, int n_iov)
{
    struct stream plain = stream_tcp(s->fd);
    s->crossed = false;
    return stream_sendv(&plain, iov, n_iov);
}

static const struct stream_ops tls_ops = {tls_recv, tls_recvv, tls_send, tls_sendv, tls_close};
static const struct stream_ops kernel_ops = {tls_recv, tls_recvv, kernel_send, kernel_sendv, tls_close};

bool
stream_tls_begin(struct stream *s, struct ssl_st *ssl, struct stream_tls_thread *thread)
{
    ERR_clear_error();
    if (SSL_set_fd(ssl, s->fd) != 1 || SSL_set_app_data(ssl, thread) != 1)
        return false;
    s->ops = &tls_ops; /* fd stays as it is: other threads may be reading it */
    s->tls = ssl;
    return true;
}

int
stream_tls_handshake(struct stream *s)
{
    begin_call(s);
    int rc = SSL_do_handshake(s->tls);
    if (rc != 1) {
        ssize_t result = result_of(s, SSL_ERROR_WANT_READ);
        return result == 0 ? -ECONNRESET : (int)result;
    }
    if (stream_tls_in_kernel(s))
        s->ops = &kernel_ops;
    s->pending = SSL_has_pending(s->tls);
    return 0;
}

void
stream_tls_why(const struct stream *s, char *text, size_t n_text)
{
    const char *reason = ERR_reason_error_string(last_error);
    long verified = s->tls == NULL ? X509_V_OK : SSL_get_verify_result(s->tls);
    if (ERR_GET_REASON(last_error) == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK)
        reason = X509_verify_cert_error_string(verified);
    snprintf(text, n_text, "%s", reason != NULL ? reason : "unknown error");
}
