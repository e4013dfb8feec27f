package inapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

func receive(t *testing.T, change func(*channel.Request)) (channel.Receipt, error) {
	t.Helper()
	c, err := inapp.New(options(nil))
	if err != nil {
		t.Fatal(err)
	}
	r := sign(harness().Call)
	change(&r)
	return c.Receive(context.Background(), r)
}

func body(s string) func(*channel.Request) {
	return func(r *channel.Request) { r.Body = []byte(s) }
}

func submission(id string, at int64, text string) func(*channel.Request) {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return body(fmt.Sprintf(`{"type":"message","id":%q,"at":%d,"text":%s}`, id, at, quoted))
}

func TestWhatIsRefused(t *testing.T) {
	ms := now().UnixMilli()
	for name, c := range map[string]struct {
		change func(*channel.Request)
		code   fault.Code
		hint   string
	}{
		"method":          {func(r *channel.Request) { r.Method = http.MethodGet }, fault.WrongMethod, "POST"},
		"no content type": {func(r *channel.Request) { r.Header.Del("Content-Type") }, fault.Unsupported, "application/json"},
		"text":            {func(r *channel.Request) { r.Header.Set("Content-Type", "text/plain") }, fault.Unsupported, "application/json"},
		"charset":         {func(r *channel.Request) { r.Header.Set("Content-Type", "application/json; charset=gbk") }, fault.Unsupported, "UTF-8"},
		"too large":       {body(strings.Repeat(" ", 64<<10+1)), fault.TooLarge, "64 KiB"},
		"no object":       {body(`[]`), fault.BadRequest, "no JSON object"},
		"nothing":         {body(``), fault.BadRequest, "no JSON object"},
		"cut off":         {body(`{"type":"message"`), fault.BadRequest, "no whole JSON object"},
		"cut in a value":  {body(`{"type":"mess`), fault.BadRequest, "type is no JSON value"},
		"trailing":        {body(`{"type":"message","id":"m","at":1760000000000,"text":"x"} {}`), fault.BadRequest, "follows"},
		"trailing junk":   {body(`{"type":"message","id":"m","at":1760000000000,"text":"x"}x`), fault.BadRequest, "follows"},
		"unknown":         {body(`{"type":"message","id":"m","at":1760000000000,"text":"x","user":"u"}`), fault.BadRequest, "unknown field: user"},
		"unknown text":    {body(`{"我的密码是 hunter2":1}`), fault.BadRequest, "unknown field"},
		"case":            {body(`{"Type":"message"}`), fault.BadRequest, "unknown field: Type"},
		"twice":           {body(`{"type":"message","id":"m","id":"n"}`), fault.BadRequest, "id stands there twice"},
		"number as id":    {body(`{"id":7}`), fault.BadRequest, "id is no string"},
		"null as text":    {body(`{"text":null}`), fault.BadRequest, "text is no string"},
		"object as text":  {body(`{"text":{"a":1}}`), fault.BadRequest, "text is no string"},
		"text as at":      {body(`{"at":"1760000000000"}`), fault.BadRequest, "at is no whole number"},
		"fraction as at":  {body(`{"at":1760000000000.5}`), fault.BadRequest, "at is no whole number"},
		"power as at":     {body(`{"at":1e12}`), fault.BadRequest, "at is no whole number"},
		"endless at":      {body(`{"at":99999999999999999999}`), fault.BadRequest, "at is no whole number"},
		"no at":           {body(`{"type":"message","id":"m","text":"x"}`), fault.BadRequest, "at is missing"},
		"no id":           {body(`{"type":"message","at":1760000000000,"text":"x"}`), fault.BadRequest, "id is missing"},
		"other type":      {body(`{"type":"typing","id":"m","at":1760000000000,"text":"x"}`), fault.BadRequest, "type is not message"},
		"empty id":        {submission("", ms, "x"), fault.BadRequest, "id is not"},
		"long id":         {submission(strings.Repeat("i", 65), ms, "x"), fault.BadRequest, "id is not"},
		"id with a dot":   {submission("a.b", ms, "x"), fault.BadRequest, "id is not"},
		"ahead":           {submission("m", ms+120_001, "x"), fault.ClockSkew, "now"},
		"behind":          {submission("m", ms-86_400_001, "x"), fault.ClockSkew, "now"},
		"long ago":        {submission("m", -1<<63, "x"), fault.ClockSkew, "now"},
		"empty text":      {submission("m", ms, ""), fault.BadText, "can be seen"},
		"invisible text":  {submission("m", ms, " \u200b\ufe0f\n"), fault.BadText, "can be seen"},
		"invalid UTF-8":   {body("{\"type\":\"message\",\"id\":\"m\",\"at\":1760000000000,\"text\":\"x\xff\"}"), fault.BadText, "UTF-8"},
		"too long":        {submission("m", ms, strings.Repeat("长", 4001)), fault.TextTooLong, "limit is 4000"},
	} {
		t.Run(name, func(t *testing.T) {
			receipt, err := receive(t, c.change)
			public := fault.PublicOf(err)
			if public.Code != c.code || !strings.Contains(public.Hint, c.hint) || len(receipt.Messages) > 0 {
				t.Errorf("got %+v (%v), want %s with %q", public, err, c.code, c.hint)
			}
			if strings.Contains(err.Error(), "密码") {
				t.Errorf("a value is told: %v", err)
			}
			if c.code == fault.ClockSkew && public.Now != ms {
				t.Errorf("the server's time is %d, want %d", public.Now, ms)
			}
		})
	}
}

func TestTheEdgesAreTaken(t *testing.T) {
	ms := now().UnixMilli()
	for name, c := range map[string]struct {
		change func(*channel.Request)
		text   string
	}{
		"as far ahead as may be": {submission("m", ms+120_000, "x"), "x"},
		"as old as may be":       {submission("m", ms-86_400_000, "x"), "x"},
		"as long as may be":      {submission(strings.Repeat("i", 64), ms, strings.Repeat("长", 4000)), strings.Repeat("长", 4000)},
		"charset":                {func(r *channel.Request) { r.Header.Set("Content-Type", "Application/JSON; charset=UTF-8") }, "我要找真人客服，谢谢"},
		"scheme in lower case": {func(r *channel.Request) {
			r.Header.Set("Authorization", "bearer "+token(claims(now())))
		}, "我要找真人客服，谢谢"},
		"order and space":    {body("\n{ \"text\" : \"a\\u0000b\\r\\nc\", \"at\":1760000000000, \"id\":\"m\", \"type\":\"message\" }\n"), "ab\nc"},
		"a lone surrogate":   {body(`{"type":"message","id":"m","at":1760000000000,"text":"a\ud83d"}`), "a\ufffd"},
		"every kind of id":   {submission("Az09_-", ms, "x"), "x"},
		"cleaned to measure": {submission("m", ms, strings.Repeat("长\r\n", 2000)), strings.Repeat("长\n", 2000)},
	} {
		t.Run(name, func(t *testing.T) {
			receipt, err := receive(t, c.change)
			if err != nil || len(receipt.Messages) != 1 || receipt.Messages[0].Parts[0].Text != c.text {
				t.Errorf("got %+v, %v", receipt, err)
			}
		})
	}
}

func TestTheKeyIsTheClientsTimeAndID(t *testing.T) {
	at := now().Add(-time.Minute)
	receipt, err := receive(t, submission("m-7", at.UnixMilli(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	m := receipt.Messages[0]
	if m.ClientID != "m-7" || m.Key != "1759999940000-c.m-7" || !m.Key.Time().Equal(at) {
		t.Errorf("got %+v", m)
	}
}
