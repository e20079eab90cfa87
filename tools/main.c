/*
 * main: larder's command line: reads options and settings, makes a handle, runs
 * a command, and frees them again.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/cli.h"
#include "tools/cli/config.h"

static int
usage(const char *why)
{
    shown_line(stderr, "larder: %s; see larder --help", why);
    return CLI_USAGE;
}

static void
help(void)
{
    printf("usage: larder [OPTION...] COMMAND [ARGUMENT...]\n\ncommands:\n");
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        printf("  %-7s %-12s %s\n", c->name, c->arguments, c->help);
    printf("\noptions of all commands:\n");
    options_print(TAKEN_ALL);
    printf(
        "\nSettings come from a file (LARDER_CONFIG, ~/.config/larder/larder.conf, "
        "/etc/larder/larder.conf),\n"
        "then from LARDER_SERVERS, LARDER_PROTOCOL, LARDER_RING, LARDER_USERNAME and LARDER_PASSWORD, then\n"
        "from options; the last one counts.  larder COMMAND --help lists the command's options; see "
        "larder(1).\n");
}

static void
help_of(const struct cli_command *c)
{
    printf("usage: larder [OPTION...] %s%s%s\n\n%s\n", c->name, *c->arguments == '\0' ? "" : " ",
        c->arguments, c->help);
    if (c->takes != 0) {
        printf("\noptions of %s:\n", c->name);
        options_print(c->takes);
    }
    printf("\noptions of all commands:\n");
    options_print(TAKEN_ALL);
}

struct settings {
    struct cli *cli;
    char *found; /* a source of servers (dns+name ...), which is read after all other settings; or NULL */
};

static int
set_servers(struct settings *s, const char *list)
{
    free(s->found);
    s->found = NULL;
    if (list[strspn(list, " \t,")] == '\0')
        return LARDER_NO_SERVERS;
    if (strchr(list, '+') == NULL)
        return larder_servers(s->cli->l, list);
    s->found = strdup(list);
    return s->found != NULL ? LARDER_OK : LARDER_NO_MEMORY;
}

static bool
set_one(void *arg, const char *name, const char *value, char *why, size_t n_why)
{
    struct settings *s = arg;
    int code = strcmp(name, "servers") == 0 ? set_servers(s, value) : larder_option(s->cli->l, name, value);
    if (code != LARDER_OK)
        snprintf(why, n_why, "%s: %s", name,
            code == LARDER_BAD_ARGUMENT ? "unknown setting or invalid value" : larder_strerror(code));
    else if (strcmp(name, "timeout_ms") == 0)
        s->cli->timeout_ms = (uint32_t)strtoul(value, NULL, 10);
    return code == LARDER_OK;
}

/* The command line overrides the file and the environment, because its settings are set last. */
static bool
set_all(struct settings *s, const struct options *o, char *why, size_t n_why)
{
    if (!config_load(o->config, set_one, s, why, n_why))
        return false;
    char ms[24];
    snprintf(ms, sizeof ms, "%llu", (unsigned long long)o->timeout_ms);
    if (option_given(o, OPTION_timeout_ms) &&
        (!set_one(s, "timeout_ms", ms, why, n_why) || !set_one(s, "connect_timeout_ms", ms, why, n_why)))
        return false;
    for (uint32_t i = 0; i < o->n_set; i++) {
        char *name = strdup(o->set[i]);
        if (name == NULL) {
            snprintf(why, n_why, "out of memory");
            return false;
        }
        char *value = strchr(name, '=');
        MUST(value != NULL); /* options.c has checked it */
        *value++ = '\0';
        bool ok = set_one(s, name, value, why, n_why);
        free(name);
        if (!ok)
            return false;
    }
    if (o->servers != NULL)
        return set_one(s, "servers", o->servers, why, n_why);
    return s->found != NULL || larder_n_servers(s->cli->l) > 0 ||
           set_one(s, "servers", "127.0.0.1:11211", why, n_why);
}

static const struct cli_command *
command_named(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static int
run(const struct cli_command *c, const struct options *o)
{
    char why[512];
    struct cli cli = {.options = o,
        .l = larder_new(),
        .out = stdout,
        .escapes = isatty(STDOUT_FILENO) == 1 && !o->raw,
        .timeout_ms = (uint32_t)o->timeout_ms};
    if (cli.l == NULL)
        return cli_error(NULL, c->name, LARDER_NO_MEMORY);
    MUST(c->run != NULL && o->n_words >= c->least && o->n_words <= c->most);
    struct settings settings = {.cli = &cli};
    int status = set_all(&settings, o, why, sizeof why) ? CLI_OK : usage(why);
    int code = status == CLI_OK && settings.found != NULL ? larder_servers(cli.l, settings.found) : LARDER_OK;
    if (code != LARDER_OK) {
        (void)cli_error(cli.l, "servers", code);
        status = CLI_ERROR; /* a failed look-up is no error in the command line */
    } else if (status == CLI_OK)
        status = c->run(&cli);
    free(settings.found);
    larder_free(cli.l);
    return status;
}

static int
execute(const struct options *o)
{
    char why[256];
    if (o->version) {
        printf("larder %s\n", PACKAGE_VERSION);
        return CLI_OK;
    }
    if (o->command == NULL) {
        if (!o->help)
            return usage("no command given");
        help();
        return CLI_OK;
    }
    const struct cli_command *c = command_named(o->command);
    if (c == NULL) {
        snprintf(why, sizeof why, "unknown command \"%s\"", o->command);
        return usage(why);
    }
    if (o->help) {
        help_of(c);
        return CLI_OK;
    }
    const char *misplaced = options_misplaced(o, c->takes);
    if (misplaced == NULL && o->n_words >= c->least && o->n_words <= c->most)
        return run(c, o);
    if (misplaced != NULL)
        snprintf(why, sizeof why, "%s does not have the option --%s", c->name, misplaced);
    else
        snprintf(why, sizeof why, "usage: larder %s %s", c->name, c->arguments);
    return usage(why);
}

int
main(int argc, char **argv)
{
    struct options options;
    char why[512];
    signal(SIGPIPE, SIG_IGN);
    int status = CLI_USAGE;
    if (options_read(&options, argc, argv, why, sizeof why))
        status = execute(&options);
    else
        shown_line(stderr, "%s", why);
    options_fini(&options);
    return cli_written(stdout, "standard output") || status != CLI_OK ? status : CLI_ERROR;
}
