# dalli_ring: the server that dalli chooses for each key on standard input.  Servers are
# host:port:weight; those whose numbers are in DEAD do not answer.
begin
  require 'dalli'
  require 'dalli/ring'
rescue LoadError
  exit 77
end

Server = Struct.new(:name, :weight, :alive) do
  alias_method :alive?, :alive
  def extend(*) # dalli adds locks this way; these servers need none
    self
  end
end

dead = ENV['DEAD'].to_s.split(',').map(&:to_i)
servers = ARGV.each_with_index.map do |word, i|
  host, port, weight = word.split(':')
  Server.new("#{host}:#{port}", weight.to_i, !dead.include?(i))
end
ring = Dalli::Ring.new(servers, {})
$stdin.binmode
$stdin.each_line do |key|
  begin
    server = ring.server_for_key(key.chomp)
    puts(servers.index { |s| s.equal?(server) })
  rescue Dalli::RingError
    puts(-1)
  end
end
