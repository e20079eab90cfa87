/*
 * conn_login: logs in before the first request; see conn.h.
 *
 * Binary logs in with SASL PLAIN.  Text and meta log in with a request that looks like a
 * set, as memcached's auth file requires.  A server without logins would store it as an
 * item, so it is sent only if the option `username` is set.
 */
#include "client/conn/conn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/larder.h"

/* "user password"; in SASL PLAIN, a zero before each. */
static size_t
write_secret(char *dst, const struct conn *c)
{
    const char *user = config_word(&c->env->config, CONFIG_USERNAME);
    const char *password = config_word(&c->env->config, CONFIG_PASSWORD);
    size_t n_user = strlen(user), n_password = strlen(password), n = 0;

    if (c->dialect == DIALECT_BINARY)
        dst[n++] = '\0';
    memcpy(dst + n, user, n_user);
    n += n_user;
    dst[n++] = c->dialect == DIALECT_BINARY ? '\0' : ' ';
    memcpy(dst + n, password, n_password);
    return n + n_password;
}

int
conn_login_begin(struct conn *c)
{
    size_t n_secret = strlen(config_word(&c->env->config, CONFIG_USERNAME)) +
                      strlen(config_word(&c->env->config, CONFIG_PASSWORD)) +
                      (c->dialect == DIALECT_BINARY ? 2 : 1);
    struct ask ask = {.kind = ASK_LOGIN, .key = BYTES("PLAIN"), .n_value = (uint32_t)n_secret};
    MUST(buffer_out_left(&c->hello) == 0 && config_logs_in(&c->env->config));
    char *dst = buffer_out_room(&c->hello, ASK_MAX + n_secret + ASK_TAIL_MAX);

    if (dst == NULL)
        return LARDER_NO_MEMORY;
    dst = proto_ask(dst, c->dialect, &ask);
    dst += write_secret(dst, c);
    buffer_out_wrote(&c->hello, proto_ask_tail(dst, c->dialect, &ask));
    c->state = CONN_LOGIN;
    return conn_login_step(c);
}

static int
send_hello(struct conn *c)
{
    while (buffer_out_left(&c->hello) > 0) {
        ssize_t n = stream_send(&c->stream, c->hello.p + c->hello.begin, buffer_out_left(&c->hello));
        if (n == -EAGAIN)
            return LARDER_OK;
        if (n < 0) {
            conn_set_why(c, "%s", strerror((int)-n));
            return LARDER_CLOSED;
        }
        MUST((size_t)n <= buffer_out_left(&c->hello));
        c->hello.begin += (size_t)n;
    }
    conn_forget_hello(c);
    return LARDER_OK;
}

static int
answered(struct conn *c, const struct reply *reply)
{
    if (reply->status == REPLY_DONE) {
        c->state = CONN_UP;
        return LARDER_OK;
    }
    conn_set_why(c, "login: %.*s", (int)reply->text.n, reply->text.p != NULL ? reply->text.p : "");
    return LARDER_DENIED;
}

int
conn_login_step(struct conn *c)
{
    struct reply reply;
    size_t n;
    MUST(c->state == CONN_LOGIN);
    int code = send_hello(c);

    if (code == LARDER_OK)
        code = conn_fill(c, &n);
    if (code != LARDER_OK)
        return code;
    switch (proto_reply(&c->reader, buffer_in_bytes(&c->in), &reply)) {
    case REPLY_MORE: return LARDER_OK;
    case REPLY_WHOLE: buffer_in_parsed(&c->in, reply.used); return answered(c, &reply);
    case REPLY_BODY:
    case REPLY_BROKEN: break;
    }
    conn_set_why(c, "login: the reply is invalid");
    return LARDER_PROTOCOL;
}
