"""records: keys and values like those that applications keep in caches, of several kinds; all from a seed.

Each kind is a function of random numbers and of the record's number, which returns a key and a value.  No two
records have the same key.
"""

import random

WORDS = """able about above across after again almost along already always among answer apart arrive autumn away balance
bank basket beach because become before begin behind believe below beside better between beyond board border bottom branch
bread bridge bright broad brother build butter cabin calm candle capital careful carry castle cause centre certain chance
change choose circle clear climb coast collect common compare corner cotton country course cover cream crowd current dance
decide deep degree describe design distance divide double dream drive early earth either empty energy engine enough equal
evening every example expect explain famous farmer fashion feather figure final finger finish flame flight floor flower
follow forest former forward fresh future garden gather gentle glass govern grain ground guess guide half hammer harbour
harvest heavy history hollow honest hour hundred island journey kitchen ladder language large later leather lesson letter
level light listen little local machine market master matter meadow measure memory middle minute mirror moment morning
mother mountain narrow nation nature needle never north notice number object ocean offer often orange order other paper
parent partner patient pattern pepper perhaps picture plain planet pocket point popular position powder present pretty
produce promise public purple quarter question quick quiet rather reach reason record region remain repeat report river
road round sailor science season second secret select separate several shadow sharp shelter silver simple single smooth
soldier sound south special spring square station steady still stone storm straight stream street strong sudden summer
supply surface system table teach thick thread through ticket timber today together tomorrow toward travel trouble under
upper useful valley value various village visit voice water weather weight western whole window winter wonder wooden
yellow yesterday young""".split()
GIVEN = "Alice Boris Chiara Dmitri Emma Farid Greta Hannah Ines Jakob Kofi Lena Mateo Nadia Omar Paula Rafael Sofia Tomas Yuki".split()
FAMILY = "Almeida Becker Conti Dupont Eriksson Ferrari Gruber Haddad Ito Jovanovic Kowalski Laurent Meyer Nowak Okafor Popescu Romano Silva Tanaka Varga".split()
PLACES = "Accra Basel Cork Dakar Essen Fes Ghent Hanoi Izmir Jaffa Kiel Lagos Malmo Nice Oulu Pisa Riga Split Turin Ulm".split()
ZONES = "Europe/Berlin America/Lima Asia/Tokyo Africa/Accra Australia/Perth".split()
PAGES = "home search product basket checkout help account".split()
CLIENTS = ("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0",
           "Mozilla/5.0 (iPhone; CPU iPhone OS %d_4 like Mac OS X) AppleWebKit/605.1.15 Version/%d.4 Mobile/15E148 Safari/604.1")
COMMON = 256


def pick(words, x):
    return words[x % len(words)]


def time_of(x):
    return f"2026-{x % 12 + 1:02d}-{x // 12 % 28 + 1:02d}T{x // 336 % 24:02d}:{x // 8064 % 60:02d}:{x // 483840 % 60:02d}Z"


def scattered(number):
    """A number that looks random and belongs to this record alone."""
    return (number + 1) * 7919 % 1000003 + number // 1000003 * 1000003 + 10000000


def session(r, _):
    h, x = r.randbytes(40).hex(), r.getrandbits(62)
    sid = f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:32]}"
    basket = f',"basket":[{x % 90000 + 10000},{x // 7 % 90000 + 10000}]' if x & 3 == 0 else ""
    return f"session:{sid}", (
        f'{{"sid":"{sid}","account":{x % 8999999 + 1000000},"started":{1750000000 + x % 30000000},"seen":{1780000000 + x // 11 % 3000000},'
        f'"addr":"10.{x >> 8 & 255}.{x >> 16 & 255}.{x >> 24 & 255}","token":"{h[32:72]}","zone":"{pick(ZONES, x >> 32)}",'
        f'"remember":{"true" if x >> 40 & 1 else "false"}{basket}}}')


