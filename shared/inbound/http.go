package inbound

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Handler is the webhook of one connector.
type Handler struct {
	inbound   *Service
	connector channel.Connector
	info      channel.Info
}

// NewHandler mounts a connector.
func (s *Service) NewHandler(c channel.Connector) *Handler { return &Handler{s, c, c.Info()} }

// ServeHTTP answers a platform's call: the connector's prescribed answer, or
// 200 with the keys of what was accepted, or a fault.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.info.AckWithin)
	defer cancel()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.info.MaxBody))
	if err != nil {
		h.refuse(ctx, w, bodyFault(err))
		return
	}
	receipt, err := h.connector.Receive(ctx, channel.Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header, Body: body, At: h.inbound.o.Now(),
	})
	if err != nil {
		h.refuse(ctx, w, err)
		return
	}
	if a := receipt.Answer; a != nil {
		w.Header().Set("Content-Type", a.ContentType)
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body) // a caller that hung up asks again
		return
	}
	accepted, err := h.inbound.Accept(ctx, h.info, receipt)
	if err != nil {
		h.refuse(ctx, w, err)
		return
	}
	writeJSON(w, http.StatusOK, acknowledgement{Accepted: keysOf(accepted)})
}

type acknowledgement struct {
	Accepted []conversation.Key `json:"accepted"`
}

func keysOf(accepted []Accepted) []conversation.Key {
	keys := make([]conversation.Key, len(accepted))
	for i, a := range accepted {
		keys[i] = a.Message.Key
	}
	return keys
}

func (h *Handler) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	status := fault.StatusOf(err)
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	h.inbound.o.Log.LogAttrs(ctx, level, "a call was refused", slog.String("channel", h.info.Name),
		slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	writeJSON(w, status, refusal{fault.PublicOf(err)})
}

type refusal struct {
	Error fault.Public `json:"error"`
}

func bodyFault(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return fault.New(fault.TooLarge, "inbound.body", "send less in one call")
	}
	return fault.New(fault.BadRequest, "inbound.body", "the body ended early")
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that hung up asks again
}
