<?php
// php_clients: what a PHP program does with pecl/memcached (libmemcached), in both protocols, and with pecl/memcache,
// and with PHP's sessions.  Run by client.py.

function check($what, $got, $wanted)
{
    if ($got !== $wanted) {
        fwrite(STDERR, "$what: expected " . substr(var_export($wanted, true), 0, 300) . ", got " .
            substr(var_export($got, true), 0, 300) . "\n");
        exit(1);
    }
}

function restart()
{
    echo "RESTART\n";
    fgets(STDIN);
}

// Repeats until $try returns true: the client must notice the restart by itself.
function recovers($what, $try)
{
    for ($until = microtime(true) + 60; !$try(); usleep(20000))
        check("$what works again in 60 s", microtime(true) < $until, true);
}

$server = getenv('LARDER_SERVER');
[$host, $port] = $server[0] === '/' ? [$server, 0] : explode(':', $server);
$port = (int)$port;
$values = ['string', '', 17, -3, 2 ** 40, 1.5, true, false, null, [1, 'two' => [3.0]], str_repeat('squeeze me ', 5000)];

// ---- pecl/memcached

function memcached_client($binary)
{
    global $host, $port;
    $m = new Memcached();
    $m->setOptions([Memcached::OPT_BINARY_PROTOCOL => $binary, Memcached::OPT_RETRY_TIMEOUT => 0,
        Memcached::OPT_SERVER_FAILURE_LIMIT => 100000, Memcached::OPT_TCP_NODELAY => true,
        Memcached::OPT_CONNECT_TIMEOUT => 60000, Memcached::OPT_POLL_TIMEOUT => 60000]);
    $m->addServer($host, $port);
    return $m;
}

function memcached_basics($m)
{
    check('version', array_values($m->getVersion()), ['1.6.45']);
    check('get of a missing key', [$m->get('nothing'), $m->getResultCode()], [false, Memcached::RES_NOTFOUND]);
    check('set', $m->set('k', 'v', 1000), true);
    check('add over', $m->add('k', 'w'), false);
    check('replace', $m->replace('k', 'w'), true);
    check('replace of a missing key', $m->replace('nothing', 'w'), false);
    $m->setOption(Memcached::OPT_COMPRESSION, false);
    check('append, prepend', [$m->append('k', '!'), $m->prepend('k', '<'), $m->get('k')], [true, true, '<w!']);
    check('append to a missing key', $m->append('nothing', '!'), false);
    $m->setOption(Memcached::OPT_COMPRESSION, true);
    check('touch', [$m->touch('k', 1000), $m->touch('nothing', 1000)], [true, false]);
    check('delete', [$m->delete('k'), $m->delete('k')], [true, false]);
    check('expired', [$m->set('e', 'x', time() - 10), $m->get('e')], [true, false]);
}

function memcached_types($m)
{
    global $values;
    foreach ($values as $value)
        check('a value', [$m->set('t', $value), $m->get('t')], [true, $value]);
    $m->setOption(Memcached::OPT_USER_FLAGS, 0xbeef);
    $m->set('u', 'flagged');
    check('flags of the user', $m->get('u', null, Memcached::GET_EXTENDED)['flags'], 0xbeef);
}

function memcached_many($m)
{
    $pairs = [];
    for ($i = 0; $i < 1000; $i++)
        $pairs["many$i"] = str_repeat("value $i ", $i % 40);
    check('setMulti', $m->setMulti($pairs), true);
    $got = $m->getMulti([...array_keys($pairs), 'nothing'], Memcached::GET_PRESERVE_ORDER);
    check('getMulti, in order', array_filter($got, fn($v) => $v !== null), $pairs);
    check('getDelayed', $m->getDelayed(array_keys($pairs), true), true);
    $all = array_column($m->fetchAll(), 'value', 'key');
    ksort($all);
    ksort($pairs);
    check('fetchAll', $all, $pairs);
    check('deleteMulti', array_unique(array_values($m->deleteMulti(array_keys($pairs)))), [true]);
    check('getMulti of a missing key', $m->getMulti(array_keys($pairs)), []);
}

function memcached_cas($m)
{
    $m->set('c', 'one');
    $token = $m->get('c', null, Memcached::GET_EXTENDED)['cas'];
    check('cas', $m->cas($token, 'c', 'two'), true);
    check('cas, too late', [$m->cas($token, 'c', 'three'), $m->getResultCode()], [false, Memcached::RES_DATA_EXISTS]);
    check('the value', $m->get('c'), 'two');
}

function memcached_numbers($m, $binary)
{
    $m->set('n', 10);
    check('increment, decrement', [$m->increment('n', 5), $m->decrement('n', 20)], [15, 0]);
    check('increment of a missing key', $m->increment('nothing'), false);
    if ($binary)
        check('increment with an initial value', [$m->increment('begin', 1, 40, 100), $m->increment('begin', 2, 40, 100)], [40, 42]);
    $m->set('n', 'word');
    check('increment of a word', $m->increment('n'), false);
    check('the connection goes on', $m->get('n'), 'word');
}

