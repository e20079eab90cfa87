// node_clients: what a Node program does with memjs (binary protocol) and memcached (text).  Run by client.py.
// They come from npm: `npm install memjs memcached` in a folder, and NODE_PATH=FOLDER/node_modules.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const readline = require('readline');
const { promisify } = require('util');

const server = process.env.LARDER_SERVER;
const answers = readline.createInterface({ input: process.stdin });

function installed(name) {
    try {
        return require(name);
    } catch (e) {
        if (e.code !== 'MODULE_NOT_FOUND')
            throw e;
        console.log(`${name} is not installed`);
        return null;
    }
}

function restart() {
    const up = new Promise(resolve => answers.once('line', resolve));
    console.log('RESTART');
    return up;
}

// The client must notice the restart by itself.
async function recovers(what, attempt) {
    const until = Date.now() + 60000;
    for (;;) {
        try {
            return await attempt();
        } catch (e) {
            assert(Date.now() < until, `${what} does not work again after 60 s: ${e}`);
            await new Promise(resolve => setTimeout(resolve, 20));
        }
    }
}

async function useMemjs(memjs) {
    const c = memjs.Client.create(server, { retries: 1, timeout: 60, logger: { log() {} } });
    const text = async key => String((await c.get(key)).value);
    assert.strictEqual((await c.get('nothing')).value, null);
    assert.strictEqual(await c.set('k', 'v', { expires: 1000 }), true);
    const { value, flags } = await c.get('k');
    assert(Buffer.isBuffer(value) && String(value) === 'v' && flags.readUInt32BE(0) === 0);
    assert.strictEqual(await c.add('k', 'w', {}), false);
    assert.strictEqual(await c.replace('k', 'w', {}), true);
    assert.strictEqual(await c.replace('nothing', 'w', {}), false);
    assert.strictEqual(await c.append('k', '!'), true);
    assert.strictEqual(await c.prepend('k', '<'), true);
    assert.strictEqual(await text('k'), 'w!<');     // memjs sends APPEND for both
    assert.strictEqual(await c.touch('k', 1000), true);
    assert.strictEqual(await c.touch('nothing', 1000), false);
    assert.strictEqual(await c.delete('k'), true);
    assert.strictEqual(await c.delete('k'), false);
    assert.strictEqual((await c.increment('n', 1, { initial: 40 })).value, 40);
    assert.strictEqual((await c.increment('n', 5, { initial: 40 })).value, 45);
    assert.strictEqual((await c.decrement('n', 50, {})).value, 0);
    for (const n of [0, 1000, 100000, 1000000]) {
        const bytes = crypto.randomBytes(n);
        await c.set('large', bytes, {});
        assert(bytes.equals((await c.get('large')).value), `${n} bytes`);
    }
    await assert.rejects(c.set('large', crypto.randomBytes(2 << 20), {}), 'too large');
    await c.set('large', 'x', {});
    assert.strictEqual(await text('large'), 'x', 'the connection goes on');
    await Promise.all([...Array(500).keys()].map(i => c.set(`many${i}`, `value ${i}`, {})));
    const all = await Promise.all([...Array(500).keys()].map(i => text(`many${i}`)));
    assert.deepStrictEqual(all, [...Array(500).keys()].map(i => `value ${i}`));
    for (const [group, name] of [['', 'pointer_size'], ['settings', 'maxbytes'], ['slabs', 'active_slabs']]) {
        const stats = await new Promise((resolve, reject) =>
            c.statsWithKey(group, (error, _, found) => error ? reject(error) : resolve(found)));
        assert(/^\d+$/.test(stats[name]), `stats ${group}: ${name} ${stats[name]}`);
    }
    assert.strictEqual(Object.values(await new Promise((resolve, reject) =>
        c.flush((error, done) => error ? reject(error) : resolve(done))))[0], true);
    await restart();
    await recovers('memjs', () => c.set('again', 'x', {}));
    assert.strictEqual(await text('again'), 'x');
    c.close();
}

async function useMemcached(Memcached) {
    const c = new Memcached(server, { retries: 1, retry: 50, timeout: 60000, reconnect: 50, failures: 100000 });
    const ask = {};
    for (const name of ['get', 'gets', 'getMulti', 'set', 'add', 'replace', 'append', 'prepend', 'cas', 'touch', 'del',
        'incr', 'decr', 'stats', 'settings', 'slabs', 'items', 'version', 'flush'])
        ask[name] = promisify(c[name].bind(c));
    assert.strictEqual((await ask.version())[0].version, '1.6.45');
    assert.strictEqual(await ask.get('nothing'), undefined);
    assert.strictEqual(await ask.set('k', 'v', 1000), true);
    assert.strictEqual(await ask.get('k'), 'v');
    await assert.rejects(ask.add('k', 'w', 1000), /not stored/i);
    assert.strictEqual(await ask.replace('k', 'w', 1000), true);
    assert.strictEqual(await ask.append('k', '!'), true);
    assert.strictEqual(await ask.prepend('k', '<'), true);
    const { k, cas } = await ask.gets('k');
    assert.strictEqual(k, '<w!');
    assert.strictEqual(await ask.cas('k', 'second', cas, 1000), true);
    assert.strictEqual(await ask.cas('k', 'third', cas, 1000), false);
    assert.strictEqual(await ask.touch('k', 1000), true);
    assert.strictEqual(await ask.del('k'), true);
    assert.strictEqual(await ask.del('k'), false);
    for (const value of [17, true, { deep: [1, { two: 3 }] }, 'text', '']) {
        await ask.set('t', value, 0);
        assert.deepStrictEqual(await ask.get('t'), value);
    }
    const bytes = crypto.randomBytes(400000);
    await ask.set('large', bytes, 0);
    assert(bytes.equals(await ask.get('large')), 'large');
    assert.strictEqual(await ask.set('n', 10, 0), true);
    assert.strictEqual(await ask.incr('n', 5), 15);
    assert.strictEqual(await ask.decr('n', 20), 0);
    assert.strictEqual(await ask.incr('nothing', 1), false);
    const names = [...Array(300).keys()].map(i => `many${i}`);
    await Promise.all(names.map(name => ask.set(name, `value of ${name}`, 0)));
    const found = await ask.getMulti([...names, 'nothing']);
    assert.strictEqual(Object.keys(found).length, 300);
    assert.strictEqual(found.many123, 'value of many123');
    assert.strictEqual((await ask.stats())[0].pointer_size, 64);
    assert.strictEqual((await ask.settings())[0].maxbytes, 64 << 20);
    assert(Object.keys((await ask.slabs())[0]).length > 1);
    assert(Object.values((await ask.items())[0]).some(row => row.number > 0));
    assert.strictEqual((await ask.flush())[0], true);
    await restart();
    await recovers('memcached', () => ask.set('again', 'x', 0));
    assert.strictEqual(await ask.get('again'), 'x');
    c.end();
}

(async () => {
    let n = 0;
    for (const [name, use] of [['memjs', useMemjs], ['memcached', useMemcached]]) {
        const module = installed(name);
        if (!module)
            continue;
        await use(module);
        console.log(`${name}: good`);
        n++;
    }
    if (!n)
        console.log('skipped: node has neither (npm: memjs, memcached)');
    process.exit(n ? 0 : 77);
})().catch(e => {
    console.error(e);
    process.exit(1);
});
