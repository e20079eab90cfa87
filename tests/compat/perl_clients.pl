# perl_clients: what a Perl program does with Cache::Memcached, Cache::Memcached::Fast and Memcached::libmemcached.
# Run by client.py.
use strict;
use warnings;

my $server = $ENV{LARDER_SERVER};
$| = 1;

sub check {
    my ($what, $got, $wanted) = @_;
    return if defined $got ? defined $wanted && $got eq $wanted : !defined $wanted;
    die sprintf "%s: expected %s, got %s\n", $what, map { defined ? substr($_, 0, 200) : 'undef' } $wanted, $got;
}

sub restart {
    print "RESTART\n";
    defined <STDIN> or die "the server is not coming back\n";
}

# The client must notice the restart by itself.
sub recovers {
    my ($what, $try) = @_;
    my $until = time + 60;
    until ($try->()) {
        die "$what does not work again after 60 s\n" if time > $until;
        select undef, undef, undef, 0.02;
    }
}

# Cache::Memcached and Cache::Memcached::Fast have these in common.
sub common {
    my ($c) = @_;
    check('get of a missing key', $c->get('nothing'), undef);
    check('set', $c->set('k', 'v', 1000), 1);
    check('get', $c->get('k'), 'v');
    check('add over', !$c->add('k', 'w'), 1);
    check('replace', $c->replace('k', 'w'), 1);
    check('append', $c->append('k', '!'), 1);
    check('prepend', $c->prepend('k', '<'), 1);
    check('get', $c->get('k'), '<w!');
    check('delete', $c->delete('k'), 1);
    check('delete of a missing key', !$c->delete('k'), 1);
    check('expired', $c->set('e', 'x', -1) && !defined $c->get('e'), 1);

    $c->set('deep', {list => [1, 2, {three => 3}]});
    check('a structure', $c->get('deep')->{list}[2]{three}, 3);
    $c->set('squeezed', 'x' x 200_000);
    check('compressed', $c->get('squeezed'), 'x' x 200_000);
    my $bytes = join '', map { chr int rand 256 } 1 .. 500_000;
    $c->set('large', $bytes);
    check('large', $c->get('large') eq $bytes, 1);
    check('too large', !$c->set('large', join '', map { chr int rand 256 } 1 .. 1_500_000), 1);

    $c->set("many$_", "value $_") for 0 .. 499;
    my $many = $c->get_multi((map { "many$_" } 0 .. 499), 'nothing');
    check('get_multi', scalar(keys %$many), 500);
    check('one of them', $many->{many321}, 'value 321');

    $c->set('n', 10);
    check('incr', $c->incr('n', 5), 15);
    check('decr', $c->decr('n', 20) + 0, 0);
    check('incr of a missing key', !$c->incr('nothing'), 1);
}

sub cache_memcached {
    require Cache::Memcached;
    my $c = Cache::Memcached->new({servers => [$server], compress_threshold => 10_000, connect_timeout => 60,
        select_timeout => 60});
    common($c);
    my $stats = $c->stats(['misc', 'items', 'slabs', 'sizes']);
    my ($misc) = map { $_->{misc} } values %{$stats->{hosts}};
    check('stats', $misc->{pointer_size}, 64);
    check('stats slabs', ((values %{$stats->{hosts}})[0]{slabs}) =~ /STAT active_slabs \d+/ ? 1 : 0, 1);
    check('flush_all', $c->flush_all, 1);
    restart();
    Cache::Memcached->disconnect_all;   # it marks a server down for a while; programs end that like this
    recovers('Cache::Memcached', sub { $c->forget_dead_hosts; $c->set('again', 'x') });
    check('after the restart', $c->get('again'), 'x');
}

