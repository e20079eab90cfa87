/*
 * content_json: records like those of users in a cache, as JSON; and the same with a half of random bytes in base64.
 *
 *   {"id":731920346,"name":"Ada Keller","email":"ada.keller@example.com","active":true,...,"etag":"..."}
 *
 * Every record has the same fields in the same order, and fields of some objects are absent.  So a record has few
 * repetitions in itself and shares its names and many values with other records, which a dictionary can use.  A record
 * ends when the next field might not fit, and "etag" fills the rest.  A value of several parts is an array of records.
 */
#include "bench/load/plan/content.h"

#include "bench/load/plan/content_put.h"

enum { RECORD_MIN = 16, N_ETAG = sizeof ",\"etag\":\"\"" - 1, N_DATA = sizeof ",\"data\":\"\"" - 1 };

/* From STRINGS on with quotation marks. */
enum kind {
    OPEN,
    CLOSE,
    ID,
    TIME,
    FLAG,
    SMALL,
    COUNT,
    MONEY,
    STRINGS,
    UUID = STRINGS,
    HEX,
    PERSON,
    EMAIL,
    DATE,
    IP,
    URL,
    PICK
};

/* The longest text of each kind, with its quotation marks. */
static const uint8_t longest[] = {[OPEN] = 0,
    [CLOSE] = 1,
    [ID] = 9,
    [UUID] = 38,
    [HEX] = 34,
    [PERSON] = 24,
    [EMAIL] = 44,
    [TIME] = 10,
    [DATE] = 22,
    [FLAG] = 5,
    [SMALL] = 2,
    [COUNT] = 6,
    [MONEY] = 6,
    [IP] = 17,
    [URL] = 64,
    [PICK] = 17};

struct field {
    struct content_word name; /* with its quotation marks and colon */
    uint8_t kind;
    uint8_t more; /* OPEN: how many fields the object has; PICK: the list */
};

struct record {
    char *at, *end;
    uint64_t state; /* of the random numbers */
    unsigned depth; /* open braces */
};

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static char *
put_text(char *at, const char *text, size_t n)
{
    memcpy(at, text, n);
    return at + n;
}

#define PUT(at, text) put_text((at), (text), sizeof(text) - 1)

/* ---- lists ---- */

#define W(text)       CONTENT_WORD(text)

static const struct content_word flags[] = {W("false"), W("true")};
static const struct content_word first_names[] = {W("Ada"), W("Ben"), W("Clara"), W("David"), W("Elena"),
    W("Felix"), W("Grace"), W("Hugo"), W("Irene"), W("Jonas"), W("Karin"), W("Leo"), W("Marta"), W("Nils"),
    W("Olivia"), W("Peter"), W("Quentin"), W("Rosa"), W("Samuel"), W("Teresa"), W("Ulrich"), W("Vera"),
    W("Walter"), W("Yara")};
static const struct content_word last_names[] = {W("Adler"), W("Baker"), W("Costa"), W("Dubois"), W("Evans"),
    W("Fischer"), W("Green"), W("Hansen"), W("Ivanov"), W("Jansen"), W("Keller"), W("Lindberg"), W("Moreau"),
    W("Novak"), W("Olsen"), W("Petrov"), W("Quinn"), W("Rossi"), W("Santos"), W("Turner"), W("Ueda"),
    W("Vogel"), W("Weber"), W("Zhang")};
static const struct content_word hosts[] = {
    W("example.com"), W("example.org"), W("example.net"), W("mail.example"), W("post.example")};
static const struct content_word cities[] = {W("Athens"), W("Bergen"), W("Chicago"), W("Dublin"), W("Geneva"),
    W("Helsinki"), W("Kyoto"), W("Lima"), W("Lisbon"), W("Madrid"), W("Montreal"), W("Nairobi"), W("Oslo"),
    W("Porto"), W("Quito"), W("Sydney")};
static const struct content_word countries[] = {W("AU"), W("CA"), W("CH"), W("ES"), W("FI"), W("GR"), W("IE"),
    W("JP"), W("KE"), W("NO"), W("PT"), W("US")};
static const struct content_word locales[] = {
    W("en-US"), W("en-GB"), W("de-DE"), W("es-ES"), W("fr-FR"), W("pt-BR")};
