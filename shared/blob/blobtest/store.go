package blobtest

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

var storeTests = []test{
	{"what is put can be had", testPut},
	{"what no store keeps is refused", testRefused},
	{"what is stored is never overwritten", testTwice},
	{"of those who put at once, one wins", testTogether},
	{"what is old is gone", testOld},
	{"what comes after what is gone is something else", testAfter},
	{"what is deleted is gone", testDelete},
	{"a conversation is forgotten whole, and alone", testForget},
	{"a call ends with its context", testEnded},
}

func testPut(b *bench) {
	b.missing(blob.NewKey(ours))
	largest := bytes.Repeat([]byte{0, 1, 254, 255}, blob.MaxPut/4)
	for mediaType, content := range map[string][]byte{
		"image/png":                 png,
		"audio/webm;codecs=opus":    largest,
		"text/html; charset=utf-8":  []byte("<script>alert(1)</script>"),
		"application/x-zhida+a.b_c": []byte("\n"),
		"application/octet-stream":  []byte("zhida blob 2 00000000000000000000000000000000 text/plain\n\x00"),
	} {
		key := b.put(ours, mediaType, content)
		b.holds(key, mediaType, content)
		if err := b.Keep(b.ctx, key); err != nil {
			b.Errorf("keep: %v", err)
		}
		b.holds(key, mediaType, content)
	}
	before := b.now()
	info, err := b.Stat(b.ctx, b.put(ours, "image/png", png))
	if err != nil {
		b.Fatal(err)
	}
	// Some engines tell the time in whole seconds.
	if d := info.Expires.Sub(before) - Keep; d < -2*time.Second || d > hung || info.Expires.Location() != time.UTC {
		b.Errorf("it expires at %v, %v too late", info.Expires, d)
	}
}

func testRefused(b *bench) {
	for _, key := range []blob.Key{
		"", "/", blob.Key(ours), blob.Key(ours) + "/", blob.Key(ours) + "/..", "../" + blob.Key(ours), "new/" + blob.Key(ours),
		blob.NewKey(""), blob.NewKey("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), blob.NewKey(ours) + "a", blob.NewKey(ours) + "/a",
		blob.NewKey(ours)[:50] + "/.", blob.NewKey(ours)[:50] + "A2", "\x00",
	} {
		b.refused(fault.BadRequest, b.Put(b.ctx, key, "image/png", png))
		_, _, err := b.Get(b.ctx, key)
		b.refused(fault.BadRequest, err)
		_, err = b.Stat(b.ctx, key)
		b.refused(fault.BadRequest, err)
		_, err = b.Upload(b.ctx, key, "image/png", 1)
		b.refused(fault.BadRequest, err)
		_, err = b.Download(b.ctx, key, "tag", "name")
		b.refused(fault.BadRequest, err)
		b.refused(fault.BadRequest, b.Keep(b.ctx, key))
		b.refused(fault.BadRequest, b.Delete(b.ctx, key))
	}
	key := blob.NewKey(ours)
	for _, mediaType := range []string{"", "png", "image/", "image/png\r\nSet-Cookie: a=b", "image/png; x", "图/片", "a/" + strings.Repeat("b", 99)} {
		b.refused(fault.BadRequest, b.Put(b.ctx, key, mediaType, png))
		_, err := b.Upload(b.ctx, key, mediaType, 1)
		b.refused(fault.BadRequest, err)
	}
	b.refused(fault.BadRequest, b.Put(b.ctx, key, "image/png", nil))
	b.refused(fault.TooLarge, b.Put(b.ctx, key, "image/png", make([]byte, blob.MaxPut+1)))
	for size, code := range map[int64]fault.Code{-1: fault.BadRequest, 0: fault.BadRequest, blob.MaxSize + 1: fault.TooLarge} {
		_, err := b.Upload(b.ctx, key, "image/png", size)
		b.refused(code, err)
	}
	for _, id := range []conversation.ID{"", "..", ".", "new", ours[1:], ours + "/"} {
		b.refused(fault.BadRequest, b.Forget(b.ctx, id))
	}
	b.missing(key)
}

func testTwice(b *bench) {
	key := b.put(ours, "image/png", png)
	if err := b.Put(b.ctx, key, "image/png", png); err != nil {
		b.Errorf("the same again: %v", err)
	}
	b.refused(fault.Conflict, b.Put(b.ctx, key, "image/png", png[1:]))
	b.refused(fault.Conflict, b.Put(b.ctx, key, "image/png", append(bytes.Clone(png), '!')))
	b.refused(fault.Conflict, b.Put(b.ctx, key, "image/gif", png))
	b.holds(key, "image/png", png)
}

func testTogether(b *bench) {
	const writers = 8
	key := blob.NewKey(ours)
	content := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 100_000) }
	var won []int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			err := b.Put(b.ctx, key, "image/png", content(i))
			if err != nil {
				b.refused(fault.Conflict, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			won = append(won, i)
		})
	}
	all.Wait()
	if len(won) != 1 {
		b.Fatalf("%v were told that they had stored it", won)
	}
	b.holds(key, "image/png", content(won[0]))
}

