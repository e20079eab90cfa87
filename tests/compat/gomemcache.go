// gomemcache: what a Go program does with bradfitz/gomemcache.  Run by client.py.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"sync"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

func check(what string, err, wanted error) {
	if err != wanted {
		fmt.Fprintf(os.Stderr, "%s: expected error %v, got %v\n", what, wanted, err)
		os.Exit(1)
	}
}

func checkThat(what string, isSo bool) {
	if !isSo {
		fmt.Fprintf(os.Stderr, "%s: not so\n", what)
		os.Exit(1)
	}
}

func set(c *memcache.Client, key, value string) error {
	return c.Set(&memcache.Item{Key: key, Value: []byte(value)})
}

func get(c *memcache.Client, key string) string {
	item, err := c.Get(key)
	check("get "+key, err, nil)
	return string(item.Value)
}

func basics(c *memcache.Client) {
	_, err := c.Get("nothing")
	check("get of a missing key", err, memcache.ErrCacheMiss)
	check("set", c.Set(&memcache.Item{Key: "k", Value: []byte("v"), Flags: 0xdecafbad, Expiration: 1000}), nil)
	item, err := c.Get("k")
	check("get", err, nil)
	checkThat("value and flags", string(item.Value) == "v" && item.Flags == 0xdecafbad)
	check("add over", c.Add(&memcache.Item{Key: "k"}), memcache.ErrNotStored)
	check("touch", c.Touch("k", 1000), nil)
	check("touch of a missing key", c.Touch("nothing", 1000), memcache.ErrCacheMiss)
	check("delete", c.Delete("k"), nil)
	check("delete of a missing key", c.Delete("k"), memcache.ErrCacheMiss)
	check("expired", c.Set(&memcache.Item{Key: "e", Value: []byte("x"), Expiration: -1}), nil)
	_, err = c.Get("e")
	check("expired", err, memcache.ErrCacheMiss)
}

func cas(c *memcache.Client) {
	check("set", set(c, "c", "one"), nil)
	item, err := c.Get("c")
	check("get", err, nil)
	item.Value = []byte("two")
	check("cas", c.CompareAndSwap(item), nil)
	item.Value = []byte("three")
	check("cas, too late", c.CompareAndSwap(item), memcache.ErrCASConflict)
	check("delete", c.Delete("c"), nil)
	check("cas of a missing key", c.CompareAndSwap(item), memcache.ErrCacheMiss)
}

func numbers(c *memcache.Client) {
	check("set", set(c, "n", "10"), nil)
	n, err := c.Increment("n", 5)
	check("increment", err, nil)
	checkThat("15", n == 15)
	n, err = c.Decrement("n", 20)
	check("decrement", err, nil)
	checkThat("0", n == 0)
	_, err = c.Increment("nothing", 1)
	check("increment of a missing key", err, memcache.ErrCacheMiss)
	check("set", set(c, "n", "word"), nil)
	_, err = c.Increment("n", 1)
	checkThat("increment of a word", err != nil && err != memcache.ErrCacheMiss)
	checkThat("the connection goes on", get(c, "n") == "word")
}

func large(c *memcache.Client) {
	for _, n := range []int{0, 1000, 100000, 1000000} {
		value := make([]byte, n)
		rand.Read(value)
		check("set", c.Set(&memcache.Item{Key: "large", Value: value}), nil)
		item, err := c.Get("large")
		check("get", err, nil)
		checkThat(fmt.Sprint(n, " bytes"), bytes.Equal(item.Value, value))
	}
	checkThat("too large", c.Set(&memcache.Item{Key: "large", Value: make([]byte, 2<<20)}) != nil)
	check("the connection goes on", set(c, "large", "x"), nil)
}

func many(c *memcache.Client) {
	var all sync.WaitGroup
	for me := 0; me < 8; me++ {
		all.Add(1)
		go func(me int) {
			defer all.Done()
			for i := 0; i < 100; i++ {
				check("set", set(c, fmt.Sprint("many", me, ".", i), fmt.Sprint("value ", i)), nil)
			}
		}(me)
	}
	all.Wait()
	keys := []string{"nothing"}
	for i := 0; i < 100; i++ {
		keys = append(keys, fmt.Sprint("many3.", i))
	}
	found, err := c.GetMulti(keys)
	check("GetMulti", err, nil)
	checkThat("all of them", len(found) == 100 && string(found["many3.42"].Value) == "value 42")
}

func recovers(c *memcache.Client) {
	fmt.Println("RESTART")
	bufio.NewReader(os.Stdin).ReadString('\n')
	for until := time.Now().Add(60 * time.Second); set(c, "again", "x") != nil; time.Sleep(20 * time.Millisecond) {
		checkThat("gomemcache works again in 60 s", time.Now().Before(until))
	}
	checkThat("after the restart", get(c, "again") == "x")
}

func main() {
	c := memcache.New(os.Getenv("LARDER_SERVER"))
	c.Timeout = 60 * time.Second
	for _, part := range []func(*memcache.Client){basics, cas, numbers, large, many} {
		part(c)
	}
	check("flush_all", c.FlushAll(), nil)
	_, err := c.Get("large")
	check("get after flush_all", err, memcache.ErrCacheMiss)
	recovers(c)
	fmt.Println("gomemcache: good")
}
