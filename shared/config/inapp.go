package config

func (r *reader) inapp(f field) *InApp {
	in := r.fields(f, "account", "audience", "issuer", "secret", "jwks", "origins", "limits", "visitors")
	c := &InApp{Account: defaultAccount, Audience: defaultAudience, Limits: DefaultLimits()}
	if v, ok := in["account"]; ok {
		c.Account = r.name(v)
	}
	if v, ok := in["audience"]; ok {
		c.Audience = r.text(v, maxPhrase)
	}
	if v, ok := in["issuer"]; ok {
		c.Issuer = r.text(v, maxIssuer)
	}
	if v, ok := in["origins"]; ok {
		c.Origins = r.origins(v)
	}
	if v, ok := in["visitors"]; ok {
		c.Visitors = r.boolean(v)
	}
	if v, ok := in["limits"]; ok {
		c.Limits = r.limits(v)
	}
	r.vouchers(f, in, c)
	return c
}

// maxIssuer is how long an issuer's name may be, in characters: those of providers in
// the cloud are addresses with ids in them.
const maxIssuer = 300

// vouchers are whose word for a customer is taken: that of the company's backend, of
// its identity provider, or of both.
func (r *reader) vouchers(f field, in map[string]field, c *InApp) {
	set, published := in["jwks"]
	if published {
		c.JWKS = r.url(set, address{
			such: "https://login.shop.example/jwks.json", here: "http://localhost:5006/jwks.json",
			open: "whoever sits in between could be any customer", user: "the keys are public",
		})
		r.need(f, in, "issuer", "with jwks, name the iss of the identity provider's tokens: without it any token that its keys sign would do")
	}
	if v, ok := in["secret"]; ok {
		c.Secret = r.secret(v)
	} else if !published {
		r.need(f, in, "secret", "add secret: { env: ZHIDA_INAPP_SECRET }, or jwks: with the address of your identity provider's keys")
	}
}
