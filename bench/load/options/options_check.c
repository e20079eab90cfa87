#include "bench/load/options/options_check.h"

#include <stdarg.h>
#include <string.h>

#include "bench/load/options/options_row.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

/* The first has no effect without the second. */
static const struct {
    enum option_id one, needs;
} companions[] = {
    {OPTION_cert, OPTION_tls},
    {OPTION_key, OPTION_tls},
    {OPTION_cacert, OPTION_tls},
    {OPTION_sni, OPTION_tls},
    {OPTION_tls_skip_verify, OPTION_tls},
    {OPTION_tls_resume, OPTION_tls},
    {OPTION_cert, OPTION_key},
    {OPTION_key, OPTION_cert},
    {OPTION_data_size_pattern, OPTION_data_size_range},
    {OPTION_arrivals, OPTION_open_loop},
    {OPTION_max_reconnect_attempts, OPTION_reconnect_on_error},
    {OPTION_num_slaves, OPTION_wait_ratio},
    {OPTION_wait_timeout, OPTION_wait_ratio},
};

static const struct {
    enum option_id one, other;
} rivals[] = {
    {OPTION_requests, OPTION_test_time},
    {OPTION_open_loop, OPTION_rate_limiting},
    {OPTION_data_size, OPTION_data_size_range},
    {OPTION_data_size, OPTION_data_size_list},
    {OPTION_data_size_range, OPTION_data_size_list},
    {OPTION_values, OPTION_random_data},
    {OPTION_seed, OPTION_randomize},
    {OPTION_ipv4, OPTION_ipv6},
};

/* Of --key-pattern. */
static const struct {
    enum option_id one;
    char letter;
} shapes[] = {
    {OPTION_key_stddev, 'G'},
    {OPTION_key_median, 'G'},
    {OPTION_key_zipf_exp, 'Z'},
};

/* The options of replay; it sends one get at a time, in the order of the trace. */
static const enum option_id of_replay[] = {OPTION_server, OPTION_port, OPTION_unix_socket, OPTION_ipv4,
    OPTION_ipv6, OPTION_protocol, OPTION_authenticate, OPTION_select_db, OPTION_tls, OPTION_cert, OPTION_key,
    OPTION_cacert, OPTION_tls_skip_verify, OPTION_sni, OPTION_connection_timeout, OPTION_config_file,
    OPTION_show_config, OPTION_out_file, OPTION_json_out_file, OPTION_no_server_stats, OPTION_quiet,
    OPTION_copies, OPTION_copy_delay, OPTION_ttl_divisor, OPTION_values, OPTION_duplicates};

static bool __attribute__((format(printf, 3, 4))) no(char *why, size_t n_why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, n_why, format, args);
    va_end(args);
    return false;
}

static const char *
name(enum option_id id)
{
    return option_row_of_id(&options_table, id)->name;
}

/* A flag that is set to "no" is the same as none. */
static bool
is_given(const struct options *o, enum option_id id)
{
    const struct option_row *row = option_row_of_id(&options_table, id);
    return o->origin[id] != 0 && (row->kind != KIND_FLAG || *(const bool *)option_field_of(row, o));
}

static bool
fits_command(const struct options *o, char *why, size_t n_why)
{
    for (enum option_id id = 0; id < OPTION_N_IDS; id++) {
        bool takes = false;
        for (size_t i = 0; i < N_OF(of_replay); i++)
            takes |= of_replay[i] == id;
        if (is_given(o, id) && o->is_replay && !takes)
            return no(why, n_why, "larder-bench replay has no option --%s", name(id));
    }
    if (!o->is_replay &&
        (OPTION_GIVEN(o, copies) || OPTION_GIVEN(o, copy_delay) || OPTION_GIVEN(o, ttl_divisor)))
        return no(why, n_why, "--copies, --copy-delay and --ttl-divisor need larder-bench replay");
    return true;
}

static bool
fit_each_other(const struct options *o, char *why, size_t n_why)
{
    for (size_t i = 0; i < N_OF(companions); i++)
        if (is_given(o, companions[i].one) && !is_given(o, companions[i].needs))
            return no(why, n_why, "--%s needs --%s", name(companions[i].one), name(companions[i].needs));
    for (size_t i = 0; i < N_OF(rivals); i++)
        if (is_given(o, rivals[i].one) && is_given(o, rivals[i].other))
            return no(
                why, n_why, "--%s and --%s exclude each other", name(rivals[i].one), name(rivals[i].other));
    for (size_t i = 0; i < N_OF(shapes); i++)
        if (is_given(o, shapes[i].one) && o->set_pattern != shapes[i].letter &&
            o->get_pattern != shapes[i].letter)
            return no(why, n_why, "--%s needs %c in --key-pattern", name(shapes[i].one), shapes[i].letter);
    return true;
}

static bool
fits_protocol(const struct options *o, char *why, size_t n_why)
{
    if (strcmp(o->protocol, "redis") == 0)
        return true;
    if (OPTION_GIVEN(o, wait_ratio) && o->wait_ratio.b > 0)
        return no(why, n_why, "--wait-ratio needs --protocol=redis");
    if (OPTION_GIVEN(o, select_db))
        return no(why, n_why, "--select-db needs --protocol=redis");
    if (o->authenticate != NULL && strchr(o->authenticate, ':') == NULL)
        return no(why, n_why, "--authenticate needs USER:PASSWORD, except with --protocol=redis");
    if (o->key_prefix[strcspn(o->key_prefix, " \t\r\n\v\f")] != '\0')
        return no(why, n_why, "--key-prefix: memcached's keys cannot contain white space");
    return true;
}

bool
options_agree(const struct options *o, char *why, size_t n_why)
{
    if (!fits_command(o, why, n_why) || !fit_each_other(o, why, n_why) || !fits_protocol(o, why, n_why))
        return false;
    if (o->key_minimum > o->key_maximum)
        return no(why, n_why, "--key-minimum is greater than --key-maximum");
    if (strlen(o->key_prefix) > OPTIONS_PREFIX_MAX)
        return no(
            why, n_why, "--key-prefix is too long: the keys would be longer than memcached's 250 bytes");
    if (o->ratio.a == 0 && o->ratio.b == 0)
        return no(why, n_why, "--ratio 0:0 sends no requests");
    if (o->tls && o->unix_socket != NULL && !o->tls_skip_verify && o->sni == NULL)
        return no(
            why, n_why, "--tls over --unix-socket needs --sni, the name to verify, or --tls-skip-verify");
    return true;
}