sub cache_memcached_fast {
    require Cache::Memcached::Fast;
    my $c = Cache::Memcached::Fast->new({servers => [$server], compress_threshold => 10_000, utf8 => 1,
        failure_timeout => 0, max_size => 1 << 30, connect_timeout => 60, io_timeout => 60});
    common($c);
    my $name = "\x{442}\x{435}\x{43a}\x{441}\x{442}";
    $c->set('utf8', $name);
    check('utf8', $c->get('utf8'), $name);
    check('touch', $c->touch('utf8', 1000), 1);
    check('touch of a missing key', !$c->touch('nothing', 1000), 1);
    $c->set('c', 'one');
    my $pair = $c->gets('c');
    check('gets', $pair->[1], 'one');
    check('cas', $c->cas('c', $pair->[0], 'two'), 1);
    check('cas, too late', !$c->cas('c', $pair->[0], 'three'), 1);
    my $done = $c->set_multi(map { ["m$_", "value $_"] } 0 .. 499);
    check('set_multi', scalar(grep { $_ } values %$done), 500);
    my $tokens = $c->gets_multi(map { "m$_" } 0 .. 499);
    check('gets_multi', scalar(keys %$tokens), 500);
    check('gat', $c->gat(1000, 'c'), 'two') if $c->can('gat');
    my $gone = $c->delete_multi(map { "m$_" } 0 .. 499);
    check('delete_multi', scalar(grep { $_ } values %$gone), 500);
    $c->set("quiet$_", $_) for map { $_ % 7 } 0 .. 999;     # in void context it sends noreply
    $c->nowait_push;
    check('after many commands with noreply', $c->get('quiet3'), 3);
    check('versions', (values %{$c->server_versions})[0], '1.6.45');    # its own tests compare the whole string
    check('flush_all', (values %{$c->flush_all})[0], 1);
    restart();
    recovers('Cache::Memcached::Fast', sub { $c->set('again', 'x') });
    check('after the restart', $c->get('again'), 'x');
}

sub libmemcached {
    require Memcached::libmemcached;
    for my $binary (0, 1) {
        my $c = Memcached::libmemcached->new;
        my ($host, $port) = split /:/, $server;
        $c->memcached_behavior_set(Memcached::libmemcached::MEMCACHED_BEHAVIOR_BINARY_PROTOCOL(), $binary);
        $server =~ m{^/} ? $c->memcached_server_add_unix_socket($server) : $c->memcached_server_add($host, $port);
        check('set', $c->memcached_set('k', 'v', 1000, 0xdecaf), 1);
        check('get', $c->memcached_get('k', my $flags = 0), 'v');
        check('flags', $flags, 0xdecaf);
        check('get of a missing key', $c->memcached_get('nothing'), undef);
        check('append', $c->memcached_append('k', '!'), 1);
        check('get', $c->memcached_get('k'), 'v!');
        $c->memcached_set("many$_", "value $_") for 0 .. 299;
        my %got;
        check('mget', $c->mget_into_hashref([map { "many$_" } 0 .. 299], \%got), 1);
        check('all of them', scalar(keys %got), 300);
        $c->memcached_set('n', 10);
        my $number = 0;
        check('increment', $c->memcached_increment('n', 5, $number), 1);
        check('the number', $number, 15);
        check('delete', $c->memcached_delete('k'), 1);
        my $names = 0;
        check('stats', $c->walk_stats('', sub { $names++; return }), 1);
        check('names', $names > 80 ? 1 : $names, 1);
        check('flush', $c->memcached_flush(0), 1);
    }
}

my $n = 0;
for (['Cache::Memcached', \&cache_memcached], ['Cache::Memcached::Fast', \&cache_memcached_fast],
     ['Memcached::libmemcached', \&libmemcached]) {
    my ($module, $scenario) = @$_;
    unless (eval "require $module") {
        print "$module is not installed\n";
        next;
    }
    eval { $scenario->(); 1 } or die "$module: $@";
    print "$module: good\n";
    $n++;
}
unless ($n) {
    print "skipped: perl has none of them (Debian: libcache-memcached-perl libcache-memcached-fast-perl ",
        "libmemcached-libmemcached-perl)\n";
    exit 77;
}
