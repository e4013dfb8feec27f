package config

// Media is what customers and agents may send besides text.
type Media struct {
	Picture int64 // bytes of a picture
	File    int64 // bytes of anything else
	Most    int   // of one message
	Days    int   // how long the single binary keeps it; on AWS the template's MediaDays says so
}

// The bounds and defaults of media. A store takes no more than 100 MB.
const (
	DefaultPictureMB = 10
	DefaultFileMB    = 25
	DefaultMostMedia = 5
	DefaultMediaDays = 365

	maxMediaMB   = 100
	maxMostMedia = 20
	maxMediaDays = 100 * 365
	megabyte     = 1 << 20
)

// DefaultMedia is what holds where zhida.yaml says nothing.
func DefaultMedia() Media {
	return Media{DefaultPictureMB * megabyte, DefaultFileMB * megabyte, DefaultMostMedia, DefaultMediaDays}
}

func (r *reader) media(f field) Media {
	all := r.fields(f, "picture_mb", "file_mb", "per_message", "days")
	m := DefaultMedia()
	if v, ok := all["picture_mb"]; ok {
		m.Picture = int64(r.number(v, 1, maxMediaMB)) * megabyte
	}
	if v, ok := all["file_mb"]; ok {
		m.File = int64(r.number(v, 1, maxMediaMB)) * megabyte
	}
	if v, ok := all["per_message"]; ok {
		m.Most = r.number(v, 1, maxMostMedia)
	}
	if v, ok := all["days"]; ok {
		m.Days = r.number(v, 1, maxMediaDays)
	}
	return m
}
