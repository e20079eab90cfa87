/* options_table: the rows of options.def. */
#include "server/options/options_row.h"

/* A text cannot be LIVE: a reload could not know when the last reader has finished with the old one. */
#define OPTION(field, letter, name, kind, change, ...)                                    \
    static_assert(CHANGE_##change == CHANGE_FIXED || (int)KIND_##kind < (int)KIND_STRING, \
        #field ": text cannot be LIVE");
#define SUBOPTION(field, name, kind, change, ...) OPTION(field, 0, name, kind, change)
#include "server/options/options.def"

static const struct option_row rows[] = {
#define GROUP(title) {.type = ROW_GROUP, .help = title},
#define OPTION(f, l, n, k, c, a, low, high, d, h)                                                           \
    {ROW_SETTING, KIND_##k, OPTION_##f, CHANGE_##c, false, l, n, offsetof(struct options, f), a, low, high, \
        d, NULL, h},
#define SUBOPTION(f, n, k, c, a, low, high, d, note, h)                                                    \
    {ROW_SETTING, KIND_##k, OPTION_##f, CHANGE_##c, true, 0, n, offsetof(struct options, f), a, low, high, \
        d, note, h},
#define ACTION(action, l, n, a, h) \
    {.type = ROW_ACTION, .id = ACTION_##action, .letter = l, .name = n, .argument = a, .help = h},
#define IGNORED(l, n, k, a, low, high, why) \
    {ROW_IGNORED, KIND_##k, 0, 0, false, l, n, 0, a, low, high, NULL, why, NULL},
#define SUBOPTION_IGNORED(n, k, a, low, high, why) \
    {ROW_IGNORED, KIND_##k, 0, 0, true, 0, n, 0, a, low, high, NULL, why, NULL},
#define REFUSED(l, n, why) {.type = ROW_REFUSED, .letter = l, .name = n, .argument = "", .note = why},
#define SUBOPTION_REFUSED(start, why) \
    {.type = ROW_REFUSED, .is_word = true, .name = start, .argument = "", .note = why},
#define SUBOPTION_ALIAS(n, words) \
    {.type = ROW_ALIAS, .is_word = true, .name = n, .argument = "", .note = words},
#include "server/options/options.def"
};
static_assert(sizeof rows / sizeof *rows <= OPTION_ROWS_MAX, "a source has a mark for each");
static_assert(sizeof rows / sizeof *rows > OPTION_N_IDS, "a row for each setting");
static_assert(sizeof(size_t) > sizeof(uint32_t), "options_store tells kinds by their size");

const struct option_table options_table = {.rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .program = "larderd",
    .lister = "larderd -h",
    .own = &options_memory};

struct option_source
options_source(struct options *o, const char *file, FILE *err)
{
    MUST(o != NULL && err != NULL);
    return (struct option_source){
        .table = &options_table, .fields = o, .origin = o->origin, .cwd = o->cwd, .err = err, .file = file};
}

bool
options_given(const struct options *o, enum option_id id)
{
    MUST(id < OPTION_N_IDS);
    return o->origin[id] != 0;
}

void
options_store(const struct option_row *row, void *to, const void *from)
{
    MUST(row->use == CHANGE_LIVE);
    size_t size = option_size(&options_table, row);
    MUST(to != from);
    if (row->kind == KIND_FACTOR)
        atomic_store_explicit((_Atomic double *)to, *(const double *)from, memory_order_relaxed);
    else if (size == sizeof(size_t))
        atomic_store_explicit((_Atomic size_t *)to, *(const size_t *)from, memory_order_relaxed);
    else if (size == sizeof(uint32_t))
        atomic_store_explicit((_Atomic uint32_t *)to, *(const uint32_t *)from, memory_order_relaxed);
    else {
        MUST(size == sizeof(bool));
        atomic_store_explicit((_Atomic bool *)to, *(const bool *)from, memory_order_relaxed);
    }
}