function memcached_large($m)
{
    $m->setOption(Memcached::OPT_COMPRESSION, false);
    foreach ([1000, 100000, 1000000] as $n) {
        $value = random_bytes($n);
        check("$n bytes", [$m->set('large', $value), $m->get('large') === $value], [true, true]);
    }
    check('too large', [$m->set('large', random_bytes(2 << 20)), $m->getResultCode()], [false, Memcached::RES_E2BIG]);
    check('the connection goes on', $m->set('large', 'x'), true);
}

function memcached_quiet($m)
{
    $m->setOption(Memcached::OPT_NOREPLY, true);
    for ($i = 0; $i < 500; $i++)
        $m->set('quiet' . $i % 10, "$i");
    $m->delete('quiet0');
    $m->setOption(Memcached::OPT_NOREPLY, false);
    check('after many commands with noreply', $m->getMulti(['quiet0', 'quiet1', 'quiet9']), ['quiet1' => '491', 'quiet9' => '499']);
}

function memcached_whole($m)
{
    $stats = array_values($m->getStats())[0];
    check('stats', [$stats['pointer_size'], $stats['version'], $stats['threads'] > 0], [64, '1.6.45', true]);
    check('flush', [$m->set('f', 1), $m->flush(1000)], [true, true]);
    restart();
    recovers('pecl/memcached', fn() => $m->set('again', 'x'));
    check('after the restart', [$m->get('again'), $m->get('f')], ['x', false]);
}

// ---- pecl/memcache

function memcache_scenario()
{
    global $host, $port, $values;
    $m = new Memcache();
    check('connect', $port ? $m->addServer($host, $port, true, 1, 60, 0) : $m->addServer("unix://$host", 0, true, 1, 60, 0), true);
    check('set', [$m->set('k', 'v', 0, 1000), $m->get('k'), $m->get('nothing')], [true, 'v', false]);
    check('add over, replace', [$m->add('k', 'w'), $m->replace('k', 'w')], [false, true]);
    foreach ($values as $value)
        if ($value !== null)
            check('a value', [$m->set('t', $value), $m->get('t')], [true, $value]);
    check('compressed', [$m->set('z', str_repeat('z', 50000), MEMCACHE_COMPRESSED), strlen($m->get('z'))], [true, 50000]);
    for ($i = 0; $i < 200; $i++)
        $m->set("many$i", "value $i");
    $got = $m->get(array_map(fn($i) => "many$i", range(0, 299)));
    check('get of many', [count($got), $got['many199']], [200, 'value 199']);
    $m->set('n', 10);
    check('numbers', [$m->increment('n', 5), $m->decrement('n', 20), $m->increment('nothing')], [15, 0, false]);
    check('delete', [$m->delete('k'), $m->delete('k')], [true, false]);
    check('stats', $m->getStats()['pointer_size'], '64');
    check('extended stats', array_values($m->getExtendedStats('slabs'))[0]['active_slabs'] > 0, true);
    check('flush', $m->flush(), true);
    restart();
    recovers('pecl/memcache', fn() => @$m->set('again', 'x'));
    check('after the restart', $m->get('again'), 'x');
}

// ---- sessions: the lock is one key, stored by add; the session is another

function sessions()
{
    global $host, $port, $server;
    ini_set('session.save_handler', 'memcached');
    ini_set('session.save_path', $server);
    ini_set('memcached.sess_locking', '1');
    session_id('larder-session');
    check('session', session_start(), true);
    $_SESSION['basket'] = ['apples' => 3];
    $m = memcached_client(false);
    check('the lock', $m->add('memc.sess.key.lock.larder-session', '1'), false);
    session_write_close();
    check('the lock is released', $m->get('memc.sess.key.lock.larder-session'), false);
    $_SESSION = [];
    session_start();
    check('the session', $_SESSION, ['basket' => ['apples' => 3]]);
    session_destroy();
    check('destroyed', $m->get('memc.sess.key.larder-session'), false);
}

$n = 0;
if (extension_loaded('memcached')) {
    sessions();     // first: PHP starts no session after output
    foreach ([false, true] as $binary) {
        memcached_basics(memcached_client($binary));
        memcached_types(memcached_client($binary));
        memcached_many(memcached_client($binary));
        memcached_cas(memcached_client($binary));
        memcached_numbers(memcached_client($binary), $binary);
        memcached_large(memcached_client($binary));
        memcached_quiet(memcached_client($binary));
        memcached_whole(memcached_client($binary));
        echo 'pecl/memcached, ', $binary ? 'binary' : 'text', ": good\n";
    }
    $n++;
}
if (extension_loaded('memcache')) {
    memcache_scenario();
    echo "pecl/memcache: good\n";
    $n++;
}
if ($n === 0) {
    echo "skipped: php has neither (Debian: php-memcached, php-memcache)\n";
    exit(77);
}
