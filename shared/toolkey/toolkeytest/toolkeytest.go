// Package toolkeytest is the conformance suite of toolkey. It states all behaviour
// of the contract: an engine is right when Run passes.
package toolkeytest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// Harness makes the engine under test.
type Harness struct {
	// New makes an empty store, and cleans up after t.
	New func(t *testing.T) toolkey.Store
	// Again opens what a store kept once more, as another process would.
	Again func(t *testing.T, s toolkey.Store) toolkey.Store
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for name, run := range map[string]func(t *testing.T, h Harness){
		"KeepsAll":         keepsAll,
		"NoneIsEmpty":      noneIsEmpty,
		"TakenIDs":         takenIDs,
		"RevokedAtOnce":    revokedAtOnce,
		"ListIsSorted":     listIsSorted,
		"ManyAreListed":    manyAreListed,
		"OneOfManyAdds":    oneOfManyAdds,
		"EndedContext":     endedContext,
		"NothingIsTold":    nothingIsTold,
		"ExpiredIsKept":    expiredIsKept,
		"CallersCopyIsOwn": callersCopyIsOwn,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, h)
		})
	}
}

// made returns a key of an id, all fields set.
func made(id string) toolkey.Key {
	return toolkey.Key{
		ID: id, Digest: sha256.Sum256([]byte("token of " + id)),
		Names:  map[conversation.Language]string{conversation.Chinese: "小助手“" + id + "”", conversation.English: "Helper"},
		Scopes: []string{"read", "reply"}, By: "lin",
		Created: time.Date(2026, 3, 1, 12, 0, 0, int(7*time.Millisecond), time.UTC),
		Expires: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC),
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func keepsAll(t *testing.T, h Harness) {
	s, key := h.New(t), made("crm")
	given := key
	given.Created = key.Created.In(time.FixedZone("CST", 8*3600)).Add(300 * time.Microsecond)
	must(t, s.Add(t.Context(), given))
	for _, s := range []toolkey.Store{s, h.Again(t, s)} {
		got, err := s.Get(t.Context(), "crm")
		must(t, err)
		if !reflect.DeepEqual(got, key) {
			t.Errorf("kept %+v, want %+v", got, key)
		}
		all, err := s.List(t.Context())
		must(t, err)
		if len(all) != 1 || !reflect.DeepEqual(all[0], key) {
			t.Errorf("listed %+v", all)
		}
	}
}

func noneIsEmpty(t *testing.T, h Harness) {
	s := h.New(t)
	all, err := s.List(t.Context())
	must(t, err)
	if len(all) != 0 {
		t.Errorf("an empty store has %+v", all)
	}
	_, err = s.Get(t.Context(), "crm")
	want(t, err, fault.NotFound)
	want(t, s.Remove(t.Context(), "crm"), fault.NotFound)
}

func takenIDs(t *testing.T, h Harness) {
	s, first := h.New(t), made("crm")
	must(t, s.Add(t.Context(), first))
	must(t, s.Add(t.Context(), first))
	second := made("crm")
	second.Digest[0]++
	want(t, s.Add(t.Context(), second), fault.Conflict)
	got, err := s.Get(t.Context(), "crm")
	must(t, err)
	if got.Digest != first.Digest {
		t.Error("a second key took the first one's place")
	}
	must(t, s.Remove(t.Context(), "crm"))
	must(t, s.Add(t.Context(), second))
}

func revokedAtOnce(t *testing.T, h Harness) {
	s := h.New(t)
	elsewhere := h.Again(t, s)
	must(t, s.Add(t.Context(), made("crm")))
	must(t, s.Add(t.Context(), made("crm-2")))
	_, err := elsewhere.Get(t.Context(), "crm")
	must(t, err)
	must(t, s.Remove(t.Context(), "crm"))
	_, err = elsewhere.Get(t.Context(), "crm")
	want(t, err, fault.NotFound)
	want(t, s.Remove(t.Context(), "crm"), fault.NotFound)
	all, err := elsewhere.List(t.Context())
	must(t, err)
	if len(all) != 1 || all[0].ID != "crm-2" {
		t.Errorf("left are %+v", all)
	}
}

func listIsSorted(t *testing.T, h Harness) {
	s := h.New(t)
	ids := []string{"b", "a-1", "a", "a1", "0", strings.Repeat("z", 32)}
	for _, id := range ids {
		must(t, s.Add(t.Context(), made(id)))
	}
	all, err := s.List(t.Context())
	must(t, err)
	slices.Sort(ids)
	for i, key := range all {
		if key.ID != ids[i] {
			t.Fatalf("entry %d is %q, want %q", i, key.ID, ids[i])
		}
	}
}

func manyAreListed(t *testing.T, h Harness) {
	const many = 300
	s := h.New(t)
	for i := range many {
		key := made(fmt.Sprintf("tool-%03d", i))
		key.Names[conversation.English] = strings.Repeat("n", 4_000) // more than fits into one answer
		must(t, s.Add(t.Context(), key))
	}
	all, err := s.List(t.Context())
	must(t, err)
	if len(all) != many {
		t.Errorf("%d of %d are listed", len(all), many)
	}
}

func oneOfManyAdds(t *testing.T, h Harness) {
	s := h.New(t)
	var (
		all sync.WaitGroup
		mu  sync.Mutex
		won []toolkey.Digest
	)
	for i := range 8 {
		all.Go(func() {
			key := made("crm")
			key.Digest[0] = byte(i)
			if err := s.Add(t.Context(), key); err == nil {
				mu.Lock()
				won = append(won, key.Digest)
				mu.Unlock()
			} else {
				want(t, err, fault.Conflict)
			}
		})
	}
	all.Wait()
	got, err := s.Get(t.Context(), "crm")
	must(t, err)
	if len(won) != 1 || won[0] != got.Digest {
		t.Errorf("%d were told that theirs is kept", len(won))
	}
}

func endedContext(t *testing.T, h Harness) {
	s := h.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, "crm"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that nobody waits for: %v", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	want(t, s.Add(late, made("crm")), fault.DeadlineExceeded)
}

// nothingIsTold checks that no error names what is kept.
func nothingIsTold(t *testing.T, h Harness) {
	s, key := h.New(t), made("crm")
	must(t, s.Add(t.Context(), key))
	_, missing := s.Get(t.Context(), "unknown-tool")
	key.Digest[0]++
	for _, err := range []error{s.Add(t.Context(), key), missing} {
		for _, secret := range []string{fmt.Sprintf("%x", key.Digest), "小助手", "unknown-tool"} {
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells %q", err, secret)
			}
		}
	}
}

func expiredIsKept(t *testing.T, h Harness) {
	s, key := h.New(t), made("crm")
	key.Expires = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	must(t, s.Add(t.Context(), key))
	got, err := s.Get(t.Context(), "crm")
	must(t, err)
	if !got.Expires.Equal(key.Expires) {
		t.Errorf("expires %v", got.Expires)
	}
	key.Digest[0]++
	want(t, s.Add(t.Context(), key), fault.Conflict)
}

func callersCopyIsOwn(t *testing.T, h Harness) {
	s, key := h.New(t), made("crm")
	must(t, s.Add(t.Context(), key))
	key.Scopes[0] = "admin"
	got, err := s.Get(t.Context(), "crm")
	must(t, err)
	if got.Scopes[0] != "read" {
		t.Error("the caller's later change reached what is kept")
	}
	got.Scopes[0], got.Names[conversation.English] = "admin", "Eve"
	again, err := s.Get(t.Context(), "crm")
	must(t, err)
	if again.Scopes[0] != "read" || again.Names[conversation.English] != "Helper" {
		t.Error("a change of what was answered reached what is kept")
	}
}
