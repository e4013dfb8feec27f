package desk

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

// The ways in which agents sign in on the desk page.
const (
	LoginByCode     = "code" // with a code that the binary printed: POST /desk/login
	LoginByProvider = "oidc" // with the company's identity provider
)

// Login is what the desk page must know before anybody has signed in. None of it
// is secret: it is served to whoever asks.
type Login struct {
	Way           string `json:"login"`
	Issuer        string `json:"issuer,omitempty"`
	Authorization string `json:"authorization_endpoint,omitempty"`
	Token         string `json:"token_endpoint,omitempty"`
	Client        string `json:"client_id,omitempty"`
	Scope         string `json:"scope,omitempty"`
	Audience      string `json:"audience,omitempty"` // for providers that want to be told; "" where it is the client
	Live          string `json:"live,omitempty"`     // the live connection's address; "" for live beside the page
}

// Origins returns the hosts that the page connects to besides its own.
func (l Login) Origins() []string {
	var origins []string
	for _, address := range []string{l.Token, l.Live} {
		if at, err := url.Parse(address); err == nil && at.Host != "" {
			origins = append(origins, at.Scheme+"://"+at.Host)
		}
	}
	return origins
}

// Origins returns what a page's policy has to allow, asked on each call. While nobody
// can be told how to sign in that is nothing, and the page says so itself.
func Origins(tell func(context.Context) (Login, error)) func(context.Context) []string {
	return func(ctx context.Context) []string {
		login, err := tell(ctx)
		if err != nil {
			return nil
		}
		return login.Origins()
	}
}

// NewLoginHandler serves GET /desk/config. tell may ask the identity provider.
func NewLoginHandler(tell func(context.Context) (Login, error), log *slog.Logger) (http.Handler, error) {
	if tell == nil || log == nil {
		return nil, fault.New(fault.Config, "desk.NewLoginHandler", "a part is missing")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login, err := tell(r.Context())
		if err != nil {
			log.LogAttrs(r.Context(), slog.LevelError, "the desk page cannot be told how to sign in",
				slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
			jsonhttp.Refuse(w, err)
			return
		}
		jsonhttp.Write(w, http.StatusOK, login)
	}), nil
}
