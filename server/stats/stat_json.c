/* stat_json: see stat_json.h. */
#include "server/stats/stat_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text/json.h"

enum { NAME_MAX_BYTES = 48 };

/* The objects that are open inside the outermost one. */
struct place {
    struct json json;
    enum stat_label label; /* of the open `by_<label>`; NONE: it is not open */
    bool in_instance;      /* the object of this instance is open, too */
    struct bytes instance; /* borrowed from the list */
};

static void
leave_instance(struct place *p)
{
    if (p->in_instance)
        json_close(&p->json, '}');
    p->in_instance = false;
}

static void
leave_label(struct place *p)
{
    leave_instance(p);
    if (p->label != STAT_LABEL_NONE)
        json_close(&p->json, '}');
    p->label = STAT_LABEL_NONE;
}

static void
enter_label(struct place *p, enum stat_label label)
{
    char name[NAME_MAX_BYTES];
    leave_label(p);
    if (label == STAT_LABEL_NONE)
        return;
    snprintf(name, sizeof name, "by_%s", stat_row_label(label));
    json_open(&p->json, name, '{');
    p->label = label;
}

static void
enter_instance(struct place *p, struct bytes instance)
{
    char name[NAME_MAX_BYTES];
    leave_instance(p);
    MUST(instance.n < sizeof name);
    snprintf(name, sizeof name, "%.*s", (int)instance.n, instance.p);
    json_open(&p->json, name, '{');
    p->in_instance = true;
    p->instance = instance;
}

static void
add_number(struct json *j, const char *name, const struct stat_entry *e)
{
    if (e->row->type == STAT_TYPE_OCTAL) {
        char text[32];
        snprintf(text, sizeof text, "%" PRIo64, e->number.u64);
        json_text(j, name, text);
    } else
        json_unsigned(j, name, e->number.u64);
}

static void
add_value(struct json *j, const char *name, const struct stat_entry *e)
{
    switch (stat_row_value(e->row->type)) {
    case STAT_U64: add_number(j, name, e); return;
    case STAT_I64: json_signed(j, name, e->number.i64); return;
    case STAT_REAL: json_real(j, name, e->number.real, stat_row_decimals(e->row->type)); return;
    case STAT_BOOL: json_bool(j, name, e->number.u64 != 0); return;
    case STAT_TEXT:
        if (e->text.p != NULL)
            json_bytes(j, name, e->text);
        return;
    }
    UNREACHABLE();
}

static void
add_entry(struct place *p, const struct stat_entry *e)
{
    const struct stat_family *family = stat_row_family(e->row->family);
    enum stat_label label = stat_row_label(family->label)[0] == '\0' ? STAT_LABEL_NONE : family->label;
    char name[NAME_MAX_BYTES];
    if (label != p->label)
        enter_label(p, label);
    if (family->form == STAT_FORM_VALUE) {
        snprintf(name, sizeof name, "%.*s", (int)e->instance.n, e->instance.p);
        add_value(&p->json, name, e);
        return;
    }
    if (label != STAT_LABEL_NONE && !(p->in_instance && bytes_equal(p->instance, e->instance)))
        enter_instance(p, e->instance);
    add_value(&p->json, e->row->name, e);
}

/* Writes the object, and the end of its line. */
static void
write_object(FILE *out, const struct stat_list *l)
{
    struct place p = {.label = STAT_LABEL_NONE};
    struct stat_entry e;
    size_t at = 0;
    json_begin(&p.json, out, JSON_LINE);
    while (stat_list_next(l, &at, &e))
        add_entry(&p, &e);
    leave_label(&p);
    json_end(&p.json);
}

bool
stat_json_write(struct stat_list *l)
{
    char *line = NULL;
    size_t n = 0;
    MUST(l->text.n == 0);
    FILE *out = open_memstream(&line, &n);
    if (out == NULL)
        return false;
    write_object(out, l);
    bool ok = !ferror(out);
    ok = fclose(out) == 0 && ok && line != NULL && n > 0; /* without memory fclose may leave no text */
    if (ok)
        text_add(&l->text, line, n - 1); /* without the line end */
    free(line);
    return ok && text_ok(&l->entries) && text_ok(&l->text);
}
