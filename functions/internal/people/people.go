// Package people is who comes to the desk on AWS, and what they come with.
package people

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/desk/oidc"
	"github.com/zhida-project/zhida/shared/toolkey"
	"github.com/zhida-project/zhida/shared/toolkey/dynamotoolkey"
	"github.com/zhida-project/zhida/web"
)

// issuerTimeout is how long the issuer may take to say by which keys it signs.
const issuerTimeout = 5 * time.Second

// Identity is how agents come to the desk: by the company's identity provider.
type Identity struct {
	desk.Authenticator
	Page  http.Handler // the desk's page, which may connect to the provider
	Login http.Handler // what the page must know to sign agents in
}

// New makes it.
func New(d *cloud.Deployment) Identity {
	page := oidc.Page{
		Client: d.Need("ZHIDA_OIDC_CLIENT", "the public client as which the page signs agents in"),
		Scope:  d.Environment("ZHIDA_OIDC_SCOPE"),
		Live:   d.Need("ZHIDA_DESK_LIVE", "the wss address of the page's live connection"),
	}
	media := d.Need("ZHIDA_MEDIA_ORIGIN", "where the page gets pictures and files from")
	o := oidc.Options{
		Issuer:     d.Need("ZHIDA_OIDC_ISSUER", "who signs agents' tokens; nobody sits at a desk without one"),
		Parties:    []string{page.Client},
		RolesClaim: d.Environment("ZHIDA_OIDC_ROLES_CLAIM"),
		Client:     &http.Client{Timeout: issuerTimeout},
	}
	audience := d.Need("ZHIDA_OIDC_AUDIENCE", "whom agents' tokens are for, with commas between several")
	id := Identity{desk.Nobody{}, http.NotFoundHandler(), http.NotFoundHandler()}
	if o.Issuer == "" || audience == "" || page.Client == "" {
		return id
	}
	o.Audience = strings.Split(audience, ",")
	people, err := oidc.New(o)
	if err != nil {
		d.Note(err)
		return id
	}
	tell := func(ctx context.Context) (desk.Login, error) { return people.Login(ctx, page, d.Now()) }
	id.Authenticator = people
	if id.Page, err = web.Desk(desk.Origins(tell), media); err != nil {
		d.Note(err)
	}
	if id.Login, err = desk.NewLoginHandler(tell, d.Log()); err != nil {
		d.Note(err)
	}
	return id
}

// Tools is where the tokens of agents' tools are kept.
func Tools(d *cloud.Deployment) toolkey.Store {
	tools, err := dynamotoolkey.New(d.DynamoDB(), d.Table())
	if err != nil && d.Table() != "" {
		d.Note(err)
	}
	return tools
}