static const struct content_word themes[] = {W("light"), W("dark"), W("system")};
static const struct content_word roles[] = {W("member"), W("member"), W("guest"), W("editor"), W("admin")};
static const struct content_word currencies[] = {W("EUR"), W("USD"), W("GBP"), W("JPY")};
static const struct content_word systems[] = {W("android"), W("ios"), W("windows"), W("macos"), W("linux")};
static const struct content_word browsers[] = {
    W("Firefox/128.0"), W("Chrome/126.0"), W("Safari/17.5"), W("Edge/126.0")};
static const struct content_word events[] = {
    W("view"), W("click"), W("search"), W("purchase"), W("login"), W("logout")};

enum list { CITIES, COUNTRIES, LOCALES, THEMES, ROLES, CURRENCIES, SYSTEMS, BROWSERS, EVENTS };

#define LIST(words)          \
    {                        \
        (words), N_OF(words) \
    }

static const struct {
    const struct content_word *words;
    uint32_t n;
} lists[] = {[CITIES] = LIST(cities),
    [COUNTRIES] = LIST(countries),
    [LOCALES] = LIST(locales),
    [THEMES] = LIST(themes),
    [ROLES] = LIST(roles),
    [CURRENCIES] = LIST(currencies),
    [SYSTEMS] = LIST(systems),
    [BROWSERS] = LIST(browsers),
    [EVENTS] = LIST(events)};

/* ---- the fields of a record ---- */

/* clang-format off */
#define FIELD(name, kind)      {W("\"" name "\":"), kind, 0}
#define PICKED(name, list)     {W("\"" name "\":"), PICK, list}
#define OBJECT(name, n_fields) {W("\"" name "\":{"), OPEN, n_fields}
#define END_OF_OBJECT          {W(""), CLOSE, 0}

static const struct field fields[] = {
    FIELD("id", ID), FIELD("name", PERSON), FIELD("email", EMAIL), FIELD("active", FLAG),
    FIELD("created_at", DATE), FIELD("last_seen", TIME),
    OBJECT("profile", 7), PICKED("city", CITIES), PICKED("country", COUNTRIES), PICKED("locale", LOCALES),
        PICKED("theme", THEMES), FIELD("newsletter", FLAG), FIELD("followers", COUNT), FIELD("following", COUNT),
    END_OF_OBJECT,
    FIELD("uuid", UUID),
    OBJECT("session", 5), FIELD("token", HEX), FIELD("ip", IP), PICKED("role", ROLES), FIELD("expires_at", TIME),
        FIELD("visits", SMALL),
    END_OF_OBJECT,
    OBJECT("cart", 5), FIELD("items", SMALL), FIELD("total", MONEY), PICKED("currency", CURRENCIES),
        FIELD("updated_at", DATE), FIELD("gift", FLAG),
    END_OF_OBJECT,
    OBJECT("device", 3), PICKED("os", SYSTEMS), PICKED("browser", BROWSERS), FIELD("fingerprint", HEX),
    END_OF_OBJECT,
    OBJECT("last_event", 4), PICKED("type", EVENTS), FIELD("url", URL), FIELD("at", DATE), FIELD("duration", COUNT),
    END_OF_OBJECT,
    OBJECT("flags", 5), FIELD("beta", FLAG), FIELD("verified", FLAG), FIELD("muted", FLAG), FIELD("trial", FLAG),
        FIELD("two_factor", FLAG),
    END_OF_OBJECT,
    OBJECT("billing", 6), PICKED("plan", ROLES), FIELD("balance", MONEY), FIELD("invoice", ID), FIELD("paid", FLAG),
        FIELD("due_at", DATE), FIELD("reference", UUID),
    END_OF_OBJECT,
    OBJECT("contact", 3), FIELD("manager", PERSON), FIELD("address", EMAIL), FIELD("since", TIME),
    END_OF_OBJECT,
    OBJECT("limits", 4), FIELD("requests", COUNT), FIELD("storage", COUNT), FIELD("seats", SMALL), FIELD("reset_at", TIME),
    END_OF_OBJECT,
    OBJECT("upload", 4), FIELD("checksum", HEX), FIELD("size", COUNT), FIELD("link", URL), FIELD("public", FLAG),
    END_OF_OBJECT,
};
/* clang-format on */

/* ---- values of fields ---- */

