# dalli: what a Ruby program does with Dalli, over the binary protocol up to Dalli 4 and over meta from 4 on
# (Dalli 3's meta cannot read every value back, not even from memcached).  Run by client.py.
begin
  require 'dalli'
rescue LoadError
  puts 'skipped: no dalli (Debian: ruby-dalli)'
  exit 77
end

require 'set'
require 'dalli/cas/client' unless Dalli::Client.method_defined?(:get_cas)     # a separate file in old versions

$stdout.sync = true
Dalli.logger.level = 4  # the restart would be logged

def check(what, got, wanted)
  abort "#{what}: expected #{wanted.inspect[0, 300]}, got #{got.inspect[0, 300]}" unless got == wanted
end

def check_raises(what, error)
  got = yield
rescue error
  nil
else
  abort "#{what}: expected #{error}, got #{got.inspect[0, 300]}"
end

def restart
  puts 'RESTART'
  $stdin.gets
end

# The client must notice the restart by itself.
def recovers(what)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 60
  begin
    yield
  rescue Dalli::DalliError
    abort "#{what} does not work again after 60 s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
    sleep 0.02
    retry
  end
end

def basics(c)
  check('version', c.version.values.first, '1.6.45')     # the last word of the reply
  check('get of a missing key', c.get('nothing'), nil)
  check('set', c.set('k', 'v', 1000) ? true : false, true)
  check('get', c.get('k'), 'v')
  check('add over', c.add('k', 'w') ? true : false, false)
  check('replace', c.replace('k', 'w') ? true : false, true)
  check('replace of a missing key', [c.replace('nothing', 'w'), c.get('nothing')].last, nil)
  c.set('raw', 'v', 0, raw: true)
  check('append, prepend', [c.append('raw', '!'), c.prepend('raw', '<')], [true, true])
  check('the value', c.get('raw', raw: true), '<v!')
  check('touch', [c.touch('k', 1000), c.touch('nothing', 1000)].map { |t| t ? true : false }, [true, false])
  check('gat', [c.gat('k', 500), c.gat('nothing', 500)], ['w', nil])
  check('delete', [c.delete('k'), c.delete('k')].map { |d| d ? true : false }, [true, false])
  check('fetch', [c.fetch('f') { 'made' }, c.fetch('f') { 'again' }], %w[made made])
end

def types(c)
  [17, -3, 2**70, 1.5, 'text', '', "\u0442\u0435\u043a\u0441\u0442", :symbol, nil, true, [1, { 'two' => 3.0 }]].each do |value|
    c.set('t', value)
    check('a value', c.get('t'), value)
  end
  c.set('squeezed', 'x' * 200_000, 0, compress: true)
  check('compressed', c.get('squeezed'), 'x' * 200_000)
  bytes = Random.bytes(900_000)
  c.set('large', bytes, 0, compress: false)
  check('large', c.get('large') == bytes, true)
  check_raises('too large', Dalli::DalliError) { c.set('large', Random.bytes(2 << 20), 0, raw: true) }
  check('the connection goes on', c.set('large', 'x') ? true : false, true)
end

def many(c)
  quietly = c.respond_to?(:quiet) ? :quiet : :multi
  pairs = (0...500).to_h { |i| ["many#{i}", "value #{i} " * (i % 40)] }
  c.public_send(quietly) { pairs.each { |k, v| c.set(k, v) } }
  check('get_multi', c.get_multi(pairs.keys + ['nothing']), pairs)
  check('get_multi_cas', c.get_multi_cas('many1', 'many2').transform_values(&:first), pairs.slice('many1', 'many2'))
  c.public_send(quietly) { pairs.each_key { |k| c.delete(k) } }
  check('get_multi of nothing', c.get_multi(pairs.keys), {})
end

def cas(c)
  c.set('c', 'one')
  check('cas', c.cas('c') { |v| "#{v} two" } ? true : false, true)
  check('cas, too late', c.cas('c') { c.set('c', 'between') && 'late' } ? true : false, false)
  value, token = c.get_cas('c')
  check('get_cas', value, 'between')
  check('set_cas', c.set_cas('c', 'three', token) ? true : false, true)
  check('set_cas, too late', c.set_cas('c', 'four', token) ? true : false, false)
  check('delete_cas', c.delete_cas('c', c.get_cas('c').last) ? true : false, true)
end

def numbers(c)
  check('incr of a missing key', c.incr('n', 1), nil)
  check('incr with an initial value', [c.incr('n', 1, 100, 40), c.incr('n', 2, 100, 40)], [40, 42])
  check('decr', [c.decr('n', 2), c.decr('n', 100)], [40, 0])
  c.set('word', 'word', 0, raw: true)
  check_raises('incr of a word', Dalli::DalliError) { c.incr('word', 1) }
  check('the connection goes on', c.get('word', raw: true), 'word')
end

def whole(c)
  check('stats', c.stats.values.first['pointer_size'], '64')
  check('stats settings', c.stats(:settings).values.first['maxbytes'], (64 << 20).to_s)
  check('stats items', c.stats(:items).values.first.keys.grep(/\Aitems:\d+:number\z/).empty?, false)
  check('reset_stats', [*c.reset_stats].flatten.last ? true : false, true)
  check('alive!', (c.alive!; true), true)
  check('flush', [c.set('f', 1) ? true : false, c.flush(1000).first ? true : false], [true, true])
  restart
  recovers('Dalli') { c.set('again', 'x') }
  check('after the restart', [c.get('again'), c.get('f')], ['x', nil])
end

version = Gem::Version.new(Dalli::VERSION)
protocols = if version < Gem::Version.new('4') then [:binary]
            elsif version < Gem::Version.new('5') then %i[binary meta]
            else [:meta]
            end
protocols.each do |protocol|
  options = { value_max_bytes: 4 << 20, down_retry_delay: 0, socket_max_failures: 0, socket_timeout: 60 }
  options[:protocol] = protocol if protocols.size > 1
  client = Dalli::Client.new(ENV.fetch('LARDER_SERVER'), options)
  [method(:basics), method(:types), method(:many), method(:cas), method(:numbers), method(:whole)].each { |part| part.call(client) }
  client.close
  puts "Dalli #{version}, #{protocol}: good"
end
