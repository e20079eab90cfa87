#include "tools/cli/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 65536 };

static char *
trimmed(char *s)
{
    s += strspn(s, " \t\r\n");
    size_t n = strlen(s);
    while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
        n--;
    s[n] = '\0';
    return s;
}

static bool
read_line(char *line, config_set *set, void *arg, char *why, size_t n_why)
{
    char *name = trimmed(line);
    if (*name == '\0' || *name == '#')
        return true;
    char *equals = strchr(name, '=');
    if (equals == NULL) {
        snprintf(why, n_why, "expected name = value");
        return false;
    }
    *equals = '\0';
    return set(arg, trimmed(name), trimmed(equals + 1), why, n_why);
}

bool
config_read(FILE *f, const char *name, config_set *set, void *arg, char *why, size_t n_why)
{
    char *line = malloc(LINE_SIZE);
    if (line == NULL) {
        snprintf(why, n_why, "out of memory");
        return false;
    }
    bool ok = true;
    for (unsigned number = 1; ok && fgets(line, LINE_SIZE, f) != NULL; number++) {
        char what[256] = "";
        ok = read_line(line, set, arg, what, sizeof what);
        if (!ok)
            snprintf(why, n_why, "%s:%u: %s", name, number, what);
    }
    if (ok && ferror(f)) {
        snprintf(why, n_why, "%s: %s", name, strerror(errno));
        ok = false;
    }
    free(line);
    return ok;
}

/* True with *f NULL: the file does not exist, and need not. */
static bool
open_one(const char *path, bool must_exist, FILE **f, char *why, size_t n_why)
{
    *f = fopen(path, "re");
    if (*f != NULL || (!must_exist && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)))
        return true;
    snprintf(why, n_why, "%s: %s", path, strerror(errno));
    return false;
}

static bool
load_file(const char *path, bool must_exist, bool *found, config_set *set, void *arg, char *why, size_t n_why)
{
    FILE *f;
    if (!open_one(path, must_exist, &f, why, n_why))
        return false;
    *found = f != NULL;
    if (f == NULL)
        return true;
    bool ok = config_read(f, path, set, arg, why, n_why);
    fclose(f);
    return ok;
}

static bool
load_usual_file(config_set *set, void *arg, char *why, size_t n_why)
{
    static const struct {
        const char *variable, *rest;
    } places[] = {
        {"XDG_CONFIG_HOME", "/larder/larder.conf"},
        {"HOME", "/.config/larder/larder.conf"},
        {NULL, "/etc/larder/larder.conf"},
    };
    bool found = false, is_home_known = false;
    for (size_t i = 0; i < sizeof places / sizeof places[0] && !found; i++) {
        bool is_home = places[i].variable != NULL;
        const char *base = is_home ? getenv(places[i].variable) : "";
        char path[PATH_MAX];
        if (is_home && (is_home_known || base == NULL || *base == '\0'))
            continue;
        is_home_known = is_home;
        if (snprintf(path, sizeof path, "%s%s", base, places[i].rest) >= (int)sizeof path)
            continue;
        if (!load_file(path, false, &found, set, arg, why, n_why))
            return false;
    }
    return true;
}

static bool
load_environment(config_set *set, void *arg, char *why, size_t n_why)
{
    static const struct {
        const char *variable, *name;
    } rows[] = {
        {"LARDER_SERVERS", "servers"},
        {"LARDER_PROTOCOL", "protocol"},
        {"LARDER_RING", "ring"},
        {"LARDER_USERNAME", "username"},
        {"LARDER_PASSWORD", "password"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *value = getenv(rows[i].variable);
        char what[256] = "";
        if (value == NULL || *value == '\0' || set(arg, rows[i].name, value, what, sizeof what))
            continue;
        snprintf(why, n_why, "%s: %s", rows[i].variable, what);
        return false;
    }
    return true;
}

bool
config_load(const char *path, config_set *set, void *arg, char *why, size_t n_why)
{
    bool found;
    const char *named = path == NULL ? getenv("LARDER_CONFIG") : path;
    bool ok = named != NULL && *named != '\0' ? load_file(named, true, &found, set, arg, why, n_why)
                                              : load_usual_file(set, arg, why, n_why);
    return ok && load_environment(set, arg, why, n_why);
}
