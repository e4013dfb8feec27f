package app

import (
	"net/url"
	"time"

	"github.com/zhida-project/zhida/shared/blob/dirblob"
	"github.com/zhida-project/zhida/shared/media"
)

// mediaPath is where pictures and files are uploaded and got. Links begin with it and
// name no host: whoever was asked by another name is asked by that name again.
const mediaPath = "/media/"

// leave is what uploads leave of the disk: the database is on it, and messages are to be
// stored whatever people upload. A message is a kilobyte or two.
const leave = 1 << 30

func (a *App) wireMedia() (err error) {
	if a.engines.Media == "" {
		return nil // it takes none
	}
	a.blobs, err = dirblob.Open(dirblob.Options{
		Folder: a.engines.Media, Base: &url.URL{Path: mediaPath}, Key: a.o.Config.DeploymentKey,
		Leave: leave, Keep: time.Duration(a.o.Config.Media.Days) * 24 * time.Hour, Now: a.o.Clock.Now, Log: a.o.Log,
	})
	if err != nil {
		return err
	}
	m := a.o.Config.Media
	a.media, err = media.New(media.Options{
		Blobs: a.blobs, Limits: media.Limits{Picture: m.Picture, File: m.File, Most: m.Most}, Log: a.o.Log,
	})
	return err
}
