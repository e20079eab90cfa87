<?php
// pecl_ring: which server's value pecl/memcache finds for the keys on standard input.
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
