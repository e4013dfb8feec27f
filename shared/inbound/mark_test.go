package inbound_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/media"
)

const shown = blob.Key("aaaaaaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbbbbbb")

// album is the store of a conversation in which one picture was said.
type album struct{ blank }

func (*album) Conversation(_ context.Context, id conversation.ID) (conversation.Conversation, error) {
	return conversation.Conversation{ID: id, Status: conversation.WithBot}, nil
}

func (*album) Messages(context.Context, conversation.ID, conversation.Key, int) ([]conversation.Message, error) {
	return []conversation.Message{{Key: "5", Parts: []conversation.Part{
		{Kind: conversation.Image, Media: conversation.Media{Key: string(shown), Name: "a.png"}},
	}}}, nil
}

// gallery shows where pictures are.
type gallery struct{ known }

func (gallery) Frame(m conversation.Message, v channel.View) any {
	return v.Links[m.Parts[0].Media.Shown()].URL
}

// hanging never answers.
type hanging struct{ blob.Store }

func (hanging) Download(ctx context.Context, _ blob.Key, _ blob.Tag, _ string) (blob.Link, error) {
	<-ctx.Done()
	return blob.Link{}, ctx.Err()
}

// TestReadyWaitsForNoPicture: a page hears where it stands, and submits what it has, an
// ask among it, though the store of a picture in its history hangs.
func TestReadyWaitsForNoPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, v := time.Now(), albumOf(t, hanging{})
		ann, err := v.Open(t.Context(), []byte(`{"type":"hello","token":"ann"}`))
		if err != nil {
			t.Fatal(err)
		}
		if frames, err := v.Ready(t.Context(), ann); err != nil || len(frames) != 1 || time.Since(began) > 2*time.Second {
			t.Errorf("after %v: %v, %v", time.Since(began), frames, err)
		}
	})
}

// albumOf is for a customer with a picture in the history.
func albumOf(t *testing.T, b blob.Store) *inbound.Visitors {
	t.Helper()
	kept := &album{}
	pictures, err := media.New(media.Options{Blobs: b, Limits: media.Limits{Picture: 1, File: 1, Most: 1}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := conversation.NewIDs(make([]byte, conversation.MinDeploymentKey))
	if err != nil {
		t.Fatal(err)
	}
	s, err := serviceWith(0, ids, kept)
	if err != nil {
		t.Fatal(err)
	}
	audience, err := inbound.NewAudience(kept, gallery{}, silent{}, pictures, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s.NewVisitors(gallery{}, audience, inbound.NewDoor(inbound.DoorOptions{}))
}

// signer makes another link each time.
type signer struct {
	blob.Store
	made int
}

func (s *signer) Download(context.Context, blob.Key, blob.Tag, string) (blob.Link, error) {
	s.made++
	return blob.Link{URL: fmt.Sprintf("/media/%d", s.made)}, nil
}

// TestAPollRestsBesidePictures: links are signed anew whenever a page is read, and are
// nothing new; to whoever has everything none is made.
func TestAPollRestsBesidePictures(t *testing.T) {
	links := &signer{}
	c := inbound.NewCalls(albumOf(t, links), &notes{})
	first, second := asks(t, c, `{"type":"hello"}`)[0], asks(t, c, `{"type":"poll"}`)[0]
	if fmt.Sprint(first["messages"], second["messages"]) != "[/media/1] [/media/2]" || first["mark"] != second["mark"] {
		t.Errorf("%v, then %v", first, second)
	}
	same, err := json.Marshal(map[string]any{"type": "poll", "mark": first["mark"]})
	if err != nil {
		t.Fatal(err)
	}
	if got := asks(t, c, string(same)); types(got) != "pong " || links.made != 2 {
		t.Errorf("%d links are made to answer %v", links.made, got)
	}
}
