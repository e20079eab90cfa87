/*
 * spymemcached: what a Java program does with it, over both protocols.  Run by client.py.
 */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.spy.memcached.CASResponse;
import net.spy.memcached.CASValue;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.ConnectionFactoryBuilder.Protocol;
import net.spy.memcached.FailureMode;
import net.spy.memcached.MemcachedClient;

class spymemcached {
    static final BufferedReader answers = new BufferedReader(new InputStreamReader(System.in));

    static void check(String what, Object got, Object wanted) {
        if (!(wanted == null ? got == null : wanted.equals(got)))
            throw new AssertionError(what + ": expected " + wanted + ", got " + got);
    }

    static void basics(MemcachedClient c) throws Exception {
        check("get of a missing key", c.get("nothing"), null);
        check("set", c.set("k", 1000, "v").get(), true);
        check("get", c.get("k"), "v");
        check("add over", c.add("k", 1000, "w").get(), false);
        check("replace", c.replace("k", 1000, "w").get(), true);
        check("replace of a missing key", c.replace("nothing", 1000, "w").get(), false);
        check("append", c.append("k", "!").get(), true);
        check("prepend", c.prepend("k", "<").get(), true);
        check("get", c.get("k"), "<w!");
        check("touch", c.touch("k", 1000).get(), true);
        check("delete", c.delete("k").get(), true);
        check("delete of a missing key", c.delete("k").get(), false);
        check("expired", c.set("e", 60 * 60 * 24 * 31, "x").get(), true);  // a date long past
        check("expired", c.get("e"), null);
    }

    static void types(MemcachedClient c) throws Exception {
        for (Object value : new Object[] {17, -3L, 1.5, true, "text", "", List.of(1, "two"), 'c'}) {
            c.set("t", 0, value).get();
            check("a value", c.get("t"), value);
        }
        byte[] bytes = new byte[900_000];
        new Random(1).nextBytes(bytes);
        check("large", c.set("large", 0, bytes).get(), true);
        check("large", Arrays.equals((byte[]) c.get("large"), bytes), true);
        String squeezed = "x".repeat(500_000);
        c.set("squeezed", 0, squeezed).get();
        check("compressed", c.get("squeezed"), squeezed);
    }

    static void many(MemcachedClient c) throws Exception {
        Map<String, Object> pairs = new HashMap<>();
        for (int i = 0; i < 500; i++)
            pairs.put("many" + i, "value " + i);
        for (var pair : pairs.entrySet())
            c.set(pair.getKey(), 0, pair.getValue());
        check("getBulk", c.getBulk(pairs.keySet()), pairs);
    }

    static void cas(MemcachedClient c) throws Exception {
        c.set("c", 0, "one").get();
        CASValue<Object> seen = c.gets("c");
        check("gets", seen.getValue(), "one");
        check("cas", c.cas("c", seen.getCas(), "two"), CASResponse.OK);
        check("cas, too late", c.cas("c", seen.getCas(), "three"), CASResponse.EXISTS);
        check("cas of a missing key", c.cas("nothing", seen.getCas(), "three"), CASResponse.NOT_FOUND);
        check("the value", c.get("c"), "two");
    }

    static void numbers(MemcachedClient c) throws Exception {
        check("incr of a missing key", c.incr("n", 1), -1L);
        check("incr with an initial value", c.incr("n", 1, 40L), 40L);
        check("incr", c.incr("n", 2, 40L), 42L);
        check("decr", c.decr("n", 100), 0L);
    }

    static void whole(MemcachedClient c, boolean binary) throws Exception {
        check("version", c.getVersions().values().iterator().next(), "1.6.45");
        check("stats", c.getStats().values().iterator().next().get("pointer_size"), "64");
        check("stats settings", c.getStats("settings").values().iterator().next().get("maxbytes"), "67108864");
        if (binary) {
            check("getAndTouch", c.getAndTouch("c", 1000).getValue(), "two");
            check("getAndTouch of a missing key", c.getAndTouch("nothing", 1000), null);
        }
        check("flush", c.flush().get(), true);
    }

    static void recovers(MemcachedClient c) throws Exception {
        System.out.println("RESTART");
        answers.readLine();
        long until = System.nanoTime() + 60_000_000_000L;
        while (true) {
            try {
                if (c.set("again", 0, "x").get())
                    break;
            } catch (Exception e) {
                if (System.nanoTime() > until)
                    throw e;
                Thread.sleep(20);
            }
        }
        check("after the restart", c.get("again"), "x");
    }

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("net.spy").setLevel(Level.SEVERE);
        System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
        String[] where = System.getenv("LARDER_SERVER").split(":");
        for (Protocol protocol : new Protocol[] {Protocol.TEXT, Protocol.BINARY}) {
            MemcachedClient c = new MemcachedClient(
                new ConnectionFactoryBuilder().setProtocol(protocol).setFailureMode(FailureMode.Retry).setOpTimeout(60_000)
                    .setMaxReconnectDelay(1).setDaemon(true).build(),
                List.of(new InetSocketAddress(where[0], Integer.parseInt(where[1]))));
            basics(c);
            types(c);
            many(c);
            cas(c);
            numbers(c);
            whole(c, protocol == Protocol.BINARY);
            recovers(c);
            c.shutdown();
            System.out.println("spymemcached, " + protocol + ": good");
        }
        System.exit(0);
    }
}
