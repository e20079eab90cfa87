/*
 * SpyRing: the servers that spymemcached's KetamaNodeLocator chooses for the keys on
 * standard input, first choice and all that follow.  Servers are host:port:weight; the
 * word "weighted" before them makes the weights count.
 */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import net.spy.memcached.DefaultHashAlgorithm;
import net.spy.memcached.KetamaNodeLocator;
import net.spy.memcached.MemcachedNode;
import net.spy.memcached.util.DefaultKetamaNodeLocatorConfiguration;

class SpyRing {
    static MemcachedNode node(InetSocketAddress address) {
        return (MemcachedNode)Proxy.newProxyInstance(SpyRing.class.getClassLoader(), new Class<?>[] {MemcachedNode.class},
            (self, method, arguments) -> switch (method.getName()) {
                case "getSocketAddress" -> address;
                case "hashCode" -> System.identityHashCode(self);
                case "equals" -> self == arguments[0];
                case "toString" -> address.toString();
                default -> throw new UnsupportedOperationException(method.getName());
            });
    }

    public static void main(String[] words) throws Exception {
        boolean weighted = words[0].equals("weighted");
        List<MemcachedNode> nodes = new ArrayList<>();
        Map<InetSocketAddress, Integer> weights = new HashMap<>();
        for (int i = weighted ? 1 : 0; i < words.length; i++) {
            String[] part = words[i].split(":");
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(part[0]), Integer.parseInt(part[1]));
            nodes.add(node(address));
            weights.put(address, Integer.parseInt(part[2]));
        }
        DefaultKetamaNodeLocatorConfiguration rules = new DefaultKetamaNodeLocatorConfiguration();
        KetamaNodeLocator ring = weighted
            ? new KetamaNodeLocator(nodes, DefaultHashAlgorithm.KETAMA_HASH, weights, rules)
            : new KetamaNodeLocator(nodes, DefaultHashAlgorithm.KETAMA_HASH, rules);
        BufferedReader keys = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder all = new StringBuilder();
        for (String key; (key = keys.readLine()) != null; all.append('\n')) {
            all.append(nodes.indexOf(ring.getPrimary(key)));
            for (Iterator<MemcachedNode> next = ring.getSequence(key); next.hasNext();)
                all.append(' ').append(nodes.indexOf(next.next()));
        }
        System.out.print(all);
    }
}
