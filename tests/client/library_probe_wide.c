/*
 * library_probe_wide: the scenario of probe.h that submits very many requests at once.
 * Each callback must get the reply to its own request, and a full queue refuses requests.
 */
#include "tests/client/probe.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { N_WIDE = 4000 };
#else
enum { N_WIDE = 20000 };
#endif
enum { N_VALUE = 700 };

struct wide {
    size_t n_stored, n_read;
};

struct question {
    struct wide *wide;
    size_t i;
};

static size_t
write_key(char *dst, size_t n, size_t i)
{
    return (size_t)snprintf(dst, n, "wide%zu", i);
}

/* Writes a value that begins with the number, and has another length than those of the next numbers. */
static size_t
write_value(char *dst, size_t i)
{
    size_t n = N_VALUE - i % 600;

    memset(dst, 'a' + (int)(i % 26), n);
    snprintf(dst, 16, "%zu", i);
    return n;
}

static void
on_wide_stored(void *arg, int code, const struct larder_item *item)
{
    struct question *q = arg;

    (void)item;
    CHECK_CODE(code, LARDER_OK);
    q->wide->n_stored++;
}

static void
on_wide_read(void *arg, int code, const struct larder_item *item)
{
    struct question *q = arg;
    char value[N_VALUE];

    CHECK_CODE(code, LARDER_OK);
    size_t n = write_value(value, q->i);
    CHECK(item->n_value == n && memcmp(item->value, value, n) == 0 && item->flags == q->i);
    q->wide->n_read++;
}

static void
submit_all(struct probe *p, struct question *questions, int operation, larder_done *done)
{
    char key[32], value[N_VALUE];

    for (size_t i = 0; i < N_WIDE; i++) {
        struct larder_request request = {
            .operation = operation, .key = key, .value = value, .flags = (uint32_t)i};
        request.n_key = write_key(key, sizeof key, i);
        request.n_value = write_value(value, i);
        CHECK_CODE(larder_submit(p->l, &request, done, &questions[i]), LARDER_OK);
    }
    CHECK(larder_outstanding(p->l) == N_WIDE);
    while (larder_outstanding(p->l) > 0)
        CHECK_CODE(larder_service(p->l, -1), LARDER_OK);
}

/* A request that does not fit the queue is refused at once, and the accepted ones are all answered. */
static void
fill_up(struct probe *p, struct question *questions)
{
    size_t n_taken = 0;
    char key[32], value[N_VALUE];
    int code = LARDER_OK;

    CHECK_CODE(larder_option(p->l, "queue_max", "100000"), LARDER_OK);
    for (size_t i = 0; i < N_WIDE && code == LARDER_OK; i++) {
        struct larder_request set = {.operation = LARDER_SET, .key = key, .value = value};
        set.n_key = write_key(key, sizeof key, i);
        set.n_value = write_value(value, i);
        code = larder_submit(p->l, &set, on_wide_stored, &questions[i]);
        n_taken += code == LARDER_OK;
    }
    CHECK_CODE(code, LARDER_BUSY);
    questions->wide->n_stored = 0;
    while (larder_outstanding(p->l) > 0)
        CHECK_CODE(larder_service(p->l, -1), LARDER_OK);
    CHECK(questions->wide->n_stored == n_taken);
    CHECK_CODE(larder_option(p->l, "queue_max", "67108864"), LARDER_OK);
}

void
probe_wide(struct probe *p)
{
    static struct question questions[N_WIDE];
    struct wide wide = {0};

    for (size_t i = 0; i < N_WIDE; i++)
        questions[i] = (struct question){&wide, i};
    submit_all(p, questions, LARDER_SET, on_wide_stored);
    CHECK(wide.n_stored == N_WIDE);
    submit_all(p, questions, LARDER_GET, on_wide_read);
    CHECK(wide.n_read == N_WIDE);
    fill_up(p, questions);
}