func testOld(b *bench) {
	key := b.put(ours, "image/png", png)
	b.pass(Keep - hung)
	b.holds(key, "image/png", png)
	link, err := b.Download(b.ctx, key, b.tag(key), "name")
	if err != nil {
		b.Fatal(err)
	}
	if left := link.Until.Sub(b.now()); left > hung {
		b.Errorf("there is a link for %v to what is gone in %v", left, hung)
	}
	b.pass(hung)
	b.missing(key)
}

// testAfter: whoever was shown what is gone is not shown what lies there now.
func testAfter(b *bench) {
	key := b.put(ours, "image/png", png)
	before := b.tag(key)
	if err := b.Delete(b.ctx, key); err != nil {
		b.Fatal(err)
	}
	other := bytes.ToUpper(png)
	if err := b.Put(b.ctx, key, "image/png", other); err != nil {
		b.Fatal(err)
	}
	b.holds(key, "image/png", other)
	if after := b.tag(key); after == before || after == "" {
		b.Errorf("before it was %q, now it is %q", before, after)
	}
	for _, tag := range []blob.Tag{before, "", "*"} {
		link, err := b.Download(b.ctx, key, tag, "name")
		if b.refused(fault.NotFound, err); link.URL != "" {
			b.Errorf("%q leads to what came after it", tag)
		}
	}
	if _, err := b.Download(b.ctx, key, b.tag(key), "name"); err != nil {
		b.Error(err)
	}
}

func testDelete(b *bench) {
	key, beside := b.put(ours, "image/png", png), b.put(ours, "image/png", png)
	for range 2 {
		if err := b.Delete(b.ctx, key); err != nil {
			b.Fatal(err)
		}
		b.missing(key)
	}
	b.holds(beside, "image/png", png)
	if err := b.Delete(b.ctx, blob.NewKey(theirs)); err != nil {
		b.Errorf("of a conversation without content: %v", err)
	}
}

func testForget(b *bench) {
	var keys []blob.Key
	for range 5 {
		keys = append(keys, b.put(ours, "image/png", png))
	}
	beside := b.put(theirs, "image/png", png)
	for range 2 {
		if err := b.Forget(b.ctx, ours); err != nil {
			b.Fatal(err)
		}
		for _, key := range keys {
			b.missing(key)
		}
	}
	b.holds(beside, "image/png", png)
	b.holds(b.put(ours, "image/png", png), "image/png", png)
}

func testEnded(b *bench) {
	ctx, cancel := context.WithDeadline(b.ctx, time.Unix(1, 0))
	defer cancel()
	key := blob.NewKey(ours)
	b.refused(fault.DeadlineExceeded, b.Put(ctx, key, "image/png", png))
	_, _, err := b.Get(ctx, key)
	b.refused(fault.DeadlineExceeded, err)
	_, err = b.Stat(ctx, key)
	b.refused(fault.DeadlineExceeded, err)
	_, err = b.Download(ctx, key, "tag", "name")
	b.refused(fault.DeadlineExceeded, err)
	b.refused(fault.DeadlineExceeded, b.Delete(ctx, key))
	b.refused(fault.DeadlineExceeded, b.Forget(ctx, ours))
	b.missing(key)
}