static char *
put_uuid(struct record *r, char *at)
{
    uint64_t x = content_draw(&r->state), y = content_draw(&r->state);
    char digits[32];
    content_put_hex(digits, (uint32_t)x);
    content_put_hex(digits + 8, (uint32_t)(x >> 32));
    content_put_hex(digits + 16, (uint32_t)y);
    content_put_hex(digits + 24, (uint32_t)(y >> 32));
    digits[12] = '4'; /* a random one, of RFC 4122 */
    digits[16] = "89ab"[y & 3];
    memcpy(at, digits, 8);
    memcpy(at + 9, digits + 8, 4);
    memcpy(at + 14, digits + 12, 4);
    memcpy(at + 19, digits + 16, 4);
    memcpy(at + 24, digits + 20, 12);
    at[8] = at[13] = at[18] = at[23] = '-';
    return at + 36;
}

static char *
put_hex(struct record *r, char *at)
{
    uint64_t x = content_draw(&r->state), y = content_draw(&r->state);
    at = content_put_hex(content_put_hex(at, (uint32_t)x), (uint32_t)(x >> 32));
    return content_put_hex(content_put_hex(at, (uint32_t)y), (uint32_t)(y >> 32));
}

#define PICKED_OF(words, x) (&(words)[content_below((x), N_OF(words))])

static char *
put_person(uint64_t x, char *at)
{
    at = content_put_word(at, PICKED_OF(first_names, x));
    *at++ = ' ';
    return content_put_word(at, PICKED_OF(last_names, x >> 16));
}

static char *
put_email(uint64_t x, char *at)
{
    char *first = at, *last = content_put_word(at, PICKED_OF(first_names, x)) + 1;
    last[-1] = '.';
    at = content_put_word(last, PICKED_OF(last_names, x >> 16));
    *first |= 'a' - 'A';
    *last |= 'a' - 'A';
    at = content_put_two(at, (uint32_t)(x >> 58));
    *at++ = '@';
    return content_put_word(at, PICKED_OF(hosts, x >> 32));
}

static char *
put_date(uint64_t x, char *at)
{
    at = PUT(at, "2026-");
    at = content_put_two(at, 1 + content_below(x, 12));
    *at++ = '-';
    at = content_put_two(at, 1 + content_below(x >> 12, 28));
    *at++ = 'T';
    at = content_put_two(at, content_below(x >> 24, 24));
    *at++ = ':';
    at = content_put_two(at, content_below(x >> 36, 60));
    *at++ = ':';
    at = content_put_two(at, content_below(x >> 48, 60));
    *at++ = 'Z';
    return at;
}

/* An amount from 1.00 to 999.99. */
static char *
put_money(uint64_t x, char *at)
{
    at = content_put_number(at, x, 1 + content_below(x >> 48, 3));
    *at++ = '.';
    return content_put_digits(at, x >> 8) - 6;
}

/* Four numbers from 1 to 199. */
static char *
put_ip(uint64_t x, char *at)
{
    for (int i = 0; i < 4; i++, x = x >> 16 | x << 48) {
        char *first = at;
        unsigned n = 1 + content_below(x, 3);
        at = content_put_number(at, x >> 3, n);
        *first = n == 3 ? '1' : *first;
        *at++ = '.';
    }
    return at - 1;
}

static char *
put_url(uint64_t x, char *at)
{
    at = PUT(at, "https://www.example.com");
    for (int i = 0; i < 3; i++, x >>= 16) {
        *at++ = "/-/"[i];
        at = content_put_word(at, &content_words[content_below(x, content_n_words)]);
    }
    return at;
}

/* Writes a value that JSON quotes. */
static char *
put_string(struct record *r, const struct field *f, char *at)
{
    *at++ = '"';
    uint64_t x = f->kind == UUID || f->kind == HEX ? 0 : content_draw(&r->state);
    switch (f->kind) {
    case UUID: at = put_uuid(r, at); break;
    case HEX: at = put_hex(r, at); break;
    case PERSON: at = put_person(x, at); break;
    case EMAIL: at = put_email(x, at); break;
    case DATE: at = put_date(x, at); break;
    case IP: at = put_ip(x, at); break;
    case URL: at = put_url(x, at); break;
    default: at = content_put_word(at, &lists[f->more].words[content_below(x, lists[f->more].n)]); break;
    }
    *at++ = '"';
    return at;
}

