#include "tests/linear/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024, SECOND_IF_NONE = 1000 };

bool
history_precedes(const struct history *h, int a, int b)
{
    const struct op *x = &h->ops[a], *y = &h->ops[b];
    return x->end < y->start || (x->client == y->client && a < b);
}

static void
write_op(const struct op *op, FILE *to)
{
    char value[VALUE_WORD];
    fprintf(to, "%2d %8" PRIu64 " %8" PRIu64 " @%" PRId64, op->client, op->start, op->end, op->now_min);
    if (op->now_max != op->now_min)
        fprintf(to, "-%" PRId64, op->now_max);
    fprintf(to, " %s", op->request);
    if (op->kind == OP_STORE) {
        value_write(&op->value, value);
        fprintf(to, "|%s", value);
    }
    fprintf(to, " => %s", op->reply);
    if (op->has_value) {
        value_write(&op->got, value);
        fprintf(to, "|%s", value);
    }
    fputc('\n', to);
}

void
history_write(const struct history *h, FILE *to)
{
    if (h->tight)
        fputs("tight\n", to);
    for (int i = 0; i < h->n; i++)
        write_op(&h->ops[i], to);
}

/* Cuts `text` at its first '|' and reads the value after it; false if there is none. */
static bool
split_value(char *text, struct value *v)
{
    char *bar = strchr(text, '|');
    if (bar == NULL)
        return false;
    *bar = '\0';
    return value_read(bar + 1, strlen(bar + 1), v);
}

/* Returns a pointer to the text after it, or NULL. */
static char *
read_time(struct op *op, char *at)
{
    op->client = (int)strtol(at, &at, 10);
    op->start = strtoull(at, &at, 10);
    op->end = strtoull(at, &at, 10);
    op->now_min = op->now_max = SECOND_IF_NONE;
    at += strspn(at, " ");
    if (*at == '@') {
        op->now_min = op->now_max = strtoll(at + 1, &at, 10);
        if (*at == '-')
            op->now_max = strtoll(at + 1, &at, 10);
        at += strspn(at, " ");
    }
    bool good =
        op->client >= 0 && op->client < HISTORY_CLIENTS && op->start <= op->end && op->now_min <= op->now_max;
    return good ? at : NULL;
}

static bool
read_op(char *line, struct op *op)
{
    struct value v;
    *op = (struct op){0};
    line = read_time(op, line);
    char *reply = line != NULL ? strstr(line, " => ") : NULL;
    if (reply == NULL)
        return false;
    *reply = '\0';
    reply += 4;
    bool stores = split_value(line, &op->value);
    bool has_value = split_value(reply, &v);
    if (!op_read_request(op, line) || stores != (op->kind == OP_STORE))
        return false;
    op_read_reply(op, reply, has_value ? &v : NULL);
    return true;
}

bool
history_read(struct history *h, FILE *from, int *number)
{
    char line[LINE_MAX_BYTES];
    *h = (struct history){0};
    for (*number = 1; fgets(line, sizeof line, from) != NULL; (*number)++) {
        line[strcspn(line, "#\n")] = '\0';
        if (line[strspn(line, " ")] == '\0')
            continue;
        if (strcmp(line, "tight") == 0)
            h->tight = true;
        else if (h->n == HISTORY_MAX || !read_op(line, &h->ops[h->n++]))
            return false;
    }
    return true;
}
