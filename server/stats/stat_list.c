/* stat_list: see stat_list.h. */
#include "server/stats/stat_list.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/compose.h"

enum {
    BUFFER_KEPT = 64 << 10,
    INSTANCE_MAX = 31,
    LINE_NAME_MAX = 96, /* lead, instance, colon, name */
    NUMBER_MAX = 352,   /* a double has at most 309 digits before the point */
};

/* Precedes each entry's bytes. */
struct entry_head {
    uint16_t row, n_text;
    uint8_t n_instance;
    bool absent;     /* a text that is NULL */
    uint64_t number; /* the bits of u64, i64 or real */
};

void
stat_list_fini(struct stat_list *l)
{
    text_fini(&l->entries);
    text_fini(&l->text);
    text_fini(&l->value);
}

void
stat_list_clear(struct stat_list *l)
{
    text_clear(&l->entries, BUFFER_KEPT);
    text_clear(&l->text, BUFFER_KEPT);
    text_clear(&l->value, BUFFER_KEPT);
}

/* ---- entries ---- */

/* If memory runs out, a part of the entry may be missing: then the list is not rendered. */
static void
add(struct stat_list *l, enum stat_row_id id, enum stat_value value, const char *instance, uint64_t number,
    const char *text)
{
    size_t n_instance = strlen(instance), n_text = text == NULL ? 0 : strlen(text);
    const struct stat_row *row = stat_row(id);
    MUST(stat_row_value(row->type) == value);
    MUST(n_instance <= INSTANCE_MAX);
    struct entry_head head = {
        .row = (uint16_t)id,
        .n_text = n_text > UINT16_MAX ? UINT16_MAX : (uint16_t)n_text,
        .n_instance = (uint8_t)n_instance,
        .absent = text == NULL,
        .number = number,
    };
    text_add(&l->entries, &head, sizeof head);
    text_add(&l->entries, instance, n_instance);
    text_add(&l->entries, text, head.n_text);
}

void
stat_list_u64(struct stat_list *l, enum stat_row_id id, const char *instance, uint64_t value)
{
    add(l, id, STAT_U64, instance, value, "");
}

void
stat_list_i64(struct stat_list *l, enum stat_row_id id, const char *instance, int64_t value)
{
    add(l, id, STAT_I64, instance, (uint64_t)value, "");
}

void
stat_list_real(struct stat_list *l, enum stat_row_id id, const char *instance, double value)
{
    uint64_t bits;
    static_assert(sizeof bits == sizeof value, "a double is kept as its bits");
    memcpy(&bits, &value, sizeof bits);
    add(l, id, STAT_REAL, instance, bits, "");
}

void
stat_list_bool(struct stat_list *l, enum stat_row_id id, const char *instance, bool value)
{
    add(l, id, STAT_BOOL, instance, value, "");
}

void
stat_list_text(struct stat_list *l, enum stat_row_id id, const char *instance, const char *value)
{
    add(l, id, STAT_TEXT, instance, 0, value);
}

bool
stat_list_next(const struct stat_list *l, size_t *at, struct stat_entry *e)
{
    struct bytes all = text_bytes(&l->entries);
    if (!text_ok(&l->entries) || *at >= all.n)
        return false;
    struct entry_head head;
    memcpy(&head, all.p + *at, sizeof head);
    e->row = stat_row(head.row);
    memcpy(&e->number, &head.number, sizeof e->number);
    e->instance = bytes_of(all.p + *at + sizeof head, head.n_instance);
    e->text = bytes_of(head.absent ? NULL : e->instance.p + e->instance.n, head.n_text);
    *at += sizeof head + e->instance.n + e->text.n;
    MUST(*at <= all.n);
    return true;
}

/* ---- lines ---- */

static void
add_word(struct text *t, const char *word)
{
    text_add(t, word, strlen(word));
}

static void
add_text_value(struct text *t, const struct stat_entry *e)
{
    if (e->text.p != NULL)
        text_add(t, e->text.p, e->text.n);
    else
        add_word(t, e->row->type == STAT_TYPE_CTEXT ? "(null)" : "NULL");
}

static const char *
bool_word(const struct stat_entry *e)
{
    bool is = e->number.u64 != 0;
    return e->row->type == STAT_TYPE_SWITCH ? is ? "yes" : "no" : is ? "1" : "0";
}

