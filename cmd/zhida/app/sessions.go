package app

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sync"
	"time"

	"crypto/rand"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
)

// sessions signs in the agents named in zhida.yaml, with the code that the
// binary printed when it started. On AWS agents come by OIDC instead.
type sessions struct {
	secret config.Secret
	agents map[conversation.AgentID]config.Agent
	code   string
	now    func() time.Time

	mu     sync.Mutex
	wrong  int       // codes since
	window time.Time // this time
}

const (
	deskAudience  = "zhida-desk"
	sessionLength = 12 * time.Hour
	maxWrong      = 10 // wrong codes a minute, of all callers together
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
	return desk.Agent{ID: known.ID, Names: known.Name, Expires: claims.ExpiresAt.Time}, nil
}

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
	if err := readJSON(w, r, &b); err != nil {
		refuse(w, err)
		return
	}
	if err := s.check(b.Agent, b.Code); err != nil {
		refuse(w, err)
		return
	}
	answer, err := s.open(b.Agent)
	if err != nil {
		refuse(w, err)
		return
	}
	writeJSON(w, answer)
}

func (s *sessions) check(id conversation.AgentID, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); now.Sub(s.window) > time.Minute {
		s.wrong, s.window = 0, now
	}
	if s.wrong >= maxWrong {
		return &fault.Error{Code: fault.FloodLimit, Op: "desk.login", Hint: "wait a minute", RetryAfter: time.Minute}
	}
	_, known := s.agents[id]
	if subtle.ConstantTimeCompare([]byte(code), []byte(s.code)) != 1 || !known {
		s.wrong++
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

func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.New(fault.BadRequest, "app.read", "the body is not the documented JSON object")
	}
	return nil
}

func writeJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(body) // a caller that hung up asks again
}

func refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(fault.StatusOf(err))
	_ = json.NewEncoder(w).Encode(map[string]fault.Public{"error": fault.PublicOf(err)})
}
