#include "server/stat_list.h"

#include <inttypes.h>

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

bool
stat_list_render_text(struct stat_list *l, struct bytes *text)
{
    struct bytes name, value;
    size_t at = 0;
    text_clear(&l->text, STAT_ROOM_KEPT);
    while (stat_list_next(l, &at, &name, &value)) {
        text_add(&l->text, "STAT ", 5);
        text_add(&l->text, name.p, name.n);
        text_add(&l->text, " ", 1);
        text_add(&l->text, value.p, value.n);
        text_add(&l->text, "\r\n", 2);
    }
    text_add(&l->text, "END\r\n", 5);
    *text = text_bytes(&l->text);
    return text_ok(&l->entries) && text_ok(&l->text);
}