static void
add_value(struct text *t, const struct stat_entry *e)
{
    char number[NUMBER_MAX];
    int n = 0;
    switch (stat_row_value(e->row->type)) {
    case STAT_U64:
        n = snprintf(
            number, sizeof number, e->row->type == STAT_TYPE_OCTAL ? "%" PRIo64 : "%" PRIu64, e->number.u64);
        break;
    case STAT_I64: n = snprintf(number, sizeof number, "%" PRId64, e->number.i64); break;
    case STAT_REAL:
        n = snprintf(number, sizeof number, "%.*f", stat_row_decimals(e->row->type), e->number.real);
        break;
    case STAT_BOOL: add_word(t, bool_word(e)); return;
    case STAT_TEXT: add_text_value(t, e); return;
    }
    MUST(n > 0 && n < NUMBER_MAX);
    text_add(t, number, (size_t)n);
}

/* Writes lead, instance, colon, name: those of them that the family's form has. */
static size_t
write_name(char name[LINE_NAME_MAX], const struct stat_entry *e, const struct stat_family *family)
{
    bool has_name = family->form == STAT_FORM_LINES;
    int n = snprintf(name, LINE_NAME_MAX, "%s%.*s%s%s", family->lead, (int)e->instance.n, e->instance.p,
        has_name && e->instance.n > 0 ? ":" : "", has_name ? e->row->name : "");
    MUST(n > 0 && n < LINE_NAME_MAX);
    return (size_t)n;
}

/* Appends the fields of a record after its first, which end at `*at`. */
static void
add_record(struct stat_list *l, size_t *at, const struct stat_entry *first)
{
    struct stat_entry e = *first;
    size_t next = *at;
    do {
        *at = next;
        text_add(&l->value, " ", l->value.n > 0 ? 1 : 0);
        add_word(&l->value, e.row->name);
        text_add(&l->value, "=", 1);
        add_value(&l->value, &e);
    } while (stat_list_next(l, &next, &e) && e.row->family == first->row->family &&
             bytes_equal(e.instance, first->instance));
}

/* Renders the next line; `name` has room for LINE_NAME_MAX, the value is in l->value. */
static bool
next_line(struct stat_list *l, size_t *at, char name[LINE_NAME_MAX], size_t *n_name)
{
    struct stat_entry e;
    l->value.n = 0; /* text_clear would forget that memory ran out for an earlier line */
    if (!stat_list_next(l, at, &e))
        return false;
    const struct stat_family *family = stat_row_family(e.row->family);
    *n_name = write_name(name, &e, family);
    if (family->form == STAT_FORM_RECORD)
        add_record(l, at, &e);
    else
        add_value(&l->value, &e);
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

static void
add_statistic(struct text *t, const struct request *req, struct bytes name, struct bytes value)
{
    if (req->dialect == DIALECT_BINARY)
        add_packet(t, req, name, value);
    else
        add_line(t, name, value);
}

static void
add_end(struct text *t, const struct request *req)
{
    if (req->dialect == DIALECT_BINARY)
        add_packet(t, req, bytes_of("", 0), bytes_of("", 0));
    else
        text_add(t, "END\r\n", 5);
}

bool
stat_list_render(struct stat_list *l, const struct request *req, struct bytes *text)
{
    struct text *t = &l->text;
    char name[LINE_NAME_MAX];
    size_t at = 0, n_name;
    text_clear(t, BUFFER_KEPT);
    while (next_line(l, &at, name, &n_name))
        add_statistic(t, req, bytes_of(name, n_name), text_bytes(&l->value));
    add_end(t, req);
    *text = text_bytes(t);
    return text_ok(&l->entries) && text_ok(&l->value) && text_ok(t);
}

bool
stat_list_render_one(struct stat_list *l, const struct request *req, const char *name, struct bytes *text)
{
    struct text *t = &l->text;
    if (text_ok(t)) {
        struct text value = *t;
        *t = (struct text){0};
        add_statistic(t, req, bytes_of(name, strlen(name)), text_bytes(&value));
        add_end(t, req);
        text_fini(&value);
    }
    *text = text_bytes(t);
    return text_ok(t);
}

bool
stat_list_render_block(struct stat_list *l, const struct request *req, const char *name, struct bytes *text)
{
    if (req->dialect == DIALECT_BINARY)
        return stat_list_render_one(l, req, name, text);
    *text = text_bytes(&l->text);
    return text_ok(&l->text);
}
