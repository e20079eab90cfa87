#include "server/options/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text/split.h"
#include "server/options/options_row.h"

enum { FILE_MAX = 1 << 20 }; /* a larger file is no configuration */

/* ---- a line ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct bytes
skip_blanks(struct bytes b)
{
    while (b.n > 0 && is_blank(b.p[0]))
        b = bytes_of(b.p + 1, b.n - 1);
    return b;
}

static struct bytes
trim_end(struct bytes b)
{
    while (b.n > 0 && is_blank(b.p[b.n - 1]))
        b.n--;
    return b;
}

static bool
fail(const struct option_source *s, const char *what)
{
    MUST(s->file != NULL && s->line > 0);
    fprintf(s->err, "larderd: %s:%u: %s\n", s->file, s->line, what);
    return false;
}

/* A name ends at a blank, a = or a #. */
static struct bytes
take_name(struct bytes *line)
{
    size_t n = 0;
    while (n < line->n && !is_blank(line->p[n]) && line->p[n] != '=' && line->p[n] != '#')
        n++;
    return split_front(line, n);
}

/* The value after the name, without quotes and comment.  `*any` says whether there is one. */
static bool
take_value(const struct option_source *s, struct bytes line, struct bytes *value, bool *any)
{
    line = skip_blanks(line);
    bool equals = line.n > 0 && line.p[0] == '=';
    if (equals)
        line = skip_blanks(bytes_of(line.p + 1, line.n - 1));
    if (line.n > 0 && line.p[0] == '"') {
        (void)split_front(&line, 1);
        if (!split_at(&line, '"', value))
            return fail(s, "the quotes are not closed");
        line = skip_blanks(line);
        *any = true;
        return line.n == 0 || line.p[0] == '#' || fail(s, "expected nothing after the closing quotes");
    }
    size_t n = 0;
    while (n < line.n && !(line.p[n] == '#' && (n == 0 || is_blank(line.p[n - 1]))))
        n++;
    MUST(n <= line.n);
    *value = trim_end(bytes_of(line.p, n));
    *any = value->n > 0;
    if (memchr(line.p, '"', n) != NULL)
        return fail(s, "expected the quotes around the whole value");
    return *any || !equals || fail(s, "expected a value after the =");
}

static const struct option_row *
find_row(const struct option_source *s, struct bytes name, bool *no)
{
    const struct option_row *row = option_row_of_name(&options_table, name, false, no);
    if (row == NULL)
        row = option_row_of_name(&options_table, name, true, no);
    if (row == NULL) {
        fprintf(s->err, "larderd: %s:%u: there is no setting \"%.*s\"; larderd -h lists all\n", s->file,
            s->line, (int)(name.n < 64 ? name.n : 64), name.p);
        return NULL;
    }
    switch (row->type) {
    case ROW_SETTING:
    case ROW_IGNORED:
    case ROW_ALIAS: return row;
    case ROW_REFUSED:
        fprintf(s->err, "larderd: %s:%u: %.*s is memcached's, not larder's: %s\n", s->file, s->line,
            (int)(name.n < 64 ? name.n : 64), name.p, row->note);
        return NULL;
    case ROW_ACTION:
        fprintf(s->err, "larderd: %s:%u: %s is for the command line only\n", s->file, s->line, row->name);
        return NULL;
    case ROW_GROUP:
    case ROW_SYNONYM: break;
    }
    UNREACHABLE();
}

static bool
take_setting(struct option_source *s, const struct option_row *row, struct bytes value, bool no)
{
    MUST(row->type == ROW_SETTING || row->type == ROW_IGNORED);
    MUST(memchr(value.p, '\0', value.n) == NULL); /* take_line has refused it */
    char *text = strndup(value.p, value.n);
    if (text == NULL)
        return fail(s, "no memory");
    bool ok = option_set(s, row, text, no);
    free(text);
    return ok;
}

static bool
take_line(struct option_source *s, struct bytes line)
{
    struct bytes value = {NULL, 0};
    bool no = false, any = false;
    line = skip_blanks(line);
    if (line.n == 0 || line.p[0] == '#')
        return true;
    if (memchr(line.p, '\0', line.n) != NULL)
        return fail(s, "found a zero byte: this is not a text file");
    const struct option_row *row = find_row(s, take_name(&line), &no);
    if (row == NULL || !take_value(s, line, &value, &any))
        return false;
    if (row->type != ROW_ALIAS)
        return any ? take_setting(s, row, value, no) : option_set(s, row, NULL, no);
    return any ? fail(s, "this name stands for others and takes no value") : options_set_words(s, row->note);
}

bool
config_parse(struct options *o, const char *file, struct bytes text, FILE *err)
{
    MUST(file != NULL);
    struct option_source s = options_source(o, file, err);
    while (text.n > 0) {
        struct bytes line = split_off(&text, '\n');
        s.line++;
        if (!take_line(&s, line))
            return false;
    }
    return true;
}

/* ---- the file ---- */

static bool
cannot(const char *path, const char *why, FILE *err)
{
    fprintf(err, "larderd: --config %s: %s\n", path, why);
    return false;
}

/*
 * Reads the file into `text`, at most FILE_MAX + 1 bytes: a result of that
 * length means that the file is too long.
 */
static ssize_t
read_all(int fd, char *text)
{
    size_t n = 0;
    while (n <= FILE_MAX) {
        ssize_t got = read(fd, text + n, FILE_MAX + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return got;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    MUST(n <= FILE_MAX + 1);
    return (ssize_t)n;
}

static bool
read_open(struct options *o, int fd, FILE *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return cannot(o->config, strerror(errno), err);
    if (!S_ISREG(st.st_mode))
        return cannot(o->config, "not a regular file", err);
    char *text = malloc(FILE_MAX + 1);
    if (text == NULL)
        return cannot(o->config, "no memory", err);
    ssize_t n = read_all(fd, text);
    bool ok = n < 0          ? cannot(o->config, strerror(errno), err)
              : n > FILE_MAX ? cannot(o->config, "larger than 1 MiB, which no configuration is", err)
                             : config_parse(o, o->config, bytes_of(text, (size_t)n), err);
    free(text);
    return ok;
}

bool
config_read(struct options *o, const char *path, FILE *err)
{
    static const struct option_row row = {.kind = KIND_FILE, .name = "config", .argument = "<file>"};
    switch (option_read(&options_table, &row, &o->config, path, o->cwd)) {
    case OPTION_READ: break;
    case OPTION_MISREAD: return cannot("\"\"", "expected a file", err);
    case OPTION_NO_MEMORY: return cannot(path, "no memory", err);
    }
    MUST(o->config != NULL);
    /* never waits, whatever kind of file it is */
    int fd = open(o->config, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return cannot(o->config, strerror(errno), err);
    bool ok = read_open(o, fd, err);
    close(fd);
    return ok;
}
