package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"net/http"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/vault"
)

// stage is what the demo page shows beside the app: WeChat, Slack and AWS's text messages themselves
// are played on this machine. They remember nothing when the program ends.
type stage struct {
	wechat *phones
	slack  *slackWindow
	sms    *textPhones
}

// openStage plays them, and has the channels call them. base is where this program is reached, and
// what phones text goes into the queue.
func openStage(ctx context.Context, base string, texts queue.Queue, channels *config.Channels) (s *stage, err error) {
	s = &stage{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.wechat, err = startPhones(ctx); err != nil {
		return s, err
	}
	if s.slack, err = startSlack(ctx, base); err != nil {
		return s, err
	}
	if s.sms, err = startTexts(ctx, texts); err != nil {
		return s, err
	}
	channels.WeChat, channels.Slack, channels.SMS = s.wechat.settings, s.slack.settings, s.sms.settings
	return s, nil
}

// show gives the page what it plays them by.
func (s *stage) show(o *app.Options) {
	o.Phones, o.SlackWindow = s.wechat.platform.Console(), s.slack.console()
	o.TextPhones, o.SMS = s.sms.platform.Console(), s.sms.client
}

// connect has WeChat and Slack know the company; AWS does.
func (s *stage) connect(ctx context.Context, base string, tokens vault.Vault, lang conversation.Language) error {
	if err := s.wechat.connect(ctx, base, tokens, lang); err != nil {
		return err
	}
	return s.slack.install(ctx, tokens)
}

// close ends what is played.
func (s *stage) close() (err error) {
	if s.wechat != nil {
		err = s.wechat.close()
	}
	if s.slack != nil {
		err = errors.Join(err, s.slack.close())
	}
	if s.sms != nil {
		err = errors.Join(err, s.sms.close())
	}
	return err
}

// playAt serves what is played at a free port of this machine's, until the server is closed.
func playAt(ctx context.Context, played http.Handler) (server *http.Server, address string, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fault.Wrap(err, fault.Unavailable, "zhida dev", "WeChat, Slack and AWS are played at ports of this machine's, and none is free")
	}
	server = &http.Server{Handler: played, ReadHeaderTimeout: headerTimeout}
	go func() { _ = server.Serve(listener) }() // until it is closed
	return server, "http://" + listener.Addr().String(), nil
}

// madeUp returns n random letters and digits; n is at most 64.
func madeUp(n int) string {
	var random [32]byte
	rand.Read(random[:]) // never fails: see crypto/rand
	return hex.EncodeToString(random[:])[:n]
}
