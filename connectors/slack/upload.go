package slack

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// postFiles sends a message with what it shows: each file is put where Slack says, and one last
// call says where they belong, and with which words. Nothing reaches a customer before that.
// https://docs.slack.dev/messaging/working-with-files#uploading_files
func (c *Connector) postFiles(ctx context.Context, token config.Secret, out channel.Outbound, files []conversation.Part) (channel.Sent, error) {
	if out.Open == nil {
		return channel.Sent{}, fault.New(fault.ProviderRefused, sendOp, "this deployment keeps no files: write what the file says")
	}
	calls := c.client()
	api := calls.api(token, c.o.API)
	to, err := calls.channelOf(ctx, api, out.Peer.User)
	if err != nil {
		return channel.Sent{}, err
	}
	w := wordsIn(out.Language)
	last := slack.CompleteUploadExternalParameters{
		Channel: to, ThreadTimestamp: out.Peer.Thread, Blocks: slack.Blocks{BlockSet: w.blocks(out.Message, out.Message.Words())},
	}
	for _, p := range files {
		id, err := calls.upload(ctx, api, out.Open, p.Media)
		if err != nil {
			return channel.Sent{}, err
		}
		last.Files = append(last.Files, slack.FileSummary{ID: id, Title: p.Media.Name})
	}
	calls.begun.Store(false)
	answer, err := api.CompleteUploadExternalContext(calls.traced(ctx), last)
	switch {
	case err != nil:
		return channel.Sent{}, calls.fault(err)
	case len(answer.Files) == 0: // the library takes {"ok":false} without an error for a yes
		return channel.Sent{}, uncertain(errors.New("the answer does not say which files it is of"))
	}
	return channel.Sent{ProviderID: answer.Files[0].ID}, nil
}

// channelOf is the channel that stands for a user: files, other than words, are sent to no user.
func (c *client) channelOf(ctx context.Context, api *slack.Client, to string) (string, error) {
	if !isUser(to) {
		return to, nil
	}
	opened, _, _, err := api.OpenConversationContext(c.traced(ctx), &slack.OpenConversationParameters{Users: []string{to}})
	if err != nil {
		return "", c.before(err)
	}
	if opened == nil || !goodID(opened.ID) {
		return "", c.before(errors.New("the answer names no channel"))
	}
	return opened.ID, nil
}

// upload puts content where Slack says, and returns its name there.
func (c *client) upload(ctx context.Context, api *slack.Client, open channel.Opener, m conversation.Media) (string, error) {
	place, err := api.GetUploadURLExternalContext(c.traced(ctx), slack.GetUploadURLExternalParameters{FileName: m.Name, FileSize: int(m.Size)})
	if err != nil {
		return "", c.before(err)
	}
	if !goodID(place.FileID) {
		return "", c.before(errors.New("the answer names no file"))
	}
	content, err := open(ctx, m)
	if fault.Is(err, fault.NotFound) {
		return "", &fault.Error{Code: fault.ProviderRefused, Op: sendOp, Hint: "the file is not kept any more: send it again", Err: err}
	}
	if err != nil {
		return "", undone(err)
	}
	err = api.UploadToURL(c.traced(ctx), slack.UploadToURLParameters{UploadURL: place.UploadURL, Reader: content, Filename: m.Name})
	if closing := content.Close(); err == nil && closing != nil {
		return "", undone(closing)
	}
	if err != nil {
		return "", c.before(err)
	}
	return place.FileID, nil
}

// before is what an error means of a call that shows nobody anything.
func (c *client) before(err error) error {
	var f *fault.Error
	if errors.As(c.fault(err), &f) && f.Code == fault.Uncertain {
		return &fault.Error{Code: fault.ProviderBusy, Op: sendOp, Hint: "nothing was sent: try again", Err: f.Err}
	}
	return f
}
