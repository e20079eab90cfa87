<?php
// pecl_ring: the server that pecl/memcache chooses for each key on standard input.
// Servers are host:port:weight and answer each key with their own number.
if (!class_exists('Memcache'))
    exit(77);
$memcache = new Memcache();
foreach (array_slice($argv, 1) as $word) {
    [$host, $port, $weight] = explode(':', $word);
    $memcache->addServer($host, (int)$port, true, (int)$weight, 20);    // seconds
}
while (($key = fgets(STDIN)) !== false)
    echo $memcache->get(rtrim($key, "\n")), "\n";