def user(r, number):
    i, h, x, y = scattered(number), r.randbytes(8).hex(), r.getrandbits(62), r.getrandbits(62)
    given, family = pick(GIVEN, x), pick(FAMILY, x >> 8)
    return f"user:{i}:profile", (
        f'{{"id":{i},"login":"{given.lower()}{family[:2].lower()}{x >> 16 & 511}","full_name":"{given} {family}",'
        f'"mail":"{given}.{family}{x >> 25 & 63}@mail{x >> 31 & 3}.example","confirmed":{"true" if x >> 33 & 3 else "false"},'
        f'"place":"{pick(PLACES, x >> 35)}","joined":"{time_of(y)}","friends":{y >> 28 & 1023},"posts":{(y >> 38 & 255) * (y >> 46 & 15)},'
        f'"photo":"https://static.example.net/p/{h[:2]}/{h}.webp","settings":{{"dark":{"true" if y & 1 else "false"},'
        f'"mails":"{pick(("never", "daily", "weekly"), y >> 1)}","per_page":{(10, 20, 50)[y % 3]}}}}}')


def event(r, _):
    h, x, y = r.randbytes(20).hex(), r.getrandbits(62), r.getrandbits(62)
    version, campaign = 16 + (y & 7), "null" if y >> 40 & 1 else f'"{pick(WORDS[:9], y >> 41)}"'
    return f"event:{h[:20]}", (
        f'{{"kind":"{pick(("open", "scroll", "press", "order", "leave"), x)}","at":"{time_of(y)}","visitor":"{h[20:]}",'
        f'"page":"/{pick(PAGES, x >> 8)}/{pick(WORDS, x >> 12)}-{pick(WORDS, x >> 24)}-{pick(WORDS, x >> 36)}","took_ms":{(x >> 48) % 9000},'
        f'"agent":"{CLIENTS[x >> 5 & 1] % (version, version)}","campaign":{campaign}}}')


def php(r, _):
    h, x = r.randbytes(32).hex(), r.getrandbits(62)
    name = f"{pick(GIVEN, x)} {pick(FAMILY, x >> 8)}"
    return f"sess_{h[:26]}", (
        f'_auth|a:3:{{s:2:"id";i:{x % 900000 + 1};s:4:"name";s:{len(name)}:"{name}";s:5:"admin";b:{x >> 20 & 1};}}'
        f'_csrf|s:38:"{h[26:]}";_visits|i:{x >> 22 & 63};_notices|a:0:{{}}_changed|i:{1760000000 + (x >> 28) % 20000000};')


def features(r, number):
    x = r.getrandbits(62)
    return f"ft:{scattered(number)}:v3", (
        f'{{"ctr":{x % 9973 / 99730:.4f},"age":{x >> 14 & 1023},"group":"{"ABCDE"[x % 5]}","day":{20000 + (x >> 24 & 511)},'
        f'"mask":{x >> 33 & 255},"new":{"true" if x >> 41 & 7 == 0 else "false"}}}')


def half(r, _):
    h, n = r.randbytes(6).hex(), 100 + r.getrandbits(16) % 401
    prose = " ".join(r.choices(WORDS, k=n // 12))[:n // 2].encode()
    return f"blob:{h}{n}", r.randbytes(n - len(prose)) + prose


def noise(r, _):
    return f"noise:{r.randbytes(8).hex()}", r.randbytes(100 + r.getrandbits(16) % 401)


def counter(r, _):
    return f"hits:{r.randbytes(8).hex()}", f"{r.getrandbits(40)}"


KINDS = {"session": session, "user": user, "event": event, "php": php, "features": features, "half": half, "random": noise,
         "counter": counter}
MIXED = (session, user, event, php, features)


def makers(kind):
    return MIXED if kind == "mixed" else (KINDS[kind],)


def made(kind, n, seed=1, duplicates_pct=0):
    """The keys and values of `n` records, as two lists of bytes.

    Of so many percent of the records the value is one of COMMON values of its kind.
    """
    r, turns = random.Random(f"{kind} {seed}"), makers(kind)
    common = [[encoded(maker(r, n + i)[1]) for i in range(COMMON)] for maker in turns] if duplicates_pct else []
    keys, values = [], []
    for number in range(n):
        turn = number % len(turns)
        key, value = turns[turn](r, number)
        if common and r.random() * 100 < duplicates_pct:
            value = common[turn][r.getrandbits(30) % COMMON]
        keys.append(key.encode())
        values.append(encoded(value))
    if len(set(keys)) < n:
        raise ValueError(f"{kind}, seed {seed}: two records have the same key")
    return keys, values


def encoded(value):
    return value if isinstance(value, bytes) else value.encode()
