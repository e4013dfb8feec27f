package app

import (
	"cmp"
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"

	"crypto/rand"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

// sessions signs in the agents named in zhida.yaml, with the code that the
// binary printed when it started. On AWS agents come by OIDC instead.
type sessions struct {
	secret config.Secret
	agents map[conversation.AgentID]config.Agent
	code   string
	now    func() time.Time

	mu     sync.Mutex
	wrong  map[string]int // codes by caller, since
	window time.Time      // this time
}

const (
	deskAudience  = "zhida-desk"
	sessionLength = 12 * time.Hour
	maxWrong      = 10 // wrong codes a minute, of one caller
)

func newSessions(o Options) (*sessions, error) {
	if o.Config.Desk.Secret.Empty() || len(o.Config.Desk.Agents) == 0 {
		return nil, fault.New(fault.Config, "desk", "the single binary needs desk.secret and at least one of desk.agents")
	}
	code, err := newCode(o.Rand)
	if err != nil {
		return nil, err
	}
	s := &sessions{secret: o.Config.Desk.Secret, agents: map[conversation.AgentID]config.Agent{}, code: code, now: o.Clock.Now}
	for _, a := range o.Config.Desk.Agents {
		s.agents[a.ID] = a
	}
	return s, nil
}

func newCode(random io.Reader) (string, error) {
	n, err := rand.Int(random, big.NewInt(100_000_000))
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "app.newCode", "")
	}
	return fmt.Sprintf("%04d-%04d", n.Int64()/10_000, n.Int64()%10_000), nil
}

// sign makes the token of an agent's session.
func (s *sessions) sign(id conversation.AgentID, now time.Time) (string, error) {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Subject: string(id), Audience: jwt.ClaimStrings{deskAudience},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(sessionLength)),
	}).SignedString(s.secret.Reveal())
	return token, fault.Wrap(err, fault.Internal, "app.sign", "")
}

// Agent implements desk.Authenticator.
func (s *sessions) Agent(_ context.Context, token string, at time.Time) (desk.Agent, error) {
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return s.secret.Reveal(), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithAudience(deskAudience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return at }))
	known, ok := s.agents[conversation.AgentID(claims.Subject)]
	if err != nil || !ok {
		// The library's reason may quote the token.
		return desk.Agent{}, fault.New(fault.Unauthenticated, "desk.session", "sign in again")
	}
	return desk.Agent{ID: known.ID, Names: known.Name, Role: roleOf(known), Expires: claims.ExpiresAt.Time}, nil
}

func roleOf(a config.Agent) desk.Role { return desk.Role(cmp.Or(a.Role, string(desk.RoleAgent))) }

type loginAnswer struct {
	Token   string    `json:"token"`
	Expires int64     `json:"expires"`
	Agent   agentView `json:"agent"`
}

type agentView struct {
	ID   conversation.AgentID `json:"id"`
	Name config.Text          `json:"name"`
}

// login answers {"agent":…,"code":…} with a session.
func (s *sessions) login(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Agent conversation.AgentID `json:"agent"`
		Code  string               `json:"code"`
	}
	if err := jsonhttp.Read(w, r, maxBody, &b); err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	if err := s.check(r.RemoteAddr, b.Agent, b.Code); err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	answer, err := s.open(b.Agent)
	if err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	jsonhttp.Write(w, http.StatusOK, answer)
}

func (s *sessions) check(addr string, id conversation.AgentID, code string) error {
	caller, _, err := net.SplitHostPort(addr)
	if err != nil {
		caller = addr
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); s.wrong == nil || now.Sub(s.window) > time.Minute {
		s.wrong, s.window = map[string]int{}, now
	}
	if s.wrong[caller] >= maxWrong {
		return &fault.Error{Code: fault.FloodLimit, Op: "desk.login", Hint: "wait a minute", RetryAfter: time.Minute}
	}
	_, known := s.agents[id]
	if subtle.ConstantTimeCompare([]byte(code), []byte(s.code)) != 1 || !known {
		s.wrong[caller]++
		return fault.New(fault.Unauthenticated, "desk.login", "agents are named in zhida.yaml, and the code was printed when zhida started")
	}
	return nil
}

// open makes a session for an agent who proved to be one.
func (s *sessions) open(id conversation.AgentID) (loginAnswer, error) {
	known, ok := s.agents[id]
	if !ok {
		return loginAnswer{}, fault.New(fault.NotFound, "desk.session", "agents are named in zhida.yaml")
	}
	now := s.now()
	token, err := s.sign(id, now)
	return loginAnswer{token, now.Add(sessionLength).UnixMilli(), agentView{known.ID, known.Name}}, err
}

// maxBody bounds a body of this package's own endpoints, in bytes.
const maxBody = 4 << 10
