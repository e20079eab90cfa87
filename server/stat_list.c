#include "server/stat_list.h"

#include <inttypes.h>

#include "proto/compose.h"

enum { STAT_ROOM_KEPT = 64 << 10 };

/* In front of each entry's bytes. */
struct entry_head {
    uint16_t n_name, n_value;
};

void
stat_list_fini(struct stat_list *l)
{
    text_fini(&l->entries);
    text_fini(&l->text);
}

void
stat_list_clear(struct stat_list *l)
{
    text_clear(&l->entries, STAT_ROOM_KEPT);
    text_clear(&l->text, STAT_ROOM_KEPT);
}

void
stat_list_add(struct stat_list *l, const char *name, const char *format, ...)
{
    struct text *t = &l->entries;
    size_t n_name = strlen(name), head_at = t->n;
    struct entry_head head = {(uint16_t)n_name, 0};
    MUST(n_name <= UINT16_MAX);
    text_add(t, &head, sizeof head);
    text_add(t, name, n_name);
    size_t value_at = t->n;
    va_list ap;
    va_start(ap, format);
    text_vprintf(t, format, ap);
    va_end(ap);
    if (!text_ok(t))
        return; /* nobody will read it */
    size_t n_value = t->n - value_at;
    head.n_value = n_value > UINT16_MAX ? UINT16_MAX : (uint16_t)n_value;
    t->n = value_at + head.n_value;
    memcpy(t->p + head_at, &head, sizeof head);
}

void
stat_list_u64(struct stat_list *l, const char *name, uint64_t value)
{
    stat_list_add(l, name, "%" PRIu64, value);
}

void
stat_list_yes_no(struct stat_list *l, const char *name, bool yes)
{
    stat_list_add(l, name, "%s", yes ? "yes" : "no");
}

bool
stat_list_next(const struct stat_list *l, size_t *at, struct bytes *name, struct bytes *value)
{
    struct bytes all = text_bytes(&l->entries);
    if (!text_ok(&l->entries) || *at >= all.n)
        return false;
    struct entry_head head;
    memcpy(&head, all.p + *at, sizeof head);
    *name = bytes_of(all.p + *at + sizeof head, head.n_name);
    *value = bytes_of(name->p + name->n, head.n_value);
    *at += sizeof head + name->n + value->n;
    MUST(*at <= all.n);
    return true;
}

static void
add_line(struct text *t, struct bytes name, struct bytes value)
{
    text_add(t, "STAT ", 5);
    text_add(t, name.p, name.n);
    text_add(t, " ", 1);
    text_add(t, value.p, value.n);
    text_add(t, "\r\n", 2);
}

static void
add_packet(struct text *t, const struct request *req, struct bytes name, struct bytes value)
{
    char head[COMPOSE_HEAD];
    compose_stat_head(head, req, (uint32_t)name.n, (uint32_t)value.n);
    text_add(t, head, sizeof head);
    text_add(t, name.p, name.n);
    text_add(t, value.p, value.n);
}

bool
stat_list_render(struct stat_list *l, const struct request *req, struct bytes *text)
{
    struct text *t = &l->text;
    struct bytes name, value;
    size_t at = 0;
    bool packets = req->dialect == DIALECT_BINARY;
    text_clear(t, STAT_ROOM_KEPT);
    while (stat_list_next(l, &at, &name, &value)) {
        if (packets)
            add_packet(t, req, name, value);
        else
            add_line(t, name, value);
    }
    if (packets)
        add_packet(t, req, bytes_of("", 0), bytes_of("", 0));
    else
        text_add(t, "END\r\n", 5);
    *text = text_bytes(t);
    return text_ok(&l->entries) && text_ok(t);
}

bool
stat_list_render_block(struct stat_list *l, const struct request *req, const char *name, struct bytes *text)
{
    struct text *t = &l->text;
    if (req->dialect == DIALECT_BINARY && text_ok(t)) {
        struct text block = *t;
        *t = (struct text){0};
        add_packet(t, req, bytes_of(name, strlen(name)), text_bytes(&block));
        add_packet(t, req, bytes_of("", 0), bytes_of("", 0));
        text_fini(&block);
    }
    *text = text_bytes(t);
    return text_ok(t);
}
