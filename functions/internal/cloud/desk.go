package cloud

import (
	"net/http"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/desk/oidc"
	"github.com/zhida-project/zhida/shared/toolkey"
	"github.com/zhida-project/zhida/shared/toolkey/dynamotoolkey"
)

// issuerTimeout is how long the issuer may take to say by which keys it signs.
const issuerTimeout = 5 * time.Second

// Identity lets agents in by the company's identity provider.
func (d *Deployment) Identity() desk.Authenticator {
	o := oidc.Options{
		Issuer:     d.need("ZHIDA_OIDC_ISSUER", "who signs agents' tokens; nobody sits at a desk without one"),
		RolesClaim: d.environment["ZHIDA_OIDC_ROLES_CLAIM"],
		Client:     &http.Client{Timeout: issuerTimeout},
	}
	if audience := d.need("ZHIDA_OIDC_AUDIENCE", "whom agents' tokens are for, with commas between several"); audience != "" {
		o.Audience = strings.Split(audience, ",")
	}
	if o.Issuer == "" || len(o.Audience) == 0 {
		return desk.Nobody{}
	}
	people, err := oidc.New(o)
	if err != nil {
		d.note(err)
		return desk.Nobody{}
	}
	return people
}

// Tools is where the tokens of agents' tools are kept.
func (d *Deployment) Tools() toolkey.Store {
	tools, err := dynamotoolkey.New(d.dynamodb(), d.table())
	if err != nil && d.table() != "" {
		d.note(err)
	}
	return tools
}