static char *
put_value(struct record *r, const struct field *f, char *at)
{
    if (f->kind >= STRINGS)
        return put_string(r, f, at);
    uint64_t x = content_draw(&r->state);
    switch (f->kind) {
    case ID: return content_put_digits(content_put_number(at, x, 1), x >> 3 ^ x << 29);
    case TIME: return content_put_digits(PUT(at, "17"), x);
    case FLAG: return content_put_word(at, &flags[x & 1]);
    case SMALL: return content_put_number(at, x, 1 + (x >> 63));
    case COUNT: return content_put_number(at, x, 1 + content_below(x >> 48, 6));
    default: return put_money(x, at);
    }
}

/* ---- records ---- */

static bool
fits(const struct record *r, const struct field *f)
{
    size_t n = 1 + f->name.n + longest[f->kind] + (f->kind == OPEN) + r->depth;
    return n <= (size_t)(r->end - r->at);
}

/* Writes the field, or the beginning or end of an object. */
static void
put_field(struct record *r, const struct field *f)
{
    if (f->kind == CLOSE) {
        *r->at++ = '}';
        r->depth--;
        return;
    }
    if (r->at[-1] != '{')
        *r->at++ = ',';
    r->at = content_put_word(r->at, &f->name);
    if (f->kind == OPEN)
        r->depth++;
    else
        r->at = put_value(r, f, r->at);
}

/* Writes fields while there is room. */
static void
put_fields(struct record *r, const struct field *f)
{
    for (const struct field *end = fields + N_OF(fields); f < end && fits(r, f); f++) {
        if (f->kind == OPEN && (content_draw(&r->state) & 7) == 0)
            f += f->more + 1; /* this record has no such object */
        else
            put_field(r, f);
    }
    for (; r->depth > 1; r->depth--)
        *r->at++ = '}';
}

/* Writes "etag", or spaces if there is no room, and the last brace. */
static void
fill(struct record *r)
{
    char *last = r->end - 1;
    if (last - r->at >= N_ETAG) {
        r->at = PUT(r->at, ",\"etag\":\"");
        while (r->at < last - 1)
            r->at = content_put_hex(r->at, (uint32_t)content_draw(&r->state));
        last[-1] = '"';
    } else {
        memset(r->at, ' ', (size_t)(last - r->at));
    }
    *last = '}';
}

/* Writes `n` bytes in base64 as the field "data". */
static void
put_data(struct record *r, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    r->at = PUT(r->at, ",\"data\":\"");
    char *end = r->at + n;
    while (r->at < end) {
        uint64_t x = content_draw(&r->state);
        for (int i = 0; i < 10; i++, x >>= 6)
            *r->at++ = digits[x & 63];
    }
    r->at = end;
    *r->at++ = '"';
}

/* A value that is too short for a record: a number. */
static void
put_number(uint64_t seed, char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (char)('0' + content_below(content_draw(&seed), 10));
    if (at[0] == '0' && n > 1)
        at[0] = '1';
}

/* Writes a record of `n` bytes. */
static void
put_record(uint64_t seed, char *at, size_t n, bool has_data)
{
    struct record r = {.at = at + 1, .end = at + n, .state = seed, .depth = 1};
    at[0] = '{';
    put_field(&r, &fields[0]);
    size_t room = (size_t)(r.end - r.at) - 1;
    if (has_data && room >= N_DATA)
        put_data(&r, n / 2 < room - N_DATA ? n / 2 : room - N_DATA);
    put_fields(&r, &fields[1]);
    fill(&r);
}

static void
put_part(const struct content_part *part, char *at, bool has_data)
{
    bool is_array = !part->is_first || !part->is_last;
    if (part->n < RECORD_MIN) {
        put_number(part->seed, at, part->n);
        return;
    }
    if (is_array)
        *at = part->is_first ? '[' : ',';
    put_record(part->seed, at + is_array, part->n - is_array - (is_array && part->is_last), has_data);
    if (is_array && part->is_last)
        at[part->n - 1] = ']';
}

static void
write_json(const struct content_part *part, char *at)
{
    put_part(part, at, false);
}

static void
write_half(const struct content_part *part, char *at)
{
    put_part(part, at, true);
}

const struct content content_json = {"json", write_json};
const struct content content_half = {"half", write_half};
